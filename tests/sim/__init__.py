# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Long simulations: the queue model against Erlang, and random hours with faults."""
