# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The database of a box: one writer thread, one file a subject, and read-only queries that know their
reader."""
