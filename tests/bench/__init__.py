# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Measuring: figures of speed, memory and quality.  Nothing here asserts; tests do."""
