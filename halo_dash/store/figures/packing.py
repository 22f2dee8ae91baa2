"""Facts of a trace -> records of fixed length, as `trace_facts` keeps them. Little-endian, without gaps.

The layouts stand twice: here for the writer, which packs a trace at a time, and in `layout.py` for numpy,
which reads a million records at once; a test holds them together.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from math import nan
from typing import Final

from halo_dash.model.facts import Call, Part, Step, TraceFacts
from halo_dash.model.observation import NO_USAGE, Kind, Usage
from halo_dash.store.trace_rows import AGENT_IDENTITY, LARGEST_COUNT, Term

TermId = Callable[[Term], int]

PART: Final = struct.Struct("<9IB6qqIId")
CALL: Final = struct.Struct("<IIIB6qd")
STEP: Final = struct.Struct("<IIIHq")

KINDS: Final = (
    Kind.SPAN, Kind.AGENT, Kind.LLM, Kind.TOOL, Kind.CHAIN, Kind.RETRIEVER, Kind.EMBEDDING, Kind.RERANKER,
    Kind.GUARDRAIL, Kind.EVALUATOR,
)  # fmt: skip
"""The number of a kind is its place; new ones go to the end."""

KIND_OF: Final = {kind: number for number, kind in enumerate(KINDS)}
_SAID_MODEL: Final = {Kind.LLM, Kind.EMBEDDING, Kind.RERANKER}

KIND_BITS: Final = 0x0F
IS_LABELLED: Final = 0x10
IS_ERROR: Final = 0x20
IS_FIRST_OF_AGENT: Final = 0x40
IS_FIRST_OF_TRACE: Final = 0x80
IS_CALL: Final = 0x100

IS_RUN: Final = 1
IS_FAILED: Final = 2
HAS_ERRORS: Final = 4
HAS_ID: Final = 8

_NO_TOKENS: Final = (-1,) * 6
_LONGEST: Final = 2**62


def pack_facts(facts: TraceFacts, term: TermId) -> tuple[bytes, bytes, bytes]:
    """(parts, calls, steps); `term` numbers a term of the trace."""

    def number(field: str, value: str | None) -> int:
        return term((field, value)) if value else 0

    return (
        b"".join([_part(part, number) for part in facts.parts]),
        b"".join([_call(call, term) for call in facts.calls]),
        b"".join([_step(step, term) for step in facts.steps]),
    )


def _part(part: Part, number: Callable[[str, str | None], int]) -> bytes:
    flags = (
        IS_RUN * part.is_run
        | IS_FAILED * part.is_failed
        | HAS_ERRORS * part.has_errors
        | HAS_ID * (part.agent_id is not None)
    )
    return PART.pack(
        number(AGENT_IDENTITY, part.agent),
        number("agent", part.name),
        number("role", part.role),
        number("version", part.version),
        number("framework", part.framework),
        number("session", part.session),
        number("user", part.user),
        number("environment", part.environment),
        part.unpriced_calls,
        flags,
        *_tokens(part.usage),
        min(part.duration_ns, _LONGEST),
        part.llm_calls,
        part.tool_calls,
        _money(part.cost_usd),
    )


def _call(call: Call, term: TermId) -> bytes:
    return CALL.pack(
        call.part,
        term((_field(call.kind, is_labelled=call.is_labelled), call.label)) if call.label else 0,
        call.sequence,
        KIND_OF[call.kind] | IS_LABELLED * call.is_labelled,
        *_tokens(call.usage),
        _money(call.cost_usd),
    )


def _step(step: Step, term: TermId) -> bytes:
    kind = step.kind
    return STEP.pack(
        step.part,
        term((_field(kind, is_labelled=step.is_labelled), step.label)) if step.label else 0,
        step.sequence,
        KIND_OF[kind]
        | IS_LABELLED * step.is_labelled
        | IS_ERROR * step.is_error
        | IS_CALL * step.is_call
        | IS_FIRST_OF_AGENT * step.is_first_of_agent
        | IS_FIRST_OF_TRACE * step.is_first_of_trace,
        min(step.duration_ns, _LONGEST),
    )


def _field(kind: Kind, *, is_labelled: bool) -> str:
    return ("model" if kind in _SAID_MODEL else "tool") if is_labelled else "name"


def _tokens(usage: Usage) -> Iterable[int]:
    if usage is NO_USAGE:
        return _NO_TOKENS
    counts = (usage.input, usage.output, usage.total, usage.cache_read, usage.cache_write, usage.reasoning)
    return [-1 if count is None else min(count, LARGEST_COUNT) for count in counts]


def _money(cost_usd: float | None) -> float:
    return nan if cost_usd is None else cost_usd
