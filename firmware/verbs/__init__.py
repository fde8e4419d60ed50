# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the socket can be asked for beside the commands of the exchange: one file a subject, each with its
table."""
