# SPDX-FileCopyrightText: 2026 The Switchroom authors
# SPDX-License-Identifier: Apache-2.0
"""Forms made of the settings' own models: a field is stated once, there, and appears here with its bounds.

What a person typed goes back as plain data and is judged by the service; what can't be read as a number stays the
text it is, so that the service can name it as a fault.
"""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from webui.texts import Texts

Choices = Sequence[tuple[str, str]]
KEYS = tuple("1234567890*#")


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form.  widget: "text", "number", "checkbox", "select", "checks", "area" or "keys"."""

    name: str
    label: str
    help: str
    widget: str
    required: bool
    choices: Choices = ()
    least: float | None = None
    most: float | None = None
    step: str = "1"


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of value a field of a model holds."""

    core: Any  # the type without None
    optional: bool
    many: Any = None  # the type of a tuple's members
    mapping: bool = False


def shape_of(info: FieldInfo) -> Shape:
    annotation, optional = info.annotation, False
    if get_origin(annotation) in (types.UnionType, Union):
        inner = [each for each in get_args(annotation) if each is not type(None)]
        optional, annotation = len(inner) < len(get_args(annotation)), inner[0]
    annotation = _bare(annotation)
    if get_origin(annotation) is tuple:
        return Shape(annotation, optional, many=_bare(get_args(annotation)[0]))
    return Shape(annotation, optional, mapping=get_origin(annotation) is dict)


def _bare(annotation: Any) -> Any:
    """The type under its constraints."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def fields_of(
    model: type[BaseModel], texts: Texts, references: Mapping[str, Choices], leave_out: Iterable[str] = ()
) -> list[FormField]:
    """The fields of a form for `model`.  references: by field name, what may be chosen there."""
    left_out = {"kind", *leave_out}
    return [
        _field(model, name, info, texts, references.get(name))
        for name, info in model.model_fields.items()
        if name not in left_out
    ]


def _field(
    model: type[BaseModel], name: str, info: FieldInfo, texts: Texts, references: Choices | None
) -> FormField:
    shape = shape_of(info)
    own = f"field.{model.__name__}.{name}"
    label = texts(own) if texts.has(own) else texts.word("field", name)
    helped = next((key for key in (f"help.{model.__name__}.{name}", f"help.{name}") if texts.has(key)), "")
    widget, choices = _widget(name, shape, texts, references)
    least, most = _bounds(info)
    return FormField(
        name,
        label,
        texts(helped) if helped else "",
        widget,
        info.is_required() and widget == "text",
        choices,
        least,
        most,
        "any" if shape.core is float else "1",
    )


def _widget(name: str, shape: Shape, texts: Texts, references: Choices | None) -> tuple[str, Choices]:
    if shape.mapping:
        return ("keys", references or ()) if name == "keys" else ("area", ())
    if shape.many is not None:
        if isinstance(shape.many, type) and issubclass(shape.many, Enum):
            return "checks", [
                (member.value, texts.word(f"choice.{name}", member.value)) for member in shape.many
            ]
        return ("checks", references) if references is not None else ("text", ())
    none: Choices = (
        [("", texts.word("none", name) if texts.has(f"none.{name}") else texts("form.none"))]
        if shape.optional
        else ()
    )
    if references is not None:
        return "select", [*none, *references]
    if shape.core is bool:
        return "checkbox", ()
    if isinstance(shape.core, type) and issubclass(shape.core, Enum):
        return "select", [
            *none,
            *((each.value, texts.word(f"choice.{name}", each.value)) for each in shape.core),
        ]
    if get_origin(shape.core) is Literal:
        return "select", [
            *none,
            *((str(each), texts.word(f"choice.{name}", each)) for each in get_args(shape.core)),
        ]
    return ("number", ()) if shape.core in (int, float) else ("text", ())


def _bounds(info: FieldInfo) -> tuple[float | None, float | None]:
    least = most = None
    constraints: list[Any] = list(info.metadata)
    annotation = info.annotation
    for part in get_args(annotation) if get_origin(annotation) in (types.UnionType, Union) else (annotation,):
        if get_origin(part) is Annotated:
            constraints += get_args(part)[1:]
    for each in [inner for outer in constraints for inner in getattr(outer, "metadata", (outer,))]:
        least = getattr(each, "ge", least) if getattr(each, "ge", None) is not None else least
        most = getattr(each, "le", most) if getattr(each, "le", None) is not None else most
    return least, most


# --- values into a form, and back ---


def shown(model: type[BaseModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain settings data as the form shows it."""
    return {
        name: _shown(shape_of(info), values.get(name, _default(info)), name)
        for name, info in model.model_fields.items()
    }


def _default(info: FieldInfo) -> Any:
    value = info.get_default(call_default_factory=True, validated_data={})
    return None if value is PydanticUndefined else value


def _shown(shape: Shape, value: Any, name: str) -> Any:
    if isinstance(value, Enum):
        value = value.value
    if shape.mapping:
        value = value or {}
        return (
            dict(value)
            if name == "keys"
            else "\n".join(f"{day}: {', '.join(spans)}" for day, spans in value.items())
        )
    if shape.many is not None:
        members = [str(each.value if isinstance(each, Enum) else each) for each in value or ()]
        return Listed(members)
    if shape.core is bool:
        return bool(value)
    return "" if value is None else str(value)


class Listed(list[str]):
    """Several values: ticked boxes see a list, a text box sees them with commas."""

    def __str__(self) -> str:
        return ", ".join(self)


def read(model: type[BaseModel], fields: Sequence[FormField], form: Form) -> dict[str, Any]:
    """What was typed, as plain settings data."""
    return {each.name: _read(shape_of(model.model_fields[each.name]), each, form) for each in fields}


class Form:
    """The values a form came back with.  prefix: of the fields' names in it."""

    def __init__(self, values: Mapping[str, list[str]], prefix: str = "") -> None:
        self._values = values
        self._prefix = prefix

    def one(self, name: str) -> str:
        return (self._values.get(self._prefix + name) or [""])[0].strip()[:10_000]

    def all(self, name: str) -> list[str]:
        return [value.strip()[:300] for value in self._values.get(self._prefix + name, [])][:1_000]


def _read(shape: Shape, each: FormField, form: Form) -> Any:
    if each.widget == "keys":
        return {key: form.one(f"{each.name}.{key}") for key in KEYS if form.one(f"{each.name}.{key}")}
    if each.widget == "area":
        return _dates(form.one(each.name))
    if shape.core is bool:
        return form.one(each.name) == "1"
    if shape.many is not None:
        typed = (
            form.all(each.name)
            if each.widget == "checks"
            else re.split(r"[,;，；、\s]+", form.one(each.name))
        )
        return [_number(shape.many, value) for value in typed if value]
    value = form.one(each.name)
    return None if value == "" and shape.optional else _number(shape.core, value)


def _number(core: Any, typed: str) -> Any:
    """The number typed, where one is wanted and it is one."""
    for kind in (int, float):
        if core is kind:
            try:
                return kind(typed)
            except ValueError:
                return typed
    return typed


def _dates(typed: str) -> dict[str, list[str]]:
    """Lines of "2026-10-01: 09:00-12:00, 13:00-15:00"."""
    found: dict[str, list[str]] = {}
    for line in typed.splitlines():
        day, _, spans = line.partition(": ") if ": " in line else line.partition("：")
        if day.strip():
            found[day.strip()] = [span for span in re.split(r"[,，\s]+", spans) if span]
    return found
