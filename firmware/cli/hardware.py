# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Cards, spans and channels: what is there, what is wrong with it, and how it should be set."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from drivers.hardware import findings, inventory, keep, proposal
from drivers.hardware.cards import table as known_cards
from drivers.hardware.countries import COUNTRIES
from drivers.hardware.inventory import ECHO_CANCELLERS, Inventory
from drivers.hardware.machine import Machine
from drivers.hardware.proposal import Proposal, Wishes
from drivers.hardware.system_conf import FILE, written
from drivers.port import PortKind
from firmware.cli.command import DONE, WRONG, Context, Failed, table
from firmware.client import ClientError, Unreachable
from firmware.wire import plain

MODULE_FILES = (proposal.OPTIONS_FILE, proposal.LOAD_FILE, proposal.XPP_FILE)
SILENT_DBM0 = -90
FACES = {PortKind.FXO: "exchange", PortKind.FXS: "telephone", None: ""}


def add_to(commands: Any, shared: argparse.ArgumentParser) -> None:
    look = commands.add_parser(
        "hardware", parents=[shared], help="cards, spans and channels; propose how they should be set"
    )
    look.add_argument(
        "deed", nargs="?", choices=("propose", "restore"), help="what is to be done (else: show)"
    )
    look.add_argument("--root", type=Path, default=Path("/"), help="another machine's root folder")
    look.add_argument("--system-conf", default=FILE, metavar="FILE", help=f"in the place of {FILE}")
    look.add_argument("--country", choices=sorted(COUNTRIES), default="cn", help="of the lines (cn)")
    look.add_argument("--boost-ring", action="store_true", help="ring telephones with 89 V peak")
    look.add_argument("--full-wave-ring", action="store_true", help="hear a low ringing voltage on lines")
    look.add_argument("--echo-canceller", choices=(*ECHO_CANCELLERS, proposal.CARDS_OWN), default="")
    look.add_argument("--apply", action="store_true", help="write what is proposed")
    look.set_defaults(run=hardware)


def hardware(context: Context) -> int:
    options = context.options
    if not options.root.is_dir():
        raise Failed(f"--root {options.root} is no folder")
    if options.apply and options.deed != "propose":
        raise Failed("--apply goes with propose", 2)
    match options.deed:
        case "propose":
            return _propose(context)
        case "restore":
            return _restore(context)
        case _:
            return _show(context)


# --- what is there ---


def _show(context: Context) -> int:
    found = inventory.take(Machine(context.options.root), context.options.system_conf)
    wrong = findings.examine(found)
    service = _of_the_service(context) if context.options.root == Path("/") else None
    if service and service["card"] == "simulated":
        wrong = [each for each in wrong if each.code != "no_card"]  # it needs none
    plainly = {**_plain(found), "findings": [each.plain() for each in wrong], "service": service}
    context.show(plainly, "\n\n".join(_text(found, wrong, service)))
    return WRONG if wrong else DONE


def _of_the_service(context: Context) -> dict[str, Any] | None:
    """What the running service says of its own card; None where there is none."""
    try:
        answer = context.client.request("hardware")
    except (Unreachable, ClientError):
        return None
    return {name: answer[name] for name in ("card", "ports")}


def _plain(found: Inventory) -> dict[str, Any]:
    """For --json: the machine's own facts, without what has nothing to do with telephony."""
    whole: dict[str, Any] = plain(found)
    for name in ("installed", "told"):
        del whole[name]
    used = {number for each in found.cards for number in each.device.interrupts}
    whole["interrupts"] = [plain(line) for number, line in sorted(found.interrupts.items()) if number in used]
    whole["modprobe"] = plain([each for each in found.told if _is_ours(found, each.module)])
    return whole


def _text(
    found: Inventory, wrong: list[findings.Finding], service: Mapping[str, Any] | None
) -> Iterator[str]:
    yield _versions(found)
    yield "CARDS\n" + table(
        _card_rows(found), ("at", "id", "card", "driver", "its state", "interrupts"), "none"
    )
    if found.modules:
        yield "MODULES\n" + table(_module_rows(found), ("module", "users", "options"))
    if found.spans:
        yield "SPANS\n" + table(_span_rows(found), SPAN_COLUMNS)
        yield "CHANNELS\n" + table(_channel_rows(found), CHANNEL_COLUMNS)
    yield "CONFIGURED\n" + "\n".join(_configured(found))
    if service is not None:
        yield f"THE SERVICE'S CARD: {service['card']}\n" + table(port_rows(service["ports"]), PORT_COLUMNS)
    yield "WHAT IS WRONG\n" + ("\n".join(f"- {each.message()}" for each in wrong) or "nothing")


