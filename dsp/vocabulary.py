# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What is said to a media engine (commands) and what it says back (events).

Pure data: nothing here loads the engine.  The core puts commands among its effects and takes events as
facts, so both are written once, here.  A `port` is the box-wide number of a channel, 1 upwards.
`sample` is the engine's own clock: samples at 8 kHz since it was opened.
"""

from __future__ import annotations

from enum import Enum, Flag, auto

import msgspec

SAMPLE_RATE_HZ = 8000


class Tone(Enum):
    """The call-progress tones of a plan, by meaning; `dsp.tones` has their frequencies by country."""

    DIAL = "dial"
    STUTTER_DIAL = "stutter_dial"
    RINGBACK = "ringback"
    BUSY = "busy"
    CONGESTION = "congestion"
    VACANT = "vacant"
    INFORMATION = "information"
    CALL_WAITING = "call_waiting"
    RECORD = "record"
    HOWLER = "howler"
    CONFIRM = "confirm"
    FAX_CALLING = "fax_calling"


class Detector(Flag):
    """What a port listens for.  Each costs processor time only while it is on."""

    NONE = 0
    DIGITS = auto()
    TONES = auto()
    CALLER_ID = auto()
    SPEECH = auto()
    LEVEL = auto()


class CallerIdFormat(Enum):
    """How caller ID is sent as audio.  DTMF_* name the four variants by their start and stop codes."""

    FSK = "fsk"  # Bellcore GR-30 / YD/T 1277.1, multiple data message
    FSK_SINGLE = "fsk_single"  # the same, single data message: number and date, no name
    DTMF_A_HASH = "dtmf_a_hash"  # A<number>#
    DTMF_D_C = "dtmf_d_c"  # D<number>C
    DTMF_HASH = "dtmf_hash"  # <number>#
    DTMF_A_C = "dtmf_a_c"  # A<number>C, with D<redirecting> and B<info> before the C


class Presentation(Enum):
    """Why a number is or is not there.  Withheld is kept apart from none at all."""

    SHOWN = "shown"
    WITHHELD = "withheld"
    UNAVAILABLE = "unavailable"


class Command(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Base of everything that can be put to an engine."""


class Play(Command, frozen=True):
    """Add sounds to what a port hears, after those already queued there.  Ends with `PlayEnded(tag)`.

    sounds: handles from `Media.load_sound`.  loop: repeat the whole list until stopped.
    """

    port: int
    sounds: tuple[int, ...]
    tag: int
    loop: bool = False
    gain_db: float = 0.0


class StopPlay(Command, frozen=True):
    """End every play on a port now; each ends with `PlayEnded(completed=False)`."""

    port: int


class SendTone(Command, frozen=True):
    """Send a tone of the port's plan with its cadence until `StopTone` or the next `SendTone`.

    call_waiting and confirm end by themselves after one cycle.
    """

    port: int
    tone: Tone


class StopTone(Command, frozen=True):
    port: int


class SendDigits(Command, frozen=True):
    """Send DTMF (0-9 * # A-D; "," waits 500 ms).  Ends with `SendEnded(tag)`."""

    port: int
    digits: str
    tag: int
    on_ms: int = 100
    off_ms: int = 100
    level_dbm0: float = -9.0


class SendCallerId(Command, frozen=True):
    """Send caller ID as audio.  Ends with `SendEnded(tag)`.

    number: digits.  name: sent in GB 2312 where the country is cn, else Latin-1.
    """

    port: int
    format: CallerIdFormat
    number: str
    tag: int
    name: str = ""
    presentation: Presentation = Presentation.SHOWN
    date: str = ""  # MMDDHHMM; empty: left out
    level_dbm0: float = -13.5


class SendMessageWaiting(Command, frozen=True):
    """Send the message-waiting indicator as FSK (message type 0x82).  Ends with `SendEnded(tag)`."""

    port: int
    waiting: bool
    tag: int


class StopSend(Command, frozen=True):
    """Abort digits or caller ID being sent; ends with `SendEnded(completed=False)`."""

    port: int


class SetBridge(Command, frozen=True):
    """State a bridge whole: who is in it and who hears whom.

    gains_db[i][j] is the gain with which ports[i] hears ports[j]; None means not at all.  Empty gains_db: everyone
    hears everyone else at 0 dB.  No ports: the bridge is gone.  A port is in at most one bridge; naming it in
    a new one takes it out of the old.
    """

    bridge: int
    ports: tuple[int, ...]
    gains_db: tuple[tuple[float | None, ...], ...] = ()


class SetDetectors(Command, frozen=True):
    """State what a port listens for from now on."""

    port: int
    detectors: Detector


