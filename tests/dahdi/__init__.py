# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The DAHDI driver on real DAHDI channels: run inside the bench's kernel (hil/kernel), skipped elsewhere."""
