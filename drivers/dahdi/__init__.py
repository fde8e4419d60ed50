# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Cards driven by DAHDI, through /dev/dahdi."""
