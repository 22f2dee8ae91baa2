"""A row of `spans` <-> a reading with its observation: the one pair of functions that knows the columns."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from halo_dash.model.observation import NO_USAGE, Failure, Kind, Observation, Usage
from halo_dash.model.span import Span
from halo_dash.model.trace import SpanReading
from halo_dash.store.codec import in_column

SEQUENCE_BITS = 30
"""A store numbers a thousand million arrivals before two spans of one minute could share a row id."""

_SEQUENCE_MASK = (1 << SEQUENCE_BITS) - 1
_MINUTE_NS = 60_000_000_000

_PLAIN = attrgetter(
    "model",
    "request_model",
    "provider",
    "usage.input",
    "usage.output",
    "usage.total",
    "usage.cache_read",
    "usage.cache_write",
    "usage.reasoning",
    "cost_usd",
    "agent_name",
    "agent_id",
    "agent_role",
    "agent_version",
    "session_id",
    "user_id",
    "tool_name",
    "tool_call_id",
    "service",
    "service_version",
    "environment",
    "trace_name",
    "response_id",
)
_KINDS = {kind.value: kind for kind in Kind}
_COST_REPORTED, _AGENT_NAME_IS_DERIVED, _HAS_MESSAGES, _IS_PLACEHOLDER = 1, 2, 4, 8


def row_id(start_ns: int, sequence: int) -> int:
    """Rows of one minute lie together; the order of arrival is in the id."""
    return (in_column(start_ns) // _MINUTE_NS) << SEQUENCE_BITS | (sequence & _SEQUENCE_MASK)


def sequence_of(row: int) -> int:
    """The order of arrival of a row."""
    return row & _SEQUENCE_MASK


def span_row(  # noqa: PLR0917 - a hot path: keywords cost
    row: int, trace: int, span: Span, resource: int, scope: int, observation: Observation
) -> tuple[object, ...]:
    """The parameters of `spans/insert`."""
    failure = observation.failure
    return (
        row,
        trace,
        span.span_id,
        span.parent_span_id,
        span.name,
        in_column(span.start_ns),
        in_column(span.end_ns),
        resource,
        scope,
        observation.kind.value,
        observation.dialect,
        (
            observation.cost_reported * _COST_REPORTED
            | observation.agent_name_is_derived * _AGENT_NAME_IS_DERIVED
            | observation.has_messages * _HAS_MESSAGES
            | observation.is_placeholder * _IS_PLACEHOLDER
        ),
        *_PLAIN(observation),
        *((failure.type, failure.message, failure.full_type) if failure else (None, None, None)),
        observation.input_preview,
        observation.output_preview,
    )


def observation_of(row: Sequence[Any]) -> Observation:
    """From the columns that `spans/outline` selects, beginning with `kind`."""
    marks = row[2]
    usage = row[6:12]
    values = [
        _KINDS[row[0]],
        row[1],
        row[3],
        row[4],
        row[5],
        Usage(*usage) if any(part is not None for part in usage) else NO_USAGE,
        row[12],
        marks & _COST_REPORTED != 0,
        row[13],
        marks & _AGENT_NAME_IS_DERIVED != 0,
        *row[14:26],
        marks & _HAS_MESSAGES != 0,
        marks & _IS_PLACEHOLDER != 0,
        None if row[26] is None else Failure(row[26], row[27], row[28]),
        row[29],
        row[30],
    ]
    return Observation(*values)


PLACE_COLUMNS = 7
"""How many columns of `spans/outline` stand before those of the observation."""


def reading_of(row: Sequence[Any], scope_name: str) -> SpanReading:
    """From a row of `spans/outline`: id, scope, span_id, parent_span_id, name, start_ns, end_ns, kind, …"""
    return SpanReading(
        row[2],
        row[3],
        row[4],
        row[5],
        row[6],
        scope_name,
        observation_of(row[PLACE_COLUMNS:]),
        sequence_of(row[0]),
    )
