# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a command inside the bench's kernel, with real DAHDI channels, as an ordinary user:

    python -m hil.kernel.boot [--real-time] [--results FOLDER] -- python -m pytest -p no:cacheprovider tests/dahdi

Inside, `/` is this machine's, read-only; /tmp, /run and /dev/shm are empty and vanish; the results folder is at its
own path and stays.  The environment and working folder are the caller's.  Time jumps where everything sleeps, unless
it is to be real.  The exit code is the command's, 120 where the kernel did not come that far.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hil.kernel import spans
from hil.kernel.inside import BEGUN, BROKEN
from hil.kernel.recipe import BenchError, BuiltKernel, find_kernel

LONGEST_S = 600.0
CIVIL_START_NS = 1_780_275_600_000_000_000  # Monday 2026-06-01 09:00 in Shanghai, as in all virtual time here
TREE = Path(__file__).parents[2]
_HIDDEN = (Path("/tmp"), Path("/run"), Path("/dev/shm"))
_LAST_LINES = 40
_HOSTFS_NAMED = (6, 11)  # Linux
_FIRST = "-19"  # the niceness of its session, which is what counts where the host groups by sessions
_HALTED = "reboot: "


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command inside ended.  output: what it said, and the kernel with it.  seconds: by the host's clock."""

    exit_code: int
    output: str
    seconds: float


def boot(
    command: Sequence[str],
    *,
    configuration: str | None = None,
    results: Path | None = None,
    real_time: bool = False,
    every_ms: bool | None = None,
    longest_s: float = LONGEST_S,
    memory_mb: int = 768,
    cwd: Path | None = None,
    folders: Sequence[Path] = (),
    hear: Callable[[str], None] = lambda line: None,
) -> Ended:
    """Run `command` inside, over the channels of this system.conf (the bench's where none is given).

    folders: more of the host's that it reads, in case they are below one that is hidden.  every_ms: DAHDI's timer gives
    a chunk each millisecond, as a card does, not four at once; as `real_time` where not told: it takes more of the
    host.  hear: given every line of output as it comes.  Raises BenchError where no kernel has been built, and
    after `longest_s` of real time, with the last lines of the console.
    """
    kernel = find_kernel()
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as name:
        job = Path(name)
        _write_job(
            job,
            kernel,
            command,
            spans.configuration() if configuration is None else configuration,
            cwd,
            results,
            folders,
            beat_ms=1 if (real_time if every_ms is None else every_ms) else 4,
        )
        lines = _run(_command_line(kernel, job, memory_mb, real_time), job, longest_s, hear, first=real_time)
        seconds = time.monotonic() - began_s
        try:
            code = int((job / "exit-code").read_text(encoding="ascii"))
        except FileNotFoundError:
            raise BenchError("the bench's kernel ended by itself; it last said:\n" + _last(lines)) from None
    return Ended(code, "".join(lines), seconds)


def _write_job(
    job: Path,
    kernel: BuiltKernel,
    command: Sequence[str],
    configuration: str,
    cwd: Path | None,
    results: Path | None,
    folders: Sequence[Path],
    *,
    beat_ms: int,
) -> None:
    cwd = (cwd or Path.cwd()).resolve()
    options = {"dahdi": f"auto_assign_spans=1 beat_ms={beat_ms}"}
    modules = [(str(module), options.get(module.stem, "")) for module in kernel.modules]
    told = {
        "command": list(command),
        "cwd": str(cwd),
        "modules": modules,
        "configuration": configuration,
        "tools": str(kernel.tools),
    }
    (job / "job.json").write_text(json.dumps(told), encoding="utf-8")
    wanted = [TREE, cwd, kernel.folder, Path(sys.prefix), Path(sys.base_prefix), *folders]
    lines = [
        f"export {name}={shlex.quote(value)}" for name, value in os.environ.items() if name.isidentifier()
    ]
    lines += ["export PYTHONDONTWRITEBYTECODE=1", f"export PYTHONPATH={shlex.quote(_python_path())}"]
    lines += [_mount(kernel, path, "ro") for path in dict.fromkeys(wanted) if _is_hidden(path)]
    if results is not None:
        results.mkdir(parents=True, exist_ok=True)
        lines.append(_mount(kernel, results.resolve(), "rw"))
    inside = Path(__file__).with_name("inside.py")
    lines.append(f"exec {shlex.quote(sys.executable)} {shlex.quote(str(inside))}")
    (job / "go").write_text("set -e\n" + "\n".join(lines) + "\n", encoding="utf-8")


def _python_path() -> str:
    before = os.environ.get("PYTHONPATH")
    return f"{TREE}:{before}" if before else str(TREE)


