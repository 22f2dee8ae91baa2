"""A span reported an error.

Claims: the span itself says that it failed (status ERROR, or what its SDK uses instead), and no span
below it does: the error began here. Parents that repeat it are not named again.

Abstains: where an exception was handled (status OK or UNSET); that is `swallowed-exception`. What was
cancelled did not fail by itself: that is low, and no failure unless the run ended in it.

Known false alarms: SDKs that mark control flow (a handoff) as an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.causes import cause_of
from halo_dash.detect.endings import AFTER, ending_of
from halo_dash.detect.naming import name_of, noun_of
from halo_dash.detect.quoting import quote, short
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Ending, Finding
from halo_dash.model.subject import Subject, SubjectSpan

CANCELLED = "cancelled"


@rule("error-status", title="A span reported an error", version=4)
def error_status(subject: Subject) -> Iterator[Finding]:
    """One finding for each span in which an error began."""
    for span in subject.spans:
        failure = span.resolved.failure or span.seen.failure
        if failure is None or not span.resolved.is_error_origin:
            continue
        cause = cause_of(failure.line)
        ending = _ending(subject, span, is_cancelled=cause == CANCELLED)
        kind = f" ({cause})" if cause else ""
        yield Finding(
            rule="error-status",
            severity="low" if cause == CANCELLED else "high" if ending == "failed" else "medium",
            title=f"{name_of(span)} failed: {short(failure.line, 120)}",
            explanation=f"{noun_of(span)} {name_of(span)} reported an error{kind}; {AFTER[ending]}.",
            evidence=(quote(span.span_id, "status", failure.line, None),),
            ending=ending,
            subject=name_of(span),
            detail=failure.line,
            cause=cause,
        )


def _ending(subject: Subject, span: SubjectSpan, *, is_cancelled: bool) -> Ending:
    if is_cancelled and not subject.summary.is_error:
        return "none"
    return ending_of(subject, span)
