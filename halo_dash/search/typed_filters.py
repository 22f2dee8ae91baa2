"""`field:value` as people type it, turned into the filters there are.

What is nearly right is put right and said; what cannot be read is left out and said. Nothing is an error.
"""

from __future__ import annotations

import difflib
import math
import re
from dataclasses import dataclass, field, replace
from typing import Any

from halo_dash.errors import UsageError
from halo_dash.model.bounds import Bounds, Number, read_bounds, write_bounds
from halo_dash.model.filter import NO_FILTER, Filter
from halo_dash.model.filter_fields import FIELD, Field
from halo_dash.search.lexemes import Lexeme

ALIASES = {
    "env": "environment", "latency": "duration", "time": "duration", "price": "cost", "token": "tokens",
    "span_count": "spans", "calls": "llm_calls", "llm": "model", "is": "status", "state": "status",
    "since": "from", "after": "from", "before": "to", "until": "to", "session_id": "session",
    "user_id": "user", "agent_name": "agent", "agent_id": "agent", "tool_name": "tool",
}  # fmt: skip
"""Other names people try."""

SYNONYMS = {
    "failed": "error", "failure": "error", "errored": "error", "success": "ok", "succeeded": "ok",
    "passed": "ok", "true": "yes", "false": "no", "active": "running", "open": "running",
    "imported": "import", "watched": "watch",
}  # fmt: skip
"""Other words for the values of fixed lists; `failed` is what the pages call an error."""

MEASURES = tuple(each.name for each in FIELD.values() if each.shape == "bounds")
_SHAPES = {"values", "bounds", "preset", "moment"}
NAMES = tuple(each.name for each in FIELD.values() if each.shape in _SHAPES and each.name != "trace")
"""The filters that can be typed as `name:value`; `trace:4bf92f` looks for a part of an id in the texts."""

_NOT = "not."
_IS_PINNED = {"pinned": "yes", "unpinned": "no"}
_COUNT = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)([kKmM])")
_THOUSANDS = {"k": 1_000, "m": 1_000_000}


@dataclass(frozen=True, slots=True)
class Note:
    """Something to tell the person who typed: what was understood otherwise than written, or not at all."""

    message: str
    start: int
    end: int
    """The piece of the query it is about, in characters."""
    replacement: str | None = None
    """What that piece was meant to be, where that can be told."""