class SetPort(Command, frozen=True):
    """State a port's tone plan and gains.  Gains apply to the line: rx before detectors, tx last."""

    port: int
    country: str = "cn"
    rx_gain_db: float = 0.0
    tx_gain_db: float = 0.0


class Record(Command, frozen=True):
    """Record a port into an open file as stereo A-law WAV: left what the line sent us, right what we sent it.

    The engine owns the descriptor from here and closes it.  Ends with `RecordingEnded(tag)`.
    """

    port: int
    descriptor: int
    tag: int


class MuteRecording(Command, frozen=True):
    """While on, both tracks of a port's recording hold silence (a secret is being keyed)."""

    port: int
    on: bool


class BlankRecording(Command, frozen=True):
    """Overwrite what a port's recording holds from `from_sample` to now with silence."""

    port: int
    from_sample: int


class StopRecording(Command, frozen=True):
    port: int


class ResetPort(Command, frozen=True):
    """Stop everything on a port and take it out of its bridge."""

    port: int


MediaCommand = (
    Play
    | StopPlay
    | SendTone
    | StopTone
    | SendDigits
    | SendCallerId
    | SendMessageWaiting
    | StopSend
    | SetBridge
    | SetDetectors
    | SetPort
    | Record
    | MuteRecording
    | BlankRecording
    | StopRecording
    | ResetPort
)


class Event(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Base of everything an engine reports."""


class DigitBegan(Event, frozen=True):
    """A DTMF digit from the line has lasted long enough to count.  sample: where the tone began."""

    port: int
    sample: int
    key: str


class DigitEnded(Event, frozen=True):
    port: int
    sample: int
    key: str
    duration_ms: int
    level_dbm0: float
    twist_db: float


class ToneHeard(Event, frozen=True):
    """A call-progress tone: once after its first full cycle, again at each cycle up to the tenth.

    A continuous tone is reported once, with cycles=1, after 500 ms, or as soon as it has outlasted every cadence of
    the plan with its frequency (China's dial tone: 1.2 s, since ringback sounds for 1 s).  A tone once sent, as the
    information tone of some countries, is reported at its end.  freq_hz is measured, 0 where unknown.
    """

    port: int
    sample: int
    tone: Tone
    cycles: int
    freq_hz: float = 0.0


class ToneEnded(Event, frozen=True):
    port: int
    sample: int
    tone: Tone


class SpeechBegan(Event, frozen=True):
    """The line carries sound that is neither a digit nor a plan tone."""

    port: int
    sample: int


class SpeechEnded(Event, frozen=True):
    port: int
    sample: int


class LevelMeasured(Event, frozen=True):
    """Once a second while `Detector.LEVEL` is on."""

    port: int
    sample: int
    rx_dbm0: float
    tx_dbm0: float


class CallerIdHeard(Event, frozen=True):
    """A caller ID message.  number: digits only.  intact: its checksum or framing was right.

    name: decoded (GB 2312/GBK first for cn), control characters taken out.
    """

    port: int
    sample: int
    format: CallerIdFormat
    intact: bool
    number: str
    name: str
    presentation: Presentation
    date: str = ""


class PlayEnded(Event, frozen=True):
    port: int
    sample: int
    tag: int
    completed: bool


class SendEnded(Event, frozen=True):
    port: int
    sample: int
    tag: int
    completed: bool


class RecordingEnded(Event, frozen=True):
    """A recording is closed, and in real time the disk has been told to keep it (so it comes up to a second late).

    lost_samples were replaced by silence, or after a failed write are missing at the end.  error: errno of that
    write, 0 for none.
    """

    port: int
    sample: int
    tag: int
    samples: int
    lost_samples: int
    error: int


class RecordingTroubled(Event, frozen=True):
    """Writing failed (disk full); the call goes on, the recording is incomplete from `sample` on."""

    port: int
    sample: int
    tag: int
    error: int


class PortFilled(Event, frozen=True):
    """Audio did not come in time; `samples` were filled in since the last report (at most one a second)."""

    port: int
    sample: int
    samples: int


class PortFailed(Event, frozen=True):
    """The device behind a port is gone or refuses to be read (card removed)."""

    port: int
    sample: int
    error: int


class Lost(Event, frozen=True):
    """The event ring was full: `count` events are lost, and the reader must read all states anew."""

    sample: int
    count: int


MediaEvent = (
    DigitBegan
    | DigitEnded
    | ToneHeard
    | ToneEnded
    | SpeechBegan
    | SpeechEnded
    | LevelMeasured
    | CallerIdHeard
    | PlayEnded
    | SendEnded
    | RecordingEnded
    | RecordingTroubled
    | PortFilled
    | PortFailed
    | Lost
)
