"""Observation: our reading of one span, in the field's terms, whatever dialect it was written in.

Two depths. `Observation` is what lists, totals and filters need; it is read for every span as it
arrives, so it stays small and cheap. `Content` is everything that was said; it is read on demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from halo_dash.model.message import Message
from halo_dash.model.quick import quick
from halo_dash.model.span import AttributeValue


class Kind(StrEnum):
    """What a span was, for an agent builder."""

    AGENT = "AGENT"
    LLM = "LLM"
    TOOL = "TOOL"
    CHAIN = "CHAIN"
    RETRIEVER = "RETRIEVER"
    EMBEDDING = "EMBEDDING"
    RERANKER = "RERANKER"
    GUARDRAIL = "GUARDRAIL"
    EVALUATOR = "EVALUATOR"
    SPAN = "SPAN"


MODEL_KINDS = frozenset({Kind.LLM, Kind.EMBEDDING, Kind.RERANKER})


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call or of a sum of calls; None where nobody said.

    `input` includes cache reads and writes, `output` includes reasoning, whatever the sender's habit.
    """

    input: int | None = None
    output: int | None = None
    total: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None


NO_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a span is in error. `type` is the short name shown; `full_type` may be module-qualified.

    Where the sender names no type, `type` is "Exception" and `full_type` is empty: maybe nothing was raised.
    """

    type: str
    message: str = ""
    full_type: str = ""

    @property
    def said(self) -> str:
        """The message without the type that many senders repeat at its head."""
        return self.message.removeprefix(f"{self.type}:").strip()

    @property
    def line(self) -> str:
        """`WeatherBackendError: weather backend timed out after 10s`; each part once.

        A type that nobody named is left out where there are words.
        """
        is_named = bool(self.full_type) or self.type != "Exception" or not self.said
        return ": ".join(part for part in (self.type if is_named else "", self.said) if part)


@quick
@dataclass(frozen=True, slots=True)
class Observation:
    """The indexed reading of one span. Strings are None where absent, never empty."""

    kind: Kind = Kind.SPAN
    dialect: str = "plain"
    model: str | None = None
    request_model: str | None = None
    provider: str | None = None
    usage: Usage = NO_USAGE
    cost_usd: float | None = None
    cost_reported: bool = False
    """True when the sender stated the cost; False when it comes from the price table (or is unknown)."""
    agent_name: str | None = None
    agent_name_is_derived: bool = False
    """True when the agent name was only taken from the span's own name (semconv: workflow wrappers)."""
    agent_id: str | None = None
    agent_role: str | None = None
    agent_version: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None
    service: str | None = None
    service_version: str | None = None
    environment: str | None = None
    trace_name: str | None = None
    response_id: str | None = None
    has_messages: bool = False
    is_placeholder: bool = False
    """A stand-in for a span that is still running (Logfire's `pending_span`)."""
    failure: Failure | None = None
    """Set if and only if the span is in error."""
    input_preview: str | None = None
    output_preview: str | None = None
    """At most 200 characters each, one line; read for roots, AGENT and LLM spans, None elsewhere."""

    @property
    def is_error(self) -> bool:
        """Whether the span is flagged as an error."""
        return self.failure is not None


@dataclass(frozen=True, slots=True)
class Document:
    """One retrieved or reranked document."""

    id: str | None = None
    content: str | None = None
    score: float | None = None
    metadata: AttributeValue = None


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A tool that was offered to the model."""

    name: str
    description: str | None = None
    parameters: AttributeValue = None


@dataclass(frozen=True, slots=True)
class Content:
    """Everything one span says, unwrapped.

    `input`/`output` are the generic values (a parsed JSON value or a string) of any span; a TOOL span
    has them as arguments and result. None is "not said"; an empty list or string was said.
    """

    input: AttributeValue = None
    output: AttributeValue = None
    input_messages: tuple[Message, ...] = ()
    output_messages: tuple[Message, ...] = ()
    documents: tuple[Document, ...] = ()
    tool_definitions: tuple[ToolDefinition, ...] = ()
    parameters: AttributeValue = None
    finish_reason: str | None = None
    stack: str | None = None
    is_streaming: bool | None = None
    time_to_first_token_ns: int | None = None
    tags: tuple[str, ...] = ()
    metadata: AttributeValue = None
