# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The ports of a running service as an installer watches and tests them, through the socket."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firmware.cli.main import main
from firmware.client import Client, ClientError
from tests.running_box import client, daemon, phones, query, telephone, until

INSTALLER = {"kind": "web", "name": "wu", "role": "installer"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("live")
    with daemon(folder) as running:
        running.says("started:")
        yield folder


@pytest.fixture
def asking(data: Path) -> Iterator[Client]:
    with client(data / "switchroom.sock") as made:
        yield made


def port(asking: Client, number: int) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in asking.request("hardware")["ports"] if each["port"] == number
    )
    return found


def test_a_lifted_phone_shows_its_hook_its_state_and_how_loud_its_tone_is(asking: Client) -> None:
    at_rest = port(asking, 3)
    assert (at_rest["kind"], at_rest["used_as"], at_rest["state"]) == ("fxs", "801", "idle")
    assert not at_rest["off_hook"]
    asking.request("bench_lift", who="phone:801")
    until(lambda: port(asking, 3)["state"] == "dial_tone")
    assert port(asking, 3)["off_hook"]
    loud = until(lambda: (port(asking, 3)["tx_dbm0"] or -99) > -30 and port(asking, 3))
    assert loud["rx_dbm0"] < loud["tx_dbm0"] < 0
    asking.request("bench_hang_up", who="phone:801")
    until(lambda: not port(asking, 3)["off_hook"])


def test_a_phone_that_is_tested_rings_and_whoever_lifts_hears_which_it_is(asking: Client) -> None:
    answer = asking.request("port_test", port=4, actor=INSTALLER)
    assert (answer["test"], answer["rings_s"]) == ("bell", 30)
    until(lambda: telephone(asking, "phone:802")["ringing"])
    assert port(asking, 4)["state"] == "ringing"
    with pytest.raises(ClientError, match="conflict: phone 802 is ringing, not at rest"):
        asking.request("port_test", port=4)
    asking.request("bench_lift", who="phone:802")
    until(lambda: telephone(asking, "phone:802")["speech"])
    asking.request("bench_hang_up", who="phone:802")
    until(lambda: phones(asking)["802"] == "idle")


def test_a_line_that_is_tested_is_lifted_and_its_dial_tone_measured(asking: Client) -> None:
    answer = asking.request("port_test", port=1, actor=INSTALLER)
    assert answer["test"] == "dial_tone"
    assert answer["heard"]
    assert answer["freq_hz"] == pytest.approx(450, abs=5)
    assert -30 < answer["level_dbm0"] < 0
    assert answer["after_ms"] > 0
    until(lambda: port(asking, 1)["state"] == "idle" and not port(asking, 1)["off_hook"])


def test_a_line_in_use_is_not_tested(asking: Client) -> None:
    asking.request("block_line", port=2, blocked=True)
    asking.request("lend_line", port=2, rings=False)
    with pytest.raises(ClientError, match="conflict: line 2 is not at rest"):
        asking.request("port_test", port=2)
    asking.request("return_line", port=2, caller=False)
    asking.request("block_line", port=2, blocked=False)


def test_a_test_needs_the_right_role_and_a_port_and_is_in_the_audit(asking: Client, data: Path) -> None:
    with pytest.raises(ClientError, match="not_found: no line and no phone of the settings is at port 99"):
        asking.request("port_test", port=99, actor=INSTALLER)
    for role in ("agent", "supervisor"):
        with pytest.raises(ClientError, match="not_allowed"):
            asking.request("port_test", port=1, actor={"kind": "web", "name": "x", "role": role})
    with pytest.raises(ClientError, match="not_allowed"):
        asking.request("hardware", actor={"kind": "web", "name": "x", "role": "agent"})
    expected = {("wu", 1, '{"port":99}'), ("x", 0, '{"port":1}')}
    asked = "SELECT name, allowed, detail FROM audit WHERE action = 'port_test'"
    until(lambda: expected <= set(query(data, asked)))  # what was refused needn't wait for the disk


def test_the_command_line_shows_the_services_own_ports(data: Path) -> None:
    out = io.StringIO()
    main(["--data", str(data), "hardware", "--json"], out)
    shown = json.loads(out.getvalue())["service"]
    assert shown["card"] == "simulated"
    assert [(each["port"], each["kind"]) for each in shown["ports"]] == [
        (1, "fxo"),
        (2, "fxo"),
        (3, "fxs"),
        (4, "fxs"),
    ]
    out = io.StringIO()
    main(["--data", str(data), "hardware"], out)
    assert "THE SERVICE'S CARD: simulated" in out.getvalue()
    assert "there is no telephony card" not in out.getvalue()


def test_the_machine_is_told_where_it_is_asked_for(asking: Client) -> None:
    machine = asking.request("hardware", machine=True)["machine"]
    assert {"kernel", "dahdi", "cards", "spans", "findings"} == machine.keys()
    assert not any(each["code"] == "no_card" for each in machine["findings"])
    assert "machine" not in asking.request("hardware")
