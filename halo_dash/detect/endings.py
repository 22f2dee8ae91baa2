"""Whether a run ended in a failure or got over it."""

from __future__ import annotations

import re

from halo_dash.detect.error_shape import error_shape
from halo_dash.model.finding import Ending
from halo_dash.model.subject import Subject, SubjectSpan, ToolUse

_GIVES_UP = re.compile(
    r"""
        \b(?:sorry|apologi[sz]e|unfortunately|regret)\b
      | \b(?:unable|not\ able|failed)\ to\b
      | \b(?:could|can|was|were|am|is|are|do|does|did)(?:n[\u2019']t|\ not|not)\b
        .{0,30}\b(?:able|access|complete|find|found|fetch|get|determine|retrieve|reach|provide|answer|available|help)
      | \b(?:unavailable|not\ available|out\ of\ service)\b
      | \ban?\ (?:\w+\ )?(?:error|issue|problem)\ (?:occurred|prevented|while|with)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Words with which an answer says that it is none."""

_OPENING = 400
"""Characters of an answer that are looked at: one that gives up says so at its beginning."""


def ending_of(subject: Subject, span: SubjectSpan) -> Ending:
    """What came of the failure of a span: the run ended in it if what stands above it failed too.

    Where the run as a whole reported an error elsewhere, or none, it went on.
    """
    if not subject.summary.is_error:
        return "recovered"
    if subject.summary.failed_span_id == span.span_id:
        return "failed"
    around = subject.above(span)
    return "failed" if (around[-1] if around else span).seen.is_error else "recovered"


def ending_of_use(subject: Subject, use: ToolUse) -> Ending:
    """What came of the failure of a tool that reported none, or whose run went on.

    The run ended in it if no tool worked afterwards and there is no answer, or one that says it is none.
    """
    if use.span is not None and use.span.seen.is_error and ending_of(subject, use.span) == "failed":
        return "failed"
    later = subject.tools[subject.tools.index(use) + 1 :]
    if any(has_worked(other) for other in later):
        return "recovered"
    answer = subject.answer
    if answer is None:
        return "none" if not subject.thread else "failed"
    return "failed" if not answer.strip() or gives_up(answer) else "recovered"


def has_worked(use: ToolUse) -> bool:
    """Whether a tool gave something to go on with."""
    return not use.is_error and not is_empty(use.result) and error_shape(use.result) is None


def is_empty(result: object) -> bool:
    """Whether a tool said that there is nothing: an empty list, object or text. None says nothing at all."""
    if isinstance(result, str):
        return result.strip().lower() in _NOTHING or _NOTHING_FOUND.match(result) is not None
    if isinstance(result, dict) and len(result) <= _FEW:
        found = [value for key, value in result.items() if str(key).lower() in _CONTAINERS]
        # Searches name their list as they like (`organic`): where all lists are empty, nothing was found.
        found = found or [value for value in result.values() if isinstance(value, list)]
        return not result or (bool(found) and not any(found))
    return result is not None and result in ([], {})


_FEW = 6
_CONTAINERS = frozenset(
    {"results", "result", "items", "documents", "matches", "hits", "data", "rows", "records"}
)
_NOTHING = frozenset(
    {"", "[]", "{}", '""', "null", "none", "no results", "no results found", "no results found."}
)


_NOTHING_FOUND = re.compile(
    r"\s*no (?:results?|documents?|matches|records?|items|data|hits)(?: were| was)? found\b.{0,60}$",
    re.IGNORECASE,
)


def gives_up(answer: str) -> bool:
    """Whether an answer says that there is none."""
    return _GIVES_UP.search(answer[:_OPENING]) is not None
