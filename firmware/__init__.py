# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The service: the pure core of the exchange, its shell, the store, the socket and the command line."""
