"""Which step of one trace stands for which step of another.

Both traces are read in display order, and steps are paired so that the order of each is kept, every step is
in exactly one row, and the pairs share as much as possible: kind, name, parent, and what was given and said.
The result does not depend on which of the two comes first.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from halo_dash.model.observation import MODEL_KINDS, Kind

Way: TypeAlias = Literal["structure", "occurrence"]
"""`occurrence`: the traces are too large for the best pairing, so the k-th step of a kind and name under a
like parent is paired with the k-th of the other."""

MOST_CELLS = 400_000
"""Pairs of steps that are weighed against each other before `occurrence` is taken: a quarter of a second."""

_RENAMED = MODEL_KINDS | {Kind.AGENT}
"""Kinds whose steps may stand for each other under another name: another model, a renamed agent."""

_SAME_NAME, _OTHER_NAME = 8, 3
_SAME_PARENT, _SAME_DEPTH = 3, 1
_SAME_INPUT, _SAME_OUTPUT = 4, 2
_IDENTICAL = _SAME_NAME + _SAME_PARENT + _SAME_DEPTH + _SAME_INPUT + _SAME_OUTPUT


@dataclass(frozen=True, slots=True)
class Node:
    """What decides whether one step can stand for another."""

    kind: Kind
    label: str
    """The tool called, the model called, else the span's name."""
    depth: int = 0
    parent: tuple[str, str] = ("", "")
    """Kind and label of the step above; empty for a root."""
    given: str = ""
    """Digest of its input; empty where nothing is known of it."""
    said: str = ""
    """Digest of its output."""

    @property
    def order(self) -> tuple[str, str, int, tuple[str, str], str, str]:
        """For putting two traces into an order that does not depend on which was named first."""
        return (self.kind.value, self.label, self.depth, self.parent, self.given, self.said)


@dataclass(frozen=True, slots=True)
class Pairing:
    """One row: indexes into both traces; None where the other side has nothing like it."""

    left: int | None
    right: int | None


@dataclass(frozen=True, slots=True)
class Alignment:
    """Every step of both traces, each in one row, in the order of both."""

    rows: tuple[Pairing, ...]
    way: Way


def align(left: Sequence[Node], right: Sequence[Node]) -> Alignment:
    """Pair the steps of two traces given in display order."""
    if [node.order for node in left] > [node.order for node in right]:
        pairs, way = _pairs(right, left)
        pairs = [(mine, other) for other, mine in pairs]
    else:
        pairs, way = _pairs(left, right)
    return Alignment(tuple(_rows(pairs, len(left), len(right))), way)


def likeness(left: Node, right: Node) -> int:
    """How well one step stands for another; 0 where it cannot."""
    if left.kind != right.kind:
        return 0
    if left.label == right.label:
        score = _SAME_NAME
    elif left.kind in _RENAMED:
        score = _OTHER_NAME
    else:
        return 0
    return (
        score
        + _SAME_PARENT * (left.parent == right.parent)
        + _SAME_DEPTH * (left.depth == right.depth)
        + _SAME_INPUT * (left.given == right.given)
        + _SAME_OUTPUT * (left.said == right.said)
    )


def _pairs(left: Sequence[Node], right: Sequence[Node]) -> tuple[list[tuple[int, int]], Way]:
    # No pairing is better than one that pairs identical first (and last) steps with each other.
    head = 0
    while head < min(len(left), len(right)) and likeness(left[head], right[head]) == _IDENTICAL:
        head += 1
    tail = 0
    rest = min(len(left), len(right)) - head
    while tail < rest and likeness(left[-1 - tail], right[-1 - tail]) == _IDENTICAL:
        tail += 1
    middle_left = left[head : len(left) - tail]
    middle_right = right[head : len(right) - tail]
    is_small = len(middle_left) * len(middle_right) <= MOST_CELLS
    middle = (_best if is_small else _by_occurrence)(middle_left, middle_right)
    pairs = [(at, at) for at in range(head)]
    pairs += [(head + mine, head + other) for mine, other in middle]
    pairs += [(len(left) - at, len(right) - at) for at in range(tail, 0, -1)]
    return pairs, "structure" if is_small else "occurrence"


