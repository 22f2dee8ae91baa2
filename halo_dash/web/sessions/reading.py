"""A session's traces in order, and what each adds to its thread: only what a page shows is read whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from halo_dash.errors import NotFoundError
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.filter_fields import MAX_LIMIT
from halo_dash.model.message import Text, ThreadItem
from halo_dash.model.trace import Resolved, TraceRow, TraceSummary
from halo_dash.model.tree import NOT_RESOLVED
from halo_dash.semconv import SpanContent, parts_of_thread, resolve, summarise
from halo_dash.store import Store
from halo_dash.web.trace.kept import Kept
from halo_dash.web.trace.reading import TraceReading, read_trace
from halo_dash.web.trace.said import contents

WINDOW = 25
"""Traces on one page."""
_SPANS = 1_500
"""Spans whose content one page reads, unless its first trace alone has more."""
_LOOK_BACK = 8
"""Traces before the page that are read to know what is repeated: a history that is sent again stands whole
in one of the last few traces, also where several conversations of a session alternate."""
_LOOK_BACK_SPANS = 300
_OPENING = 60
"""Characters by which a question is known again in the summary of the trace that asked it."""


@dataclass(frozen=True, slots=True)
class SessionReading:
    """A session at one moment."""

    session_id: str
    rows: tuple[TraceRow, ...]
    """Its traces by start; of a trace that belongs to several sessions only this one's part."""
    windows: tuple[int, ...]
    """Index of the first trace of each page."""

    def window(self, at: int) -> range:
        """The traces of the page that shows the one at an index."""
        starts = [*self.windows, len(self.rows)]
        number = max(0, sum(start <= at for start in self.windows) - 1)
        return range(starts[number], starts[number + 1])

    def index(self, trace_id: str) -> int | None:
        """Where a trace stands."""
        return next((at for at, row in enumerate(self.rows) if row.summary.trace_id == trace_id), None)


def read_session(store: Store, session_id: str, now_ns: int) -> SessionReading:
    """Its traces, no bodies. Raises NotFoundError where the store has no such session."""
    rows: list[TraceRow] = []
    at: ListQuery | None = ListQuery(Filter(session=(session_id,)), "start", MAX_LIMIT)
    while at is not None:
        page = store.traces.page(at, now_ns, facets=False)
        rows += page.items
        at = at.at(page.next_cursor) if page.next_cursor else None
    if not rows:
        raise NotFoundError(
            f"There is no session {session_id[:80]!r} here.",
            hint="None of its traces has arrived yet, or all were deleted. The list shows what is here.",
        )
    own = [_own_part(store, row, session_id) if len(row.summary.sessions) > 1 else row for row in rows]
    own.sort(key=lambda row: (row.summary.start_ns, row.summary.trace_id))
    return SessionReading(session_id, tuple(own), _windows(own))


def _windows(rows: Sequence[TraceRow]) -> tuple[int, ...]:
    starts = [0]
    spans = 0
    for at, row in enumerate(rows):
        spans += row.summary.span_count
        if at - starts[-1] >= WINDOW or (spans > _SPANS and at > starts[-1]):
            starts.append(at)
            spans = row.summary.span_count
    return tuple(starts)


def belongs(resolved: Resolved, summary: TraceSummary, session_id: str) -> bool:
    """Whether a span is part of the session: by itself, else by an ancestor, else by its trace."""
    return (resolved.session_id or summary.session_id) == session_id


def _own_part(store: Store, row: TraceRow, session_id: str) -> TraceRow:
    """The row as if the trace were only what belongs to this session."""
    readings = store.spans.outline(row.summary.trace_id)
    found = resolve(readings)
    own = [
        each for each in readings if belongs(found.get(each.span_id, NOT_RESOLVED), row.summary, session_id)
    ]
    if not own or len(own) == len(readings):
        return row
    part = summarise(row.summary.trace_id, own)
    # Its topmost spans are no orphans: what is above them belongs to another session.
    is_open = row.summary.is_open and any(not each.end_ns for each in own)
    return replace(row, summary=replace(part, sessions=row.summary.sessions, is_open=is_open, orphan_count=0))