def _versions(found: Inventory) -> str:
    build = known_cards().builds.get(found.build)
    dahdi = f"{found.dahdi} ({build.what})" if build else found.dahdi or "not loaded"
    return f"kernel: {found.kernel or 'unknown'}\nDAHDI: {dahdi}"


def _card_rows(found: Inventory) -> Iterator[dict[str, Any]]:
    for each in found.cards:
        lines = [found.interrupts.get(number) for number in each.device.interrupts]
        yield {
            "at": each.device.place,
            "id": each.device.id,
            "card": each.card.name,
            "driver": each.card.driver or "unknown",
            "its state": each.state,
            "interrupts": [f"{line.number}: {line.count}" for line in lines if line is not None],
        }


def _module_rows(found: Inventory) -> Iterator[dict[str, Any]]:
    shown = {
        option
        for each in ("opermode", "alawoverride", "companding", "default_linemode")
        for option in (each,)
    }
    shown |= {"auto_assign_spans", "fxshonormode", "boostringer", "fwringdetect"}
    for name, each in sorted(found.modules.items()):
        options = [f"{option}={value}" for option, value in each.options.items() if option in shown]
        yield {"module": name, "users": each.users, "options": options}


SPAN_COLUMNS = (
    "span",
    "name",
    "type",
    "channels",
    "timing",
    "alarms",
    "BPV",
    "CRC",
    "slips",
    "missed interrupts",
)
CHANNEL_COLUMNS = ("channels", "span", "faces", "signalling", "echo canceller", "alarms", "in use")
PORT_COLUMNS = (
    "port", "kind", "name", "for", "state", "off hook", "ringing", "in dBm0", "out dBm0", "lost", "alarm"
)  # fmt: skip


def _span_rows(found: Inventory) -> Iterator[dict[str, Any]]:
    for span in found.spans:
        counters = span.counters
        last = span.base + span.channel_count - 1
        yield {
            "span": span.number,
            "name": span.name,
            "type": f"{span.type} {span.line_config}".strip(),
            "channels": f"{span.base}-{last}",
            "timing": "master"
            if span.is_timing_master
            else f"from span {span.sync_source}"
            if span.sync_source
            else "own",
            "alarms": span.alarms or "none",
            "BPV": counters["bipolar_violations"],
            "CRC": counters["crc4_errors"],
            "slips": counters["slips"],
            "missed interrupts": counters["interrupts_missed"],
        }


def _channel_rows(found: Inventory) -> Iterator[dict[str, Any]]:
    """One row for channels that are alike."""
    groups: dict[tuple[tuple[str, Any], ...], list[int]] = {}
    for row in _single_channels(found):
        number = row.pop("channels")
        groups.setdefault(tuple(row.items()), []).append(number)
    for row_items, numbers in sorted(groups.items(), key=lambda group: group[1][0]):
        yield {"channels": written(numbers), **dict(row_items)}


def _single_channels(found: Inventory) -> Iterator[dict[str, Any]]:
    for span in found.spans:
        for channel in span.channels:
            yield {
                "channels": channel.number,
                "span": span.number,
                "faces": FACES[channel.port] or _faces_by(channel.signalling),
                "signalling": channel.signalling or "not configured",
                "echo canceller": channel.echo_canceller,
                "alarms": channel.alarms or "none",
                "in use": channel.in_use,
            }


def _faces_by(signalling: str) -> str:
    return {"fxs": "exchange", "fxo": "telephone"}.get(signalling[:3], "")


def _configured(found: Inventory) -> Iterator[str]:
    if found.conf is None:
        yield f"{found.conf_file}: not there"
    else:
        counts = (
            f"{len(found.conf.signalling)} channels, {len(found.conf.spans) + len(found.conf.dynamic)} spans"
        )
        yield f"{found.conf_file}: {counts}, tones of {found.conf.default_zone or 'no country'}"
    for each in found.told:
        if _is_ours(found, each.module):
            options = " ".join(f"{name}={value}" for name, value in each.options.items())
            yield f"{each.file} line {each.line}: {each.verb} {each.module} {options}".rstrip()


