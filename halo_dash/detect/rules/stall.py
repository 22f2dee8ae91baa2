"""Nothing happened for a while in the middle of a run.

Claims: between two steps there is a gap in which no span of the trace is at work, of at least ten seconds
and at least a third of the whole run.

Abstains: gaps before a message of a user, and beside a step that asks a person or waits (its name says so:
`ask_user`, `request_approval`, `sleep`) or was interrupted for one: waiting is no stall; and traces whose
spans come from clocks that disagree.

Known false alarms: agents that wait for an event on purpose, in steps whose names do not say so.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.naming import name_of
from halo_dash.detect.quoting import quote
from halo_dash.detect.rule import rule
from halo_dash.detect.verbs import asks_a_person, waits
from halo_dash.model.finding import Finding, Waste
from halo_dash.model.observation import Kind
from halo_dash.model.subject import Subject, SubjectSpan

LEAST_NS = 10 * 1_000_000_000
LEAST_SHARE = 1 / 3
_INTERRUPTS = frozenset({"GraphInterrupt", "NodeInterrupt", "Interrupt", "HumanInterrupt"})


@rule("stall", title="Nothing happened for a while", version=2)
def stall(subject: Subject) -> Iterator[Finding]:
    """At most one finding: the longest gap."""
    whole = subject.summary.end_ns - subject.summary.start_ns
    best: tuple[int, SubjectSpan, SubjectSpan] | None = None
    leaves = [span for span in subject.spans if span.span_id not in subject.children and span.reading.end_ns]
    busy_until, last = 0, None
    for span in leaves:
        gap = span.reading.start_ns - busy_until
        if last is not None and gap > (best[0] if best else 0):
            best = (gap, last, span)
        if span.reading.end_ns > busy_until:
            busy_until, last = span.reading.end_ns, span
    if best is None or best[0] < LEAST_NS or best[0] < whole * LEAST_SHARE or _is_user(subject, best[2]):
        return
    gap, before, after = best
    if any(_waits(subject, span) for span in (before, after)):
        return
    yield Finding(
        rule="stall",
        severity="low",
        title=f"Nothing happened for {gap / 1e9:.0f} s before {name_of(after)}",
        explanation=f"No step was at work after {name_of(before)} for {gap / whole:.0%} of the run.",
        evidence=(
            quote(before.span_id, "time", "ends before the gap", None),
            quote(after.span_id, "time", "begins after the gap", None),
        ),
        ending="none",
        subject=name_of(after),
        waste=Waste(duration_ns=gap),
    )


def _is_user(subject: Subject, span: SubjectSpan) -> bool:
    """Whether a person spoke right before this step."""
    call = next((call for call in subject.calls if call.span is span), None)
    return bool(call and call.input and call.input[-1].role == "user" and len(call.input) > 2)


def _waits(subject: Subject, span: SubjectSpan) -> bool:
    """Whether this step, or one around it, asks a person, lets time pass, or was interrupted for that."""
    for each in (span, *subject.above(span)):
        name = name_of(each)
        if each.seen.kind is not Kind.LLM and (asks_a_person(name) or waits(name)):
            return True
        told = (*each.exceptions, each.seen.failure)
        if any(failure is not None and failure.type in _INTERRUPTS for failure in told):
            return True
    return False
