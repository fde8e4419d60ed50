# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The Asterisk bench: on the kernel bench's channels, an exchange and telephones that nobody here wrote."""
