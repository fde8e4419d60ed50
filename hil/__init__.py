# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""One set of scenarios for every bench: written once, against telephones, run on what stands behind them."""
