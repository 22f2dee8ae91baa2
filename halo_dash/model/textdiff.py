"""What differs between two texts: lines, and the words within lines that changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

LineState: TypeAlias = Literal["same", "changed", "left", "right", "gap"]
"""`left` and `right`: only there. `gap` stands for equal lines that are not shown."""

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_CONTEXT = 3
"""Equal lines shown around each change."""
_MANY_WORDS = 600
"""From here on, words that make up more than 1 % of a line are only compared beside rarer ones."""
_MOST_WORDS = 20_000
"""Of a line whose words are compared."""
_LEAST_SHARED = 0.3
"""Share of the longer line that both have in common; below it the whole line is marked."""
_MOST_LINES = 3_000
"""Beyond these, lines are compared in place, one by one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line."""

    text: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of both sides. `left`/`right` are None where that side has no such line."""

    state: LineState
    left: tuple[Piece, ...] | None = None
    right: tuple[Piece, ...] | None = None
    left_number: int | None = None
    """1-based; of a gap, the first line left out."""
    right_number: int | None = None
    count: int = 1
    """Lines that a gap stands for."""


def diff_text(left: str, right: str, *, context: int = _CONTEXT) -> tuple[DiffLine, ...]:
    """Compare line by line; nothing but gaps is left out. Equal texts give one gap, or their few lines."""
    lines = list(_lines(left.splitlines(), right.splitlines()))
    return tuple(_with_gaps(lines, context))


def shared_start(left: str, right: str) -> int:
    """How many characters both begin with."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _lines(left: Sequence[str], right: Sequence[str]) -> Iterator[DiffLine]:
    for state, at, at_end, to, to_end in _blocks(left, right):
        if state == "equal":
            for offset in range(at_end - at):
                piece = (Piece(left[at + offset], is_changed=False),)
                yield DiffLine("same", piece, piece, at + offset + 1, to + offset + 1)
            continue
        paired = min(at_end - at, to_end - to)
        for offset in range(paired):
            mine, other = diff_words(left[at + offset], right[to + offset])
            yield DiffLine("changed", mine, other, at + offset + 1, to + offset + 1)
        for only in range(at + paired, at_end):
            yield DiffLine("left", (Piece(left[only], is_changed=True),), None, only + 1, None)
        for only in range(to + paired, to_end):
            yield DiffLine("right", None, (Piece(right[only], is_changed=True),), None, only + 1)


def _blocks(left: Sequence[str], right: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """As `SequenceMatcher.get_opcodes`, with what both share at their ends taken off first."""
    head = 0
    shortest = min(len(left), len(right))
    while head < shortest and left[head] == right[head]:
        head += 1
    tail = 0
    while tail < shortest - head and left[-1 - tail] == right[-1 - tail]:
        tail += 1
    ends = len(left) - tail, len(right) - tail
    mine, others = left[head : ends[0]], right[head : ends[1]]
    blocks = [("equal", 0, head, 0, head)] if head else []
    if max(len(mine), len(others)) > _MOST_LINES:
        blocks.append(("replace", head, ends[0], head, ends[1]))
    elif mine or others:
        matcher = SequenceMatcher(None, mine, others, autojunk=False)
        blocks += (
            (name, at + head, at_end + head, to + head, to_end + head)
            for name, at, at_end, to, to_end in matcher.get_opcodes()
        )
    return [*blocks, ("equal", ends[0], len(left), ends[1], len(right))] if tail else blocks


def diff_words(left: str, right: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The words of two lines that are not in both."""
    mine, others = _WORDS.findall(left), _WORDS.findall(right)
    longest = max(len(mine), len(others))
    if longest > _MOST_WORDS:
        return _whole(left), _whole(right)
    codes = SequenceMatcher(None, mine, others, autojunk=longest > _MANY_WORDS).get_opcodes()
    shared = sum(len("".join(mine[at:end]).strip()) for name, at, end, _, _ in codes if name == "equal")
    if shared < _LEAST_SHARED * max(len(left.strip()), len(right.strip())):
        # A few "the" and "and" in common would speckle two sentences that have nothing to do with each other.
        return _whole(left), _whole(right)
    sides: tuple[list[Piece], list[Piece]] = ([], [])
    for name, at, at_end, to, to_end in codes:
        for side, text in zip(sides, ("".join(mine[at:at_end]), "".join(others[to:to_end])), strict=True):
            if text:
                side.append(Piece(text, name != "equal"))
    return _joined(sides[0]), _joined(sides[1])


def _whole(text: str) -> tuple[Piece, ...]:
    return (Piece(text, is_changed=True),) if text else ()


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Blanks between two changed words belong to the change: one mark instead of many."""
    out: list[Piece] = []
    for at, piece in enumerate(pieces):
        is_bridge = not piece.text.strip() and 0 < at < len(pieces) - 1 and pieces[at + 1].is_changed
        is_changed = piece.is_changed or (is_bridge and out[-1].is_changed)
        if out and out[-1].is_changed == is_changed:
            out[-1] = Piece(out[-1].text + piece.text, is_changed)
        else:
            out.append(Piece(piece.text, is_changed))
    return tuple(out)


def _with_gaps(lines: Sequence[DiffLine], context: int) -> Iterator[DiffLine]:
    changed = [at for at, line in enumerate(lines) if line.state != "same"]
    shown = {near for at in changed for near in range(at - context, at + context + 1)}
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and end not in shown:
            end += 1
        # A gap takes a line itself, so one that hides one or two would only be in the way.
        if end - at > 2:
            first = lines[at]
            yield DiffLine(
                "gap", left_number=first.left_number, right_number=first.right_number, count=end - at
            )
            at = end
            continue
        yield from lines[at : end + 1]
        at = end + 1
