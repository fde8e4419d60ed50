# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""switchroomd: the service.  It reads its arguments, runs the box until SIGTERM or SIGINT, and ends in good order."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from firmware.errors import SwitchroomError
from firmware.logs import begin_logging
from firmware.shell.box import Box, Options
from firmware.shell.cards import CardChoice, CardKind
from firmware.shell.memory import give_back_large_blocks
from firmware.shell.notify import keep_alive, notify

log = logging.getLogger(__name__)

PORTS_MAX = 1_024


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0 after a clean end, 1 where it could not start or broke."""
    options = _options(arguments)
    os.umask(
        0o027
    )  # whoever is not of our group reads neither numbers nor recordings, whichever file holds them
    _log_into(options.data)
    give_back_large_blocks()
    try:
        asyncio.run(_run(options))
    except SwitchroomError as error:
        log.critical("%s", error)
        return 1
    except Exception:  # one of the three places: the last word before systemd starts us again
        log.exception("switchroomd broke")
        return 1
    return 0


async def _run(options: Options) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    box = Box(options)
    await box.start()
    notify("READY=1")
    alive = loop.create_task(keep_alive())
    await ended.wait()
    notify("STOPPING=1")
    log.info("ending")
    alive.cancel()
    await box.stop()


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="switchroomd", description="The service of a Switchroom.")
    parser.add_argument("--data", type=Path, default=Path("var"), help="the data folder (var)")
    parser.add_argument(
        "--simulated",
        type=_ports,
        default=(4, 8),
        metavar="FXO,FXS",
        help="ports of the simulated card (4,8)",
    )
    parser.add_argument(
        "--card",
        type=CardKind,
        choices=list(CardKind),
        default=CardKind.SIMULATED,
        metavar="{simulated,dahdi}",
        help="which card (simulated)",
    )
    parser.add_argument(
        "--channels",
        type=_channels,
        metavar="FXO/FXS",
        help="DAHDI channels of the FXO ports and of the FXS ports, as 1-4/5-12 (all that system.conf configures)",
    )
    parser.add_argument("--socket", type=Path, help="the control socket (in the data folder)")
    parser.add_argument("--audio-socket", type=Path, help="the audio socket (in the data folder)")
    parser.add_argument("--tick-ms", type=int, default=2, help="tick of the media engine, 2 to 20 (2)")
    given = parser.parse_args(arguments)
    fxo, fxs = given.simulated
    card = CardChoice(given.card, fxo, fxs, given.channels)
    return Options(given.data, card, given.tick_ms, given.socket, given.audio_socket)


def _ports(text: str) -> tuple[int, int]:
    try:
        fxo, fxs = (int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError("two numbers, as 4,8") from None
    if fxo < 0 or fxs < 0 or not 1 <= fxo + fxs <= PORTS_MAX:
        raise argparse.ArgumentTypeError(f"1 to {PORTS_MAX} ports")
    return fxo, fxs


def _channels(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    fxo, slash, fxs = text.partition("/")
    channels = _numbers(fxo), _numbers(fxs)
    if not slash or not any(channels) or len(set(sum(channels, ()))) != len(sum(channels, ())):
        raise argparse.ArgumentTypeError(
            "channels of the FXO ports / of the FXS ports, each once, as 1-4/5-12"
        )
    return channels


def _numbers(text: str) -> tuple[int, ...]:
    """1-3,7: 1, 2, 3 and 7."""
    found: list[int] = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        if (
            not first.isdecimal()
            or not (last or first).isdecimal()
            or not 1 <= int(first) <= int(last or first) < 1024
        ):
            raise argparse.ArgumentTypeError(f"{part}: a channel or a range of them, 1 to 1023")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


def _log_into(data: Path) -> None:
    folder = data / "log"
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        begin_logging(folder)
    except OSError:
        begin_logging(None)  # the box says what is wrong with its folder when it starts


if __name__ == "__main__":
    raise SystemExit(main())
