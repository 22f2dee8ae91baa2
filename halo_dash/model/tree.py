"""A trace as a tree: rows in display order, whatever order, shape or clocks the spans came with.

Pure and without recursion: a chain of 100,000 spans is laid out like any other. Spans whose parent never
arrived and spans whose parents form a circle become extra roots and say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from halo_dash.model.trace import Resolved, SpanReading


class Mark(StrEnum):
    """Something about a span's place or time that a reader should know before trusting the picture."""

    ORPHAN = "orphan"
    """Its parent never arrived."""
    AWAITED = "awaited"
    """Its parent has not arrived, but the trace is running: senders report a span when it ends."""
    CYCLE = "cycle"
    """Its parents form a circle (or it names itself); the circle is opened here."""
    RUNNING = "running"
    """It has not ended; drawn to now, or to the last thing known of the trace."""
    UNENDED = "unended"
    """It never ended, and nothing has arrived for its trace in a while."""
    INSTANT = "instant"
    """It ends in the clock tick it starts in."""
    NEGATIVE = "negative"
    """It ends before it starts; drawn as an instant at its start."""
    UNDATED = "undated"
    """It has no start time; drawn where its end or its parent is."""
    EARLY = "early"
    """It starts before its parent: two clocks disagree."""
    LATE = "late"
    """It ends after its parent: it outlived it, or two clocks disagree."""
    AFTER = "after"
    """It starts when its parent has ended already: it was handed over, or two clocks disagree."""


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One span at its place. `start_ns`/`end_ns` are where it is drawn: never reversed, never open."""

    reading: SpanReading
    resolved: Resolved
    depth: int
    parent: int | None
    """Index of the parent's row; None for roots, whatever parent id the span itself names."""
    position: int
    """1-based among its siblings."""
    siblings: int
    """How many rows share its parent, itself included."""
    children: int
    descendants: int
    """Its subtree is the `descendants` rows right after it."""
    errors_below: int
    """Errored spans in its subtree, itself not included."""
    start_ns: int
    end_ns: int
    marks: frozenset[Mark]

    @property
    def span_id(self) -> str:
        """The span's id; unique in its tree."""
        return self.reading.span_id

    @property
    def duration_ns(self) -> int | None:
        """As reported, so negative for a reversed span; None while it has not ended or has no start."""
        reading = self.reading
        return reading.end_ns - reading.start_ns if reading.end_ns and reading.start_ns > 0 else None


@dataclass(frozen=True, slots=True)
class Tree:
    """All rows in display order, with the window of time they are drawn in."""

    rows: tuple[TreeRow, ...]
    start_ns: int
    end_ns: int
    index: Mapping[str, int] = field(repr=False)
    """Span id -> index of its row."""

    def row(self, span_id: str) -> TreeRow | None:
        """The row of a span, or None where the trace has no such span."""
        at = self.index.get(span_id)
        return None if at is None else self.rows[at]

    def ancestors(self, at: int) -> tuple[int, ...]:
        """Row indexes from the root down to the parent of row `at`."""
        path: list[int] = []
        parent = self.rows[at].parent
        while parent is not None:
            path.append(parent)
            parent = self.rows[parent].parent
        return tuple(reversed(path))

    def first_error(self) -> TreeRow | None:
        """The first origin of an error in display order, else the first errored row, else None."""
        errored = [row for row in self.rows if row.reading.observation.is_error]
        return next((row for row in errored if row.resolved.is_error_origin), errored[0] if errored else None)


NOT_RESOLVED = Resolved()


def build_tree(
    readings: Iterable[SpanReading],
    resolved: Mapping[str, Resolved],
    *,
    now_ns: int | None = None,
) -> Tree:
    """Lay a trace out. `now_ns` is given while the trace is running: open spans are drawn up to it.

    The result does not depend on the order of `readings`. Of two readings with one span id the later-ending
    one is kept. Roots come by time, real ones before orphans and opened circles; siblings by start time, then
    by arrival. Stand-ins for running spans (`is_placeholder`) leave when the span they stand for is there.
    """
    spans = _known(readings)
    parents, broken = _parents(spans, Mark.ORPHAN if now_ns is None else Mark.AWAITED)
    order = _order(spans, parents, broken)
    last_ns = max((max(span.start_ns, span.end_ns) for span in spans.values()), default=0)
    open_end_ns = last_ns if now_ns is None else max(now_ns, last_ns)
    return _rows(order, spans, resolved, broken, open_end_ns, is_running=now_ns is not None)


def _sort_key(span: SpanReading) -> tuple[int, int, str]:
    return span.start_ns, span.sequence, span.span_id


def _known(readings: Iterable[SpanReading]) -> dict[str, SpanReading]:
    spans: dict[str, SpanReading] = {}
    for reading in readings:
        kept = spans.get(reading.span_id)
        if kept is None or _version(reading) > _version(kept):
            spans[reading.span_id] = reading
    stand_ins = [
        span_id
        for span_id, span in spans.items()
        if span.observation.is_placeholder and span.parent_span_id in spans
    ]
    for span_id in stand_ins:
        del spans[span_id]
    return dict(sorted(spans.items(), key=lambda item: _sort_key(item[1])))


