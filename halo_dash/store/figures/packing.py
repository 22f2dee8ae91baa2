"""Facts of a trace -> records of fixed length, as `trace_facts` keeps them. Little-endian, without gaps.

The layouts stand twice: here for the writer, which packs a trace at a time, and in `layout.py` for numpy,
which reads a million records at once; a test holds them together.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from functools import lru_cache
from math import nan
from operator import attrgetter
from typing import Any, Final

from halo_dash.model.facts import (
    CALL,
    ERROR,
    FIRST_NAMED_OF_AGENT,
    FIRST_NAMED_OF_TRACE,
    FIRST_OF_AGENT,
    FIRST_OF_TRACE,
    Call,
    Part,
    Step,
    TraceFacts,
)
from halo_dash.model.observation import NO_USAGE, Kind, Usage
from halo_dash.store.trace_rows import AGENT_IDENTITY, LARGEST_COUNT

TermId = Callable[[Any], int]
"""From (field, value) of a term of the trace."""

PART_RECORD: Final = struct.Struct("<9IB6qqIId")
CALL_RECORD: Final = struct.Struct("<IIIB6qd")
_STEP: Final = "IIIHq"
STEP_RECORD: Final = struct.Struct(f"<{_STEP}")

KINDS: Final = (
    Kind.SPAN, Kind.AGENT, Kind.LLM, Kind.TOOL, Kind.CHAIN, Kind.RETRIEVER, Kind.EMBEDDING, Kind.RERANKER,
    Kind.GUARDRAIL, Kind.EVALUATOR,
)  # fmt: skip
"""The number of a kind is its place; new ones go to the end."""

KIND_NUMBER: Final = {kind: number for number, kind in enumerate(KINDS)}

KIND_BITS: Final = 0x0F
IS_LABELLED: Final = 0x10
"""Named by its model or tool, not by its own name."""
_MARKS_AT: Final = 5
IS_ERROR: Final = ERROR << _MARKS_AT
IS_CALL: Final = CALL << _MARKS_AT
IS_FIRST_OF_AGENT: Final = FIRST_OF_AGENT << _MARKS_AT
IS_FIRST_OF_TRACE: Final = FIRST_OF_TRACE << _MARKS_AT
IS_FIRST_NAMED_OF_AGENT: Final = FIRST_NAMED_OF_AGENT << _MARKS_AT
IS_FIRST_NAMED_OF_TRACE: Final = FIRST_NAMED_OF_TRACE << _MARKS_AT

IS_RUN: Final = 1
IS_FAILED: Final = 2
HAS_ERRORS: Final = 4
HAS_ID: Final = 8

_NO_TOKENS: Final = (-1,) * 6
_counts = attrgetter(*(figure.name for figure in fields(Usage)))


def pack_facts(facts: TraceFacts, term: TermId) -> tuple[bytes, bytes, bytes]:
    """(parts, calls, steps); `term` numbers a term of the trace."""
    return (
        b"".join([_part(part, term) for part in facts.parts]),
        b"".join([_call(call, term) for call in facts.calls]),
        _steps(facts.steps, term),
    )


def _part(part: Part, term: TermId) -> bytes:
    flags = (
        IS_RUN * part.is_run
        | IS_FAILED * part.is_failed
        | HAS_ERRORS * part.has_errors
        | HAS_ID * (part.agent_id is not None)
    )
    return PART_RECORD.pack(
        *[
            term(named) if named[1] else 0
            for named in (
                (AGENT_IDENTITY, part.agent),
                ("agent", part.name),
                ("role", part.role),
                ("version", part.version),
                ("framework", part.framework),
                ("session", part.session),
                ("user", part.user),
                ("environment", part.environment),
            )
        ],
        part.unpriced_calls,
        flags,
        *_tokens(part.usage),
        part.duration_ns,
        part.llm_calls,
        part.tool_calls,
        nan if part.cost_usd is None else part.cost_usd,
    )


def _call(call: Call, term: TermId) -> bytes:
    part, kind, named, sequence, usage, cost_usd = call
    return CALL_RECORD.pack(
        part,
        term(named) if named[1] else 0,
        sequence,
        KIND_NUMBER[kind] if named[0] == "name" else KIND_NUMBER[kind] | IS_LABELLED,
        *_tokens(usage),
        nan if cost_usd is None else cost_usd,
    )


def _steps(steps: Sequence[Step], term: TermId) -> bytes:
    """All at once: a call of `struct` takes longer than what it does, and every span is a step."""
    values: list[int] = []
    for part, kind, named, sequence, marks, duration_ns in steps:
        what = KIND_NUMBER[kind] | marks << _MARKS_AT
        if named[0] != "name":
            what |= IS_LABELLED
        values += (part, term(named) if named[1] else 0, sequence, what, duration_ns)
    return _records(len(steps)).pack(*values)


@lru_cache(maxsize=512)
def _records(count: int) -> struct.Struct:
    return struct.Struct("<" + _STEP * count)


def _tokens(usage: Usage) -> Iterable[int]:
    if usage is NO_USAGE:
        return _NO_TOKENS
    counts = [-1 if count is None else count for count in _counts(usage)]
    return counts if max(counts) <= LARGEST_COUNT else [min(count, LARGEST_COUNT) for count in counts]
