"""Whether a run ended in a failure or got over it."""

from __future__ import annotations

from halo_dash.model.finding import Ending
from halo_dash.model.subject import Subject, SubjectSpan


def ending_of(subject: Subject, span: SubjectSpan) -> Ending:
    """What came of a failure of a span.

    `failed`: the run reported an error and one of the spans around this one (or it itself) is a failed top.
    Without a report of the run, an answer given after the failure means that it was recovered from.
    """
    tops = [*subject.above(span), span][-1:] if span.parent is None else subject.above(span)[-1:]
    if subject.summary.is_error and any(top.seen.is_error for top in tops):
        return "failed"
    if subject.summary.is_error and subject.summary.failed_span_id == span.span_id:
        return "failed"
    return "recovered"
