# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""How the shipped sounds were made: voices, telephone band and level, a recogniser as judge, music.

No part of the running product: it needs packages the product doesn't (firmware/sounds/README.md lists them).
"""
