# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What the service says of a card it can't have, on a machine without one."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.dahdi import troubles
from drivers.port import GoOffHook, Ring
from firmware.main import _options
from firmware.shell.cards import CardChoice, CardKind

CONTROL = Path("/dev/dahdi/ctl")


def switchroomd(data: Path, *arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    script = f"import sys\n{before}\nfrom firmware.main import main\nsys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", script, "--data", str(data), *arguments],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.skipif(CONTROL.exists(), reason="this machine has DAHDI")
def test_the_service_says_that_there_is_no_dahdi_and_how_to_get_it(tmp_path: Path) -> None:
    ended = switchroomd(tmp_path, "--card", "dahdi")
    assert ended.returncode == 1
    assert "no DAHDI: /dev/dahdi/ctl: No such file or directory; load the card's driver" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_service_says_what_to_install_where_the_driver_was_not_built(tmp_path: Path) -> None:
    ended = switchroomd(tmp_path, "--card", "dahdi", before="sys.modules['drivers.dahdi._dahdi'] = None")
    assert ended.returncode == 1
    assert "install Debian's package dahdi-source, run make again" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_simulated_card_needs_no_dahdi_driver() -> None:
    script = "import sys; sys.modules['drivers.dahdi._dahdi'] = None; import firmware.shell.box"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_a_loaded_module_without_devices_points_to_udev(tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    modules.write_text("dahdi_echocan_mg2 16384 1 - Live 0x0\ndahdi 241664 9 - Live 0x0\n")
    error = troubles.no_control(OSError(errno.ENOENT, "No such file or directory"), tmp_path, modules)
    assert "the module dahdi is loaded" in str(error) and "udev" in str(error)


def test_missing_rights_name_the_group_to_join(tmp_path: Path) -> None:
    control = tmp_path / "ctl"
    control.touch(0o660)
    os.chmod(control, 0o660)
    error = troubles.no_control(PermissionError(errno.EACCES, "Permission denied"), tmp_path)
    assert f"may not open {control}, which belongs to" in str(error)
    group = control.stat().st_gid
    assert ("usermod -a -G" in str(error)) is (group != 0)


def test_the_holder_of_a_channel_is_found_by_what_it_has_open(tmp_path: Path) -> None:
    devices, proc = tmp_path / "dahdi", tmp_path / "proc"
    for number, name, target in ((7, "asterisk", "12"), (8, "monitor", "ctl"), (9, "bash", "../tty")):
        (proc / str(number) / "fd").mkdir(parents=True)
        (proc / str(number) / "comm").write_text(f"{name}\n")
        (proc / str(number) / "fd" / "3").symlink_to(devices / target)
    assert troubles.users_of(devices, proc) == ["asterisk (pid 7)"]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENXIO, "is not configured: see /etc/dahdi/system.conf, then run dahdi_cfg"),
        (errno.ENODEV, "is not there: is the card in its place and its driver loaded?"),
        (errno.ENOMEM, "can't be opened: Cannot allocate memory"),
    ],
)
def test_a_channel_that_cannot_be_opened_is_named_with_what_to_do(number: int, said: str) -> None:
    error = troubles.not_opened("span=2 channel=9", OSError(number, os.strerror(number)))
    assert str(error) == f"span=2 channel=9 {said}"
    assert error.errno == number


def test_a_refused_act_is_named_with_its_port() -> None:
    refused = troubles.act_refused("span=1 channel=5", Ring(1), OSError(errno.ENODATA, ""))
    assert "span=1 channel=5 refuses Ring: no tone zone is loaded" in str(refused)
    refused = troubles.act_refused("span=1 channel=5", GoOffHook(1), OSError(errno.EIO, "Input/output error"))
    assert str(refused) == "span=1 channel=5 refuses GoOffHook: Input/output error"


def test_channels_are_named_on_the_command_line_lines_first() -> None:
    options = _options(["--card", "dahdi", "--channels", "1-3,7/5,9-10"])
    assert options.card == CardChoice(CardKind.DAHDI, 4, 8, ((1, 2, 3, 7), (5, 9, 10)))
    assert _options(["--card", "dahdi", "--channels", "1/"]).card.channels == ((1,), ())


@pytest.mark.parametrize("text", ["", "/", "1-3", "1-3/3", "a/1", "3-1/5", "1/1024", "0/1"])
def test_a_list_of_channels_that_is_none_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _options(["--card", "dahdi", "--channels", text])
    assert "argument --channels" in capsys.readouterr().err
