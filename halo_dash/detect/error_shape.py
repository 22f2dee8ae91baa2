"""Whether what a tool returned is an error in disguise: told by its form, never by a single word in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TypeGuard

from halo_dash.detect.causes import cause_of
from halo_dash.detect.error_phrases import ANYWHERE, EXIT, HEAD, NO_ERROR, PROSE, SHORT, TEST_REPORT
from halo_dash.model.span import AttributeValue

_LONGEST = 200_000
"""Characters of a text that are looked at: an error says so at its beginning or its end."""

_LISTED = 20
_LONGEST_WORDS = 80
_DEPTH = 3
"""How deep an object is looked into: `{"result": {"error": …}}` is one, an item of a list of finds is not."""


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """What makes a value an error."""

    message: str
    """The words of the error, as they stand in the value."""
    offset: int | None
    """Of the message in a text; None in an object."""
    is_prose: bool = False
    """Told by a phrase that an ordinary text may begin with as well (`Failed to launch: …`)."""


_SIGNS = ("exit", "execution failed", "traceback (most")
"""What stands in every text that `ANYWHERE` finds something in: to look for that is much quicker."""
_TOP_LEVEL = re.compile(r"^\S.*$", re.MULTILINE)
_EMPTY = frozenset({"", "none", "null", "false", "no", "0", "ok", "success", "n/a"})
_BAD_STATES = frozenset({"error", "failed", "failure", "fail", "exception", "timeout", "timed_out"})
_ERROR_KEYS = ("error", "errors", "exception", "error_message", "errormessage", "error_msg", "err")
_STATE_KEYS = ("status", "state", "result", "outcome")
_CODE_KEYS = ("status_code", "statuscode", "http_status", "httpstatus", "status", "code")
_FLAGS = {"success": False, "ok": False, "succeeded": False, "is_error": True, "iserror": True}
_WORDS = (
    *("message", "detail", "details", "error", "reason", "description", "text", "stderr", "msg", "title"),
    *("content", "output", "stdout"),
)
_SAYING = frozenset({"message", "detail", "details", "reason", "msg", "error"})
_AROUND = frozenset(
    {*_ERROR_KEYS, *_STATE_KEYS, *_CODE_KEYS, *_FLAGS, *_WORDS}
    | {"body", "data", "exit_code", "exitcode", "headers", "help", "hint", "name", "param", "path"}
    | {"request_id", "response", "retry_after", "returncode", "stack", "stacktrace", "timestamp"}
    | {"trace_id", "traceback", "type"}
)
"""What stands in an object that is an error. Beside other keys (`id`, `amount`, `url`) a status is a fact
that the tool was asked for: the payment failed, the tool did not."""
_OF_PAGES = frozenset(
    {"author", "doc_id", "document_id", "href", "link", "metadata", "page_content", "published", "score"}
    | {"snippet", "source", "title", "uri", "url"}
)
"""What stands in a page or a document beside its text: that may be about errors and is none."""
_FIRST_CODE, _LAST_CODE = 400, 599


def error_shape(value: AttributeValue) -> ErrorShape | None:
    """The error that a tool's result is, or None for a result. Never raises."""
    if isinstance(value, str):
        return _of_text(value)
    return _of_object(value, _DEPTH)


def _of_text(text: str) -> ErrorShape | None:
    if text[:1] in "{[" or text.lstrip()[:1] in {"{", "["}:
        parsed = _parsed(text)
        if parsed is not None:
            found = _of_object(parsed, _DEPTH)
            return None if found is None else _placed(found.message, text)
    for pattern in (HEAD, PROSE):
        if match := pattern.match(text):
            begin = match.start() + len(match.group()) - len(match.group().lstrip())
            return replace(_at(text, begin), is_prose=pattern is PROSE)
    part = text[:_LONGEST]
    lowered = part.lower()
    if any(sign in lowered for sign in _SIGNS) and (match := ANYWHERE.search(part)):
        is_report = EXIT.match(match.group()) is not None and TEST_REPORT.search(part) is not None
        return None if is_report else _at(text, part.rfind("\n", 0, match.start()) + 1)
    return None


def _at(text: str, start: int) -> ErrorShape:
    """The line that begins here; of a traceback the last one, which says most."""
    if text.startswith("Traceback (most recent call last)", start):
        for line in _TOP_LEVEL.finditer(text, start + 1, start + _LONGEST):
            start = line.start()
    message = _line(text, start)
    return ErrorShape(message, text.find(message, start))


