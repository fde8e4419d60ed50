# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What telephony hardware a machine has, what drives it, and how it should be set.

`inventory` reads it all, `findings` says what is wrong and what to do, `proposal` writes what it would set, `keep` puts
that in place.  Nothing here opens a channel or needs the compiled DAHDI binding: /sys, /proc and /etc are read.
"""
