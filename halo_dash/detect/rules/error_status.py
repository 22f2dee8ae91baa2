"""A span reported an error.

Claims: the span itself says that it failed (status ERROR or what its SDK uses instead), and no span below it
does: the error began here. Parents that repeat it are not named again.

Abstains: exceptions that were handled (status OK or UNSET) are another rule's.

Known false alarms: SDKs that mark control flow (a cancelled stream, a handoff) as an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.endings import ending_of
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Evidence, Finding
from halo_dash.model.observation import Kind
from halo_dash.model.subject import Subject, SubjectSpan

_WHAT = {Kind.TOOL: "the tool", Kind.LLM: "the call of", Kind.AGENT: "the agent"}


@rule("error-status", title="A span reported an error")
def error_status(subject: Subject) -> Iterator[Finding]:
    """One finding for each span in which an error began."""
    for span in subject.spans:
        failure = span.resolved.failure or span.seen.failure
        if span.seen.is_error and span.resolved.is_error_origin and failure is not None:
            thing = name_of(span)
            ending = ending_of(subject, span)
            yield Finding(
                rule="error-status",
                severity="high" if ending == "failed" else "medium",
                title=f"{thing}: {failure.line}"[:200],
                explanation=f"{_WHAT.get(span.seen.kind, 'The step')} {thing} reported "
                f"{failure.type}{_AFTER[ending]}".strip(),
                evidence=(Evidence(span.span_id, "status", failure.line[:300]),),
                ending=ending,
                subject=thing,
                detail=failure.line,
            )


_AFTER = {
    "failed": ", and the run ended in it.",
    "recovered": "; the run went on to an answer.",
    "none": ".",
}


def name_of(span: SubjectSpan) -> str:
    """What people call a span: its tool, its model, else its name."""
    seen = span.seen
    return seen.tool_name or (seen.model if seen.kind is Kind.LLM else None) or span.reading.name
