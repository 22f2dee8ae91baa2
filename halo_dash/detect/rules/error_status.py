"""A span reported an error.

Claims: the span itself says that it failed (status ERROR, or what its SDK uses instead), and no span
below it does: the error began here. Parents that repeat it are not named again.

Abstains: where an exception was handled (status OK or UNSET); that is `swallowed-exception`.

Known false alarms: SDKs that mark control flow (a cancelled stream, a handoff) as an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.causes import cause_of
from halo_dash.detect.endings import ending_of
from halo_dash.detect.naming import name_of, noun_of
from halo_dash.detect.quoting import quote, short
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject

_AFTER = {
    "failed": "and the run ended in it",
    "recovered": "and the run went on",
    "none": "",
}


@rule("error-status", title="A span reported an error")
def error_status(subject: Subject) -> Iterator[Finding]:
    """One finding for each span in which an error began."""
    for span in subject.spans:
        failure = span.resolved.failure or span.seen.failure
        if failure is None or not span.resolved.is_error_origin:
            continue
        ending = ending_of(subject, span)
        cause = cause_of(failure.line)
        kind = f" ({cause})" if cause else ""
        yield Finding(
            rule="error-status",
            severity="high" if ending == "failed" else "medium",
            title=f"{name_of(span)} failed: {short(failure.line, 120)}",
            explanation=f"{noun_of(span)} {name_of(span)} reported an error{kind}, {_AFTER[ending]}.",
            evidence=(quote(span.span_id, "status", failure.line, None),),
            ending=ending,
            subject=name_of(span),
            detail=failure.line,
            cause=cause,
        )
