# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""What a real switchroomd costs: how soon it is ready, its memory and its processor time with calls up.

The service runs as a process of its own on a temporary folder, with its simulated card in real time; calls are made
through its socket, by the verbs of the bench.  Memory and processor time are the kernel's own accounts in /proc.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from firmware.client import Client
from firmware.data_folder import DataFolder
from firmware.settings.model import Agent as AgentProfile
from firmware.settings.model import Flow, HangUpNode, Line, NoticeNode, Phone, Queue, QueueNode, Settings

PILOT = "02088880000"
FIRST_OUTSIDE = 13_900_000_001
WITHIN_S = 120.0
LOOK_EVERY_S = 0.1
SPEAK_MS = 600_000
MEDIA_THREAD = "media"  # the engine's name for its thread; the box's is started before the far ends'


@dataclass(frozen=True)
class Running:
    """A switchroomd that is ready.  ready_s: from its exec."""

    process: subprocess.Popen[bytes]
    client: Client
    ready_s: float


@dataclass(frozen=True)
class CallsUp:
    """The service with calls up.  cpu_percent: of one core, without the far ends' thread, which has a figure of its
    own; scheduling: the class the media thread has."""

    rss_mb: float
    cpu_percent: float
    far_percent: float
    scheduling: str


@contextmanager
def service(data: Path, ports: int, tick_ms: int = 2) -> Iterator[Running]:
    """Started, and ended again.  Ready is what it tells systemd: sockets open, card told, a ring is acted on."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as ready:
        ready.bind(str(data / "ready"))
        ready.settimeout(WITHIN_S)
        began_s = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "firmware.main", "--data", str(data / "box"),
             "--simulated", f"{ports},{ports}", "--tick-ms", str(tick_ms)],
            env={**os.environ, "NOTIFY_SOCKET": str(data / "ready")},
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert ready.recv(100) == b"READY=1"
            ready_s = time.perf_counter() - began_s
            with closing(Client(DataFolder(data / "box").socket)) as client:
                yield Running(process, client, ready_s)
        finally:
            process.terminate()
            process.wait(WITHIN_S)


def start_s(ports: int = 20, runs: int = 5) -> float:
    """Exec to ready, the median; each time a ring then does reach the board."""
    took_s = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(prefix="bench") as folder, service(Path(folder), ports) as running:
            took_s.append(running.ready_s)
            _call_in(running.client, 1)
            _until(partial(_lines, running.client, "ringing"))
    return median(took_s)


def calls_up(calls: int = 20, seconds: float = 20.0) -> CallsUp:
    """So many callers in talk with agents, recorded, at a tick of 2 ms, for so long."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder, service(Path(folder), calls) as running:
        client, pid = running.client, running.process.pid
        _seat_agents(client, calls)
        _call_in(client, calls)
        _until(lambda: _all_talk(client, calls))
        status = client.request("status")["service"]
        if status["recordings_under_way"] < calls:
            raise ValueError(f"{status['recordings_under_way']} of {calls} calls are recorded")
        before, began_s = _threads_ns(pid), time.perf_counter()
        time.sleep(seconds)  # the span that is measured
        after, took_s = _threads_ns(pid), time.perf_counter() - began_s
        if not _all_talk(client, calls):
            raise ValueError("calls have ended while they were measured")
        far = _far_thread(pid)
        spent = {thread: ns - before.get(thread, 0) for thread, ns in after.items()}
        percent = {thread: 100 * ns / 1e9 / took_s for thread, ns in spent.items()}
        far_percent = percent.pop(far)
        return CallsUp(_rss_mb(pid), sum(percent.values()), far_percent, str(status["scheduling"]))


# --- calls, through the socket ---


def _settings(calls: int) -> Settings:
    flow = Flow(
        name="front",
        start="notice",
        nodes={
            "notice": NoticeNode(next="queue"),
            "queue": QueueNode(queue=1, overflow="bye"),
            "bye": HangUpNode(prompt="try_later"),
        },
    )
    places = range(calls)
    return Settings(
        lines=tuple(Line(port=1 + place, name=f"line {1 + place}") for place in places),
        phones=tuple(
            Phone(port=1 + calls + place, extension=str(801 + place), name=f"desk {1 + place}")
            for place in places
        ),
        agents=tuple(
            AgentProfile(number=101 + place, name=f"agent {1 + place}", queues=(1,)) for place in places
        ),
        queues=(Queue(number=1, name="front", max_wait_s=600),),
        flows=(flow,),
    )


def _seat_agents(client: Client, calls: int) -> None:
    client.request("settings_apply", settings=_settings(calls).model_dump(mode="json"))
    _until(lambda: len(client.request("status")["board"]["phones"]) >= calls)
    for place in range(calls):
        client.request("log_in", agent=101 + place, extension=str(801 + place))


def _call_in(client: Client, calls: int) -> None:
    callers = [f"outside:{FIRST_OUTSIDE + place}" for place in range(calls)]
    for who in callers:
        client.request("bench_lift", who=who)
    _until(lambda: sum("dial" in far["tones"] for far in client.request("bench_status")["outside"]) >= calls)
    for who in callers:
        client.request("bench_dial", who=who, digits=PILOT)


def _all_talk(client: Client, calls: int) -> bool:
    """Whether all do; phones that ring are lifted, and both ends of a line speak."""
    for desk in client.request("bench_status")["desks"]:
        if desk["ringing"] and not desk["off_hook"]:
            client.request("bench_lift", who=desk["who"])
            client.request("bench_speak", who=desk["who"], ms=SPEAK_MS)
    talking = [call for call in client.request("status")["board"]["calls"] if call["state"] == "talking"]
    if len(talking) < calls:
        return False
    for place in range(calls):
        client.request("bench_speak", who=f"outside:{FIRST_OUTSIDE + place}", ms=SPEAK_MS)
    return True


def _lines(client: Client, state: str) -> list[dict[str, Any]]:
    return [line for line in client.request("status")["board"]["lines"] if line["state"] == state]


def _until(condition: Callable[[], Any]) -> Any:
    deadline_s = time.monotonic() + WITHIN_S
    while not (found := condition()):
        if time.monotonic() > deadline_s:
            raise TimeoutError("it did not come about in time")
        time.sleep(LOOK_EVERY_S)
    return found


# --- the kernel's accounts ---


def _threads_ns(pid: int) -> dict[int, int]:
    """Processor time of every thread (Documentation/scheduler/sched-stats.rst: the first number of schedstat)."""
    tasks = Path(f"/proc/{pid}/task")
    return {int(task.name): int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()}


def _far_thread(pid: int) -> int:
    """The thread that steps the simulated far ends: the second media thread to have been started."""
    tasks = Path(f"/proc/{pid}/task")
    media = [
        int(task.name) for task in tasks.iterdir() if (task / "comm").read_text().strip() == MEDIA_THREAD
    ]
    if len(media) != 2:
        raise ValueError(f"{len(media)} media threads; a simulated box has its own and the far ends'")
    return max(media, key=lambda thread: (_started_ticks(tasks / str(thread)), thread))


def _started_ticks(task: Path) -> int:
    """proc(5): starttime is the 22nd field of stat; the second, in brackets, may hold anything."""
    return int((task / "stat").read_text().rpartition(")")[2].split()[19])


def _rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmRSS:")).split()[1]) / 1024
