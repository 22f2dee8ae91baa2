"""The small values of the twins: times, attribute values, tokens, failures."""

from __future__ import annotations

import base64
import json
import math
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from halo_dash.model.observation import Failure, Usage
from halo_dash.model.span import AttributeValue

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_NS = 253_402_300_799_999_999_999
"""The end of the year 9999, the last that ISO 8601 text can hold."""


def iso_time(time_ns: int) -> str:
    """Nanoseconds since the epoch as UTC text: `2026-11-20T06:07:01.123456Z`, to the microsecond."""
    moment = _EPOCH + timedelta(microseconds=min(max(time_ns, 0), _LAST_NS) // 1000)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def json_value(value: AttributeValue) -> Json:
    """An attribute value as JSON; lossless but for bytes and non-finite numbers, which become text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: json_value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [json_value(inner) for inner in value]
    return value


def as_text(value: AttributeValue) -> str:
    """A value as a person reads it: a string as it is, anything else as compact JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(json_value(value), ensure_ascii=False, separators=(",", ":"))


def tokens_json(usage: Usage) -> dict[str, Json]:
    """Tokens, null where nobody said."""
    return {
        "input": usage.input,
        "output": usage.output,
        "total": usage.total,
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "reasoning": usage.reasoning,
    }


def failure_json(
    failure: Failure | None, *, span_id: str | None = None, name: str | None = None
) -> dict[str, Json] | None:
    """Why something failed; with the span it began in, where that is known."""
    if failure is None:
        return None
    out: dict[str, Json] = {"type": failure.type, "message": failure.message, "full_type": failure.full_type}
    return {**out, "span_id": span_id, "name": name} if span_id else out
