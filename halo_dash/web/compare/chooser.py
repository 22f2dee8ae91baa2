"""What a trace can be compared with: runs of the same agent, or of the same name, around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.trace import TraceRow, TraceSummary
from halo_dash.store import Store
from halo_dash.web.compare.address import compare_url
from halo_dash.web.runs import reason_of, state_of

_AROUND = 12
"""Runs offered before the trace, and as many after it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One run to compare with."""

    href: str
    trace_id: str
    state: str
    place: str
    """`previous`, `next`, or empty."""
    is_same_question: bool
    question: str
    answer: str
    """What it answered, or why it failed."""
    tokens: int | None
    duration_ns: int
    start_ns: int


@dataclass(frozen=True, slots=True)
class Chooser:
    """The page that asks what to compare with."""

    trace_id: str
    name: str
    state: str
    question: str
    start_ns: int
    like: str
    """What the offered runs share: `agent Support`, or `name chat`."""
    candidates: tuple[Candidate, ...]
    """Newest first."""


def chooser(store: Store, row: TraceRow, now_ns: int) -> Chooser:
    """Offer the runs around a trace."""
    summary = row.summary
    like, alike = _alike(summary)
    earlier = _runs(store, row, replace(alike, to_ns=summary.start_ns + 1), "-start", now_ns)
    later = _runs(store, row, replace(alike, from_ns=summary.start_ns + 1), "start", now_ns)
    return Chooser(
        trace_id=summary.trace_id,
        name=summary.name,
        state=state_of(row, now_ns),
        question=summary.input_preview or "",
        start_ns=summary.start_ns,
        like=like,
        candidates=(
            *reversed([_candidate(summary, each, "next", at, now_ns) for at, each in enumerate(later)]),
            *(_candidate(summary, each, "previous", at, now_ns) for at, each in enumerate(earlier)),
        ),
    )


def _alike(summary: TraceSummary) -> tuple[str, Filter]:
    """What the runs share that are worth comparing with this one, and the filter that finds them."""
    if summary.agents:
        agent_id, name = summary.agents[0]
        return f"agent {name}", Filter(agent=(agent_id or name,))
    if summary.name:
        return f"name {summary.name}", Filter(name=(summary.name,))
    return "any name", Filter()


def _runs(store: Store, row: TraceRow, chosen: Filter, sort: str, now_ns: int) -> Sequence[TraceRow]:
    # One more than is offered: the trace itself may be among them.
    page = store.traces.page(ListQuery(chosen, sort, _AROUND + 1), now_ns=now_ns, facets=False)
    others = [each for each in page.items if each.summary.trace_id != row.summary.trace_id]
    return others[:_AROUND]


def _candidate(chosen: TraceSummary, row: TraceRow, side: str, at: int, now_ns: int) -> Candidate:
    summary = row.summary
    state = state_of(row, now_ns)
    return Candidate(
        # The earlier one is A: what changed reads from the old to the new.
        href=compare_url(*_in_order(chosen, summary)),
        trace_id=summary.trace_id,
        state=state,
        place="" if at else side,
        is_same_question=bool(chosen.input_preview) and chosen.input_preview == summary.input_preview,
        question=summary.input_preview or "",
        answer=(reason_of(summary) if state == "failed" else summary.output_preview) or "",
        tokens=summary.usage.total,
        duration_ns=max(0, summary.end_ns - summary.start_ns),
        start_ns=summary.start_ns,
    )


def _in_order(one: TraceSummary, other: TraceSummary) -> tuple[str, str]:
    first, second = sorted((one, other), key=lambda each: (each.start_ns, each.trace_id))
    return first.trace_id, second.trace_id