def _parsed(text: str) -> AttributeValue:
    if len(text) > _LONGEST:
        return None
    try:
        value: AttributeValue = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _placed(message: str, text: str) -> ErrorShape:
    """The message where it stands in the JSON text; it may be escaped there, then nowhere."""
    at = text.find(message) if message else -1
    return ErrorShape(message or text[:200], at if at >= 0 else None)


def _of_object(value: AttributeValue, depth: int) -> ErrorShape | None:
    if isinstance(value, list):
        # Contents (MCP), or answers of which each failed; a list of finds may hold one about errors.
        each_of = [_of_object(each, depth - 1) for each in value[:_LISTED]] if depth else []
        return each_of[0] if each_of and all(each_of) and len(value) <= _LISTED else None
    if isinstance(value, str):
        return _of_text(value) if depth < _DEPTH and value[:1] not in "{[" else None
    if not isinstance(value, dict) or not depth:
        return None
    named = {str(key).lower(): each for key, each in value.items()}
    if (message := _stated(named)) is not None:
        return ErrorShape(message, None)
    for key in (
        ("result", "output", "response", "content", "data", "body") if not named.keys() & _OF_PAGES else ()
    ):
        if key in named and len(named) <= 6 and (found := _of_object(named[key], depth - 1)):
            return ErrorShape(found.message, None)
    return None


def _stated(named: dict[str, AttributeValue]) -> str | None:
    """The words of an error that an object states; None where it states none."""
    is_alone = named.keys() <= _AROUND
    for key in _ERROR_KEYS:
        # Beside other things a list is what a linter found, and a number is a count.
        if key in named and not _is_empty(named[key]) and (is_alone or not isinstance(named[key], list)):
            return _words(named[key]) or _words(named) or key
    for key, bad in _FLAGS.items():
        if named.get(key) is bad:
            return _words(named) or f"{key}: {str(bad).lower()}"
    if (exit_code := _exit_code(named)) is not None and not _is_test_report(named):
        return _words(named) or f"exit code {exit_code}"
    return _stated_by_status(named) if is_alone else None


def _stated_by_status(named: dict[str, AttributeValue]) -> str | None:
    for key in _STATE_KEYS:
        state = named.get(key)
        if isinstance(state, str) and state.lower() in _BAD_STATES:
            return _words(named) or f"{key}: {state}"
    for key in _CODE_KEYS:
        code = named.get(key)
        if isinstance(code, str) and code.isdecimal() and len(code) == len(str(_LAST_CODE)):
            code = int(code)
        # `code` is the name of many things: it needs words that tell of an error.
        is_status = cause_of(_words(named)) is not None if key == "code" else not _is_named(named)
        if is_status and _is_number(code) and _FIRST_CODE <= code <= _LAST_CODE:
            return _words(named) or f"{key}: {code}"
    words = _words(named)
    is_only_words = named.keys() <= _SAYING and len(words) <= _LONGEST_WORDS
    return words if is_only_words and NO_ERROR.match(words) is None and SHORT.search(words) else None


def _is_named(named: dict[str, AttributeValue]) -> bool:
    """Whether it is something with a name rather than an error of that name: it says nothing else."""
    return "name" in named and not _words(named)


def _is_test_report(named: dict[str, AttributeValue]) -> bool:
    texts = (named.get(key) for key in ("stdout", "output", "content", "text"))
    return any(isinstance(text, str) and TEST_REPORT.search(text[:_LONGEST]) for text in texts)


def _exit_code(named: dict[str, AttributeValue]) -> int | None:
    code = next((named[key] for key in ("exit_code", "exitcode", "returncode") if key in named), 0)
    return code if _is_number(code) and code else None


def _is_number(value: AttributeValue) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_empty(value: AttributeValue) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in _EMPTY or NO_ERROR.match(value) is not None
    return not value or _is_number(value)


def _words(value: AttributeValue) -> str:
    """The most telling text of an error's object."""
    if isinstance(value, str):
        return _line(value, 0)
    if isinstance(value, list):
        return next((words for each in value if (words := _words(each))), "")
    if isinstance(value, dict):
        named = {str(key).lower(): each for key, each in value.items()}
        return next((words for key in _WORDS if key in named and (words := _words(named[key]))), "")
    return ""


def _line(text: str, start: int) -> str:
    """From a place to the end of its line, at most 300 characters."""
    return text[start:].strip().partition("\n")[0][:300].strip()
