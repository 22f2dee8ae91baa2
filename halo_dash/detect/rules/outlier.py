"""A step took far longer, or cost far more, than the same step usually does.

Claims: of the same step (kind and name) at least `LEAST` earlier ones are known, and this one took more
than four times as long as 95 in 100 of them and more than a second, or used more than four times as many
tokens as they.

Abstains: steps with little history.

Known false alarms: steps whose input varies by orders of magnitude on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.naming import name_of
from halo_dash.detect.quoting import quote
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Finding, Waste
from halo_dash.model.subject import Baseline, Subject, SubjectSpan

LEAST = 30
FACTOR = 4
_LEAST_NS = 1_000_000_000
_LEAST_TOKENS = 1_000


@rule("outlier", title="A step was far slower or dearer than usual", version=2)
def outlier(subject: Subject) -> Iterator[Finding]:
    """One finding for each such step and measure."""
    for span in subject.spans:
        usual = subject.baselines.get((span.seen.kind, name_of(span)))
        if usual is not None and usual.calls >= LEAST:
            yield from _slow(span, usual)
            yield from _dear(span, usual)


def _slow(span: SubjectSpan, usual: Baseline) -> Iterator[Finding]:
    took = span.duration_ns or 0
    if took > FACTOR * usual.p95_ns and took > _LEAST_NS:
        words = f"{took / 1e9:.1f} s, usually {usual.p50_ns / 1e9:.1f} s"
        yield Finding(
            rule="outlier",
            severity="low",
            title=f"{name_of(span)} took {words}",
            explanation=f"{took / max(1, usual.p50_ns):.0f} times the median of {usual.calls} earlier ones.",
            evidence=(quote(span.span_id, "time", words, None),),
            ending="none",
            subject=name_of(span),
            detail="slow",
            waste=Waste(duration_ns=took - usual.p50_ns),
        )


def _dear(span: SubjectSpan, usual: Baseline) -> Iterator[Finding]:
    usage = span.seen.usage
    tokens = usage.total or (usage.input or 0) + (usage.output or 0)
    if usual.p95_tokens and tokens > FACTOR * usual.p95_tokens and tokens > _LEAST_TOKENS:
        words = f"{tokens:,} tokens, usually {usual.p50_tokens:,}"
        yield Finding(
            rule="outlier",
            severity="low",
            title=f"{name_of(span)} used {words}",
            explanation=f"More than {FACTOR} times what 95 in 100 of {usual.calls} earlier ones used.",
            evidence=(quote(span.span_id, "usage", words, None),),
            ending="none",
            subject=name_of(span),
            detail="dear",
            waste=Waste(tokens=tokens - usual.p50_tokens),
        )
