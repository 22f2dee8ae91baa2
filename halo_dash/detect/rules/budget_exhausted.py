"""The run was stopped because it had used up its turns, steps, tool calls or time.

Claims: an error of the run has the words with which frameworks say so (`MaxTurnsExceeded`,
`GraphRecursionError`, `UsageLimitExceeded`, "Agent stopped due to iteration limit"), or its answer is
that sentence.

Abstains: limits of a provider (rate, quota) and timeouts of a single tool.

Known false alarms: none known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from halo_dash.detect.causes import cause_of
from halo_dash.detect.quoting import quote, short
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject

_ANSWER = re.compile(
    r"^\W*(?:agent stopped due to (?:max iterations|iteration limit|time limit)"
    r"|sorry, need more steps to process this request"
    r"|max(?:imum)? (?:turns|steps|iterations) (?:reached|exceeded))",
    re.IGNORECASE,
)


@rule("budget-exhausted", title="The run used up its turns or its time")
def budget_exhausted(subject: Subject) -> Iterator[Finding]:
    """At most one finding."""
    for span in subject.spans:
        failure = span.seen.failure
        if (
            failure is not None
            and span.resolved.is_error_origin
            and cause_of(failure.line) == "budget exhausted"
        ):
            yield _found(span.span_id, "status", failure.line)
            return
    answer, call = subject.answer, subject.last_call
    if answer and call is not None and _ANSWER.match(answer):
        yield _found(call.span.span_id, "output", answer)


def _found(span_id: str, field: str, words: str) -> Finding:
    return Finding(
        rule="budget-exhausted",
        severity="high",
        title=f"Stopped: {short(words, 120)}",
        explanation="The run was stopped before it was done, because it had used up what it was allowed.",
        evidence=(quote(span_id, "status" if field == "status" else "output", words, None),),
        ending="failed",
        subject="budget",
        detail=words,
        cause="budget exhausted",
    )