def _version(reading: SpanReading) -> tuple[int, int, int, str, str]:
    return reading.end_ns, -reading.start_ns, -reading.sequence, reading.name, reading.parent_span_id


def _parents(
    spans: Mapping[str, SpanReading], missing: Mark
) -> tuple[dict[str, str | None], dict[str, Mark]]:
    """Parent id of every span (None for roots), and why a span is a root although it names a parent."""
    parents: dict[str, str | None] = {}
    broken: dict[str, Mark] = {}
    for span_id, span in spans.items():
        named = span.parent_span_id
        parents[span_id] = named if named in spans else None
        if named and named not in spans:
            broken[span_id] = missing
    settled: set[str] = set()
    for span_id in spans:
        path: dict[str, None] = {}
        at: str | None = span_id
        while at is not None and at not in settled and at not in path:
            path[at] = None
            at = parents[at]
        if at is not None and at in path:
            circle = list(path)[list(path).index(at) :]
            opened = min(circle, key=lambda member: _sort_key(spans[member]))
            parents[opened] = None
            broken[opened] = Mark.CYCLE
        settled.update(path)
    return parents, broken


@dataclass(slots=True)
class _Place:
    """Where a span stands while the rows are being made."""

    depth: int
    parent: int | None
    position: int
    siblings: int
    children: int
    descendants: int = 0
    errors_below: int = 0


def _order(
    spans: Mapping[str, SpanReading], parents: Mapping[str, str | None], broken: Mapping[str, Mark]
) -> list[tuple[SpanReading, _Place]]:
    below: dict[str | None, list[str]] = {}
    for span_id in spans:  # already sorted, so every list of children is
        below.setdefault(parents[span_id], []).append(span_id)
    roots = sorted(below.get(None, []), key=lambda span_id: span_id in broken)
    order: list[tuple[SpanReading, _Place]] = []
    waiting = _waiting(roots, 0, None)
    while waiting:
        span_id, depth, parent, position, siblings = waiting.pop()
        children = below.get(span_id, [])
        order.append((spans[span_id], _Place(depth, parent, position, siblings, len(children))))
        waiting.extend(_waiting(children, depth + 1, len(order) - 1))
    for span, place in reversed(order):
        if place.parent is not None:
            above = order[place.parent][1]
            above.descendants += place.descendants + 1
            above.errors_below += place.errors_below + span.observation.is_error
    return order


def _waiting(
    ids: Sequence[str], depth: int, parent: int | None
) -> list[tuple[str, int, int | None, int, int]]:
    """Siblings as a stack holds them: last one first."""
    return [(ids[at], depth, parent, at + 1, len(ids)) for at in range(len(ids) - 1, -1, -1)]


def _rows(
    order: Sequence[tuple[SpanReading, _Place]],
    spans: Mapping[str, SpanReading],
    resolved: Mapping[str, Resolved],
    broken: Mapping[str, Mark],
    open_end_ns: int,
    *,
    is_running: bool,
) -> Tree:
    dated = [span.start_ns for span in spans.values() if span.start_ns > 0]
    first_ns = min(dated, default=min((span.end_ns for span in spans.values() if span.end_ns > 0), default=0))
    rows: list[TreeRow] = []
    for span, place in order:
        parent = None if place.parent is None else rows[place.parent]
        start_ns = (
            span.start_ns if span.start_ns > 0 else span.end_ns or (parent.start_ns if parent else first_ns)
        )
        end_ns = max(start_ns, span.end_ns or open_end_ns)
        marks = _time_marks(span, parent, is_running=is_running)
        if span.span_id in broken:
            marks.add(broken[span.span_id])
        rows.append(
            TreeRow(
                reading=span,
                resolved=resolved.get(span.span_id, NOT_RESOLVED),
                depth=place.depth,
                parent=place.parent,
                position=place.position,
                siblings=place.siblings,
                children=place.children,
                descendants=place.descendants,
                errors_below=place.errors_below,
                start_ns=start_ns,
                end_ns=end_ns,
                marks=frozenset(marks),
            )
        )
    return Tree(
        rows=tuple(rows),
        start_ns=min((row.start_ns for row in rows), default=0),
        end_ns=max((row.end_ns for row in rows), default=0),
        index={row.span_id: at for at, row in enumerate(rows)},
    )


def _time_marks(span: SpanReading, parent: TreeRow | None, *, is_running: bool) -> set[Mark]:
    marks: set[Mark] = set()
    if not span.end_ns:
        marks.add(Mark.RUNNING if is_running else Mark.UNENDED)
    if span.start_ns <= 0:
        return marks | {Mark.UNDATED}
    if span.end_ns and span.end_ns <= span.start_ns:
        marks.add(Mark.NEGATIVE if span.end_ns < span.start_ns else Mark.INSTANT)
    if parent and parent.reading.start_ns > 0:
        if span.start_ns < parent.start_ns:
            marks.add(Mark.EARLY)
        if parent.reading.end_ns and max(span.start_ns, span.end_ns) > parent.end_ns:
            marks.add(Mark.AFTER if span.start_ns > parent.end_ns else Mark.LATE)
    return marks
