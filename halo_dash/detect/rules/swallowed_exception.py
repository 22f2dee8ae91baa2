"""An exception was recorded and nobody reported an error.

Claims: a span has an exception event, neither it nor any span around it is in error, and its tool
returned nothing that one could go on with. Somebody caught it and said nothing.

Abstains: where the span or one around it reports an error (`error-status`), and where a retry inside the
span went well: the span has an output.

Known false alarms: libraries that record exceptions they use for control flow (`StopIteration`,
`CancelledError`).
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.causes import cause_of
from halo_dash.detect.endings import ending_of
from halo_dash.detect.naming import name_of
from halo_dash.detect.quoting import quote, short
from halo_dash.detect.results import is_empty
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject, SubjectSpan

_CONTROL_FLOW = frozenset(
    {
        "StopIteration",
        "StopAsyncIteration",
        "GeneratorExit",
        "CancelledError",
        "GraphInterrupt",
        "KeyboardInterrupt",
    }
)


@rule("swallowed-exception", title="An exception was caught and not reported", version=5)
def swallowed_exception(subject: Subject) -> Iterator[Finding]:
    """One finding for each such span."""
    for span in subject.spans:
        raised = [failure for failure in span.exceptions if failure.type not in _CONTROL_FLOW]
        if not raised or _is_reported(subject, span) or _went_on(span):
            continue
        last = raised[-1]
        yield Finding(
            rule="swallowed-exception",
            severity="medium",
            title=f"{name_of(span)} swallowed {short(last.line, 120)}",
            explanation=f"{name_of(span)} raised {last.type}, and no span reports an error for it.",
            evidence=(quote(span.span_id, "exception", last.line, None),),
            ending=ending_of(subject, span),
            subject=name_of(span),
            detail=last.line,
            cause=cause_of(last.line),
        )


def _is_reported(subject: Subject, span: SubjectSpan) -> bool:
    return any(each.seen.is_error for each in (span, *subject.above(span)))


def _went_on(span: SubjectSpan) -> bool:
    output = span.content.output
    return bool(span.content.output_messages) or (output is not None and not is_empty(output))
