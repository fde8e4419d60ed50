# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Worlds around the core: facts from a seed or a script, effects carried out on paper, invariants after every step."""
