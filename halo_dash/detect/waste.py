"""What repeated or useless steps cost: time of the tools, tokens and money of the calls that asked for it."""

from __future__ import annotations

from collections.abc import Iterable

from halo_dash.model.finding import Waste
from halo_dash.model.subject import LlmCall, Subject, ToolUse


def waste_of(subject: Subject, uses: Iterable[ToolUse]) -> Waste:
    """Of uses of tools that need not have been, with the model calls that asked for them."""
    kept = list(uses)
    asking = {use.asked_by for use in kept if use.asked_by is not None}
    calls = waste_of_calls(call for call in subject.calls if call.span.span_id in asking)
    ran = sum((use.span.duration_ns or 0) for use in kept if use.span is not None)
    return Waste(calls.tokens, calls.cost_usd, calls.duration_ns + ran)


def waste_of_calls(calls: Iterable[LlmCall]) -> Waste:
    """Of calls of a model."""
    tokens, cost_usd, duration_ns = 0, 0.0, 0
    for call in calls:
        usage = call.span.seen.usage
        tokens += usage.total or (usage.input or 0) + (usage.output or 0)
        cost_usd += call.span.seen.cost_usd or 0.0
        duration_ns += call.span.duration_ns or 0
    return Waste(tokens, cost_usd, duration_ns)
