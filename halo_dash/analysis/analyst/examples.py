"""Evidence: runs that show a pattern, spread over agents and sessions, each with words that stand there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from halo_dash.analysis.reading.fields import field_texts
from halo_dash.analysis.report.quotes import stands_in
from halo_dash.detect.secrets import sightings
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.finding import Evidence, Finding
from halo_dash.model.report import Citation
from halo_dash.model.trace import TraceRow
from halo_dash.store import Store

_LOOKED_AT = 100
"""Runs among which examples are chosen, the newest."""
_PLACES = 4
"""Places of one finding that are tried."""
_PRIVATE = frozenset({"secret", "personal-data"})
"""Rules whose evidence nobody wants in a document that is sent around."""
_HEAD = re.compile(r"[^.\[]*")
_FACTS = frozenset({"time", "structure", "usage"})

_LIKELY: Mapping[str, tuple[str, ...]] = {
    "input": ("input", "tool_call", "message"),
    "output": ("output", "tool_result", "message"),
    "message": ("message", "tool_call", "output", "input"),
    "status": ("error", "status_message", "event"),
    "exception": ("event", "error", "stack", "status_message"),
    "attribute": ("attribute",),
}
"""Field of a finding's evidence -> how the names of the fields begin that may have its words."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One run that shows it."""

    row: TraceRow
    finding: Finding
    citation: Citation


def examples(
    store: Store, chosen: Filter, clusters: Collection[str], limit: int, now_ns: int
) -> tuple[Shown, ...]:
    """Up to `limit` runs of a filter that are in one of the clusters; of the greatest variety first."""
    rows = store.traces.page(ListQuery(chosen, limit=_LOOKED_AT), now_ns, facets=False).items
    found = []
    for row in _spread(rows, frozenset(clusters)):
        finding = _of(row, clusters)
        if finding is not None:
            found.append(Shown(row, finding, _cited(store, row.summary.trace_id, finding)))
        if len(found) == limit:
            break
    return tuple(found)


def _spread(rows: Sequence[TraceRow], clusters: frozenset[str]) -> Iterator[TraceRow]:
    """Runs of wordings, agents and sessions that were not shown yet come first; within that the newest."""
    left, seen = list(rows), set[object]()
    while left:
        row = max(left, key=lambda each: len(_traits(each, clusters) - seen))  # the first of equal ones
        seen |= _traits(row, clusters)
        left.remove(row)
        yield row


def _traits(row: TraceRow, clusters: frozenset[str]) -> frozenset[object]:
    summary = row.summary
    wordings = clusters & frozenset(row.judged.clusters if row.judged is not None else ())
    agents = {("agent", name) for _id, name in summary.agents}
    return frozenset({*agents, *wordings, ("session", summary.session_id), ("user", summary.user_id)})


def _of(row: TraceRow, clusters: Collection[str]) -> Finding | None:
    if row.judged is None:
        return None
    pairs = zip(row.judged.findings, row.judged.clusters, strict=True)
    return next((finding for finding, name in pairs if name in clusters), None)


def _cited(store: Store, trace_id: str, finding: Finding) -> Citation:
    """The words of the finding where they stand; where it has none to show, the name of its span."""
    for place in finding.evidence[:_PLACES] if finding.rule not in _PRIVATE else ():
        if place.field in _FACTS:
            continue
        stored = store.spans.get(trace_id, place.span_id)
        found = None if stored is None else _located(field_texts(stored), place)
        if found is not None and not any(each.sort == "secret" for each in sightings(found[1])):
            return Citation(trace_id=trace_id, span_id=place.span_id, field=found[0], quote=found[1])
    span_id = finding.evidence[0].span_id
    stored = store.spans.get(trace_id, span_id)
    name = "" if stored is None else stored.span.name
    return Citation(trace_id=trace_id, span_id=span_id, field="name", quote=name)


def _located(fields: Mapping[str, str], place: Evidence) -> tuple[str, str] | None:
    """(field, quote) of evidence in the vocabulary of citations."""
    names = _names(fields, place)
    for quote in dict.fromkeys(filter(None, _wordings(place.quote))):
        name = next((name for name in names if stands_in(quote, fields[name])), None)
        if name is not None:
            return name, quote
    return None


def _names(fields: Iterable[str], place: Evidence) -> list[str]:
    """The likeliest first."""
    likely = _LIKELY.get(place.field, ())
    ranks = {start: rank for rank, start in enumerate(likely)}

    def rank(name: str) -> int:
        return ranks.get(_HEAD.match(name)[0], len(likely))  # type: ignore[index]  # matches any text

    return sorted(fields, key=rank)


def _wordings(quote: str) -> Iterator[str]:
    """The quote; without its first and last words, which may be cut; of an error without its type."""
    plain = quote.strip()
    words = plain.rstrip("…").split(" ")
    yield plain
    yield " ".join(words[:-1])
    yield " ".join(words[1:])
    yield " ".join(words[1:-1])
    _type, _colon, message = plain.partition(": ")
    yield message
    yield " ".join(message.split(" ")[:-1])
