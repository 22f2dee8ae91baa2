"""Whether what a tool returned is an error in disguise: told by its form, never by a single word in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TypeGuard

from halo_dash.model.span import AttributeValue

_LONGEST = 200_000
"""Characters of a text that are looked at: an error says so at its beginning or its end."""

_DEPTH = 3
"""How deep an object is looked into: `{"result": {"error": …}}` is one, an item of a list of finds is not."""


@dataclass(frozen=True, slots=True)
class ErrorShape:
    """What makes a value an error."""

    message: str
    """The words of the error, as they stand in the value."""
    offset: int | None
    """Of the message in a text; None in an object."""


# At the head of a text: a word for failure and a colon, the name of an exception, or what frameworks write.
_STATUS_WORDS = (
    r"client\ error|server\ error|bad\ request|unauthorized|forbidden|not\ found|too\ many\ requests"
    r"|internal\ server\ error|bad\ gateway|service\ unavailable|gateway\ timeout"
)
_HEAD = re.compile(
    rf"""\s*(?:
        (?:error|fatal(?:\ error)?|exception|failure|failed)\s*[:!\u2013\u2014-]\s*\S
      | (?:an?\ )?(?:unexpected\ |unknown\ |internal\ )?error\s+
        (?:occurred|while|when|during|executing|running|calling|in\ tool|code)\b
      | (?:failed|unable)\ to\ [a-z]+
      | (?:tool|function|command|request|execution|api\ call)\s+(?:\S+\s+)?
        (?:failed|errored|timed\ out|raised)\b
      | (?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Timeout)\b\s*[:(]
      | Traceback\ \(most\ recent\ call\ last\)
      | (?:http\s*(?:error|status)?|status(?:\ code)?)[\s:=]*[45]\d\d\b
      | [45]\d\d\s+(?:{_STATUS_WORDS})\b
      | no\ such\ (?:file|tool|function|table|column)\b
      | (?:permission|access)\ denied\b
      | unknown\ tool\b
      | invalid\ (?:json|arguments?|parameters?|input|api\ key)\b
      | <(?:tool_)?error>
      | there\ is\ no\ code\b.{{0,60}}\bto\ execute\b
      | there\ is\ no\ code\ from\ the\ last\ \d+\ messages?\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)

# Anywhere: what programs print when they fail. Exit codes only where one is named as such and is not zero.
_ANYWHERE = re.compile(
    r"""
        ^.{0,20}\(execution\ failed\).*$
      | \bexit(?:ed)?\s*(?:code|status|with(?:\ code|\ status)?)\s*[:=]?\s*(?:-?[1-9]\d*)\b
      | \breturned\ non-zero\ exit\ status\ [1-9]\d*\b
    """,
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)
_TOP_LEVEL = re.compile(r"^\S.*$", re.MULTILINE)
_EMPTY = frozenset({"", "none", "null", "false", "no", "0", "ok", "success", "n/a"})
_BAD_STATES = frozenset({"error", "failed", "failure", "fail", "exception", "timeout", "timed_out"})
_ERROR_KEYS = ("error", "errors", "exception", "error_message", "errormessage", "error_msg", "err")
_STATE_KEYS = ("status", "state", "result", "outcome", "type")
_CODE_KEYS = ("status_code", "statuscode", "http_status", "httpstatus", "status", "code")
_FLAGS = {"success": False, "ok": False, "succeeded": False, "is_error": True, "iserror": True}
_WORDS = ("message", "detail", "details", "error", "reason", "description", "text", "stderr", "msg", "title")
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
    if match := _HEAD.match(text):
        return _at(text, match.start() + len(match.group()) - len(match.group().lstrip()))
    part = text[:_LONGEST]
    if match := _ANYWHERE.search(part):
        return _at(text, part.rfind("\n", 0, match.start()) + 1)
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
        # A list of contents (MCP) or a single answer; a list of finds may well hold one about errors.
        return _of_object(value[0], depth - 1) if len(value) == 1 and depth else None
    if isinstance(value, str):
        return _of_text(value) if depth < _DEPTH and value[:1] not in "{[" else None
    if not isinstance(value, dict) or not depth:
        return None
    named = {str(key).lower(): each for key, each in value.items()}
    if (message := _stated(named)) is not None:
        return ErrorShape(message, None)
    for key in ("result", "output", "response", "content", "data", "body"):
        if key in named and len(named) <= 6 and (found := _of_object(named[key], depth - 1)):
            return ErrorShape(found.message, None)
    return None


def _stated(named: dict[str, AttributeValue]) -> str | None:
    """The words of an error that an object states; None where it states none."""
    for key in _ERROR_KEYS:
        if key in named and not _is_empty(named[key]):
            return _words(named[key]) or _words(named) or key
    for key, bad in _FLAGS.items():
        if named.get(key) is bad:
            return _words(named) or f"{key}: {str(bad).lower()}"
    for key in _STATE_KEYS:
        state = named.get(key)
        if isinstance(state, str) and state.lower() in _BAD_STATES:
            return _words(named) or f"{key}: {state}"
    for key in _CODE_KEYS:
        code = named.get(key)
        if isinstance(code, str) and code.isdecimal() and len(code) == len(str(_LAST_CODE)):
            code = int(code)
        # `code` is the name of many things; beside words for what went wrong it is a status.
        is_status = key != "code" or any(word in named for word in ("message", "detail", "reason"))
        if is_status and _is_number(code) and _FIRST_CODE <= code <= _LAST_CODE:
            return _words(named) or f"{key}: {code}"
    exit_code = next((named[key] for key in ("exit_code", "exitcode", "returncode") if key in named), 0)
    if _is_number(exit_code) and exit_code:
        return _words(named) or f"exit code {exit_code}"
    return None


def _is_number(value: AttributeValue) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_empty(value: AttributeValue) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in _EMPTY
    return not value


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
