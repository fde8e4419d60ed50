# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""The structs of the core as plain data for JSON, by field name, and commands back from it.

The journal's codec packs structs as arrays; people and scripts read names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Annotated, Any, get_args, get_type_hints

import msgspec

from firmware.exchange.commands import CoreCommand
from firmware.exchange.vocabulary import Report


def snake(name: str) -> str:
    """HangUpCall -> hang_up_call."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


COMMANDS: Mapping[str, type[Any]] = {snake(each.__name__): each for each in get_args(CoreCommand)}
Whole = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]  # what a journal can keep
_BOUNDS: Mapping[str, Any] = {
    "pause_code": Annotated[int, msgspec.Meta(ge=1, le=9)],
    "extension": Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,20}\Z")],
    "digits": Annotated[str, msgspec.Meta(pattern=r"^[0-9*#]{1,32}\Z")],
}
_HINTS = {
    each: {
        name: _BOUNDS.get(name, Whole if hint is int else hint) for name, hint in get_type_hints(each).items()
    }
    for each in COMMANDS.values()
}


def plain(value: Any) -> Any:
    """Numbers, strings, lists and dicts alone: a struct is a dict by field name, an enum its value."""
    if value is None or isinstance(value, str | int | float):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    raise TypeError(f"{type(value).__name__} has no plain form")


def report_kind(report: Report) -> str:
    """LineReport -> line."""
    return snake(type(report).__name__.removesuffix("Report"))


def plain_report(report: Report) -> dict[str, Any]:
    return {"kind": report_kind(report), **plain(report)}


def command_of(verb: str, fields: Mapping[str, Any]) -> CoreCommand:
    """The command `verb` with these fields; others in `fields` are left alone.

    Raises msgspec.ValidationError, which names the field that is missing, wrong or out of bounds.
    """
    kind = COMMANDS[verb]
    values = {}
    for name, hint in _HINTS[kind].items():
        if name not in fields:
            raise msgspec.ValidationError(f"{verb} needs {name}")
        try:
            values[name] = msgspec.convert(fields[name], hint, strict=True)
        except msgspec.ValidationError as error:
            raise msgspec.ValidationError(f"{name}: {error}") from None
    command: CoreCommand = kind(**values)
    return command


def command_fields(command: CoreCommand) -> dict[str, Any]:
    """The other way: {"do": verb, ...}."""
    return {"do": snake(type(command).__name__), **plain(command)}
