# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The web pages: a process of its own, with no rights over any device, speaking to the service by its socket."""