def _best(left: Sequence[Node], right: Sequence[Node]) -> list[tuple[int, int]]:
    """The pairing with the largest sum of likeness; of equal ones the earliest steps are paired."""
    classes: dict[Node, int] = {}
    mine = [classes.setdefault(node, len(classes)) for node in left]
    others = [classes.setdefault(node, len(classes)) for node in right]
    known: dict[int, list[int]] = {}
    scores: list[list[int]] = []
    for name, node in zip(mine, left, strict=True):
        if name not in known:
            known[name] = [likeness(node, other) for other in right]
        scores.append(known[name])
    table = [[0] * (len(others) + 1) for _ in range(len(mine) + 1)]
    for at in range(len(mine) - 1, -1, -1):
        row, below, likely = table[at], table[at + 1], scores[at]
        best = 0
        for to in range(len(others) - 1, -1, -1):
            best = max(best, below[to])
            if likely[to]:
                best = max(best, below[to + 1] + likely[to])
            row[to] = best
    pairs: list[tuple[int, int]] = []
    at = to = 0
    while at < len(mine) and to < len(others):
        if scores[at][to] and table[at][to] == table[at + 1][to + 1] + scores[at][to]:
            pairs.append((at, to))
            at, to = at + 1, to + 1
        elif table[at][to] == table[at + 1][to]:
            at += 1
        else:
            to += 1
    return pairs


def _by_occurrence(left: Sequence[Node], right: Sequence[Node]) -> list[tuple[int, int]]:
    """Pair the k-th occurrences, then keep the longest run of pairs that are in order on both sides."""
    places = {name: at for at, name in enumerate(_numbered(right))}
    pairs = [(at, places[name]) for at, name in enumerate(_numbered(left)) if name in places]
    ends: list[int] = []
    holders: list[int] = []
    before: list[int | None] = []
    for at, (_, place) in enumerate(pairs):
        reach = bisect_left(ends, place)
        before.append(holders[reach - 1] if reach else None)
        if reach == len(ends):
            ends.append(place)
            holders.append(at)
        else:
            ends[reach], holders[reach] = place, at
    kept: list[tuple[int, int]] = []
    last = holders[-1] if holders else None
    while last is not None:
        kept.append(pairs[last])
        last = before[last]
    return kept[::-1]


def _numbered(nodes: Sequence[Node]) -> list[tuple[str, str, tuple[str, str], int]]:
    seen: dict[tuple[str, str, tuple[str, str]], int] = {}
    names = []
    for node in nodes:
        name = (node.kind.value, "" if node.kind in _RENAMED else node.label, node.parent)
        seen[name] = seen.get(name, -1) + 1
        names.append((*name, seen[name]))
    return names


def _rows(pairs: Sequence[tuple[int, int]], left: int, right: int) -> list[Pairing]:
    """Everything between two pairs stands between them: first what only the left side has."""
    rows: list[Pairing] = []
    at = to = 0
    for mine, other in (*pairs, (left, right)):
        rows += (Pairing(only, None) for only in range(at, mine))
        rows += (Pairing(None, only) for only in range(to, other))
        if mine < left:
            rows.append(Pairing(mine, other))
        at, to = mine + 1, other + 1
    return rows


@dataclass(frozen=True, slots=True)
class Round:
    """A loop of one side: its rows there (first and last index), and what one round of it is."""

    first: int
    last: int
    steps: tuple[tuple[str, str], ...]


def folds(rows: Sequence[Pairing], left: Sequence[Round], right: Sequence[Round]) -> list[tuple[int, int]]:
    """Stretches of rows (first and last) to fold: what a loop of one side covers, with what stands for it.

    The same loop on both sides, overlapping, is one stretch; of others that overlap the earlier stays.
    """
    places = {row.left: at for at, row in enumerate(rows) if row.left is not None}
    others = {row.right: at for at, row in enumerate(rows) if row.right is not None}
    found = [(places[loop.first], places[loop.last], loop.steps) for loop in left]
    found += [(others[loop.first], others[loop.last], loop.steps) for loop in right]
    kept: list[tuple[int, int, tuple[tuple[str, str], ...]]] = []
    for first, last, steps in sorted(found, key=lambda each: (each[0], -each[1], each[2])):
        if not kept or first > kept[-1][1]:
            kept.append((first, last, steps))
        elif steps == kept[-1][2]:
            kept[-1] = (kept[-1][0], max(kept[-1][1], last), steps)
    return [(first, last) for first, last, _ in kept]
