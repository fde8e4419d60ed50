# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The pure core: small state machines, facts in, effects out.  No clock, no IO, no asyncio, no database."""
