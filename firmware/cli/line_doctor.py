# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""`switchroom doctor lines`: walks along the lines, asks what can't be measured, proposes profiles, writes the
passport."""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from firmware.atomic import write_whole
from firmware.cli.command import DONE, WRONG, Context, Failed, a_file
from firmware.line_doctor.findings import CallFound, Findings, FlashFound, HangUpFound, LineFound
from firmware.line_doctor.passport import Passport, check_font, pdf
from firmware.line_doctor.proposal import Proposal, echo_text, propose, told_text, tone_text
from firmware.line_doctor.questions import Answers, Question, answered, questions
from firmware.settings.model import Settings

Found = TypeVar("Found", LineFound, CallFound, HangUpFound, FlashFound)


def add_to(deeds: Any, shared: argparse.ArgumentParser) -> None:
    lines = deeds.add_parser(
        "lines",
        parents=[shared],
        help="measure the lines by calls between them, propose their profiles, write the install passport",
    )
    lines.add_argument("--lines", type=_ports, metavar="1,2", help="these ports only; or: none")
    lines.add_argument(
        "--number", action="append", default=[], type=_number, metavar="PORT=NUMBER",
        help="what the other lines dial to reach this one; one known number is enough where caller ID is shown",
    )  # fmt: skip
    lines.add_argument(
        "--hang-up",
        type=_ports,
        default=(),
        metavar="1",
        help="learn the hang-up of these lines from your own call",
    )
    lines.add_argument(
        "--phones",
        default="",
        metavar="801,802",
        help="learn the flash of these phones, with a person at each",
    )
    lines.add_argument("--answers", type=a_file, metavar="FILE", help="answers to the questions, as TOML")
    lines.add_argument(
        "--ask",
        action=argparse.BooleanOptionalAction,
        default=sys.stdin.isatty(),
        help="ask what can't be measured",
    )
    lines.add_argument(
        "--passport", action=argparse.BooleanOptionalAction, default=True, help="write the PDF"
    )
    lines.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where to; the data folder's passports/ where not given"
    )
    lines.set_defaults(run=examine_lines)


def examine_lines(context: Context) -> int:
    if context.options.passport:
        check_font()
    settings = Settings.model_validate(context.client.request("settings_show")["settings"])
    answers = _answers_given(context)
    examination = _Examination(context, settings)
    findings = examination.findings()
    answers = _asked(context, examination.ports, answers)
    proposal = propose(settings, findings, answers)
    context.client.request("settings_check", toml=proposal.toml())
    files = _write(context, settings, findings, answers, proposal)
    _show(context, findings, answers, proposal, files)
    return WRONG if _troubled(findings) else DONE


class _Examination:
    """One walk along the lines.  Says what it does as it goes, on stderr."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._settings = settings
        there = set(context.client.request("ports")["lines"])
        wanted = context.options.lines
        ports = tuple(line.port for line in settings.lines if line.port in there)
        if wanted is not None and (missing := sorted(set(wanted) - set(ports))):
            raise Failed(
                f"--lines: there is no line {missing[0]}; there are {', '.join(map(str, ports)) or 'none'}", 2
            )
        self.ports = ports if wanted is None else tuple(port for port in ports if port in wanted)
        self.numbers = self._numbers_known()

    def findings(self) -> Findings:
        lines = tuple(self._alone(port) for port in self.ports)
        calls = tuple(self._calls())
        hang_ups = tuple(self._hang_up(port) for port in self._context.options.hang_up)
        flashes = tuple(self._flash(word) for word in self._context.options.phones.split(",") if word)
        return Findings(lines, calls, hang_ups, flashes)

    def _numbers_known(self) -> dict[int, str]:
        """A number that several lines have is the pilot's: who calls it reaches any of them."""
        given = dict(self._context.options.number)
        in_settings = [line.number for line in self._settings.lines]
        own = {
            line.port: line.number
            for line in self._settings.lines
            if line.number and in_settings.count(line.number) == 1
        }
        return {**own, **given}

    def _alone(self, port: int) -> LineFound:
        self._say(f"line {port}: dial tone, noise, echo ...")
        found = self._measure(LineFound, "measure_line", port=port)
        self._say(found.trouble or f"  dial tone {tone_text(found.dial_tone)}, echo {echo_text(found)}")
        return found

    def _calls(self) -> Iterator[CallFound]:
        """Each line calls the next one, the last the first, beginning where a number is known: who calls is known by
        caller ID from then on."""
        if not self.ports:
            return
        if len(self.ports) < 2:
            self._say("one line alone can call nobody: --hang-up shows its hang-up, by a call of your own")
            return
        if not any(port in self.numbers for port in self.ports):
            self._ask_number()
        for caller, called in self._round():
            if called not in self.numbers:
                self._say(
                    f"line {called}: its number is not known (--number {called}=...), so it was not called"
                )
                continue
            self._say(f"line {caller} calls line {called} ({self.numbers[called]}), three times ...")
            found = self._measure(
                CallFound, "measure_call", caller=caller, called=called, number=self.numbers[called],
                own_number=self.numbers.get(caller),
            )  # fmt: skip
            self._say(
                found.trouble
                or f"  ringback {tone_text(found.ringback)}, hang-up {told_text(found.caller_told)}"
            )
            if found.caller_number:
                self.numbers.setdefault(caller, found.caller_number)
            yield found

    def _round(self) -> Iterator[tuple[int, int]]:
        """(caller, called), backwards from a line whose number is known, so that each call tells the next number."""
        known = [place for place, port in enumerate(self.ports) if port in self.numbers]
        begin = known[0] if known else 0
        for step in range(len(self.ports)):
            called = self.ports[(begin - step) % len(self.ports)]
            yield self.ports[(begin - step - 1) % len(self.ports)], called

    def _ask_number(self) -> None:
        port = self.ports[0]
        if not self._context.options.ask:
            raise Failed(f"no line's number is known: give one, as --number {port}=02012345678", 2)
        word = _input(f"The number that is dialled to reach line {port} / 拨什么号码能打进线路 {port}: ")
        if word:
            self.numbers[port] = _number(f"{port}={word}")[1]

    def _hang_up(self, port: int) -> HangUpFound:
        self._say(
            f"line {port}: call it now from any telephone, and hang up when you hear the beep"
            f" / 请拨打线路 {port}，听到提示音后挂机"
        )
        found = self._measure(HangUpFound, "measure_hang_up", port=port)
        self._say(found.trouble or f"  hang-up {told_text(found.told)}")
        return found

    def _flash(self, extension: str) -> FlashFound:
        port = next((phone.port for phone in self._settings.phones if phone.extension == extension), None)
        if port is None:
            raise Failed(f"--phones: there is no phone {extension}", 2)
        self._say(
            f"phone {extension}: lift it, tap the hook three times, a second apart, hang up"
            f" / 请拿起 {extension} 话机，每隔一秒拍一下叉簧，共三下，再挂机"
        )
        found = self._measure(FlashFound, "measure_flash", port=port)
        self._say(found.trouble or "  " + ", ".join(f"{ms} ms" for ms in found.open_ms))
        return found

    def _measure(self, kind: type[Found], verb: str, **fields: Any) -> Found:
        return msgspec.convert(self._context.client.request(verb, **fields)["found"], kind)

    def _say(self, words: str) -> None:
        sys.stderr.write(words + "\n")


