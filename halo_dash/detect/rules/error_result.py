"""A tool returned an error, and its span says that all went well.

Claims: what came back has the form of an error: an object that states one (`error`, `"success": false`,
an HTTP status of 400 to 599, a failed exit code), or a text that begins as errors do (`Error: …`, the
name of an exception, a traceback, `exitcode: 1 (execution failed)`). Nothing is concluded from single
words inside a text.

Abstains: where the span reports the error itself (`error-status`); for tools that read or search texts
unless the error stands at the very beginning, and where a page goes on after it: it is about errors; for
reports of tests, and for a plain `"ok": false` from a tool that answers a question (`check_password`).

Known false alarms: tools whose ordinary answer is about errors and begins with `Error:` (a log reader),
and APIs that answer with `"error"` for "nothing found".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from halo_dash.detect.alike import parsed
from halo_dash.detect.causes import cause_of
from halo_dash.detect.endings import AFTER, ending_of_use
from halo_dash.detect.error_shape import ErrorShape
from halo_dash.detect.quoting import result_of, short
from halo_dash.detect.results import shape_of
from halo_dash.detect.rule import rule
from halo_dash.detect.verbs import words_of
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject, ToolUse

_READERS = frozenset(
    {"article", "browse", "browser", "cat", "crawl", "doc", "docs", "fetch", "grep", "kb", "knowledge", "log"}
    | {"logs", "open", "page", "read", "reader", "retrieve", "retriever", "scrape", "search", "view", "wiki"}
    | {"wikipedia", "web", "websearch"}
)
_ASKS = frozenset({"check", "is", "has", "exists", "validate", "verify", "can", "test", "compare"})
_DUMP = re.compile(r"\s*Traceback \(most recent call last\):\s*\n\s+File ")
_PAGE = 300
_LINES = 3
"""Characters that follow the error, or lines in all, from which what was read is a page or a log."""


@rule("error-result", title="A tool returned an error and reported success", version=5)
def error_result(subject: Subject) -> Iterator[Finding]:
    """One finding for each such use of a tool."""
    for use in subject.tools:
        if use.is_error:
            continue
        found = shape_of(use)
        if found is None or _is_about_errors(use, found) or _answers_no(use):
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


def _is_about_errors(use: ToolUse, found: ErrorShape) -> bool:
    """Whether a tool that reads texts read one that tells of errors."""
    if not any(word in _READERS for word in words_of(use.name)):
        return False
    if isinstance(use.result, str) and _DUMP.match(use.result):
        return False
    if found.offset or found.is_prose:
        return True
    return isinstance(use.result, str) and found.offset == 0 and _is_page(use.result, found.message)


def _is_page(text: str, message: str) -> bool:
    if text.startswith(("<", "{", "[")):
        return False
    return len(text) - len(message) > _PAGE or len(text.strip().splitlines()) >= _LINES


def _answers_no(use: ToolUse) -> bool:
    """Whether it was asked a question, and its result is a plain no."""
    result = parsed(use.result)
    is_plain = isinstance(result, dict) and len(result) == 1 and False in result.values()
    return is_plain and next(iter(words_of(use.name)), "") in _ASKS
