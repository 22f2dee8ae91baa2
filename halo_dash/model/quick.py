"""Frozen dataclasses that are made as quickly as mutable ones.

A frozen dataclass sets each field through `object.__setattr__`, by name: 3 µs for the 19 fields of a span,
and three such values are made of every span that arrives. Here a value is filled while it is of a mutable
class of the same layout, and becomes frozen when it is whole: half the time for a span, a third for an
observation. Nothing else changes: the fields, their defaults, equality, hashes, `replace` and pickling.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

T = TypeVar("T")
_INDENT = "\n    "


def quick(cls: type[T]) -> type[T]:
    """Replace `__init__` of a `@dataclass(frozen=True, slots=True)` without `__post_init__`."""
    slots = fields(cls)  # type: ignore[arg-type] # a dataclass, which no type says
    names: dict[str, Any] = {
        "_put": object.__setattr__,
        "_frozen": cls,
        "_draft": type(f"{cls.__name__}Draft", (), {"__slots__": tuple(slot.name for slot in slots)}),
        "_missing": MISSING,
    }
    lines = ["_put(self, '__class__', _draft)"]
    parameters = ["self"]
    for slot in slots:
        parameters.append(_parameter(slot, names))
        lines.append(f"self.{slot.name} = {_value(slot, names)}")
    lines.append("self.__class__ = _frozen")
    text = f"def __init__({', '.join(parameters)}):{_INDENT}{_INDENT.join(lines)}"
    made: dict[str, Any] = {}
    exec(text, names, made)  # noqa: S102 - as dataclasses itself does: of the names of its fields alone
    made["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = made["__init__"]  # type: ignore[method-assign] # what this is for
    return cls


def _parameter(slot: Field[Any], names: dict[str, Any]) -> str:
    if slot.default is not MISSING:
        names[f"_default_{slot.name}"] = slot.default
        return f"{slot.name}=_default_{slot.name}"
    return slot.name if slot.default_factory is MISSING else f"{slot.name}=_missing"


def _value(slot: Field[Any], names: dict[str, Any]) -> str:
    if slot.default_factory is MISSING:
        return slot.name
    names[f"_new_{slot.name}"] = slot.default_factory
    return f"_new_{slot.name}() if {slot.name} is _missing else {slot.name}"