# --- what is asked ---


def _answers_given(context: Context) -> Answers:
    file = context.options.answers
    if file is None:
        return Answers()
    try:
        return msgspec.convert(tomllib.loads(file.read_text("utf-8")), Answers, strict=False)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise Failed(f"{file}: {error}") from error


def _asked(context: Context, ports: tuple[int, ...], answers: Answers) -> Answers:
    if not context.options.ask:
        return answers
    sys.stderr.write("What no card can measure; Enter leaves it open. / 以下无法由板卡测出，回车跳过。\n")
    for question in questions(ports):
        if question.port and getattr(answers.of(question.port), question.field) not in ("", None):
            continue
        answers = _one_answer(answers, question)
    return answers


def _one_answer(answers: Answers, question: Question) -> Answers:
    while True:
        try:
            return answered(answers, question, _input(f"{question.zh}\n{question.en}: "))
        except msgspec.ValidationError as error:
            sys.stderr.write(f"{error}\n")


def _input(prompt: str) -> str:
    sys.stderr.write(prompt)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


# --- what comes of it ---


def _write(
    context: Context, settings: Settings, findings: Findings, answers: Answers, proposal: Proposal
) -> dict[str, str]:
    folder = context.options.out or context.data.passports
    now = datetime.now(ZoneInfo(settings.centre.timezone))
    status = context.client.request("status")["service"]
    made = Passport(
        box=str(status.get("box", "")),
        centre=settings.centre.name,
        made_at=now.strftime("%Y-%m-%d %H:%M"),
        version=str(status.get("version", "")),
        card=str(status.get("card", "")),
        findings=findings,
        answers=answers,
        proposal=proposal,
    )
    plain = {"made_at": made.made_at, "profile_hash": proposal.profile_hash}
    record = {**plain, "findings": findings, "answers": answers}
    contents = {"found": ("json", msgspec.json.format(msgspec.json.encode(record), indent=1))}
    contents["settings"] = ("toml", proposal.toml().encode())
    if context.options.passport:
        contents["passport"] = ("pdf", pdf(made))
    stem = now.strftime("passport-%Y%m%d-%H%M%S")
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        for suffix, content in contents.values():
            write_whole(folder / f"{stem}.{suffix}", content)
    except OSError as error:
        raise Failed(f"{folder} can't be written: {error.strerror}") from error
    return {what: str(folder / f"{stem}.{suffix}") for what, (suffix, _) in contents.items()}