def _is_hidden(path: Path) -> bool:
    return any(path.is_relative_to(hidden) for hidden in _HIDDEN)


def _mount(kernel: BuiltKernel, path: Path, how: str) -> str:
    place = shlex.quote(str(path))
    option = shlex.quote(_hostfs_option(kernel, path))
    return f"mkdir -p {place} 2>/dev/null || true; mount -t hostfs -o {how},{option} host {place}"


def _hostfs_option(kernel: BuiltKernel, path: Path) -> str:
    """A folder of the host as the mount option, which has a name since hostfs came to the new mount interface."""
    return f"hostfs={path}" if kernel.recipe.kernel_version >= _HOSTFS_NAMED else str(path)


def _command_line(kernel: BuiltKernel, job: Path, memory_mb: int, real_time: bool) -> list[str]:
    travel = [] if real_time else ["time-travel=inf-cpu", f"time-travel-start={CIVIL_START_NS}"]
    return [
        str(kernel.linux),
        f"mem={memory_mb}M",
        *travel,
        "rootfstype=hostfs",
        "rootflags=/",
        "ro",
        f"init={Path(__file__).with_name('init').resolve()}",
        f"BENCH_JOB={_hostfs_option(kernel, job)}",
        "con0=null,fd:1",
        "con=null",
        "loglevel=4",
        "panic=-1",
    ]


def _run(
    command: Sequence[str], job: Path, longest_s: float, hear: Callable[[str], None], *, first: bool
) -> list[str]:
    """Run the kernel to its end; returns the lines of its console.  first: ahead of what else the host does."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(job)
    process = subprocess.Popen(
        command,
        cwd=job,
        env={"TMPDIR": memory, "HOME": str(job), "PATH": os.environ.get("PATH", "/usr/bin:/bin")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,  # each address space inside is a process of the host: they end together
    )
    guard = _guard(process.pid)
    if first:
        with suppress(OSError):  # without the right to, it waits its turn like everybody
            Path(f"/proc/{process.pid}/autogroup").write_text(_FIRST, encoding="ascii")
    lines: list[str] = []
    begun = False  # what the kernel says before is of interest only where it goes wrong
    cut = threading.Event()

    def end() -> None:
        cut.set()
        _kill(process.pid)

    timer = threading.Timer(longest_s, end)
    timer.start()
    assert process.stdout is not None
    try:
        for line in process.stdout:
            lines.append(line)
            if begun and not line.startswith(_HALTED):
                hear(line)
            begun = begun or line == BEGUN
    finally:
        timer.cancel()
        _kill(process.pid)
        process.stdout.close()
        process.wait()
        guard.communicate()
    if cut.is_set():
        raise BenchError(f"cut off after {longest_s:.0f} s; the bench's console last said:\n{_last(lines)}")
    return lines


def _guard(group: int) -> subprocess.Popen[bytes]:
    """Ends the kernel when we are gone, however that came: it reads from a pipe that only we hold open."""
    command = ["/bin/sh", "-c", f"read -r _; kill -s KILL -- -{group}"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)


def _kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _last(lines: Sequence[str]) -> str:
    return "".join(deque(lines, _LAST_LINES))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hil.kernel.boot", description=__doc__.splitlines()[0])
    parser.add_argument("--real-time", action="store_true", help="time does not jump")
    parser.add_argument("--results", type=Path, help="a folder the command may write into")
    parser.add_argument("--configuration", type=Path, help="a system.conf other than the bench's")
    parser.add_argument("--e1", action="store_true", help="the bench's E1 pairs too")
    parser.add_argument("--longest-s", type=float, default=LONGEST_S, help="cut it off after so long (600)")
    parser.add_argument("--memory-mb", type=int, default=768)
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- command ...")
    given = parser.parse_args(arguments)
    command = given.command[1:] if given.command[:1] == ["--"] else given.command
    if not command:
        parser.error("what is to be run inside?")
    if given.configuration is not None:
        configuration = given.configuration.read_text(encoding="ascii")
    else:
        configuration = spans.configuration(e1=given.e1)
    try:
        ended = boot(
            [shutil.which(command[0]) or command[0], *command[1:]],
            configuration=configuration,
            results=given.results,
            real_time=given.real_time,
            longest_s=given.longest_s,
            memory_mb=given.memory_mb,
            hear=lambda line: print(line, end="", flush=True),
        )
    except BenchError as error:
        print(f"switchroom: {error}", file=sys.stderr)
        return BROKEN
    return ended.exit_code


if __name__ == "__main__":
    sys.exit(main())
