# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The kernel bench's recipe and its boot.  What needs the kernel itself is skipped where it is not built."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hil.kernel import build, recipe, spans
from hil.kernel.boot import boot
from hil.kernel.recipe import BenchError, find_kernel, read_recipe
from hil.kernel.run import outcome_of


def built() -> bool:
    try:
        find_kernel()
    except BenchError:
        return False
    return True


needs_kernel = pytest.mark.skipif(not built(), reason="the bench's kernel is not built: make kernel-bench")


@pytest.mark.parametrize("release", ["12", "13"])
def test_each_debian_that_we_run_on_has_a_recipe(release: str) -> None:
    found = read_recipe(release)
    assert found.kernel.startswith("linux-source-")
    assert {"dahdi", "dahdi_dynamic_loc"} <= set(found.needed)
    assert all(fix.old != fix.new for fix in (*found.kernel_fixes, *found.dahdi_fixes))


def test_another_release_is_refused_by_name() -> None:
    with pytest.raises(BenchError, match=r"Debian 12 and 13; this is 99"):
        read_recipe("99")


def test_a_changed_recipe_is_another_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_recipe("12").key
    changed = tmp_path / "recipe.toml"
    text = recipe.RECIPE.read_text(encoding="utf-8")
    changed.write_text(text.replace("hz = 1000", "hz = 500"), encoding="utf-8")
    monkeypatch.setattr(recipe, "RECIPE", changed)
    assert read_recipe("12").key != before
    changed.write_text(text + "# a comment\n", encoding="utf-8")
    assert read_recipe("12").key == before


def test_without_a_kernel_the_bench_says_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(BenchError, match="make kernel-bench"):
        find_kernel()


def workshop(folder: Path) -> build.Workshop:
    return build.Workshop(read_recipe("12"), folder / "building")


def test_a_program_that_fails_is_quoted_with_the_place_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"(?s)sh failed \(3\).*\.log.*no such thing"):
        workshop(tmp_path).run("sh", "-c", "echo no such thing; exit 3", cwd=tmp_path)


def test_a_mend_that_does_not_fit_the_sources_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "source.c"
    source.write_text("something else", encoding="utf-8")
    with pytest.raises(BenchError, match="recipe has to be renewed"):
        workshop(tmp_path).replace(source, "old", "new")


def test_a_full_disk_is_noticed_before_building(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(build, "PROGRAMS", ())
    monkeypatch.setattr(build, "NEEDED_BYTES", 10**18)
    with pytest.raises(BenchError, match="make room, or set XDG_CACHE_HOME"):
        build.found_or_built(read_recipe("12"))


def test_every_port_of_the_bench_has_a_far_channel_of_its_own() -> None:
    fxo, fxs = spans.box_channels(spans.PLAN.fxo, spans.PLAN.fxs)
    far = [spans.far_channel(channel) for channel in (*fxo, *fxs)]
    assert len({*far, *fxo, *fxs}) == 2 * spans.PORTS
    lines = spans.configuration(e1=True).splitlines()
    assert f"cas={far[0]}-{far[-1]}:0101" in lines
    assert sum(line.startswith("dynamic=") for line in lines) == 2 + 2 * spans.PLAN.e1_pairs


@needs_kernel
def test_a_command_inside_sees_the_channels_and_its_exit_code_comes_back(tmp_path: Path) -> None:
    ended = boot(["/bin/sh", "-c", f"ls /dev/dahdi; echo kept > {tmp_path}/note; exit 7"], results=tmp_path)
    assert ended.exit_code == 7
    assert {"ctl", "1", "24"} <= set(ended.output.split())
    assert (tmp_path / "note").read_text(encoding="ascii") == "kept\n"


@needs_kernel
def test_the_tree_can_not_be_written_from_inside() -> None:
    ended = boot([sys.executable, "-c", f"open({str(Path(__file__))!r}, 'a')"])
    assert ended.exit_code == 1
    assert "Read-only file system" in ended.output


@needs_kernel
def test_time_inside_jumps_where_everything_sleeps() -> None:
    ended = boot(["/bin/sh", "-c", "sleep 600; cut -d. -f1 /proc/uptime"])
    assert "600" in ended.output.splitlines()
    assert ended.seconds < 60


@needs_kernel
@pytest.mark.parametrize(
    ("real_time", "every_ms", "beat_ms"), [(False, None, 4), (True, None, 1), (False, True, 1)]
)
def test_dahdi_gives_a_chunk_each_millisecond_in_real_time_or_where_it_is_asked(
    real_time: bool, every_ms: bool | None, beat_ms: int
) -> None:
    command = ["/bin/cat", "/sys/module/dahdi/parameters/beat_ms"]
    ended = boot(command, real_time=real_time, every_ms=every_ms)
    assert str(beat_ms) in ended.output.splitlines()


@needs_kernel
def test_what_hangs_is_cut_off_with_its_last_words() -> None:
    heard: list[str] = []
    hear: Callable[[str], None] = heard.append
    with pytest.raises(BenchError, match=r"(?s)cut off after 3 s.*round and round"):
        boot(["/bin/sh", "-c", "echo round and round; while :; do :; done"], longest_s=3, hear=hear)
    assert "round and round\n" in heard


@needs_kernel
def test_a_scenario_is_played_over_real_channels() -> None:
    outcome = outcome_of("a_caller_is_answered_queued_connected_and_the_record_tells_it")
    assert (outcome.result, outcome.why) == ("passed", "")


@needs_kernel
def test_no_kernel_runs_on_when_whoever_started_it_was_killed() -> None:
    command = [sys.executable, "-m", "hil.kernel.boot", "--", "/bin/sh", "-c", "echo up; while :; do :; done"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "up\n"
        children = Path(f"/proc/{starter.pid}/task/{starter.pid}/children").read_text(encoding="ascii")
        kernel = next(pid for pid in children.split() if "BENCH_JOB" in command_of(pid))
        starter.kill()
    for _ in range(100):
        if "BENCH_JOB" not in command_of(kernel):
            return
        time.sleep(0.1)  # a process that is nobody's child any more tells nobody of its end
    raise AssertionError(f"the kernel {kernel} runs on")


def command_of(pid: str) -> str:
    """Empty where it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""
