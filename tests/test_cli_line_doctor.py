# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""`switchroom doctor lines` against a service that answers at once, and the pages that say what to type."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firmware.cli import line_doctor
from firmware.cli.command import DONE, WRONG, Context, Failed
from firmware.cli.main import parser
from firmware.line_doctor.findings import CallFound, FlashFound, LineFound, Told, ToneFound
from firmware.line_doctor.questions import Answers, answered, questions
from firmware.settings.check import read
from firmware.settings.factory import factory
from firmware.settings.toml import to_plain

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ("four-lines-eight-phones.en.md", "four-lines-eight-phones.zh.md")
DIAL = ToneFound("dial", 450.0, 0.0, -10.0)


class Lines:
    """A service whose line n has the number 0208888000n, told by caller ID."""

    def __init__(self, mute: int = 0) -> None:
        self.settings = factory((1, 2, 3), (4, 5))
        self.called: list[tuple[int, int, str]] = []
        self.checked = ""
        self._mute = mute

    def request(self, verb: str, **fields: Any) -> dict[str, Any]:
        match verb:
            case "settings_show":
                return {"settings": to_plain(self.settings)}
            case "ports":
                return {"lines": [1, 2, 3], "phones": [4, 5]}
            case "status":
                return {"service": {"box": "b1", "version": "1", "card": "simulated"}}
            case "settings_check":
                self.checked = fields["toml"]
                return {"faults": []}
            case "measure_line":
                found: Any = LineFound(fields["port"], "", DIAL, 200, -60.0, 1.0, 50.0)
            case "measure_flash":
                found = FlashFound(fields["port"], "", (250, 260, 270))
            case "measure_call":
                found = self._call(fields)
            case _:
                raise AssertionError(verb)
        return {"found": msgspec.to_builtins(found)}

    def _call(self, fields: dict[str, Any]) -> CallFound:
        caller, called, number = fields["caller"], fields["called"], fields["number"]
        self.called.append((caller, called, number))
        shown = "" if called == self._mute else f"0208888000{caller}"
        return CallFound(
            caller, called, number, caller_number=shown, caller_id_time="after_first_ring", caller_id_format="fsk",
            caller_id_wait_ms=900, called_told=Told(loop_drop_ms=500), caller_told=Told(loop_drop_ms=500),
            ring_on_ms=1000, ring_off_ms=4000, answer_reversal=False,
        )  # fmt: skip

    def close(self) -> None:
        """As a client."""


def run(tmp_path: Path, service: Lines, *words: str) -> tuple[int, Any]:
    options = parser().parse_args(["--data", str(tmp_path), "doctor", "lines", "--json", "--no-ask", *words])
    out = (tmp_path / "out").open("w+", encoding="utf-8")
    with out:
        context: Any = Context(options, out)
        context.client = service
        code = line_doctor.examine_lines(context)
        out.seek(0)
        return code, json.loads(out.read())


def test_from_one_number_all_numbers_are_learned(tmp_path: Path) -> None:
    service = Lines()
    code, told = run(tmp_path, service, "--number", "2=02088880002")
    assert code == DONE
    assert service.called == [(1, 2, "02088880002"), (3, 1, "02088880001"), (2, 3, "02088880003")]
    proposed, faults = read(tomllib.loads(Path(told["files"]["settings"]).read_text("utf-8")))
    assert faults == []
    assert proposed is not None
    assert [line.number for line in proposed.lines] == ["02088880001", "02088880002", "02088880003"]
    assert Path(told["files"]["passport"]).read_bytes().startswith(b"%PDF")
    assert "loop_drop" in service.checked


def test_where_a_line_shows_no_caller_the_rest_wait_for_a_number(tmp_path: Path) -> None:
    service = Lines(mute=2)
    run(tmp_path, service, "--number", "2=02088880002", "--no-passport")
    assert [call[:2] for call in service.called] == [(1, 2)]


def test_with_no_number_at_all_it_says_how_to_give_one(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="--number 1="):
        run(tmp_path, Lines(), "--no-passport")


def test_a_flash_alone_calls_nobody(tmp_path: Path) -> None:
    service = Lines()
    code, told = run(tmp_path, service, "--lines", "none", "--phones", "801", "--no-passport")
    assert (code, service.called) == (DONE, [])
    assert [change["path"] for change in told["changes"]] == ["phones[4].flash_longest_ms"]


def test_a_trouble_shows_in_the_exit_code(tmp_path: Path) -> None:
    class Dead(Lines):
        def request(self, verb: str, **fields: Any) -> dict[str, Any]:
            if verb == "measure_line":
                return {"found": msgspec.to_builtins(LineFound(fields["port"], "no dial tone"))}
            return super().request(verb, **fields)

    code, told = run(tmp_path, Dead(), "--number", "1=02088880001", "--no-passport")
    assert code == WRONG
    assert "line 1: no dial tone" in told["remarks"]


def test_what_gave_trouble_is_said_in_words_and_no_profile_is_called_right(
    tmp_path: Path,
) -> None:
    class Taken(Lines):
        def request(self, verb: str, **fields: Any) -> dict[str, Any]:
            match verb:
                case "measure_line":
                    found: Any = LineFound(fields["port"], "it is in use")
                case "measure_call":
                    found = CallFound(fields["caller"], fields["called"], fields["number"], "nobody rang")
                case _:
                    return super().request(verb, **fields)
            return {"found": msgspec.to_builtins(found)}

    options = parser().parse_args(
        ["--data", str(tmp_path), "doctor", "lines", "--no-ask", "--no-passport", "--number", "1=02088880001"]
    )
    with (tmp_path / "out").open("w+", encoding="utf-8") as out:
        context: Any = Context(options, out)
        context.client = Taken()
        assert line_doctor.examine_lines(context) == WRONG
        out.seek(0)
        text = out.read()
    assert "alone        it is in use" in text
    assert "calls in     nobody rang" in text
    assert "None" not in text
    assert "not everything could be measured" in text
    assert "are right" not in text


def test_a_phone_that_gave_trouble_shows_in_the_exit_code(tmp_path: Path) -> None:
    class Still(Lines):
        def request(self, verb: str, **fields: Any) -> dict[str, Any]:
            if verb == "measure_flash":
                return {"found": msgspec.to_builtins(FlashFound(fields["port"], "nobody lifted it"))}
            return super().request(verb, **fields)

    assert run(tmp_path, Still(), "--lines", "none", "--phones", "801", "--no-passport")[0] == WRONG


def test_an_answers_file_that_is_wrong_is_named(tmp_path: Path) -> None:
    file = tmp_path / "answers.toml"
    file.write_text('[lines.1]\nsource = "moon"\n', "utf-8")
    with pytest.raises(Failed, match=r"answers\.toml.*moon"):
        run(tmp_path, Lines(), "--answers", str(file), "--number", "1=02088880001", "--no-passport")


def test_answers_are_taken_one_by_one_and_a_wrong_one_is_refused() -> None:
    volts = next(each for each in questions((1,)) if each.field == "ring_volts")
    assert answered(Answers(), volts, "").lines == {}
    assert answered(Answers(), volts, "78").of(1).ring_volts == 78
    with pytest.raises(msgspec.ValidationError):
        answered(Answers(), volts, "loud")


# --- the pages for installers ---


def commands_of(page: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_both_pages_say_to_type_the_same() -> None:
    assert commands_of(PAGES[0]) == commands_of(PAGES[1])


@pytest.mark.parametrize(
    "command", [line for line in commands_of(PAGES[0]) if line.startswith("switchroom ")]
)
def test_every_command_of_the_page_is_one(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    parser().parse_args(shlex.split(command)[1:])
