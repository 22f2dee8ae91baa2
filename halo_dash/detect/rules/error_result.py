"""A tool returned an error, and its span says that all went well.

Claims: what came back has the form of an error: an object that states one (`error`, `"success": false`,
an HTTP status of 400 to 599, a failed exit code), or a text that begins as errors do (`Error: …`, the
name of an exception, a traceback, `exitcode: 1 (execution failed)`). Nothing is concluded from single
words inside a text.

Abstains: where the span reports the error itself (`error-status`); for tools that read or search texts unless
the error stands at the very beginning, and where a page goes on after it, or it was what was searched for: it
is about errors; for tools that write texts anew (`translate`); for reports of tests, and for exit code 1 of
programs that say with it what they found (a linter, `diff`, `grep`); for a plain no from a tool that answers
a question (`check_password`, `validate_email`), unless it tells of an outage; for records of errors (`count`,
`first_seen`); and for an exception that the user had asked about.

Known false alarms: tools whose ordinary answer is about errors and begins with `Error:` (a log reader),
and APIs that answer with `"error"` for "nothing found".
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.about_errors import is_an_answer
from halo_dash.detect.causes import cause_of
from halo_dash.detect.endings import AFTER, ending_of_use
from halo_dash.detect.quoting import result_of, short
from halo_dash.detect.results import shape_of
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject


@rule("error-result", title="A tool returned an error and reported success", version=6)
def error_result(subject: Subject) -> Iterator[Finding]:
    """One finding for each such use of a tool."""
    for use in subject.tools:
        if use.is_error:
            continue
        found = shape_of(use)
        if found is None or is_an_answer(subject, use, found):
            continue
        ending = ending_of_use(subject, use)
        yield Finding(
            rule="error-result",
            severity="high" if ending == "failed" else "medium",
            title=f"{use.name} returned an error as its result: {short(found.message, 120)}",
            explanation=f"The tool {use.name} failed but its span says it went well; {AFTER[ending]}.",
            evidence=(result_of(use, found.message, found.offset),),
            ending=ending,
            subject=use.name,
            detail=found.message,
            cause=cause_of(found.message),
        )
