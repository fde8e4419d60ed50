# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The media engine without samples: signals travel as events, with the delays measured on `dsp.engine`.

A day of a centre passes in seconds.  What it leaves out: noise, level, echo (so no digit is ever one), and
whatever two sounds at once do to a detector.  Where one cadence of a plan begins like another (the United
Kingdom's busy and congestion tones) the real detector waits for one sound more.  Steppable only.
"""

from dsp.media_off.engine import MediaOff
from dsp.media_off.stepping import step

__all__ = ["MediaOff", "step"]
