"""A trace as rules see it: its calls, its tools and what was said, whatever dialect it was written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from halo_dash.model.message import Message, Text, ThreadItem, ToolCall
from halo_dash.model.observation import Content, Failure, Kind, Observation, ToolDefinition
from halo_dash.model.span import AttributeValue
from halo_dash.model.trace import Resolved, SpanReading, TraceSummary


@dataclass(frozen=True, slots=True)
class SubjectSpan:
    """One span with what rules may ask of it, at its place in the tree."""

    reading: SpanReading
    resolved: Resolved
    content: Content
    """Input, output, messages, a retriever's documents, offered tools and finish reason; no more is read."""
    exceptions: tuple[Failure, ...] = ()
    """Of its exception events, each once, in order."""
    parent: str | None = None
    """Id of the span above it, where that arrived."""

    @property
    def span_id(self) -> str:
        """The span's id."""
        return self.reading.span_id

    @property
    def seen(self) -> Observation:
        """The cheap reading."""
        return self.reading.observation

    @property
    def duration_ns(self) -> int | None:
        """None while it has not ended, and where its clock ran backwards."""
        length = self.reading.end_ns - self.reading.start_ns
        return length if self.reading.end_ns and length >= 0 else None


@dataclass(frozen=True, slots=True)
class LlmCall:
    """One call of a model, with what all its recordings say together."""

    span: SubjectSpan
    input: tuple[Message, ...]
    output: tuple[Message, ...]
    finish_reason: str | None
    tool_definitions: tuple[ToolDefinition, ...] = ()

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tools it asked for."""
        return tuple(part for message in self.output for part in message.parts if isinstance(part, ToolCall))

    @property
    def text(self) -> str:
        """What it said, without its reasoning."""
        return "\n".join(
            part.text for message in self.output for part in message.parts if isinstance(part, Text)
        )


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One use of a tool: as the model asked for it, as a span recorded it, or both."""

    name: str
    arguments: AttributeValue
    result: AttributeValue
    """None where nothing says what came back; an empty list or text was said."""
    start_ns: int
    span_id: str
    """Where to look: its TOOL span, else the LLM call that asked for it."""
    call_id: str | None = None
    span: SubjectSpan | None = None
    """Its TOOL span; None where only messages tell of it."""
    asked_by: str | None = None
    """Span id of the LLM call that asked for it, where messages say."""
    failure: Failure | None = None
    """Set if the tool's span is in error."""

    @property
    def is_error(self) -> bool:
        """Whether the sender says that it failed."""
        return self.failure is not None


@dataclass(frozen=True, slots=True)
class Baseline:
    """How the same step went before: durations and tokens of earlier ones."""

    calls: int
    p50_ns: int
    p95_ns: int
    p50_tokens: int = 0
    p95_tokens: int = 0


@dataclass(frozen=True)
class Subject:
    """One trace, whole. Everything is in order of time."""

    summary: TraceSummary
    spans: tuple[SubjectSpan, ...]
    calls: tuple[LlmCall, ...]
    tools: tuple[ToolUse, ...]
    thread: tuple[ThreadItem, ...]
    is_quiet: bool = True
    """Nothing has arrived for it in a while: what is missing will not come."""
    baselines: Mapping[tuple[Kind, str], Baseline] = field(default_factory=dict)
    """(kind, name of the step) -> how it went before, where that is known."""
    windows: Mapping[str, int] = field(default_factory=dict)
    """Model -> tokens of its context window, where that is known."""
    by_id: Mapping[str, SubjectSpan] = field(init=False)

    def __post_init__(self) -> None:
        """Find spans by id."""
        object.__setattr__(self, "by_id", {span.span_id: span for span in self.spans})

    @cached_property
    def children(self) -> Mapping[str, tuple[SubjectSpan, ...]]:
        """Span id -> the spans right below it."""
        found: dict[str, list[SubjectSpan]] = {}
        for span in self.spans:
            if span.parent is not None:
                found.setdefault(span.parent, []).append(span)
        return {parent: tuple(below) for parent, below in found.items()}

    @cached_property
    def roots(self) -> tuple[SubjectSpan, ...]:
        """The spans with nothing above them."""
        return tuple(span for span in self.spans if span.parent is None)

    def above(self, span: SubjectSpan) -> tuple[SubjectSpan, ...]:
        """The spans around one, the nearest first."""
        found: list[SubjectSpan] = []
        up = span.parent
        while up is not None:
            found.append(self.by_id[up])
            up = self.by_id[up].parent
        return tuple(found)

    @cached_property
    def question(self) -> str:
        """The first thing a user said; empty where nobody tells."""
        for item in self.thread:
            if item.role == "user":
                return _text(item)
        return self.summary.input_preview or ""

    @cached_property
    def last_call(self) -> LlmCall | None:
        """The last call of a model."""
        return self.calls[-1] if self.calls else None

    @cached_property
    def answer(self) -> str | None:
        """What the run answered in the end: the last words of a model, else what its root returned.

        None where nothing tells (the run recorded no content); empty where it said nothing.
        """
        for item in reversed(self.thread):
            if item.role == "assistant":
                return _text(item)
        texts = [span.content.output for span in self.roots if isinstance(span.content.output, str)]
        return texts[-1] if texts else None

    @cached_property
    def agents(self) -> tuple[SubjectSpan, ...]:
        """The AGENT spans."""
        return tuple(span for span in self.spans if span.seen.kind is Kind.AGENT)


def _text(item: ThreadItem) -> str:
    return "\n".join(part.text for part in item.parts if isinstance(part, Text))
