"""One span's attributes for the deep reading: first-of lists, JSON read once, dotted keys as trees."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from halo_dash.model.span import Attributes, AttributeValue
from halo_dash.semconv.embedded_json import parse

_PATH_PARTS = 12
"""No convention nests deeper; a hostile key of ten thousand dots must not become a tree of that depth."""
LONGEST_INDEX = 10
"""Digits an index may have; a longer run of digits in a key is an id, not a position."""


def is_said(value: AttributeValue) -> bool:
    """Whether an attribute counts for a first-of list: present, not an empty string, not NaN."""
    if value is None or value == "":
        return False
    return not (isinstance(value, float) and math.isnan(value))


@dataclass(slots=True)
class SaidAttributes:
    """The attributes of a span (and, behind them, those of log records that repeat the same keys)."""

    own: Attributes
    lent: Sequence[Mapping[str, AttributeValue]] = ()
    _parsed: dict[str, AttributeValue] = field(default_factory=dict)
    _trees: dict[str, AttributeValue] = field(default_factory=dict)
    _keys: str = ""
    """All keys, each after a line break: mostly it is enough to see that none begins with a prefix."""

    def __post_init__(self) -> None:
        """Write the keys down."""
        self._keys = "\n" + "\n".join(self.own)

    def has(self, prefix: str) -> bool:
        """Whether any of the span's own keys begins with `prefix`; with line breaks in keys yes at times."""
        return f"\n{prefix}" in self._keys

    def get(self, key: str) -> AttributeValue:
        """The raw value, None where nobody said it."""
        value = self.own.get(key)
        if is_said(value) or not self.lent:
            return value
        return next((other[key] for other in self.lent if is_said(other.get(key))), value)

    def first_key(self, keys: Sequence[str]) -> str | None:
        """The first of `keys` that is said."""
        own, lent = self.own, self.lent
        for key in keys:
            if (key in own or lent) and is_said(self.get(key)):
                return key
        return None

    def first(self, *keys: str) -> AttributeValue:
        """The raw value of the first of `keys` that is said."""
        own, lent = self.own, self.lent
        for key in keys:
            if (key in own or lent) and is_said(value := self.get(key)):
                return value
        return None

    def text(self, *keys: str) -> str | None:
        """The first of `keys` that is said, if it is a string."""
        value = self.first(*keys)
        return value if isinstance(value, str) else None

    def json(self, key: str) -> AttributeValue:
        """The value with JSON strings decoded (once a span, however many readers ask)."""
        if key not in self._parsed:
            if not self.lent and key not in self.own:
                return None
            value = self.get(key)
            if value is None:
                return None
            self._parsed[key] = parse(value)
        return self._parsed[key]

    def tree(self, prefix: str) -> AttributeValue:
        """All keys below `prefix` (which ends in a dot) as a tree; levels of indices are lists."""
        if not self.has(prefix):
            return None
        if prefix not in self._trees:
            below = {key[len(prefix) :]: value for key, value in self.own.items() if key.startswith(prefix)}
            self._trees[prefix] = unflatten(below)
        return self._trees[prefix]


def unflatten(flat: Mapping[str, AttributeValue]) -> AttributeValue:
    """`{"0.message.role": "user"}` -> `[{"message": {"role": "user"}}]`; None when there is nothing.

    Indices are sorted as numbers (10 after 9) and gaps close. A key that is a leaf and a branch at once
    keeps its leaf under `""`.
    """
    root: dict[str, AttributeValue] = {}
    for key, value in flat.items():
        *branches, leaf = key.split(".", _PATH_PARTS)
        node = root
        for branch in branches:
            child = node.get(branch)
            if not isinstance(child, _Branch):
                child = _Branch() if child is None else _Branch({"": child})
                node[branch] = child
            node = child
        if isinstance(node.get(leaf), _Branch):
            node[leaf][""] = value  # type: ignore[index,call-overload] # a _Branch, checked above
        else:
            node[leaf] = value
    return _with_lists(root) if root else None


class _Branch(dict[str, AttributeValue]):
    """A level made from dots, told apart from a dict that was sent as a value."""


def _with_lists(node: dict[str, AttributeValue]) -> AttributeValue:
    built = {key: _with_lists(child) if isinstance(child, _Branch) else child for key, child in node.items()}
    if all(key.isdecimal() and len(key) < LONGEST_INDEX for key in built):
        return [built[key] for key in sorted(built, key=int)]
    return built


def items(value: AttributeValue) -> list[AttributeValue]:
    """The value as a list: its items, or nothing where it is no list."""
    return value if isinstance(value, list) else []


def mapping(value: AttributeValue) -> dict[str, AttributeValue]:
    """The value as an object: its members, or nothing where it is none."""
    return value if isinstance(value, dict) else {}


def string(value: AttributeValue) -> str | None:
    """A non-empty string, or None."""
    return value if isinstance(value, str) and value else None


def numbered(tree: AttributeValue) -> list[dict[str, AttributeValue]]:
    """The objects of one numbered level, also where a key without a number (a count) stands among them."""
    if isinstance(tree, dict):
        indices = sorted((key for key in tree if key.isdecimal() and len(key) < LONGEST_INDEX), key=int)
        tree = [tree[index] for index in indices] or [tree]
    return [raw for raw in items(tree) if isinstance(raw, dict)]


def type_of(raw: dict[str, AttributeValue]) -> str:
    """The `type` an object names, `""` where it names none (or something that is no name)."""
    return string(raw.get("type")) or ""
