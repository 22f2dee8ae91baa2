"""A trace's summary <-> its columns, its packed form and its terms."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Any

from halo_dash.model.facts import TraceFacts
from halo_dash.model.figures import UNNAMED
from halo_dash.model.observation import Failure, Kind, Usage
from halo_dash.model.trace import TraceRow, TraceSummary
from halo_dash.store.codec import pack, unpack

_LAYOUT = 1
LARGEST_COUNT = 2**40
"""Sums of a trace are cut here in what lists add up: eight million such traces still fit a sum.

A span of a hundredth of it is not believed (`semconv.usage.MAX_TOKENS`), so no honest trace gets there.
"""

AGENT_IDENTITY = "agent_identity"
"""Terms of this field name each agent once: its id, or its name where it has none."""

Term = tuple[str, str]
"""(field, value)."""


def trace_columns(summary: TraceSummary) -> tuple[object, ...]:
    """The parameters of `traces/update` that come from the summary."""
    usage = summary.usage
    return (
        summary.start_ns,
        max(0, summary.end_ns - summary.start_ns),
        summary.is_error,
        summary.is_open,
        summary.span_count,
        summary.error_count,
        summary.llm_calls,
        summary.orphan_count,
        _countable(usage.input),
        _countable(usage.output),
        _countable(usage.total),
        _countable(usage.cache_read),
        _countable(usage.cache_write),
        _countable(usage.reasoning),
        summary.cost_usd,
        summary.cost_is_partial,
    )


def _countable(tokens: int | None) -> int | None:
    return None if tokens is None else min(tokens, LARGEST_COUNT)


def pack_summary(summary: TraceSummary) -> bytes:
    """The whole summary."""
    usage, failure = summary.usage, summary.failure
    return pack(
        (
            _LAYOUT,
            summary.trace_id,
            summary.name,
            summary.kind.value,
            summary.root_span_id,
            summary.start_ns,
            summary.end_ns,
            summary.is_error,
            summary.is_open,
            summary.span_count,
            summary.error_count,
            summary.llm_calls,
            summary.tool_calls,
            summary.orphan_count,
            (usage.input, usage.output, usage.total, usage.cache_read, usage.cache_write, usage.reasoning),
            summary.cost_usd,
            summary.cost_is_partial,
            (failure.type, failure.message, failure.full_type) if failure else None,
            summary.failed_span_id,
            summary.failed_name,
            summary.services,
            summary.environment,
            summary.agents,
            summary.session_id,
            summary.user_id,
            summary.sessions,
            summary.users,
            summary.models,
            summary.providers,
            summary.tools,
            [kind.value for kind in summary.kinds],
            summary.names,
            summary.input_preview,
            summary.output_preview,
        )
    )


def unpack_summary(data: bytes) -> TraceSummary:
    """The inverse of `pack_summary`."""
    row = unpack(data)[1:]
    values = [
        *row[:2],
        Kind(row[2]),
        *row[3:13],
        Usage(*row[13]),
        row[14],
        row[15],
        Failure(*row[16]) if row[16] else None,
        row[17],
        row[18],
        tuple(row[19]),
        row[20],
        tuple((identity, name) for identity, name in row[21]),
        row[22],
        row[23],
        *(tuple(each) for each in row[24:29]),
        tuple(Kind(each) for each in row[29]),
        tuple(row[30]),
        row[31],
        row[32],
    ]
    return TraceSummary(*values)


def trace_row(row: Sequence[Any]) -> TraceRow:
    """From source, first_arrival_ns, last_arrival_ns, revision, summary, pinned."""
    return TraceRow(unpack_summary(row[4]), row[0], row[1], row[2], row[3], bool(row[5]))


def terms_of(summary: TraceSummary, facts: TraceFacts, source: str) -> set[Term]:
    """Every value by which a filter can find the trace, and every text its facts refer to."""
    agents = summary.agents or ((None, UNNAMED),)
    parts = facts.parts
    named: tuple[tuple[str, Iterable[str | None]], ...] = (
        ("kind", (kind.value for kind in summary.kinds)),
        ("name", (summary.name, *summary.names)),
        ("model", summary.models),
        ("provider", summary.providers),
        ("service", summary.services),
        ("environment", (summary.environment,)),
        ("agent", (name for _identity, name in agents)),
        (AGENT_IDENTITY, (identity or name for identity, name in agents)),
        ("session", summary.sessions),
        ("user", summary.users),
        ("tool", summary.tools),
        ("source", (source,)),
        ("version", (part.version for part in parts)),
        ("role", (part.role for part in parts)),
        ("framework", (part.framework for part in parts)),
    )
    return {(field, value) for field, values in named for value in values if value}


def pack_terms(ids: Iterable[int]) -> bytes:
    """Ascending, 4 bytes each, little-endian."""
    ordered = sorted(ids)
    return struct.pack(f"<{len(ordered)}I", *ordered)


def unpack_terms(data: bytes) -> tuple[int, ...]:
    """The inverse of `pack_terms`."""
    return struct.unpack(f"<{len(data) // 4}I", data)
