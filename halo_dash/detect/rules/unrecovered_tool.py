"""A tool failed, nothing made up for it, and the answer says so.

Claims: the last use of a tool failed (an error, or an error as its result), no tool worked afterwards, and
the run reported success with an answer that gives up ("Sorry, … is unavailable").

Abstains: runs that reported the error; answers that do not say that something is missing: nothing tells
whether they are wrong; and answers that tell as a fact, without an apology, that what was looked up does
not exist, where that is what the tool had said.

Known false alarms: agents whose job is to say that something does not exist, and who apologise for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.about_errors import is_an_answer
from halo_dash.detect.answers import gives_up
from halo_dash.detect.causes import cause_of
from halo_dash.detect.endings import ending_of_use, failure_words
from halo_dash.detect.quoting import quote, result_of, short
from halo_dash.detect.results import shape_of
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Evidence, Finding
from halo_dash.model.subject import Subject, ToolUse


@rule("unrecovered-tool", title="The run gave up after a failed tool", version=7)
def unrecovered_tool(subject: Subject) -> Iterator[Finding]:
    """At most one finding."""
    answer, call = subject.answer, subject.last_call
    if subject.summary.is_error or not subject.tools or not answer or call is None:
        return
    last = subject.tools[-1]
    words = failure_words(last)
    if words is None or last.start_ns > call.span.reading.start_ns or not gives_up(answer):
        return
    found = shape_of(last) if last.failure is None else None
    if found is not None and is_an_answer(subject, last, found):
        return
    if ending_of_use(subject, last) != "failed" or cause_of(words) == "cancelled":
        return
    yield Finding(
        rule="unrecovered-tool",
        severity="medium",
        title=f"The run gave up after {last.name} failed",
        explanation=f"{last.name} failed ({short(words, 80)}), no other tool was tried, and the run reported "
        "success although its answer says that it has none.",
        evidence=(_shown(last, words), quote(call.span.span_id, "output", short(answer, 200), None)),
        ending="failed",
        subject=last.name,
        detail=words,
    )


def _shown(use: ToolUse, words: str) -> Evidence:
    return result_of(use, words) if use.failure is None else quote(use.span_id, "status", words, None)
