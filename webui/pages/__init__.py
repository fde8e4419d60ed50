# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""One file a page: each function answers one address of the table in `webui.access`."""
