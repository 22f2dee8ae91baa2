"""Spans that never ended, or whose parent never came.

Claims: nothing has arrived for the trace in a while, and a span has no end, or names a parent that is not
there. The process was killed, it did not flush its spans, or part of the trace goes somewhere else.

Abstains: traces that still grow, and imported or sampled traces whose only fault is a missing root.

Known false alarms: traces that begin in a service that sends its spans to another collector.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.naming import name_of
from halo_dash.detect.quoting import quote
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject


@rule("unfinished", title="Spans never ended or lost their parent")
def unfinished(subject: Subject) -> Iterator[Finding]:
    """One finding for what never ended, one for what lost its parent."""
    if not subject.is_quiet:
        return
    hanging = [span for span in subject.spans if not span.reading.end_ns]
    if hanging:
        is_top = any(span.parent is None for span in hanging)
        yield Finding(
            rule="unfinished",
            severity="medium" if is_top else "low",
            title=f"{name_of(hanging[-1])} never ended",
            explanation="No end arrived for it: the process was killed, or it did not flush its spans.",
            evidence=tuple(quote(span.span_id, "structure", "has no end", None) for span in hanging),
            ending="failed" if is_top else "none",
            subject=name_of(hanging[-1]),
            detail="never ended",
        )
    lost = [span for span in subject.spans if span.parent is None and span.reading.parent_span_id]
    if lost and len(subject.roots) > len(lost):
        yield Finding(
            rule="unfinished",
            severity="low",
            title=f"{len(lost)} spans without their parent",
            explanation="Their parent never arrived: its process did not flush it, or sends it elsewhere.",
            evidence=tuple(
                quote(span.span_id, "structure", f"parent {span.reading.parent_span_id}", None)
                for span in lost
            ),
            ending="none",
            subject=name_of(lost[0]),
            detail="parent missing",
        )
