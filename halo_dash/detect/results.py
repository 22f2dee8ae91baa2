"""What a tool's result says besides an error: nothing there, not yet, or only that it was done."""

from __future__ import annotations

import re
import threading
from typing import Final

from halo_dash.detect.alike import canonical, parsed
from halo_dash.detect.error_shape import ErrorShape, error_shape
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


def has_worked(use: ToolUse) -> bool:
    """Whether a tool gave something to go on with."""
    return not use.is_error and not is_empty(use.result) and shape_of(use) is None


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
