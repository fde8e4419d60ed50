# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""How long the detectors of the real engine take, in samples.

Measured on `dsp.engine`; tests/test_dsp_media_off.py runs both engines over the same scripts and holds these to it.
"""

DIGIT_BEGAN = 280  # from the begin of the tone to the event
DIGIT_ENDED = 200  # from its end
TONE_CYCLE = 240  # from the end of a cycle, when the next sound has lasted
CONTINUOUS_MIN = 4000  # how long a continuous tone lasts before it is one
CONTINUOUS_PART = 1.2  # and of the longest sound with its frequency in a cadence
TONE_BROKEN = 160  # from where a sound broke off
TONE_MISSING_PART = 1.1  # of a silence that should have ended by then
TONE_MISSING = 312  # and beside that
SPEECH_BEGAN = 480
SPEECH_ENDED = 3200
SPEECH_FRAME = 80  # its end is a whole number of these
FSK_MESSAGE = 20  # from the end of the last byte
KEYS_END = 4800  # keys without a stop code are a message after so long
