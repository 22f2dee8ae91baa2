"""Runs and conversations in words: the list on the left, the head of one."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.model.run import Conversation, Run, RunState, RunUsage, SelectionSize
from halo_dash.web.analysis.paths import conversation_path
from halo_dash.web.words import count, duration, plural, short_count, usd

STATE_WORDS: dict[RunState, str] = {
    "queued": "waiting",
    "running": "running",
    "completed": "done",
    "failed": "failed",
    "cancelled": "stopped",
    "timed_out": "out of time",
    "no_traces": "nothing to read",
}
_STATUS: dict[RunState, str] = {
    "queued": "incomplete",
    "running": "running",
    "completed": "ok",
    "failed": "failed",
    "cancelled": "recovered",
    "timed_out": "recovered",
    "no_traces": "incomplete",
}
_PARTIAL = ("recovered", "not finished")
PHASE_WORDS = {
    "starting": "starting",
    "reading": "reading",
    "writing": "writing the report",
    "checking": "checking every citation",
    "ended": "",
}


@dataclass(frozen=True, slots=True)
class ConversationLine:
    """One of the list."""

    conversation_id: str
    href: str
    title: str
    icon: str
    """The shape of its state."""
    state: str
    """In a word."""
    updated_ns: int
    detail: str
    """What it took, in a few words."""
    is_current: bool


@dataclass(frozen=True, slots=True)
class RunHead:
    """How a run fares."""

    run_id: str
    icon: str
    state: str
    phase: str
    """What it is doing; empty once it ended."""
    reason: str
    took: str
    usage: tuple[str, ...]
    size: str
    author: str
    is_ended: bool
    is_partial: bool
    is_stopping: bool
    """Somebody asked for its end, and it has not ended yet."""
    resumed: str
    trace_href: str
    """Its own trace; empty where there is none."""


def conversation_lines(
    conversations: tuple[Conversation, ...], current: str | None = None
) -> tuple[ConversationLine, ...]:
    """The list, in the order given."""
    return tuple(_line(each, current) for each in conversations)


def _line(conversation: Conversation, current: str | None) -> ConversationLine:
    last = conversation.runs[-1]
    return ConversationLine(
        conversation_id=conversation.conversation_id,
        href=conversation_path(conversation.conversation_id),
        title=conversation.title,
        icon=_PARTIAL[0] if is_partial(last) else _STATUS[last.state],
        state=_PARTIAL[1] if is_partial(last) else STATE_WORDS[last.state],
        updated_ns=conversation.updated_ns,
        detail=_detail(conversation.runs),
        is_current=conversation.conversation_id == current,
    )


def _detail(runs: tuple[Run, ...]) -> str:
    first = runs[0]
    parts = []
    if first.request.analyst == "built_in":
        parts.append("no model")
    elif any(run.usage.model_calls for run in runs):
        known = [run.usage.cost_usd for run in runs if run.usage.cost_usd is not None]
        parts.append(usd(sum(known)) if known else "cost unknown")
    if first.size:
        parts.append(plural(first.size.read_traces, "run"))
    if len(runs) > 1:
        parts.append(plural(len(runs) - 1, "follow-up"))
    return " · ".join(parts)


def is_partial(run: Run) -> bool:
    """A limit ended it: whoever completes a run otherwise gives no reason."""
    return run.state == "completed" and bool(run.reason)


def run_head(run: Run, now_ns: int, *, has_partial_report: bool = False) -> RunHead:
    """Everything the head of a run says."""
    is_short = is_partial(run)
    end_ns = run.ended_ns if run.ended_ns is not None else now_ns
    return RunHead(
        run_id=run.run_id,
        icon=_PARTIAL[0] if is_short else _STATUS[run.state],
        state=_PARTIAL[1] if is_short else STATE_WORDS[run.state],
        phase="" if run.is_ended else PHASE_WORDS[run.phase],
        reason=run.reason,
        took=duration(end_ns - run.started_ns) if run.started_ns is not None else "",
        usage=usage_words(run),
        size=size_words(run.size) if run.size else "",
        author="no model" if run.request.analyst == "built_in" else run.request.models.model or "",
        is_ended=run.is_ended,
        is_partial=has_partial_report,
        is_stopping=run.is_cancel_asked and not run.is_ended,
        resumed=f"went on {plural(run.resumed, 'time')} after a restart" if run.resumed else "",
        trace_href=f"/traces/{run.trace_id}" if run.trace_id and run.usage.model_calls else "",
    )


def usage_words(run: Run) -> tuple[str, ...]:
    """Turns, calls, tokens and dollars so far, against their limits."""
    if run.request.analyst == "built_in":
        return ("no model was asked",)
    usage, limits = run.usage, run.request.limits
    turns = (
        plural(usage.turns, "turn")
        if run.is_ended
        else f"{usage.turns} of {plural(limits.max_turns, 'turn')}"
    )
    words = [turns]
    words.append(plural(usage.tool_calls, "tool call"))
    if usage.subagents:
        words.append(plural(usage.subagents, "subagent"))
    tokens = usage.input_tokens + usage.output_tokens
    cached = f" ({short_count(usage.cached_tokens)} cached)" if usage.cached_tokens else ""
    budget = f" of {short_count(limits.budget_tokens)}" if limits.budget_tokens else ""
    words.append(f"{short_count(tokens)}{budget} tokens{cached}")
    words.append(cost_words(usage) + (f" of {usd(limits.budget_usd)}" if limits.budget_usd else ""))
    return tuple(words)


def cost_words(usage: RunUsage) -> str:
    """What it cost; never 0 where a price is unknown."""
    if usage.cost_usd is None:
        return "cost unknown (no price for the model)"
    return f"at least {usd(usage.cost_usd)}" if usage.cost_is_partial else usd(usage.cost_usd)


def size_words(size: SelectionSize) -> str:
    """How much was read of what was selected."""
    if not size.is_sampled:
        return f"{plural(size.read_traces, 'run')}, {plural(size.read_spans, 'span')}"
    return (
        f"{count(size.read_traces)} of {plural(size.traces, 'run')}, "
        f"{count(size.read_spans)} of {plural(size.spans, 'span')} (a sample)"
    )
