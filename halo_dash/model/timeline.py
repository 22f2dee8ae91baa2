"""Where the time of a trace went: self time, the critical path, and model against tools.

Every instant is given away once. All numbers are nanoseconds; intervals are half open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from halo_dash.model.observation import MODEL_KINDS, Kind
from halo_dash.model.tree import Tree, TreeRow

TOOL_KINDS = frozenset({Kind.TOOL, Kind.RETRIEVER})


class Interval(NamedTuple):
    """From `start_ns` up to, not including, `end_ns`."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        """How long it is; never negative."""
        return max(0, self.end_ns - self.start_ns)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Wall time split in three; the parts add up to `total_ns`.

    An instant belongs to a model while any model call is at work on it, else to a tool while one is,
    else to `other`. A call inside a tool (a subagent) is the model's, a tool inside a call (automatic
    function calling) the tool's: the innermost of the two on each branch counts.
    """

    total_ns: int
    model_ns: int
    tools_ns: int

    @property
    def other_ns(self) -> int:
        """Neither: the framework, the network, waiting."""
        return self.total_ns - self.model_ns - self.tools_ns


@dataclass(frozen=True, slots=True)
class Timeline:
    """Times of a tree's rows, by span id."""

    self_ns: Mapping[str, int] = field(repr=False)
    """A span's drawn time that none of its children covers."""
    critical: Mapping[str, tuple[Interval, ...]] = field(repr=False)
    """What each span on the critical path itself contributed to it, latest first. The pieces never
    overlap and leave no gap inside a root: shorten one of them and the trace ends sooner."""
    breakdown: Breakdown


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants as disjoint, ordered, non-empty intervals."""
    merged: list[Interval] = []
    for interval in sorted(intervals):
        if interval.end_ns <= interval.start_ns:
            continue
        if merged and interval.start_ns <= merged[-1].end_ns:
            merged[-1] = Interval(merged[-1].start_ns, max(merged[-1].end_ns, interval.end_ns))
        else:
            merged.append(interval)
    return merged


def subtract(whole: Sequence[Interval], taken: Sequence[Interval]) -> list[Interval]:
    """The instants of `whole` that are not in `taken`; both must be results of `union`."""
    left: list[Interval] = []
    at = 0
    for interval in whole:
        start_ns = interval.start_ns
        while at < len(taken) and taken[at].end_ns <= start_ns:
            at += 1
        reach = at
        while reach < len(taken) and taken[reach].start_ns < interval.end_ns:
            if taken[reach].start_ns > start_ns:
                left.append(Interval(start_ns, taken[reach].start_ns))
            start_ns = max(start_ns, taken[reach].end_ns)
            reach += 1
        if start_ns < interval.end_ns:
            left.append(Interval(start_ns, interval.end_ns))
    return left


def length(intervals: Iterable[Interval]) -> int:
    """The sum of their lengths in nanoseconds."""
    return sum(interval.length_ns for interval in intervals)


def lay_out(tree: Tree) -> Timeline:
    """Measure a tree."""
    children: list[list[int]] = [[] for _ in tree.rows]
    for at, row in enumerate(tree.rows):
        if row.parent is not None:
            children[row.parent].append(at)
    return Timeline(
        self_ns={
            row.span_id: _self_ns(tree, row, below) for row, below in zip(tree.rows, children, strict=True)
        },
        critical=_critical(tree, children),
        breakdown=_breakdown(tree),
    )


def _self_ns(tree: Tree, row: TreeRow, below: Sequence[int]) -> int:
    if not below:
        return row.end_ns - row.start_ns
    return length(subtract(union([_drawn(row)]), union(_drawn(tree.rows[child]) for child in below)))


def _drawn(row: TreeRow) -> Interval:
    return Interval(row.start_ns, row.end_ns)


def _critical(tree: Tree, children: Sequence[Sequence[int]]) -> dict[str, tuple[Interval, ...]]:
    """Walk back from the end: whatever finished last before the cursor is what was being waited for.

    A child that outlives its parent is cut at the parent's end; one that was still at work when the
    child just taken started ran beside it and kept nobody waiting.
    """
    pieces: dict[str, list[Interval]] = {}
    roots = [at for at, row in enumerate(tree.rows) if row.parent is None]
    walk = _waited_for(tree, roots, Interval(tree.start_ns, tree.end_ns))[1]
    while walk:
        at, window = walk.pop()
        if not children[at]:
            pieces.setdefault(tree.rows[at].span_id, []).append(window)
            continue
        own, taken = _waited_for(tree, children[at], window)
        if own:
            pieces.setdefault(tree.rows[at].span_id, []).extend(own)
        walk.extend(taken)
    return {span_id: tuple(found) for span_id, found in pieces.items()}


def _waited_for(
    tree: Tree, below: Sequence[int], window: Interval
) -> tuple[list[Interval], list[tuple[int, Interval]]]:
    """What of `window` was nobody's below, and which rows below were waited for, each with its part of it."""
    own: list[Interval] = []
    taken: list[tuple[int, Interval]] = []
    cursor = window.end_ns
    by_end = sorted(below, key=lambda at: (tree.rows[at].end_ns, tree.rows[at].start_ns), reverse=True)
    for at in by_end:
        row = tree.rows[at]
        end_ns = min(row.end_ns, window.end_ns)
        start_ns = max(row.start_ns, window.start_ns)
        if end_ns > cursor or start_ns >= end_ns:
            continue
        if end_ns < cursor:
            own.append(Interval(end_ns, cursor))
        taken.append((at, Interval(start_ns, end_ns)))
        cursor = start_ns
    if window.start_ns < cursor:
        own.append(Interval(window.start_ns, cursor))
    return own, taken


def _breakdown(tree: Tree) -> Breakdown:
    model: list[Interval] = []
    tools: list[Interval] = []
    inner: dict[int, list[Interval]] = {}
    holder: list[int | None] = []
    """For each row the nearest row at or above it that is a model call or a tool."""
    for at, row in enumerate(tree.rows):
        above = None if row.parent is None else holder[row.parent]
        is_held = row.reading.observation.kind in MODEL_KINDS | TOOL_KINDS
        holder.append(at if is_held else above)
        if is_held and above is not None:
            inner.setdefault(above, []).append(_drawn(row))
    for at, row in enumerate(tree.rows):
        if holder[at] == at:
            kept = subtract(union([_drawn(row)]), union(inner.get(at, ())))
            (model if row.reading.observation.kind in MODEL_KINDS else tools).extend(kept)
    by_model = union(model)
    return Breakdown(
        total_ns=tree.end_ns - tree.start_ns,
        model_ns=length(by_model),
        tools_ns=length(subtract(union(tools), by_model)),
    )
