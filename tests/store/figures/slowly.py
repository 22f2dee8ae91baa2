"""Figures computed the slow and obvious way: from the readings of every span, one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from math import fsum

from halo_dash.model.figures import UNNAMED, Figures, Latency
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.observation import MODEL_KINDS, Kind, Usage
from halo_dash.model.trace import Resolved, SpanReading, TraceRow
from halo_dash.semconv import resolve
from halo_dash.store import Store


@dataclass(frozen=True)
class Told:
    """One trace as it is stored."""

    row: TraceRow
    spans: tuple[SpanReading, ...]
    resolved: dict[str, Resolved]

    @property
    def keys(self) -> dict[str | None, str]:
        """Name of an agent that has an id somewhere in the trace -> its id."""
        found: dict[str | None, str] = {}
        for identity, name in self.row.summary.agents:
            if identity is not None:
                found.setdefault(name, identity)
        return found

    def agent(self, span: SpanReading) -> str | None:
        """The key of a span's agent."""
        if not self.row.summary.agents:
            return UNNAMED
        one = self.resolved[span.span_id]
        return one.agent_id or self.keys.get(one.agent_name, one.agent_name)

    def session(self, span: SpanReading) -> str | None:
        return self.resolved[span.span_id].session_id or self.row.summary.session_id

    def user(self, span: SpanReading) -> str | None:
        return self.resolved[span.span_id].user_id or self.row.summary.user_id

    def counted(self, keeps: Callable[[SpanReading], bool]) -> list[SpanReading]:
        return [span for span in self.spans if self.resolved[span.span_id].is_counted and keeps(span)]


def read(store: Store, selection: Filter, now_ns: int) -> list[Told]:
    """Everything that a filter selects."""
    found: list[Told] = []
    query = ListQuery(selection, limit=500)
    while True:
        page = store.traces.page(query, now_ns, facets=False)
        for row in page.items:
            spans = store.spans.outline(row.summary.trace_id)
            found.append(Told(row, spans, dict(resolve(spans))))
        if page.next_cursor is None:
            return found
        query = query.at(page.next_cursor)


def latency(durations: Iterable[int]) -> Latency:
    ordered = sorted(durations)
    if not ordered:
        return Latency()

    def rank(percent: int) -> int:
        return next(each for at, each in enumerate(ordered, 1) if at * 100 >= percent * len(ordered))

    return Latency(rank(50), rank(95), rank(99), sum(ordered) // len(ordered))


def covered(times: Iterable[tuple[int, int]]) -> int:
    """Length of the union of (start, end)."""
    steps = sorted(step for begin, end in times for step in ((begin, -1), (end, 1)))
    total = opened = 0
    for at, (moment, change) in enumerate(steps):
        if opened:
            total += moment - steps[at - 1][0]
        opened -= change
    return total


def usage(spans: Sequence[SpanReading]) -> Usage:
    sums = {}
    for each in fields(Usage):
        known = [said for span in spans if (said := getattr(span.observation.usage, each.name)) is not None]
        sums[each.name] = sum(known) if known else None
    return Usage(**sums)


def figures(
    told: Sequence[Told],
    now_ns: int,
    keeps: Callable[[Told, SpanReading], bool] = lambda _told, _span: True,
    *,
    is_judged: bool = False,
) -> Figures:
    """Of whole traces as runs, of which only some spans are added up."""
    statuses = [each.row.status(now_ns) for each in told]
    added = [span for each in told for span in each.counted(lambda span, one=each: keeps(one, span))]
    costs = [span.observation.cost_usd for span in added if span.observation.cost_usd is not None]
    mine = [(each, span) for each in told for span in each.spans if keeps(each, span)]
    summaries = [each.row.summary for each in told]
    return Figures(
        runs=len(told),
        failed=statuses.count("error"),
        recovered=sum(
            status == "ok" and one.is_recovered for status, one in zip(statuses, summaries, strict=True)
        ),
        effectively_failed=sum(each.row.effective(now_ns) == "error" for each in told) if is_judged else None,
        llm_calls=sum(each.resolved[span.span_id].is_llm_call for each, span in mine),
        tool_calls=sum(
            span.observation.kind is Kind.TOOL and not span.observation.is_placeholder for _each, span in mine
        ),
        usage=usage(added),
        cost_usd=fsum(costs) if costs else None,
        unpriced_calls=len(added) - len(costs),
        latency=latency(
            one.end_ns - one.start_ns
            for one, status in zip(summaries, statuses, strict=True)
            if status != "running"
        ),
    )


def agent_keys(told: Told) -> set[str]:
    return {identity or name for identity, name in told.row.summary.agents} or {UNNAMED}


def named(span: SpanReading) -> tuple[Kind, str]:
    seen = span.observation
    if seen.kind is Kind.TOOL and seen.tool_name:
        return seen.kind, seen.tool_name
    if seen.kind in MODEL_KINDS and seen.model:
        return seen.kind, seen.model
    return seen.kind, span.name


def calls(told: Sequence[Told]) -> dict[tuple[Kind, str], list[tuple[Told, SpanReading]]]:
    """Every call by its kind and name."""
    found: dict[tuple[Kind, str], list[tuple[Told, SpanReading]]] = defaultdict(list)
    for each in told:
        for span in each.spans:
            kind = span.observation.kind
            is_call = each.resolved[span.span_id].is_llm_call if kind is Kind.LLM else kind is not Kind.SPAN
            if is_call and not span.observation.is_placeholder:
                found[named(span)].append((each, span))
    return found
