"""The head of a trace page: what the run was, how it went, and why it failed."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.model.observation import Kind, Usage
from halo_dash.model.timeline import Breakdown
from halo_dash.model.trace import TraceRow, TraceSummary
from halo_dash.model.tree import Tree, TreeRow
from halo_dash.web.agents.place import agent_path
from halo_dash.web.runs import cost_title, state_of
from halo_dash.web.states import state_word


@dataclass(frozen=True, slots=True)
class Why:
    """What went wrong, in one line: who raised what, and how far it went."""

    span_id: str
    name: str
    type: str
    """Empty where the sender names none: then it is not known that anything was raised."""
    message: str
    course: str
    """`escaped, and the run ended`, or `was handled, and the run went on`."""
    is_fatal: bool
    others: int
    """Further origins of errors in this trace."""


@dataclass(frozen=True, slots=True)
class Header:
    """All of it."""

    trace_id: str
    state: str
    """`ok`, `failed`, `silent`, `recovered`, `running` or `incomplete`."""
    has_root: bool
    name: str
    kind: Kind
    agent: str | None
    agent_href: str
    """Its workspace."""
    question: str | None
    places: tuple[tuple[str, str], ...]
    """(filter, value) of what the trace belongs to, each a link to its like."""
    version: str | None
    source: str
    is_pinned: bool
    start_ns: int
    duration_ns: int
    breakdown: Breakdown
    span_count: int
    llm_calls: int
    tool_calls: int
    orphan_count: int
    usage: Usage
    cost_usd: float | None
    cost_is_partial: bool
    cost_title: str
    """The exact cost, or why there is none."""
    why: Why | None

    @property
    def title(self) -> str:
        """For the window's title and the list of open tabs."""
        return f"{self.question or self.name} ({state_word(self.state)})"


def header(row: TraceRow, tree: Tree, breakdown: Breakdown, now_ns: int) -> Header:
    """Read the head of a trace from its summary and its tree."""
    summary = row.summary
    root = tree.row(summary.root_span_id or "")
    first = root or (tree.rows[0] if tree.rows else None)
    return Header(
        trace_id=summary.trace_id,
        state=state_of(row, now_ns),
        has_root=root is not None,
        name=summary.name,
        kind=summary.kind,
        agent=summary.agents[0][1] if summary.agents else None,
        agent_href=agent_path(summary.agents[0][0] or summary.agents[0][1]) if summary.agents else "",
        question=summary.input_preview,
        places=_places(summary),
        version=first.reading.observation.service_version if first else None,
        source=row.source,
        is_pinned=row.is_pinned,
        start_ns=summary.start_ns,
        duration_ns=tree.end_ns - tree.start_ns,
        breakdown=breakdown,
        span_count=summary.span_count,
        llm_calls=summary.llm_calls,
        tool_calls=summary.tool_calls,
        orphan_count=summary.orphan_count,
        usage=summary.usage,
        cost_usd=summary.cost_usd,
        cost_is_partial=summary.cost_is_partial,
        cost_title=cost_title(summary),
        why=_why(row, tree),
    )


def _places(summary: TraceSummary) -> tuple[tuple[str, str], ...]:
    single = (("session", summary.session_id), ("user", summary.user_id))
    return (
        *((name, value) for name, value in single if value),
        *(("service", value) for value in summary.services),
        *((("environment", summary.environment),) if summary.environment else ()),
        *(("model", value) for value in summary.models),
    )


def _why(row: TraceRow, tree: Tree) -> Why | None:
    """The summary's own choice of the error to show, else the first origin."""
    summary = row.summary
    cause = tree.row(summary.failed_span_id or "") or tree.first_error()
    if cause is None or not cause.reading.observation.is_error:
        return None
    failure = summary.failure or cause.resolved.failure or cause.reading.observation.failure
    if failure is None:
        return None
    origins = sum(each.resolved.is_error_origin for each in tree.rows)
    return Why(
        span_id=cause.span_id,
        name=summary.failed_name or cause.reading.name,
        type=failure.type if failure.full_type else "",
        message=failure.said,
        course=_course(cause, tree, is_fatal=summary.is_error),
        is_fatal=summary.is_error,
        others=max(0, origins - 1),
    )


def _course(cause: TreeRow, tree: Tree, *, is_fatal: bool) -> str:
    if cause.parent is None:
        return "the run ended with it" if is_fatal else "the run went on"
    stopped = next(
        (
            tree.rows[at].reading.name
            for at in reversed(tree.ancestors(tree.index[cause.span_id]))
            if not tree.rows[at].reading.observation.is_error
        ),
        None,
    )
    if is_fatal:
        return (
            "escaped, and the run ended"
            if stopped is None
            else f"was handled in {stopped}, but the run failed"
        )
    return f"was handled in {stopped}, and the run went on" if stopped else "escaped, and the run went on"
