"""Where the messages of a span may stand, in order of trust (table: docs/reading-messages.md).

A source that names roles but says nothing counts as silent, and the next one is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from halo_dash.model.message import Message, Other, Role, Text
from halo_dash.model.observation import Kind
from halo_dash.model.span import AttributeValue, LogRecord, Span
from halo_dash.semconv.attributes import SaidAttributes, mapping
from halo_dash.semconv.embedded_json import parse
from halo_dash.semconv.messages import vercel
from halo_dash.semconv.messages.chunks import is_chunk, join_chunks
from halo_dash.semconv.messages.conversation import read_list
from halo_dash.semconv.messages.events import Exchange, read_event_list, read_logs, read_span_events
from halo_dash.semconv.messages.message import build
from halo_dash.semconv.messages.openinference import read_openinference, read_span_level_calls
from halo_dash.semconv.messages.openllmetry import read_openllmetry
from halo_dash.semconv.messages.requests import read_request, read_system, system_message
from halo_dash.semconv.messages.responses import read_response
from halo_dash.semconv.unwrap import unwrap_arguments

_RAW_INPUTS = (
    "input.value", "mlflow.spanInputs", "traceloop.entity.input", "gcp.vertex.agent.llm_request",
    "request_data",
)  # fmt: skip
"""Whole requests. The last two are Google's ADK and Logfire's provider instrumentations."""
_RAW_OUTPUTS = (
    "output.value", "mlflow.spanOutputs", "traceloop.entity.output", "gcp.vertex.agent.llm_response",
    "response_data",
)  # fmt: skip
_CUT_INPUTS = ("gen_ai.input.messages", "llm.input_messages", "ai.prompt.messages")
_CUT_OUTPUTS = ("gen_ai.output.messages", "llm.output_messages", "ai.response.toolCalls")
"""Always JSON; what is none was cut off on the way (attribute length limits)."""
_MLFLOW_CHUNK = "mlflow.chunk.item."
_SPEAKERS = frozenset({Kind.LLM, Kind.AGENT, Kind.CHAIN})


@dataclass
class MessageSources:
    """One span's message sources. A TOOL span has arguments and a result, no messages."""

    span: Span
    said: SaidAttributes
    kind: Kind
    is_error: bool
    logs: Sequence[LogRecord] = ()

    def read(self) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
        """(input messages, output messages), each from the first source that says something."""
        if self.kind not in _SPEAKERS:
            return (), ()
        inputs = self._first(self._inputs())
        outputs = self._first(self._outputs())
        if not outputs and inputs and self.kind is Kind.LLM and not self.is_error:
            outputs = self._plain_answer()
        if (inputs or outputs) and not any(message.role == "system" for message in inputs):
            system = self._system()
            inputs = [system, *inputs] if system else inputs
        return tuple(inputs), tuple(outputs)

    @staticmethod
    def _first(sources: Iterator[list[Message]]) -> list[Message]:
        return next((found for found in sources if found), [])

    def _inputs(self) -> Iterator[list[Message]]:
        said = self.said
        yield read_list(said.own.get("gen_ai.input.messages"), "user")
        yield read_openinference(said, "llm.input_messages.", "user")
        yield read_list(said.json("llm.input_messages"), "user")
        yield read_request(said.json("langfuse.observation.input"))
        yield vercel.read_prompt(said)
        yield self._event_list.inputs
        yield self._whole_run[0]
        yield read_openllmetry(said.tree("gen_ai.prompt."), "user")
        yield read_request(said.json("gen_ai.prompt"))
        if self.logs:
            yield self._logged.inputs
        if self.span.events:
            yield self._span_events.inputs
        for key in _RAW_INPUTS:
            if value := said.json(key):
                yield read_request(unwrap_arguments(value))
        yield self._cut(_CUT_INPUTS, "user")

    def _outputs(self) -> Iterator[list[Message]]:
        said = self.said
        yield read_list(said.own.get("gen_ai.output.messages"), "assistant")
        yield self._openinference_output()
        yield read_list(said.json("llm.output_messages"), "assistant")
        yield self._langfuse_output()
        yield vercel.read_reply(said)
        yield self._event_list.outputs
        yield self._whole_run[1]
        yield read_openllmetry(said.tree("gen_ai.completion."), "assistant")
        yield read_response(said.json("gen_ai.completion"))
        if self.logs:
            yield self._logged.outputs
        if self.span.events:
            yield self._span_events.outputs
        for key in _RAW_OUTPUTS:
            yield read_response(said.json(key))
        yield self._streamed_output()
        yield self._cut(_CUT_OUTPUTS, "assistant")

    def _cut(self, keys: Sequence[str], role: Role) -> list[Message]:
        """Messages whose JSON is broken: kept raw, they are still what was said."""
        for key in keys:
            value = self.said.json(key)
            message = build(role, [Other(value)]) if isinstance(value, str) and value.strip() else None
            if message:
                return [message]
        return []

    @cached_property
    def _event_list(self) -> Exchange:
        return read_event_list(self.said.json("events"))

    @cached_property
    def _logged(self) -> Exchange:
        return read_logs(self.logs)

    @cached_property
    def _span_events(self) -> Exchange:
        return read_span_events(self.span.events)

    @cached_property
    def _whole_run(self) -> tuple[list[Message], list[Message]]:
        """pydantic-ai's agent span holds the run as one list; what the model said last is its output."""
        whole = read_list(self.said.json("pydantic_ai.all_messages"), "user")
        whole = whole or read_event_list(self.said.json("all_messages_events")).inputs
        end = len(whole)
        while end and whole[end - 1].role == "assistant":
            end -= 1
        output = whole[end:]
        if not output and self.kind is Kind.AGENT:
            output = _spoken(self.said.get("final_result"))
        return whole[:end], output

    def _openinference_output(self) -> list[Message]:
        found = read_openinference(self.said, "llm.output_messages.", "assistant")
        automatic = read_span_level_calls(self.said.tree("message."))
        if not automatic:
            return found
        first = found[0] if found else None
        # Google's SDK called these tools by itself before the model gave the answer on record.
        joined = build("assistant", [*automatic, *(first.parts if first else ())])
        return [*([joined] if joined else []), *found[1:]]

    def _langfuse_output(self) -> list[Message]:
        value = self.said.json("langfuse.observation.output")
        if isinstance(value, str) and self.kind is Kind.LLM:
            return _spoken(value)
        return read_response(value)

    def _streamed_output(self) -> list[Message]:
        """MLflow leaves the output of a streamed tool call empty; its chunks are events."""
        chunks: list[tuple[int, AttributeValue]] = []
        for event in self.span.events:
            number = event.name.removeprefix(_MLFLOW_CHUNK)
            if number != event.name and number.isdecimal():
                chunks.append((int(number), parse(event.attributes.get("mlflow.chunk.value"))))
        ordered = [chunk for _, chunk in sorted(chunks, key=lambda chunk: chunk[0]) if is_chunk(chunk)]
        message = join_chunks(ordered) if ordered else None
        return [message] if message else []

    def _plain_answer(self) -> list[Message]:
        """A model call that has messages going in, and coming out only text."""
        for key in (*_RAW_OUTPUTS, "gen_ai.completion"):
            value = self.said.json(key)
            if isinstance(value, list) and len(value) == 1:
                value = value[0]
            elif set(mapping(value)) == {"output"}:
                value = mapping(value)["output"]
            if isinstance(value, str) and value:
                return _spoken(value)
        return []

    def _system(self) -> Message | None:
        said = self.said
        if system := system_message(said.get("gen_ai.system_instructions")):
            return system
        for event in self.span.events:
            if system := system_message(event.attributes.get("gen_ai.system_instructions")):
                return system
        if self.kind is not Kind.LLM:
            return None
        for key in (
            "input.value",
            "llm.invocation_parameters",
            "mlflow.spanInputs",
            "langfuse.observation.input",
        ):
            if system := read_system(said.json(key)):
                return system
        return None


def _spoken(value: AttributeValue) -> list[Message]:
    text = parse(value)
    message = build("assistant", [Text(text)]) if isinstance(text, str) and text else None
    return [message] if message else []
