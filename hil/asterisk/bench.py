# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The Asterisk bench: the whole product on the DAHDI driver, Asterisk at the other ends of its channels.

Runs inside the bench's kernel only.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

from drivers.dahdi.card import Channels
from dsp.listen import listen
from firmware.replay import Recovered
from firmware.settings.model import Settings
from firmware.shell.recordings import FolderSink
from firmware.shell.records import MemoryRecords
from firmware.shell.service import Service
from hil.asterisk.peer import Leg, Peer
from hil.asterisk.scenario import AsteriskScenario
from hil.bench import PIN
from hil.box_bench import Box
from hil.kernel import spans
from hil.kernel.bench import TICK_SAMPLES, KernelBox
from hil.kernel.trace import Trace


class AsteriskBench(Box):
    """One scenario's centre, with `peer` around it."""

    def __init__(self, settings: Settings, trace: Trace, root: Path) -> None:
        super().__init__(settings)
        self._memory = MemoryRecords()
        self._files = tempfile.TemporaryDirectory(prefix="switchroom-recordings-")
        self.peer = Peer(root, trace, port_of=lambda channel: channel - spans.PORTS)
        channels = Channels(*spans.box_channels(spans.PLAN.fxo, spans.PLAN.fxs))
        self._sink = FolderSink(Path(self._files.name), lambda: 0)
        self._box = KernelBox(settings, channels, trace, TICK_SAMPLES, self._memory, 1, self._sink)

    async def begin(self) -> None:
        await self._box.start(Recovered(None, 0, ()))
        await self.peer.start()

    async def end(self) -> None:
        await self.peer.stop()
        await self._box.stop()
        self._files.cleanup()

    # --- the box ---

    @property
    def service(self) -> Service:
        return self._box.service

    @property
    def memory(self) -> MemoryRecords:
        return self._memory

    def _lifted(self) -> Collection[int]:
        return ()

    def recorded_digits(self, number: int) -> dict[int, str]:
        """The DTMF digits in a recording, by track: 1 what came in from the leg, 2 what it was sent."""
        (file,) = self._sink.folder.rglob(f"*{number}.wav")
        digits: dict[int, str] = {1: "", 2: ""}
        for heard in listen(file):
            if heard["kind"] == "digit":
                digits[int(str(heard["track"]))] += str(heard["key"])
        return digits

    # --- around it ---

    async def outside_calls(self, line: int, number: str = "") -> Leg:
        """A caller calls the centre: the exchange rings a line of the box's and sends the number."""
        return await self.peer.call(spans.far_channel(line), shown=f'"" <{number}>' if number else "")

    async def line_taken(self, line: int, within_s: float = 30) -> Leg:
        """The box calls out on a line: the exchange's end of it, once a number was dialled."""
        return await self.peer.dialled_leg(within_s, spans.far_channel(line))

    async def emergency_line(self, within_s: float = 30) -> Leg:
        """The exchange's end of whichever line the box calls out on."""
        return await self.peer.dialled_leg(within_s)

    async def phone_lifts(self, extension: str) -> Leg:
        """A desk phone goes off hook, and listens."""
        leg = await self.peer.call(self._telephone(extension), "w")
        await leg.is_listening()
        return leg

    async def phone_calls(self, extension: str, number: str) -> Leg:
        """It goes off hook, and dials when dial tone is there."""
        leg = await self.phone_lifts(extension)
        await leg.hears_sound(lasting_s=1)
        await leg.press(number)
        return leg

    async def phone_rings(self, extension: str, within_s: float = 30) -> Leg:
        """The box rings a desk phone, and the number it shows has come."""
        leg = await self.peer.leg_on(self._telephone(extension), within_s)
        await self.peer.until(lambda: leg.rung, within_s, lambda: f"{leg} was not rung")
        return leg

    async def log_in(self, agent: int, extension: str) -> None:
        """The agent logs in at the phone by its star code."""
        phone = await self.phone_calls(extension, f"*11{agent}#")
        await self.passes(3)
        await phone.press(f"{PIN}#")
        await self.agent_is(agent, "busy")
        await self.passes(3)
        await phone.hang_up()
        await self.agent_is(agent, "idle")

    def _telephone(self, extension: str) -> int:
        return spans.far_channel(self._port(extension))


async def play(scenario: AsteriskScenario, trace: Trace, root: Path) -> None:
    """Raises AssertionError (NotSeen among them) where the scenario does not hold; the end of Asterisk's console is
    then in the trace.
    """
    bench = AsteriskBench(scenario.settings(), trace, root)
    await bench.begin()
    try:
        await scenario.play(bench)
    except BaseException:
        for line in bench.peer.said():
            trace.note(0, "far", f"Asterisk says {line}")
        raise
    finally:
        await bench.end()
