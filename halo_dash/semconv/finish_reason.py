"""Why the model stopped, in one vocabulary."""

from __future__ import annotations

from collections.abc import Sequence

from halo_dash.model.message import Message, ToolCall
from halo_dash.model.observation import Kind
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import SaidAttributes, string
from halo_dash.semconv.embedded_json import parse
from halo_dash.semconv.messages.responses import stated_reason

_KEYS = (
    "gen_ai.response.finish_reasons", "llm.finish_reason", "ai.response.finishReason",
    "gen_ai.completion.0.finish_reason", "anthropic.message.stop_reason",
    "langfuse.observation.metadata.finish_reason",
)  # fmt: skip
_RESPONSE_KEYS = ("output.value", "mlflow.spanOutputs", "gen_ai.completion", "langfuse.observation.output")
_NORMALISED = {
    "tool_call": "tool_calls",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "complete": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "content_filter": "content_filter",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
    "safety": "content_filter",
}


def read_finish_reason(said: SaidAttributes, kind: Kind, outputs: Sequence[Message]) -> str | None:
    """`tool_calls`, `stop`, `length`, `content_filter`, a provider's own word in lower case, or None."""
    stated = next((reason for key in _KEYS if (reason := _word(said.first(key)))), None)
    stated = stated or next((message.finish_reason for message in outputs if message.finish_reason), None)
    if stated is None and kind is Kind.LLM:
        stated = next((reason for key in _RESPONSE_KEYS if (reason := stated_reason(said.json(key)))), None)
    return corrected(normalised(stated), outputs)


def normalised(reason: str | None) -> str | None:
    """One word for what the providers say differently; words nobody told us about are kept."""
    if not reason:
        return None
    word = reason.strip().rpartition(".")[2].lower().replace("-", "_")  # `FinishReason.STOP`
    return _NORMALISED.get(word, word) or None


def corrected(reason: str | None, outputs: Sequence[Message]) -> str | None:
    """`stop` is `tool_calls` where a call was said last (openai-agents and MLflow streams say stop)."""
    if reason == "stop" and outputs and isinstance(outputs[-1].parts[-1], ToolCall):
        return "tool_calls"
    return reason


def _word(value: AttributeValue) -> str | None:
    parsed = parse(value)
    if isinstance(parsed, list):
        parsed = parsed[0] if parsed else None
    return string(parsed)
