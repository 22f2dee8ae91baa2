"""Whether a span is in error, and the words for it (semconv, errors)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from halo_dash.model.observation import Failure, Kind
from halo_dash.model.span import Attributes, Span, StatusCode
from halo_dash.semconv.embedded_json import compact
from halo_dash.semconv.kinds import TOOL
from halo_dash.semconv.unwrap import unwrap_result
from halo_dash.semconv.values import encodable, text

MAX_MESSAGE = 2000
"""Characters of an error message that are kept in the index; the span itself keeps all of it."""

_GENERIC = frozenset({"Exception", "Error"})
"""Types that say nothing; anything else that names the failure is better."""

_LEADING_TYPE = re.compile(r"\s*((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:Error|Exception))\s*[:(]")
_ONLY_TYPE = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*:\s*")
_TRACEBACK = "Traceback ("
_OK = int(StatusCode.OK)
_ERROR = int(StatusCode.ERROR)
_LOGFIRE_ERROR = 17
"""Logfire numbers levels like OpenTelemetry's severities: 17 is ERROR."""

_RESULT_KEYS = (
    "gen_ai.tool.call.result",
    "tool_response",
    "ai.toolCall.result",
    "ai.toolCall.output",
    "output.value",
)


def is_error(span: Span, found: Mapping[str, Any]) -> bool:
    """An exception event alone is a handled exception, and no error."""
    if span.status_code == _ERROR:
        return True
    if found.get("level") == "ERROR":
        return True
    if span.status_code == _OK:
        return False
    return "error_type" in found or found.get("log_level", 0) >= _LOGFIRE_ERROR


def read_failure(span: Span, kind: Kind, found: Mapping[str, Any]) -> Failure:
    """Type and message of a span that is in error."""
    exception = _last_exception(span)
    message = _message(span, kind, exception, found)
    thrown = text(exception.get("exception.type"))
    stated: str | None = found.get("error_type")
    full_type = (
        _unless_generic(thrown)
        or (stated if stated and not stated.isdecimal() else None)
        or found.get("tool_error_type")
        or _unless_generic(_leading_type(message))
        or (f"HTTP {stated}" if stated else None)
        or thrown
        or ""
    )
    name = full_type.rpartition(".")[2] or full_type or "Exception"
    return Failure(type=name, message=message, full_type=full_type)


def read_exceptions(span: Span) -> tuple[Failure, ...]:
    """What its exception events tell, each once, in order: handled ones too."""
    found: dict[Failure, None] = {}
    for event in span.events:
        if event.name == "exception":
            full_type = text(event.attributes.get("exception.type")) or ""
            message = _words(event.attributes.get("exception.message"))
            name = full_type.rpartition(".")[2] or full_type or "Exception"
            found[Failure(name, message, full_type)] = None
    return tuple(found)


def _unless_generic(name: str | None) -> str | None:
    return None if name is None or name.rpartition(".")[2] in _GENERIC else name


def _leading_type(message: str) -> str | None:
    match = _LEADING_TYPE.match(message)
    return match.group(1) if match else None


def _last_exception(span: Span) -> Attributes:
    """The attributes of the last exception event: wrappers are recorded after what they wrap."""
    for event in reversed(span.events):
        if event.name == "exception":
            return event.attributes
    return {}


def _message(span: Span, kind: Kind, exception: Attributes, found: Mapping[str, Any]) -> str:
    candidates = (
        span.status_message,
        exception.get("exception.message"),
        found.get("error_message"),
        found.get("status_message"),
        found.get("tool_error"),
    )
    for candidate in candidates:
        words = _words(candidate)
        if words:
            return words
    return _result_words(span.attributes) if kind is TOOL else ""


def _words(value: object) -> str:
    """The message without its traceback; empty when it is no more than `TypeName:`."""
    if not isinstance(value, str):
        return ""
    words = encodable(value[: MAX_MESSAGE * 2].partition(_TRACEBACK)[0].strip()[:MAX_MESSAGE])
    return "" if _ONLY_TYPE.fullmatch(words) else words


def _result_words(attributes: Attributes) -> str:
    """A failed tool without a message often answers with the reason."""
    for key in _RESULT_KEYS:
        if attributes.get(key):
            result = unwrap_result(attributes[key])
            return _words(compact(result)) if result else ""
    return ""
