# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The cards: what every card speaks (`port`) and the cards themselves.  They know lines, not calls."""