def _show(
    context: Context, findings: Findings, answers: Answers, proposal: Proposal, files: dict[str, str]
) -> None:
    changes = [{"path": c.path, "before": c.before, "after": c.after, "why": c.why} for c in proposal.changes]
    plain = {
        "findings": msgspec.to_builtins(findings),
        "answers": msgspec.to_builtins(answers, str_keys=True),
        "changes": changes,
        "remarks": list(proposal.remarks),
        "profile_hash": proposal.profile_hash,
        "files": files,
    }
    context.show(plain, "\n".join(_report(findings, proposal, files)))


def _report(findings: Findings, proposal: Proposal, files: dict[str, str]) -> Iterator[str]:
    for alone in findings.lines:
        yield from ("", f"line {alone.port}", *_rows(alone, findings))
    for flash in findings.flashes:
        yield f"phone at port {flash.port}: flash {', '.join(f'{ms} ms' for ms in flash.open_ms) or flash.trouble}"
    yield from ("", _headline(findings, proposal))
    for change in proposal.changes:
        yield f"  {change.path}: {change.before} -> {change.after}  ({change.why})"
    yield from (f"  {remark}" for remark in proposal.remarks)
    yield from ("", *(f"{what}: {file}" for what, file in files.items()))
    if proposal.changes:
        yield f"put them in force: switchroom settings apply {files['settings']}"


def _headline(findings: Findings, proposal: Proposal) -> str:
    if proposal.changes:
        return "proposed:"
    if _troubled(findings):
        return "nothing to propose: not everything could be measured"
    return "nothing to propose: the profiles are right"


def _troubled(findings: Findings) -> bool:
    kinds = (findings.lines, findings.calls, findings.hang_ups, findings.flashes)
    return any(each.trouble for found in kinds for each in found)


def _rows(alone: LineFound, findings: Findings) -> Sequence[str]:
    outward = next((each for each in findings.calls if each.caller == alone.port), None)
    inward = next((each for each in findings.calls if each.called == alone.port), None)
    by_hand = next((each for each in findings.hang_ups if each.port == alone.port), None)
    noise = "–" if alone.noise_dbm0 is None else f"{alone.noise_dbm0:.0f} dBm0"
    rows = [("alone", alone.trouble)]
    if not alone.trouble:
        rows = [("dial tone", f"{tone_text(alone.dial_tone)}, after {alone.dial_delay_ms} ms")]
        rows += [("noise, echo", f"{noise}; {echo_text(alone)}")]
    if outward is not None and outward.trouble:
        rows += [("calls out", outward.trouble)]
    elif outward is not None:
        rows += [
            (
                "calls out",
                f"ringback {tone_text(outward.ringback)}, {outward.post_dial_ms} ms after the last digit",
            ),
            (
                "",
                f"reversal at answer: {_word(outward.answer_reversal)}; loss to the other line {outward.loss_db} dB",
            ),
            ("", f"hang-up: {told_text(outward.caller_told)}"),
        ]
    if inward is not None and inward.trouble:
        rows += [("calls in", inward.trouble)]
    elif inward is not None:
        wait = "" if inward.caller_id_wait_ms is None else f", {inward.caller_id_wait_ms} ms after it"
        when = (inward.caller_id_time or "not seen").replace("_", " ")
        rows += [
            (
                "calls in",
                f"rings {inward.ring_on_ms}/{inward.ring_off_ms} ms; caller ID {inward.caller_id_format} {when}{wait}",
            ),
            ("", f"hang-up: {told_text(inward.called_told)}"),
        ]
    if by_hand is not None:
        rows += [("your call", f"hang-up: {told_text(by_hand.told)}")]
    return [f"  {name:<12} {words}" for name, words in rows]


def _word(value: bool | None) -> str:
    return "not seen" if value is None else ("yes" if value else "no")


def _ports(text: str) -> tuple[int, ...]:
    if text == "none":
        return ()
    try:
        return tuple(int(word) for word in text.split(",") if word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"ports as 1,2, not {text!r}") from None


def _number(text: str) -> tuple[int, str]:
    port, _, number = text.partition("=")
    if not (port.isascii() and port.isdigit() and number.isascii() and number.isdigit()):
        raise argparse.ArgumentTypeError(f"PORT=NUMBER, as 1=02012345678, not {text!r}")
    return int(port), number