def _is_ours(found: Inventory, module: str) -> bool:
    return module.startswith("dahdi") or module in found.modules or module in known_cards().drivers


def port_rows(ports: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The service's ports as a table; what only a moving line has stays empty."""
    for port in ports:
        yield {
            "port": port["port"],
            "kind": port["kind"].upper(),
            "name": port["name"],
            "for": port["used_as"],
            "state": port["state"],
            "off hook": port["off_hook"],
            "ringing": port["ringing"],
            "in dBm0": _level(port["rx_dbm0"]),
            "out dBm0": _level(port["tx_dbm0"]),
            "lost": port["lost_samples"],
            "alarm": port["alarm"],
        }


def _level(value: float | None) -> str:
    return "" if value is None or value < SILENT_DBM0 else f"{value:.0f}"


# --- proposing ---


def _propose(context: Context) -> int:
    options = context.options
    machine = Machine(options.root)
    found = inventory.take(machine, options.system_conf)
    wishes = Wishes(options.country, options.boost_ring, options.full_wave_ring, options.echo_canceller)
    try:
        proposed = proposal.propose(found, machine, wishes)
    except OSError as error:
        raise Failed(f"{error.filename} can't be read: {error.strerror}; run it as root") from error
    places = _write(machine, proposed, found.conf_file) if options.apply else []
    in_force = proposal.read_back(proposed, machine)
    plainly = {
        "files": [
            {"place": each.place, "changes": each.changes, "text": each.text, "difference": each.difference()}
            for each in proposed.files
        ],
        "modules": list(proposed.loads),
        "in_force": [{**plain(each), "agrees": each.agrees} for each in in_force],
        "notes": list(proposed.notes),
        "written": places,
    }
    context.show(plainly, "\n\n".join(_proposal_text(proposed, in_force, places, options.apply)))
    return DONE


def _write(machine: Machine, proposed: Proposal, conf_file: str) -> list[str]:
    try:
        return keep.put(machine, proposed.files, conf_file)
    except OSError as error:
        raise Failed(f"{error.filename} can't be written: {error.strerror}; run it as root") from error


def _proposal_text(
    proposed: Proposal, in_force: list[proposal.InForce], places: list[str], applied: bool
) -> Iterator[str]:
    differences = [each.difference().rstrip("\n") for each in proposed.files if each.changes]
    if applied:
        yield "\n".join(f"written: {place}" for place in places) or "nothing had to be written"
    else:
        yield "\n\n".join(differences) or "nothing would change"
    if in_force:
        rows = [
            {
                "module": each.module,
                "option": each.name,
                "proposed": each.wanted,
                "in force": "not loaded" if each.found is None else each.found,
                "so it is": each.agrees,
            }
            for each in in_force
        ]
        yield "READ BACK FROM THE KERNEL\n" + table(
            rows, ("module", "option", "proposed", "in force", "so it is")
        )
    if proposed.loads:
        yield "TO LOAD\n" + "\n".join(_commands(proposed, in_force))
    if proposed.notes:
        yield "\n".join(proposed.notes)
    if differences and not applied:
        yield "nothing has been changed; --apply writes it, and keeps each file as FILE" + keep.KEPT


def _commands(proposed: Proposal, in_force: list[proposal.InForce]) -> Iterator[str]:
    """What to type so that it is in force; with calls up it ends them, so a person does it."""
    stale = {each.module for each in in_force if each.found is not None and not each.agrees}
    if stale:
        order = [name for name in reversed(proposed.loads) if name in stale]
        yield f"modprobe -r {' '.join(order)}   # ends every call on it; stop switchroomd first"
    yield f"modprobe -a {' '.join(proposed.loads)}"
    if any(each.place.endswith("system.conf") for each in proposed.files):
        yield "dahdi_cfg"


def _restore(context: Context) -> int:
    try:
        places = (context.options.system_conf, *MODULE_FILES)
        changed = keep.put_back(Machine(context.options.root), places)
    except OSError as error:
        raise Failed(f"{error.filename} can't be written: {error.strerror}; run it as root") from error
    if not changed:
        raise Failed("there is no last good file: nothing was applied yet")
    context.show({"restored": changed}, "\n".join(f"put back: {place}" for place in changed))
    return DONE
