"""A run ended well and said nothing.

Claims: the last call of a model finished, asked for no tool, and its output is empty; and no output of
the run's root holds an answer either.

Abstains: runs in error (they say so), runs still growing, runs of which no output was recorded at all,
and agents whose last step is a tool or a structured output.

Known false alarms: recorders that drop the content of outputs but keep their messages.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.naming import name_of
from halo_dash.detect.quoting import quote
from halo_dash.detect.results import is_empty
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Finding
from halo_dash.model.message import Media, Other
from halo_dash.model.subject import LlmCall, Subject


@rule("empty-answer", title="The run ended without an answer", version=2)
def empty_answer(subject: Subject) -> Iterator[Finding]:
    """At most one finding."""
    call = subject.last_call
    if call is None or subject.summary.is_error or not subject.is_quiet or not _is_empty_call(call):
        return
    if not any(each.output for each in subject.calls):
        return
    last_tool = subject.tools[-1].start_ns if subject.tools else 0
    outputs = (root.content.output for root in subject.roots if root.span_id != call.span.span_id)
    if last_tool > call.span.reading.start_ns or any(o is not None and not is_empty(o) for o in outputs):
        return
    yield Finding(
        rule="empty-answer",
        severity="high",
        title="The run ended without an answer",
        explanation=f"The last call of {name_of(call.span)} returned no text and asked for no tool, "
        "and the run reported success.",
        evidence=(quote(call.span.span_id, "output", "(empty)", None),),
        ending="failed",
        subject=name_of(call.span),
    )


def _is_empty_call(call: LlmCall) -> bool:
    if call.span.seen.is_error or not call.span.reading.end_ns or call.finish_reason not in {None, "stop"}:
        return False
    says_more = any(isinstance(part, Media | Other) for message in call.output for part in message.parts)
    return not call.text.strip() and not call.tool_calls and not says_more
