"""A row of `spans` <-> a reading with its observation: the one pair of functions that knows the columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from halo_dash.model.observation import NO_USAGE, Failure, Kind, Observation, Usage
from halo_dash.model.span import Span
from halo_dash.model.trace import SpanReading
from halo_dash.store.codec import in_column, pack, unpack

SEQUENCE_BITS = 30
"""A store numbers a thousand million arrivals before two spans of one minute could share a row id."""

_SEQUENCE_MASK = (1 << SEQUENCE_BITS) - 1
_MINUTE_NS = 60_000_000_000

_NAMES = [field.name for field in fields(Observation)]
_values_of = attrgetter(*_NAMES)
_KIND, _USAGE, _FAILURE = (_NAMES.index(name) for name in ("kind", "usage", "failure"))
_parts_of_usage = attrgetter(*(field.name for field in fields(Usage)))
_parts_of_failure = attrgetter(*(field.name for field in fields(Failure)))
_KINDS = {kind.value: kind for kind in Kind}


def row_id(start_ns: int, sequence: int) -> int:
    """Rows of one minute lie together; the order of arrival is in the id."""
    return (in_column(start_ns) // _MINUTE_NS) << SEQUENCE_BITS | (sequence & _SEQUENCE_MASK)


def sequence_of(row: int) -> int:
    """The order of arrival of a row."""
    return row & _SEQUENCE_MASK


def pack_observation(observation: Observation) -> bytes:
    """All fields in their order; fields that are added to the end later read as their defaults."""
    values = list(_values_of(observation))
    usage, failure = values[_USAGE], values[_FAILURE]
    values[_USAGE] = None if usage is NO_USAGE else _parts_of_usage(usage)
    if failure is not None:
        values[_FAILURE] = _parts_of_failure(failure)
    return pack(values)


def unpack_observation(data: bytes) -> Observation:
    """The inverse of `pack_observation`."""
    values = unpack(data)
    values[_KIND] = _KINDS[values[_KIND]]
    usage, failure = values[_USAGE], values[_FAILURE]
    values[_USAGE] = NO_USAGE if usage is None else Usage(*usage)
    if failure is not None:
        values[_FAILURE] = Failure(*failure)
    return Observation(*values)


def unpack_kind(data: bytes) -> tuple[Kind, bool]:
    """(kind, whether it failed) of a packed observation."""
    values = unpack(data)
    return _KINDS[values[_KIND]], values[_FAILURE] is not None


def span_row(
    row: int, trace: int, span: Span, catalogued: tuple[int, int], observation: Observation
) -> tuple[object, ...]:
    """The parameters of `spans/insert`; `catalogued` are the ids of the resource and the scope."""
    return (
        row,
        trace,
        span.span_id,
        span.parent_span_id,
        span.name,
        in_column(span.start_ns),
        in_column(span.end_ns),
        *catalogued,
        pack_observation(observation),
    )


OBSERVATION = 7
"""The column of `spans/outline` and `spans/whole` that holds the observation."""


def reading_of(row: Sequence[Any], scope_name: str) -> SpanReading:
    """From a row of `spans/outline`: id, scope, span_id, parent_span_id, name, start_ns, end_ns, reading."""
    return SpanReading(
        row[2],
        row[3],
        row[4],
        row[5],
        row[6],
        scope_name,
        unpack_observation(row[OBSERVATION]),
        sequence_of(row[0]),
    )
