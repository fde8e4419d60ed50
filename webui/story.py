# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""One call in plain words: what happened when, who was there, why it ended and how we know.

Everything from outside (numbers, names, details) is data and is only ever put between words of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from webui.texts import Texts

NS_PER_S = 1_000_000_000
TOGETHER_S = 0.5
# Values of the timeline that are words of the vocabulary, and where those are said.
WORDED = {
    "cause": "cause",
    "kind": "node",
    "certainty": "certainty",
    "outcome": "outcome",
    "proof": "evidence",
    "by": "released_by",
    "verdict": "verdict",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline.  offset_s: since the call began, by the monotonic clock."""

    offset_s: float
    civil_ns: int
    text: str
    who: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def detail(self) -> str:
        return " · ".join(filter(None, (", ".join(filter(None, self.who)), *self.words)))

    def same_as(self, other: Moment) -> bool:
        """The same thing, done to somebody else at once."""
        at_once = other.offset_s - self.offset_s < TOGETHER_S
        return at_once and self.who != () and (self.text, self.words) == (other.text, other.words)


@dataclass(frozen=True, slots=True)
class Proof:
    """One proof of a hang-up.  offset_s: since the call began."""

    text: str
    detail: str
    offset_s: float


@dataclass(frozen=True, slots=True)
class Leg:
    number: int
    role: str
    who: dict[str, str]
    port: int
    agent: int
    began_ns: int
    answered: bool
    certainty: str
    length_s: float
    talk_s: float
    hold_s: float
    cause: str
    proofs: tuple[Proof, ...]


class Story:
    """call: one whole, as `Queries.call` gives it, masked for its reader; names: as `Queries.names` gives them."""

    def __init__(self, texts: Texts, call: dict[str, Any], names: dict[str, Any]) -> None:
        self._t = texts
        self._call = call
        self._record = call["record"]
        self._names = names

    @property
    def timeline(self) -> list[Moment]:
        """What happened, in order; the same thing done to several at once is one line."""
        moments: list[Moment] = []
        for moment in map(self._moment, self._record["timeline"]):
            last = moments[-1] if moments else None
            if last and last.same_as(moment):
                moments[-1] = replace(last, who=(*last.who, *moment.who))
            else:
                moments.append(moment)
        return moments

    @property
    def legs(self) -> list[Leg]:
        return [self._leg(leg) for leg in self._record["legs"]]

    @property
    def visits(self) -> list[dict[str, Any]]:
        return [
            visit | {"wait_s": _between_s(visit["entered"], visit["left"])}
            for visit in self._record["queue_visits"]
        ]

    @property
    def ending(self) -> str:
        """Why the call ended, in one sentence."""
        key, word = f"why.{self._call['cause']}", self._t.word("cause", self._call["cause"])
        cause = self._t(key) if self._t.has(key) else self._t("why.other", cause=word)
        by = self._t.word("released_by", self._call["released_by"])
        return f"{by} {cause}" if self._t.language == "en" else f"{by}{cause}"

    @property
    def notice(self) -> str:
        if self._call["direction"] != "in":
            return self._t("call.notice_none")
        return self._t("call.notice_played" if self._call["notice"] else "call.notice_not_played")

    def agent(self, number: int) -> str:
        return self._named("agents", number)

    def queue(self, number: int) -> str:
        return self._named("queues", number)

    def line(self, port: int) -> str:
        return self._named("lines", port)

    def _named(self, kind: str, number: int) -> str:
        known = self._names.get(kind, {})
        name = known.get(number) or known.get(str(number))
        return f"{number} {name}" if name else str(number or "")

    def _moment(self, entry: dict[str, Any]) -> Moment:
        detail = dict(entry["detail"])
        text = self._t.word("what", entry["what"])
        who = (self._who(entry["leg"]),) if entry["what"].startswith("leg.") else ()
        told = ("extension", "outside", "role") if who else ()
        words = tuple(
            filter(None, (self._detail(key, value) for key, value in detail.items() if key not in told))
        )
        offset_s = _between_s(self._record["began"], entry["at"])
        return Moment(offset_s, entry["at"]["civil_ns"], text, who, words)

    def _who(self, leg: int) -> str:
        """The party of a leg, as short as can be."""
        for each in self._record["legs"]:
            if each["leg"] == leg:
                party = each["party"]
                return str(party["extension"] or party["number"] or party["name"])
        return ""

    def _detail(self, key: str, value: Any) -> str:
        """One value of a timeline entry, with names where a number stands for somebody."""
        if value in ("", None, False):
            return ""
        kind = {"agent": "agents", "queue": "queues", "line": "lines", "mailbox": "mailboxes"}.get(key)
        if kind and isinstance(value, int):
            shown = self._named(kind, value)
        elif key in WORDED:
            shown = self._t.word(WORDED[key], value)
        elif value is True:
            return self._t.word("detail", key)
        elif isinstance(value, float):
            shown = f"{value:g}"
        else:
            shown = str(value)
        return f"{self._t.word('detail', key)} {shown}"

    def _leg(self, leg: dict[str, Any]) -> Leg:
        return Leg(
            number=leg["leg"],
            role=self._t.word("leg_role", leg["role"]),
            who=leg["party"],
            port=leg["port"],
            agent=leg["agent"],
            began_ns=leg["began"]["civil_ns"],
            answered=leg["answered"] is not None,
            certainty=self._t.word("certainty", leg["certainty"]) if leg["certainty"] else "",
            length_s=_between_s(leg["began"], leg["ended"]),
            talk_s=leg["talk_ms"] / 1000,
            hold_s=leg["hold_ms"] / 1000,
            cause=self._t.word("cause", leg["cause"]),
            proofs=tuple(self._proof(leg, proof) for proof in leg["evidence"]),
        )

    def _proof_detail(self, detail: str) -> str:
        """The detail of a proof in the reader's language, part by part; what we have no words for stays as it is."""
        return ", ".join(map(self._proof_part, filter(None, detail.split(", "))))

    def _proof_part(self, part: str) -> str:
        count, _, unit = part.partition(" ")
        if count.isdigit() and unit == "cycles":
            return self._t("evidence_detail.cycles", count=count)
        key = f"evidence_detail.{part.replace(' ', '_')}"
        return self._t(key) if self._t.has(key) else part

    def _proof(self, leg: dict[str, Any], proof: dict[str, Any]) -> Proof:
        return Proof(
            self._t.word("evidence", proof["kind"]),
            self._proof_detail(proof["detail"]),
            _between_s(self._record["began"], proof["at"]),
        )


def _between_s(first: dict[str, int], then: dict[str, int]) -> float:
    return (then["mono_ns"] - first["mono_ns"]) / NS_PER_S