@dataclass(frozen=True, slots=True)
class TracePart:
    """What one trace adds to the thread of the session."""

    reading: TraceReading
    items: tuple[ThreadItem, ...]


_windows_kept: Kept[tuple[tuple[ThreadItem, ...], ...]] = Kept(3)


def read_window(store: Store, session: SessionReading, window: range, now_ns: int) -> tuple[TracePart, ...]:
    """What the traces of a page add; some traces before it tell what is repeated."""
    context = [*_just_before(session.rows, window.start)]
    added = _added(store, session, [*context, *window], now_ns)
    older = _gone_back_to(session.rows, context[0] if context else window.start, added[len(context) :])
    if older:
        context = [*older, *context]
        added = _added(store, session, [*context, *window], now_ns)
    items = added[len(context) :]
    return tuple(
        TracePart(_read(store, session.rows[at], now_ns), said)
        for at, said in zip(window, items, strict=True)
    )


def _just_before(rows: Sequence[TraceRow], end: int) -> range:
    start = end
    spans = 0
    while start and end - start < _LOOK_BACK:
        spans += rows[start - 1].summary.span_count
        if spans > _LOOK_BACK_SPANS:
            break
        start -= 1
    return range(start, end)


def _gone_back_to(rows: Sequence[TraceRow], end: int, added: Sequence[Sequence[ThreadItem]]) -> list[int]:
    """The traces before `end` whose questions a page seems to repeat: it went on from an older place."""
    if not end:
        return []
    asked = {_opening(row.summary.input_preview or ""): at for at, row in enumerate(rows[:end])}
    found: set[int] = set()
    for items in added:
        questions = [item for item in items if item.role == "user"]
        for item in questions[:-1]:  # the last one is the trace's own
            texts = (part.text for part in item.parts if isinstance(part, Text))
            found.update(asked[key] for text in texts if (key := _opening(text)) in asked)
    spans = 0
    kept: list[int] = []
    for at in sorted(found, reverse=True):
        spans += rows[at].summary.span_count
        if spans > _LOOK_BACK_SPANS:
            break
        kept.append(at)
    return kept[::-1]


def _opening(text: str) -> str:
    """How a text begins, as a preview of it does."""
    return " ".join(text[: 4 * _OPENING].split())[:_OPENING]


def _added(
    store: Store, session: SessionReading, places: Sequence[int], now_ns: int
) -> tuple[tuple[ThreadItem, ...], ...]:
    rows = [session.rows[at] for at in places]
    state = "\n".join(f"{row.summary.trace_id} {row.revision}" for row in rows)
    key = (f"{session.session_id}\n{state}", 0)
    added = _windows_kept.get(store, key)
    if added is None:
        readings = (_read(store, row, now_ns) for row in rows)
        added = tuple(parts_of_thread(_spans(store, readings, session.session_id)))
        _windows_kept.put(store, key, added)
    return added


def read_whole_thread(store: Store, session: SessionReading, now_ns: int) -> Iterator[ThreadItem]:
    """The whole conversation, one trace in memory at a time."""
    readings = (_read(store, row, now_ns) for row in session.rows)
    for items in parts_of_thread(_spans(store, readings, session.session_id)):
        yield from items


def _read(store: Store, row: TraceRow, now_ns: int) -> TraceReading:
    return replace(read_trace(store, row.summary.trace_id, now_ns), row=row)


def _spans(
    store: Store, readings: Iterable[TraceReading], session_id: str
) -> Iterator[tuple[str, list[SpanContent]]]:
    for reading in readings:
        summary = reading.row.summary
        own = [
            each
            for each in contents(store, reading)
            if len(summary.sessions) < 2 or belongs(each.resolved, summary, session_id)
        ]
        yield summary.trace_id, own
