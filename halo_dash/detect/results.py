"""What a tool's result says besides an error: nothing there, not yet, or only that it was done."""

from __future__ import annotations

import re
import threading
from typing import Final

from halo_dash.detect.alike import canonical, parsed
from halo_dash.detect.error_shape import ErrorShape, error_shape
from halo_dash.detect.verbs import muses, words_of
from halo_dash.model.span import AttributeValue
from halo_dash.model.subject import ToolUse

_FEW: Final = 6
_CONTAINERS: Final = frozenset(
    {"results", "result", "items", "documents", "matches", "hits", "data", "rows", "records"}
)
_COMPLAINTS: Final = frozenset(
    {"errors", "warnings", "issues", "problems", "violations", "conflicts", "diagnostics", "messages"}
)
"""Lists that are best empty: a check that has nothing to complain of found what it looked for."""
_NOTHING: Final = frozenset(
    {"", "[]", "{}", '""', "null", "none", "no results", "no results found", "no results found."}
)
_NOTHING_FOUND: Final = re.compile(
    r"\s*no (?:results?|documents?|matches|records?|items|data|hits)(?: were| was)? found\b.{0,60}$",
    re.IGNORECASE,
)
_STATES: Final = ("status", "state", "phase", "job_status", "task_status")
_PENDING: Final = frozenset(
    {"pending", "queued", "running", "waiting", "scheduled", "starting", "started", "processing", "building"}
    | {"in progress", "in_progress", "inprogress", "not ready", "not_ready", "submitted", "accepted"}
)
_STILL: Final = re.compile(
    r"\W*(?:(?:is |are |was )?(?:still|not yet|not ready)\b"
    r"|(?:\w+\W+){0,4}(?:is|are) (?:still|not yet|not ready)\b"
    r"|(?:status|state)\W{1,3}(?:pending|queued|running|waiting|processing|in.progress)\b"
    r"|(?:pending|queued|running|waiting|processing|in.progress)\W*$)",
    re.IGNORECASE,
)
_DONE: Final = frozenset(
    {"ok", "okay", "done", "success", "successful", "succeeded", "true", "sent", "saved"}
)
_LONGEST_DONE: Final = 40


_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
"""Times and random ids: they differ although nothing else does."""
_PASSING_KEY: Final = re.compile(
    r"(?:.*_)?(?:request|req|trace|span|correlation|response|query|search|call|idempotency)_?(?:id|key)"
    r"|(?:took|elapsed|latency|timestamp|ts|time|now)(?:_?(?:ms|ns|s|sec|seconds))?|.+_(?:at|ms)"
    r"|duration_?(?:ms|s|sec|seconds)",
    re.IGNORECASE,
)
"""Fields of an answer that tell of the asking, not of what was asked for."""
_OF_TIME: Final = frozenset({"clock", "date", "now", "random", "time", "timestamp", "uuid"})
_DEPTH: Final = 6


def is_empty(result: object) -> bool:
    """Whether a tool said that there is nothing: an empty list, object or text. None says nothing at all."""
    if isinstance(result, str):
        return result.strip().lower() in _NOTHING or _NOTHING_FOUND.match(result) is not None
    if isinstance(result, dict) and len(result) <= _FEW:
        found = [value for key, value in result.items() if str(key).lower() in _CONTAINERS]
        # Searches name their list as they like (`organic`): where all lists are empty, nothing was found.
        found = found or [
            value
            for key, value in result.items()
            if isinstance(value, list) and str(key).lower() not in _COMPLAINTS
        ]
        return not result or (bool(found) and not any(found))
    return result is not None and result in ([], {})


class _Known(threading.local):
    """What was made out of uses of tools already: several rules ask the same of each."""

    def __init__(self) -> None:
        self.shapes: dict[int, tuple[ToolUse, ErrorShape | None]] = {}
        self.questions: dict[int, tuple[ToolUse, str]] = {}


_known = _Known()
_MOST_KNOWN: Final = 10_000


def forget() -> None:
    """Let go of what was made out: a trace is judged."""
    _known.shapes.clear()
    _known.questions.clear()


def shape_of(use: ToolUse) -> ErrorShape | None:
    """The error that a use's result is; made out once."""
    known = _known.shapes.get(id(use))
    if known is None:
        if len(_known.shapes) >= _MOST_KNOWN:
            forget()
        # The use is kept beside it, so that no other can have its id.
        known = _known.shapes[id(use)] = use, error_shape(use.result)
    return known[1]


def question_of(use: ToolUse) -> str:
    """One spelling for what a tool was asked; made once."""
    known = _known.questions.get(id(use))
    if known is None:
        if len(_known.questions) >= _MOST_KNOWN:
            forget()
        known = _known.questions[id(use)] = use, canonical(use.arguments)
    return known[1]


def found_nothing(use: ToolUse) -> bool:
    """Whether a use came back empty; an empty text is what a thought is answered with, too."""
    is_blank = isinstance(use.result, str) and not use.result.strip()
    return is_empty(use.result) and not (is_blank and muses(use.name))


def has_worked(use: ToolUse) -> bool:
    """Whether a tool gave something to go on with."""
    return not use.is_error and not found_nothing(use) and shape_of(use) is None


def settled(result: AttributeValue, name: str = "") -> str:
    """One spelling for results that tell the same, whenever and under whatever id they were asked for.

    Where nothing else is left, and of a tool whose name says that it tells the time, it is the whole result.
    """
    if not _OF_TIME.isdisjoint(words_of(name)):
        return canonical(result)
    left = _without_passing(parsed(result), _DEPTH)
    is_left = any(letter.isalnum() for letter in left) if isinstance(left, str) else left not in ({}, [])
    return canonical(left) if is_left else canonical(result)


def _without_passing(value: AttributeValue, depth: int) -> AttributeValue:
    if isinstance(value, str):
        return _MOMENT.sub("", value)
    if isinstance(value, list) and depth:
        return [_without_passing(each, depth - 1) for each in value]
    if isinstance(value, dict) and depth:
        return {
            key: _without_passing(each, depth - 1)
            for key, each in value.items()
            if not _PASSING_KEY.fullmatch(str(key))
        }
    return value


def is_pending(result: AttributeValue) -> bool:
    """Whether it says "not yet": what somebody asks for again until it is done."""
    result = parsed(result)
    if isinstance(result, str):
        return _STILL.match(result) is not None
    if isinstance(result, dict):
        states = (result[key] for key in _STATES if key in result)
        return any(isinstance(state, str) and state.strip().lower() in _PENDING for state in states)
    return False


def acknowledges(result: AttributeValue) -> bool:
    """Whether it says no more than that something was done, or nothing at all."""
    result = parsed(result)
    if result is None or result is True or is_empty(result):
        return True
    if isinstance(result, str):
        return len(result) <= _LONGEST_DONE and bool(_words(result) & _DONE)
    if isinstance(result, dict):
        return all(
            value is True or (isinstance(value, str) and _words(value) & _DONE) for value in result.values()
        )
    return False


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text[:_LONGEST_DONE].lower()))
