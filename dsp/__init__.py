# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The media engine: every audio sample of the box passes here.  It knows ports and sounds, not calls."""