@dataclass(slots=True)
class TypedFilters:
    """Collects the filters of one query."""

    notes: list[Note]
    _pairs: list[tuple[str, str]] = field(default_factory=list)
    _bounds: dict[str, Bounds] = field(default_factory=dict)

    def add(self, lexeme: Lexeme) -> bool:
        """Take a `field:value` piece; False where its field is no filter."""
        if lexeme.name.lower().startswith(_NOT):
            # As addresses and flags have it.
            name = lexeme.name[len(_NOT) :]
            return self.add(replace(lexeme, name=name, is_negated=not lexeme.is_negated))
        if lexeme.name.lower() == "is" and lexeme.text.lower() in _IS_PINNED:
            lexeme = replace(lexeme, name="pinned", text=_IS_PINNED[lexeme.text.lower()])
        each = FIELD.get(known_name(lexeme.name))
        if each is None or each.name not in NAMES:
            return False
        if not lexeme.sign.startswith(":") and each.shape != "bounds":
            return False  # `name=x` is code more often than a filter; only measures are compared
        if lexeme.text.startswith("(") and each.choices:
            self._note(lexeme, f"{each.name}: takes several values as {each.name}:a,b; it was left out.")
        elif not lexeme.text.strip():
            self._note(lexeme, f"{each.name}: needs a value; it was left out.")
        elif each.shape == "bounds":
            self._add_bounds(each, lexeme)
        elif each.shape == "values":
            self._add_values(each, lexeme)
        elif lexeme.is_negated:
            self._note(lexeme, f"{each.name}: cannot be excluded; it was left out.")
        else:
            self._add_pair(each.name, _choice(each, lexeme.text) or lexeme.text, lexeme)
        return True

    def filter(self) -> Filter:
        """All filters together."""
        bounds: dict[str, Any] = dict(self._bounds)
        return replace(Filter.parse(self._pairs), **bounds) if self._pairs or bounds else NO_FILTER

    def _add_values(self, each: Field, lexeme: Lexeme) -> None:
        parts = lexeme.text.split(",") if each.choices else [lexeme.text]
        if lexeme.is_prefix and not each.choices:
            self._note(lexeme, f"{each.name}: asks for whole values; the * was left out.")
        for part in filter(None, (part.strip() for part in parts)):
            value = _choice(each, part) if each.choices else part
            if value is None:
                self._note(lexeme, _unknown_choice(each, part, lexeme))
                continue
            if each.choices and value.lower() != part.lower():
                meant = f"{'-' if lexeme.is_negated else ''}{each.name}:{value}"
                self._note(lexeme, f"{part!r} was read as {each.name}:{value}.", meant)
            self._add_pair(f"not.{each.name}" if lexeme.is_negated else each.name, value, lexeme)

    def _add_pair(self, name: str, value: str, lexeme: Lexeme) -> None:
        try:
            Filter.parse([*self._pairs, (name, value)])
        except UsageError as error:
            self._note(lexeme, f"Left out: {error.message}.")
        else:
            self._pairs.append((name, value))

    def _add_bounds(self, each: Field, lexeme: Lexeme) -> None:
        try:
            bounds = self._read_bounds(each, lexeme)
        except ValueError as error:
            self._note(lexeme, f"Left out: {each.name} {error}.")
            return
        if lexeme.is_negated:
            if bounds.minimum is not None and bounds.maximum is not None:
                self._note(lexeme, f"A range of {each.name} cannot be excluded; it was left out.")
                return
            bounds = _complement(bounds)
        both = _narrowed(self._bounds.get(each.name, Bounds()), bounds)
        if both.minimum is not None and both.maximum is not None and both.minimum > both.maximum:
            self._note(lexeme, f"No trace can have this {each.name} as well; it was left out.")
            return
        try:  # more than the largest, or less than nothing, is beyond what a filter can say
            self._bounds[each.name] = read_bounds(write_bounds(both, each.write), each.read)
        except ValueError as error:
            self._note(lexeme, f"Left out: {each.name} {error}.")

    def _read_bounds(self, each: Field, lexeme: Lexeme) -> Bounds:
        text = lexeme.text.strip()
        low, dots, high = text.partition("..")
        if dots:
            bounds = Bounds(
                self._read(each, low, lexeme) if low else None,
                self._read(each, high, lexeme) if high else None,
            )
            if bounds.minimum is not None and bounds.maximum is not None and bounds.minimum > bounds.maximum:
                raise ValueError("begins after its end; swap the two sides")
            return bounds
        value = self._read(each, text, lexeme)
        sign = lexeme.sign.removeprefix(":")
        if sign in {">", ">="}:
            return Bounds(_after(value) if sign == ">" else value, None)
        if sign in {"<", "<="}:
            return Bounds(None, _before(value) if sign == "<" else value)
        if sign != "=" and each.name in {"duration", "cost"}:
            self._note(lexeme, f"{each.name}:{text} was read as at least that.", f"{each.name}:>={text}")
            return Bounds(value, None)
        return Bounds(value, value)

    def _read(self, each: Field, text: str, lexeme: Lexeme) -> Number:
        text = text.strip()
        if each.name == "duration" and re.fullmatch(r"[0-9]+(\.[0-9]+)?", text, re.ASCII):
            self._note(lexeme, f"{text} was read as {text} seconds; other units are ms, m and h.")
            return each.read(f"{text}s")
        thousands = _COUNT.fullmatch(text)
        if thousands and each.name not in {"duration", "cost"}:
            return round(float(thousands[1]) * _THOUSANDS[thousands[2].lower()])
        return each.read(text)

    def _note(self, lexeme: Lexeme, message: str, replacement: str | None = None) -> None:
        self.notes.append(Note(message, lexeme.start, lexeme.end, replacement))


def is_filter(lexeme: Lexeme) -> bool:
    """Whether a `field:value` piece would be taken as a filter."""
    return TypedFilters([]).add(lexeme)


def can_be_read(lexeme: Lexeme) -> bool:
    """Whether a `field:value` piece is no filter, or one whose value says something."""
    filters = TypedFilters([])
    return not filters.add(lexeme) or filters.filter() != NO_FILTER


def known_name(name: str) -> str:
    """The filter that a typed name means; the name itself where it means none."""
    low = name.lower().replace("-", "_")
    return ALIASES.get(low, low)


def nearest(text: str, known: tuple[str, ...]) -> str | None:
    """What a mistyped word was probably meant to be."""
    return next(iter(difflib.get_close_matches(text.lower(), known, 1, 0.7)), None)


def _choice(each: Field, text: str) -> str | None:
    """The allowed value that was meant; None where none is near."""
    by_low = {choice.lower(): choice for choice in each.choices}
    text = SYNONYMS.get(text.lower(), text)
    near = text.lower() if text.lower() in by_low else nearest(text, tuple(by_low))
    return None if near is None else by_low[near]


def _unknown_choice(each: Field, part: str, lexeme: Lexeme) -> str:
    name = lexeme.name.lower()
    known = (*each.choices, *(_IS_PINNED if name == "is" else ()))
    return f"{name}: knows {', '.join(known)}, not {part!r}; it was left out."


def _after(value: Number) -> Number:
    return value + 1 if isinstance(value, int) else math.nextafter(value, math.inf)


def _before(value: Number) -> Number:
    """The largest value below; nothing is below 0, so 0 itself then asks for what cannot be."""
    return value - 1 if isinstance(value, int) else math.nextafter(value, -math.inf)


def _complement(bounds: Bounds) -> Bounds:
    if bounds.minimum is not None:
        return Bounds(None, _before(bounds.minimum))
    return Bounds(_after(bounds.maximum), None) if bounds.maximum is not None else bounds


def _narrowed(one: Bounds, other: Bounds) -> Bounds:
    lows = [each.minimum for each in (one, other) if each.minimum is not None]
    highs = [each.maximum for each in (one, other) if each.maximum is not None]
    return Bounds(max(lows, default=None), min(highs, default=None))
