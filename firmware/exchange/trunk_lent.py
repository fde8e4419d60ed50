# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""A line on loan to the line doctor, which lifts, dials and listens on it by itself.  Layer 4 of `trunk.Trunk`.

Only a line at rest is lent.  It is taken back at once for an emergency call (U17), for a caller who rings where no test
call was to come, and when the loan has lasted too long; the doctor learns that from the line's report.
"""

from __future__ import annotations

from collections.abc import Iterator

from drivers.port import GoOffHook, RingOn
from dsp.vocabulary import ResetPort, SetPort
from firmware.exchange.commands import LendLine, ReturnLine
from firmware.exchange.machine import Context, Output, Outputs, Send
from firmware.exchange.messages import Answered, Ask, Message, SeizeLine
from firmware.exchange.trunk_outgoing import TrunkOutgoing
from firmware.exchange.trunk_state import State
from firmware.exchange.vocabulary import AnyFact, Cause, Certainty, Expired

LOAN_MS = 240_000  # three test calls take 90 s on a slow exchange


class TrunkLent(TrunkOutgoing):
    """Lending, and the ways a loan ends."""

    def _lend(self, ask: Ask, command: LendLine, context: Context) -> Iterator[Output]:
        caller_expected = self.identified or "caller_id" in self.armed  # told before the first ring
        if self.state not in (State.IDLE, State.BLOCKED) or caller_expected:
            out = self.state is State.OUT_OF_SERVICE
            yield Send(ask.reply_to, Answered(False, Cause.OUT_OF_SERVICE if out else Cause.BUSY))
            return
        self.state = State.LENT
        self.rings_lent = command.rings
        yield self._arm("loan", LOAN_MS, context)
        yield Send(ask.reply_to, Answered(True))

    def _give_back(self, ask: Ask, command: ReturnLine, context: Context) -> Iterator[Output]:
        lent = self.state is State.LENT
        if lent:
            yield from self._caller_on_loan(context) if command.caller else self._end_loan(context)
        yield Send(ask.reply_to, Answered(lent, None if lent else Cause.ALREADY))

    def _take_lent(self, event: AnyFact | Message, context: Context) -> Outputs:
        match event:
            case RingOn() if not self.rings_lent:
                return self._caller_on_loan(context)
            case Expired(timer="loan"):
                return self._end_loan(context)
            case _:
                return ()  # the doctor's to hear

    def _end_loan(self, context: Context) -> Iterator[Output]:
        yield from self._clear(context)
        yield self._profile(context)

    def _recall(self, event: SeizeLine, context: Context) -> Iterator[Output]:
        """For an emergency call: the line rests, as after any call, and is seized."""
        yield from self._end_loan(context)
        self.promised, self.call, self.leg = event, event.call, event.leg

    def _caller_on_loan(self, context: Context) -> Iterator[Output]:
        """Somebody rings.  The doctor may just have lifted, so that the caller is through already: answered at once."""
        self._forget_call()
        self.first_ring = context.now
        yield ResetPort(self.number)
        yield self._profile(context)
        yield GoOffHook(self.number)
        yield from self._present(context)
        yield from self._go_up(Certainty.SURE, context)

    def _profile(self, context: Context) -> Output:
        """The line's own gains again: the doctor measures with none."""
        line = self._line(context)
        return SetPort(self.number, line.country, line.rx_gain_db, line.tx_gain_db)
