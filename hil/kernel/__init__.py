# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The kernel bench: real DAHDI drivers in a User-Mode-Linux kernel, its spans joined in pairs."""
