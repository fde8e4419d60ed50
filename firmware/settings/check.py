# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Holds settings together as a whole, and names every fault by its path, not only the first.

First each value for itself (`model`), then everything that must agree with something else.  The second pass
runs over what is right in itself, so that one wrong value doesn't hide twenty clashes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from firmware.settings import agreement
from firmware.settings.draft import Draft
from firmware.settings.faults import Fault
from firmware.settings.model import Node, Settings
from firmware.settings.toml import to_plain

FAULTS_MAX = 200  # a screen's worth; what is wholly wrong needs no longer list


@dataclass(frozen=True, slots=True)
class Around:
    """What the settings are held against.  None: not known, not checked.

    lines, phones: ports that are there, by kind; prompts, music: the names that can be played.
    """

    lines: frozenset[int] | None = None
    phones: frozenset[int] | None = None
    prompts: frozenset[str] | None = None
    music: frozenset[str] | None = None


NOTHING = Around()


def read(data: Any, around: Around = NOTHING) -> tuple[Settings | None, list[Fault]]:
    """Settings from plain data (of TOML or JSON), or every fault.  Never both, never neither."""
    if not isinstance(data, Mapping):
        return None, [Fault("", "wrong_type", {"wanted": "a table", "wanted_zh": "表"})]
    try:
        # Strict JSON takes "3" for no number and 1 for no yes, and still makes tuples and enums.
        text = json.dumps(data, default=str)
    except (TypeError, ValueError, RecursionError) as error:
        return None, [Fault("", "wrong", {"why": str(error)})]
    plain = json.loads(text)
    settings: Settings | None = None
    faults: list[Fault] = []
    try:
        settings = Settings.model_validate_json(text, strict=True)
    except ValidationError as error:
        faults = faults_of(error)
    faults += agreement.faults(Draft.of(plain), around.lines, around.phones, around.prompts, around.music)
    if len(faults) > FAULTS_MAX:
        faults = [*faults[:FAULTS_MAX], Fault("", "too_many", {"count": FAULTS_MAX})]
    return (None, faults) if faults else (settings, [])


def check(settings: Settings, around: Around = NOTHING) -> list[Fault]:
    """The faults of settings that are typed already."""
    return read(to_plain(settings), around)[1]


def faults_of(error: ValidationError) -> list[Fault]:
    """What the model found wrong, in our words."""
    return [_fault(each) for each in error.errors(include_url=False)]


def _fault(error: ErrorDetails) -> Fault:
    path = _path(error["loc"])
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        return Fault(path, "unknown_key")
    if kind in ("missing", "union_tag_not_found"):
        return Fault(path, "missing")
    if kind in _TYPES:
        wanted, chinese = _TYPES[kind]
        return Fault(path, "wrong_type", {"wanted": wanted, "wanted_zh": chinese})
    if kind in _BOUNDS:
        sign, name = _BOUNDS[kind]
        return Fault(
            path, "out_of_range", {"bound": f"{sign} {context[name]}", "bound_zh": f" {sign} {context[name]}"}
        )
    if kind == "string_pattern_mismatch":
        wanted, chinese = FORMS[context["pattern"]]
        return Fault(path, "wrong_form", {"wanted": wanted, "wanted_zh": chinese})
    if kind == "string_too_short":
        return Fault(path, "too_short", {"least": context["min_length"]})
    if kind == "string_too_long":
        return Fault(path, "too_long", {"most": context["max_length"]})
    if kind in ("enum", "literal_error"):
        return Fault(path, "not_one_of", {"allowed": context["expected"]})
    if kind == "union_tag_invalid":
        return Fault(f"{path}.kind", "not_one_of", {"allowed": context["expected_tags"]})
    return Fault(path, "wrong", {"why": error["msg"]})


_TYPES = {
    "int_type": ("a whole number", "整数"),
    "int_from_float": ("a whole number", "整数"),
    "float_type": ("a number", "数字"),
    "bool_type": ("true or false", " true 或 false"),
    "string_type": ("a text", "文本"),
    "tuple_type": ("a list", "列表"),
    "dict_type": ("a table", "表"),
    "model_type": ("a table", "表"),
    "model_attributes_type": ("a table", "表"),
    "finite_number": ("a number", "数字"),
}
FORMS = {
    r"^[0-9]{1,20}$": ("1 to 20 digits", " 1 到 20 位数字"),
    r"^[0-9*#]{1,32}$": ("1 to 32 of the keys 0-9, * and #", " 1 到 32 个按键（0-9、*、#）"),
    r"^[0-9*#]$": ("one key: 0-9, * or #", "一个按键：0-9、* 或 #"),
    r"^[^\x00-\x1f\x7f]+$": ("a text without line ends and control characters", "不含换行和控制字符的文本"),
    r"^[a-z0-9][a-z0-9_.-]{0,59}$": (
        "a name of at most 60 small letters, digits and _ . -, with a letter or digit first",
        "名称：最多 60 个小写字母、数字或 _ . -，以字母或数字开头",
    ),
    r"^([1-9][0-9]{0,4})?$": (
        "an area code of 1 to 5 digits without the 0 before it",
        " 1 到 5 位区号，不含前面的 0",
    ),
    r"^[0-9+*# ()-]{0,30}$": ("a telephone number", "电话号码"),
}
_BOUNDS = {
    "greater_than_equal": ("≥", "ge"),
    "less_than_equal": ("≤", "le"),
}
_NODE_KINDS = frozenset(node.model_fields["kind"].default for node in get_args(get_args(Node)[0]))


def _path(location: tuple[int | str, ...]) -> str:
    """`lines[0].port`.  The kind that pydantic puts behind a node's name is no key of the file."""
    path = ""
    for place, part in enumerate(location):
        if place == 4 and location[0] == "flows" and location[2] == "nodes" and part in _NODE_KINDS:
            continue
        if part == "[key]":
            continue
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path
