# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The rest of the start inside the bench's kernel: modules, spans, the job, power off.

Run by `init`, as process 1 and with the standard library only.  What is to be done stands in `JOB`.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import termios
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path("/run/bench")
JOB = FOLDER / "job.json"
EXIT_CODE = FOLDER / "exit-code"
BROKEN = 120
"""The exit code where the job could not be begun."""

BEGUN = "switchroom: inside\n"
"""The line after which the console is the job's."""

_SYS_FINIT_MODULE = 313  # x86_64
_RB_POWER_OFF = 0x4321FEDC
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    try:
        _plain_console()
        sys.stdout.write(BEGUN)
        sys.stdout.flush()
        code = _work(json.loads(JOB.read_text(encoding="utf-8")))
    except BaseException:  # noqa: BLE001 - process 1 may not end in any other way than by switching off
        traceback.print_exc()
        code = BROKEN
    sys.stdout.flush()
    EXIT_CODE.write_text(f"{code}\n", encoding="ascii")
    os.sync()
    _libc.reboot(_RB_POWER_OFF)


def _work(job: dict[str, Any]) -> int:
    _loopback_up()
    for module, arguments in job["modules"]:
        _load(Path(module), arguments)
    if job["configuration"]:
        configuration = Path("/run/system.conf")
        configuration.write_text(job["configuration"], encoding="ascii")
        _configure(configuration, Path(job["tools"]))
        _name_channels(Path("/dev/dahdi"))
    ended = subprocess.run(job["command"], cwd=job["cwd"], stdin=subprocess.DEVNULL, check=False)
    return ended.returncode if ended.returncode >= 0 else 128 - ended.returncode


def _plain_console() -> None:
    """Lines end as they were written."""
    attributes = termios.tcgetattr(1)
    attributes[1] &= ~termios.OPOST
    termios.tcsetattr(1, termios.TCSANOW, attributes)


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plug:
        told = fcntl.ioctl(plug, _SIOCGIFFLAGS, struct.pack("16sH14x", b"lo", 0))
        flags = struct.unpack("16sH14x", told)[1]
        fcntl.ioctl(plug, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))


def _load(module: Path, arguments: str) -> None:
    with module.open("rb") as file:
        if _libc.syscall(_SYS_FINIT_MODULE, file.fileno(), arguments.encode(), 0):
            number = ctypes.get_errno()
            raise OSError(number, f"{os.strerror(number)}: {module}; the kernel last said: {_kernel_log()}")


def _kernel_log() -> str:
    """The last lines; the kernel tells here what a module lacks, and its errno does not."""
    with open(
        "/dev/kmsg", "rb", opener=lambda path, flags: os.open(path, flags | os.O_NONBLOCK), buffering=0
    ) as log:
        lines: list[str] = []
        while (record := log.read(8192)) is not None:
            lines.append(record.decode("utf-8", "replace").partition(";")[2].strip())
    return " | ".join(lines[-5:])


def _configure(configuration: Path, tools: Path) -> None:
    libraries = ":".join(str(folder) for folder in (tools / "usr" / "lib").glob("*-linux-gnu"))
    _check([str(tools / "usr" / "sbin" / "dahdi_cfg"), "-c", str(configuration)], LD_LIBRARY_PATH=libraries)


def _check(command: Sequence[str], **variables: str) -> None:
    ended = subprocess.run(
        command, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise OSError(f"{' '.join(command)} ended with {ended.returncode}: {ended.stdout}{ended.stderr}")


def _name_channels(folder: Path) -> None:
    """What udev does where there is one (rules of Debian's dahdi): /dev/dahdi/N for channel N, its minor number."""
    for channel in Path("/sys/bus/dahdi_channels/devices").iterdir():
        number = (channel / "dev").read_text(encoding="ascii").strip().split(":")[1]
        (folder / number).symlink_to(Path("/dev") / channel.name.replace("!", "/"))


if __name__ == "__main__":
    main()
