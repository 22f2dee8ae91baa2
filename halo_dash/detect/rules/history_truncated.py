"""Part of the conversation was dropped between two calls.

Claims: a call of an agent has fewer messages than the call before it, keeps the first of them, and lacks
some from the middle; nothing stands in their place. The model no longer knows what was said there.

Abstains: where a new message took their place (a summary), other agents, and calls that begin a new
conversation.

Known false alarms: agents that keep a window of the last messages on purpose. They should know that they
do.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.naming import name_of
from halo_dash.detect.quoting import quote
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Finding
from halo_dash.model.subject import LlmCall, Subject


@rule("history-truncated", title="Part of the conversation was dropped")
def history_truncated(subject: Subject) -> Iterator[Finding]:
    """At most one finding for each agent: the first time."""
    before: dict[str | None, LlmCall] = {}
    told: set[str | None] = set()
    for call in subject.calls:
        agent = call.span.resolved.agent_name
        earlier = before.get(agent)
        before[agent] = call
        if agent in told or earlier is None:
            continue
        dropped = _dropped(earlier, call)
        if dropped:
            told.add(agent)
            yield Finding(
                rule="history-truncated",
                severity="low",
                title=f"{dropped} messages were dropped before a call of {name_of(call.span)}",
                explanation=f"The call before had {len(earlier.input)} messages, this one {len(call.input)}, "
                "and nothing stands in their place.",
                evidence=(
                    quote(earlier.span.span_id, "structure", f"{len(earlier.input)} messages", None),
                    quote(call.span.span_id, "structure", f"{len(call.input)} messages", None),
                ),
                ending="none",
                subject=name_of(call.span),
            )


def _dropped(earlier: LlmCall, call: LlmCall) -> int:
    old, new = earlier.input, call.input
    if len(new) >= len(old) or not new or old[0] != new[0]:
        return 0
    kept = [message for message in new if message in old]
    fresh = len(new) - len(kept)
    # What the model said and what its tools answered since; anything beyond that may stand for what is gone.
    expected = len(earlier.output) + len(earlier.tool_calls) + 1
    tail_is_kept = old[-1] in new
    return len(old) - len(kept) if tail_is_kept and fresh <= expected and len(kept) > 1 else 0
