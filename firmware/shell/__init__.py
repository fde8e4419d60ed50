# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The shell around the core: it carries facts in and effects out, to card, engine, timers, files and the store."""
