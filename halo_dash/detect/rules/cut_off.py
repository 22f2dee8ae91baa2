"""An answer was cut off, or withheld.

Claims: a call of a model ended because its output reached the length limit, or because a content filter
stopped it. At the end of a run the user got half an answer or none.

Abstains: calls that do not say why they ended.

Known false alarms: calls with a limit of a few tokens on purpose (a classifier that may say one word):
below `LEAST_TOKENS` of output nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.naming import name_of
from halo_dash.detect.quoting import quote
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Ending, Finding
from halo_dash.model.subject import LlmCall, Subject

LEAST_TOKENS = 16
_WHAT = {"length": "was cut off at the length limit", "content_filter": "was stopped by a content filter"}


_WHOLE: dict[Ending, str] = {"recovered": ", and a later call came to its end", "unclear": ""}


@rule("cut-off", title="An answer was cut off or withheld", version=2)
def cut_off(subject: Subject) -> Iterator[Finding]:
    """One finding for each such call."""
    for call in subject.calls:
        what = _WHAT.get(call.finish_reason or "")
        output = call.span.seen.usage.output
        if what is None or (call.finish_reason == "length" and output is not None and output < LEAST_TOKENS):
            continue
        ending = _ending(subject, call)
        tail = call.text[-200:]
        said = quote(call.span.span_id, "output", tail, max(0, len(call.text) - 200)) if tail else None
        yield Finding(
            rule="cut-off",
            severity="high" if ending == "failed" else "medium",
            title=f"The output of {name_of(call.span)} {what}",
            explanation="The run ended with it: the answer is not whole."
            if ending == "failed"
            else f"The run went on with what there was{_WHOLE[ending]}.",
            evidence=(
                said or quote(call.span.span_id, "attribute", f"finish reason {call.finish_reason}", None),
            ),
            ending=ending,
            subject=name_of(call.span),
            detail=call.finish_reason or "",
        )


def _ending(subject: Subject, call: LlmCall) -> Ending:
    """Recovered where the same agent came to the end of a later call."""
    if call is subject.last_call:
        return "failed"
    agent, end_ns = call.span.resolved.agent_name, call.span.reading.end_ns
    is_whole = any(
        other.span.reading.start_ns >= end_ns
        and other.span.resolved.agent_name == agent
        and other.finish_reason not in _WHAT
        and not other.span.seen.is_error
        for other in subject.calls
    )
    return "recovered" if is_whole else "unclear"
