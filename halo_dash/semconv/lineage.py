"""Who descends from whom: the spans of a trace with parents before children, whatever arrived.

No recursion and no quadratic walk: a chain of 100,000 spans is as fine as a flat trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter, lt

from halo_dash.model.trace import SpanReading

NO_PARENT = -1


@dataclass(frozen=True, slots=True)
class Lineage:
    """Spans in an order in which every parent comes before its children.

    Siblings stand in order of time (then of arrival), so the result does not depend on the order given.
    """

    spans: list[SpanReading]
    parents: list[int]
    """Index of each span's parent, or `NO_PARENT` for roots, orphans and where a circle was opened."""
    timeline: list[int]
    """Indices in order of time (then of arrival)."""
    orphans: int
    """Spans whose parent is not there."""
    stood_in: list[tuple[SpanReading, int]]
    """Placeholders whose real span has arrived, with that span's index; they count for nothing."""


by_time = attrgetter("start_ns", "sequence", "span_id")
"""Sort key of a `SpanReading`: start, then order of arrival, then id."""


def lineage(readings: Sequence[SpanReading]) -> Lineage:
    """Lay out the spans of one trace. Duplicates by id become one: the one that ended, or ended last."""
    unique = _unique(readings)
    live, retired, standing = _without_placeholders(unique)
    live.sort(key=by_time)
    position = {span.span_id: at for at, span in enumerate(live)}
    for real_id, placeholder_id in standing.items():
        position[real_id] = position[placeholder_id]
    for span in retired:
        position[span.span_id] = position[span.parent_span_id]
    parent_of, orphans = _parents(live, position, standing)
    order = _order(parent_of)
    place = [0] * len(live)
    for at, index in enumerate(order):
        place[index] = at
    parents = [NO_PARENT if (up := parent_of[index]) == NO_PARENT else place[up] for index in order]
    stood_in = [(span, place[position[span.parent_span_id]]) for span in sorted(retired, key=by_time)]
    return Lineage([live[index] for index in order], parents, place, orphans, stood_in)


def _unique(readings: Sequence[SpanReading]) -> dict[str, SpanReading]:
    unique = {span.span_id: span for span in readings}
    if len(unique) == len(readings):
        return unique
    unique.clear()
    for span in readings:
        known = unique.setdefault(span.span_id, span)
        if known is not span and (span.end_ns, span.sequence) > (known.end_ns, known.sequence):
            unique[span.span_id] = span
    return unique


def _without_placeholders(
    unique: dict[str, SpanReading],
) -> tuple[list[SpanReading], list[SpanReading], dict[str, str]]:
    """(spans that count, placeholders whose real span is there, id of a missing span -> its placeholder's).

    A Logfire placeholder has an id of its own and names the span it stands for as its parent, so the
    children of a span that is still running find its placeholder under that name.
    """
    spans = list(unique.values())
    if not [span for span in spans if span.observation.is_placeholder]:
        return spans, [], {}
    real = {span_id for span_id, span in unique.items() if not span.observation.is_placeholder}
    live: list[SpanReading] = []
    retired: list[SpanReading] = []
    standing: dict[str, str] = {}
    for span in sorted(unique.values(), key=by_time):
        if span.span_id in real:
            live.append(span)
        elif span.parent_span_id in real:
            retired.append(span)
        else:
            live.append(span)
            if span.parent_span_id not in unique:
                standing.setdefault(span.parent_span_id, span.span_id)
    return live, retired, standing


def _parents(
    live: list[SpanReading], position: dict[str, int], standing: dict[str, str]
) -> tuple[list[int], int]:
    """Index of each parent, with circles opened at their earliest span; and the number of orphans."""
    parents: list[int] = []
    orphans = 0
    find = position.get
    for span in live:
        named = span.parent_span_id
        if not named or (standing and standing.get(named) == span.span_id):
            parents.append(NO_PARENT)
            continue
        at = find(named, NO_PARENT)
        parents.append(at)
        if at == NO_PARENT:
            orphans += 1
    # Where every parent began first there is no circle, which is nearly always.
    if not all(map(lt, parents, range(len(parents)))):
        _open_circles(parents)
    return parents, orphans


def _open_circles(parents: list[int]) -> None:
    """Follow each chain up once; a chain that meets itself is a circle, opened at its earliest span."""
    walked = [0] * len(parents)
    for start in range(len(parents)):
        trail: list[int] = []
        at = start
        while at != NO_PARENT and not walked[at]:
            walked[at] = start + 1
            trail.append(at)
            at = parents[at]
        if at != NO_PARENT and walked[at] == start + 1:
            parents[min(trail[trail.index(at) :])] = NO_PARENT


def _order(parents: list[int]) -> list[int]:
    """Indices with parents before children, siblings in the order given."""
    children: dict[int, list[int]] = {}
    for index, parent in enumerate(parents):
        children.setdefault(parent, []).append(index)
    order: list[int] = []
    stack = children.get(NO_PARENT, [])[::-1]
    while stack:
        index = stack.pop()
        order.append(index)
        below = children.get(index)
        if below:
            stack.extend(reversed(below))
    return order
