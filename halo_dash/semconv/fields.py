"""The field table: which attribute keys say what, in the order in which they are believed.

A field's keys are tried in order and the first readable value wins ("first of"). The order is the
product of comparing real senders: OpenInference first for tokens (it is already inclusive of cached
ones), the GenAI conventions first for the model. `observe` walks a span's attributes once; a key that
serves several fields is listed under each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from halo_dash.model.span import AttributeValue
from halo_dash.semconv import kinds, providers
from halo_dash.semconv.values import amount, decoded_text, raw, text, whole, words

Reader = Callable[[AttributeValue], Any]


Rule: TypeAlias = tuple[str, int, Reader]
"""(field, rank, reader) of one key. Lower ranks are believed first. Plain tuples: unpacked twice as fast."""


KIND_KEYS: dict[str, Reader] = {
    "inference.observation_kind": kinds.openinference,
    "inference.observation.kind": kinds.openinference,
    "openinference.span.kind": kinds.openinference,
    "langfuse.observation.type": kinds.langfuse,
    "langsmith.span.kind": kinds.langsmith,
    "mlflow.spanType": kinds.mlflow,
    "ai.operationId": kinds.vercel,
    "gen_ai.operation.name": kinds.operation,
    "traceloop.span.kind": kinds.traceloop,
    "llm.request.type": kinds.request_type,
    "langchain.run_type": kinds.run_type,
    "braintrust.span_type": kinds.run_type,
    "braintrust.span_attributes": kinds.braintrust,
    "lmnr.span.type": kinds.laminar,
}

METADATA = "metadata"
"""A JSON object whose members rank in the middle of other fields' keys; see `METADATA_RANK`."""

_TEXT_FIELDS: dict[str, tuple[str, ...]] = {
    "model": (
        "gen_ai.response.model",
        "llm.response.model_name",
        "llm.model_name",
        "inference.llm.model_name",
        "ai.response.model",
        "langfuse.observation.model.name",
        "mlflow.llm.model",
        "embedding.model_name",
        "reranker.model_name",
    ),
    "request_model": (
        "gen_ai.request.model",
        "llm.request.model_name",
        "ai.model.id",
        "langsmith.metadata.ls_model_name",
        "model_name",
    ),
    "late_request_model": ("mlflow.llm.model",),
    "copied_model": ("model",),
    "agent_name": (
        "agent.name",
        "gen_ai.agent.name",
        "inference.agent_name",
        "agent_name",
        "langsmith.metadata.lc_agent_name",
        METADATA,
        "graph.node.name",
    ),
    "agent_node": ("graph.node.id",),
    "vercel_function": ("ai.telemetry.functionId",),
    "entity_name": ("traceloop.entity.name",),
    "agent_id": ("agent.id", "gen_ai.agent.id", "inference.agent_id", "cursor.agent_id"),
    "agent_role": ("agent.role",),
    "agent_version": ("gen_ai.agent.version",),
    "session_id": (
        "session.id",
        "langfuse.session.id",
        "gen_ai.conversation.id",
        "inference.session_id",
        "conversation.id",
        "conversation_id",
        "traceloop.association.properties.session_id",
        "traceloop.association.properties.chat_id",
        "traceloop.association.properties.conversation_id",
        "traceloop.association.properties.thread_id",
        "lmnr.association.properties.session_id",
        "ai.telemetry.metadata.sessionId",
        "ai.telemetry.metadata.session_id",
        "ai.telemetry.metadata.threadId",
        "ai.telemetry.metadata.chatId",
        "langsmith.metadata.session_id",
        "langsmith.metadata.thread_id",
        "langsmith.trace.session_id",
        METADATA,
        "agent.workflow.group_id",
        "mlflow.trace.session",
        "thread.id",
        "chat.id",
        "cursor.run_id",
        "elevenlabs.conversation_id",
        "gcp.vertex.agent.session_id",
    ),
    "user_id": (
        "user.id",
        "langfuse.user.id",
        "inference.user_id",
        "enduser.id",
        "traceloop.association.properties.user_id",
        "lmnr.association.properties.user_id",
        "ai.telemetry.metadata.userId",
        "ai.telemetry.metadata.user_id",
        "langsmith.metadata.user_id",
        METADATA,
        "gen_ai.user",
        "llm.user",
        "user_id",
        "mlflow.trace.user",
        "elevenlabs.user_id",
    ),
    "tool_name": ("tool.name", "gen_ai.tool.name", "ai.toolCall.name", "lk.function_tool.name"),
    "tool_call_id": (
        "gen_ai.tool.call.id",
        "tool_call.id",
        "tool.id",
        "ai.toolCall.id",
        "lk.function_tool.id",
    ),
    "response_id": ("gen_ai.response.id", "llm.response.id", "ai.response.id"),
    "trace_name": (
        "langfuse.trace.name",
        "langsmith.trace.name",
        "agent.workflow.name",
        "traceloop.workflow.name",
        "gen_ai.workflow.name",
    ),
    "span_environment": ("langfuse.environment",),
    "span_release": ("langfuse.release",),
    "span_service": ("resource.name",),
    "level": ("langfuse.observation.level",),
    "error_type": ("error.type",),
    "tool_error_type": ("tool.error_type",),
    "span_type": ("logfire.span_type",),
    "response_tier": (
        "openai.response.service_tier",
        "gen_ai.openai.response.service_tier",
        "anthropic.response.service_tier",
    ),
    "request_tier": ("openai.request.service_tier", "gen_ai.openai.request.service_tier"),
}

_COUNT_FIELDS: dict[str, tuple[str, ...]] = {
    "input_tokens": (
        "llm.token_count.prompt",
        "inference.llm.input_tokens",
        "gen_ai.usage.input_tokens",
        "gen_ai.usage.prompt_tokens",
        "ai.usage.inputTokens",
        "ai.usage.promptTokens",
        "ai.usage.tokens",
    ),
    "output_tokens": (
        "llm.token_count.completion",
        "inference.llm.output_tokens",
        "gen_ai.usage.output_tokens",
        "gen_ai.usage.completion_tokens",
        "ai.usage.outputTokens",
        "ai.usage.completionTokens",
    ),
    "total_tokens": (
        "llm.token_count.total",
        "gen_ai.usage.total_tokens",
        "llm.usage.total_tokens",
        "ai.usage.totalTokens",
    ),
    "cache_read_tokens": (
        "llm.token_count.prompt_details.cache_read",
        "llm.token_count.prompt_details.cache_input",
        "gen_ai.usage.cache_read.input_tokens",
        "gen_ai.usage.cache_read_input_tokens",
        "gen_ai.usage.cached_tokens",
        "gen_ai.usage.details.cache_read_tokens",
        "ai.usage.inputTokenDetails.cacheReadTokens",
        "ai.usage.cachedInputTokens",
    ),
    "cache_write_tokens": (
        "llm.token_count.prompt_details.cache_write",
        "gen_ai.usage.cache_creation.input_tokens",
        "gen_ai.usage.cache_write.input_tokens",
        "gen_ai.usage.cache_creation_input_tokens",
        "ai.usage.inputTokenDetails.cacheWriteTokens",
    ),
    "log_level": ("logfire.level_num",),
    "reasoning_tokens": (
        "llm.token_count.completion_details.reasoning",
        "gen_ai.usage.reasoning.output_tokens",
        "gen_ai.usage.reasoning_tokens",
        "gen_ai.usage.details.reasoning_tokens",
        "ai.usage.outputTokenDetails.reasoningTokens",
        "ai.usage.reasoningTokens",
    ),
    "input_audio_tokens": ("llm.token_count.prompt_details.audio",),
    "output_audio_tokens": ("llm.token_count.completion_details.audio",),
}

_COST_KEYS = (
    "llm.cost.total",
    "inference.llm.cost.total",
    "gen_ai.usage.cost",
    "operation.cost",
    "gen_ai.cost.total_cost",
)

_COST_PARTS = {
    "input_cost": ("llm.cost.prompt", "gen_ai.usage.input_cost"),
    "output_cost": ("llm.cost.completion", "gen_ai.usage.output_cost"),
}

_PROVIDER_KEYS = (
    "gen_ai.provider.name",
    "llm.provider",
    "inference.llm.provider",
    "gen_ai.system",
    "llm.system",
    "ai.model.provider",
    "mlflow.llm.provider",
    "langsmith.metadata.ls_provider",
)

_RAW_FIELDS: dict[str, tuple[str, ...]] = {
    "usage_blob": (
        "langfuse.observation.usage_details",
        "mlflow.chat.tokenUsage",
        "llm.usage",
        "langsmith.metadata.usage_metadata",
        "braintrust.metrics",
    ),
    "input_details_blob": ("gen_ai.usage.input_token_details",),
    "output_details_blob": ("gen_ai.usage.output_token_details",),
    "cost_blob": ("langfuse.observation.cost_details", "mlflow.llm.cost"),
    "metadata": (METADATA,),
    "model_parameters": ("llm.invocation_parameters", "embedding.invocation_parameters"),
    "request_json": ("mlflow.spanInputs", "input.value"),
    "response_json": ("output.value",),
    "tier_json": ("mlflow.spanOutputs", "ai.response.providerMetadata"),
    "error_message": ("error.message",),
    "status_message": ("langfuse.observation.status_message",),
    "tool_error": ("tool.error",),
}

_MESSAGE_KEYS = (
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "llm.input_messages",
    "llm.output_messages",
    "llm.input_messages.0.message.role",
    "llm.output_messages.0.message.role",
    "gen_ai.prompt.0.role",
    "gen_ai.prompt.0.content",
    "gen_ai.completion.0.role",
    "gen_ai.completion.0.content",
    "ai.prompt.messages",
    "ai.prompt",
    "ai.response.text",
    "ai.response.toolCalls",
    "pydantic_ai.all_messages",
    "all_messages_events",
    "events",
)
MESSAGE_PREFIXES = ("llm.input_messages.", "llm.output_messages.", "gen_ai.prompt.", "gen_ai.completion.")
"""Flattened messages may start anywhere: senders leave gaps in the numbering."""

DOCUMENT_PREFIX = "retrieval.documents."

_JSON_ENCODED = ("mlflow.", "model")
"""Keys whose senders JSON-encode every value (MLflow, and the call arguments it copies)."""


_THREAD_ID = "thread.id"
"""A session id where it is a string; OpenTelemetry's own `thread.id` is the number of an OS thread."""


def _tables() -> list[tuple[str, tuple[str, ...], Reader]]:
    """(field, keys in order, reader) of every field with one reader."""
    tables: list[tuple[str, tuple[str, ...], Reader]] = []
    tables += [(field, keys, text) for field, keys in _TEXT_FIELDS.items()]
    tables += [(field, keys, whole) for field, keys in _COUNT_FIELDS.items()]
    tables += [(field, keys, amount) for field, keys in _COST_PARTS.items()]
    tables += [(field, keys, raw) for field, keys in _RAW_FIELDS.items()]
    tables.append(("cost", _COST_KEYS, amount))
    tables.append(("provider", _PROVIDER_KEYS, providers.canonical))
    tables.append(("messages", _MESSAGE_KEYS, raw))
    return tables


def _reader(key: str, read: Reader) -> Reader:
    """The field's reader, or a stricter or more patient one where a key needs it."""
    if key == _THREAD_ID:
        return words
    return decoded_text if read is text and key.startswith(_JSON_ENCODED) else read


def _rules() -> dict[str, tuple[Rule, ...]]:
    rules: dict[str, list[Rule]] = {}
    for field, keys, read in _tables():
        for rank, key in enumerate(keys):
            if key == METADATA and field != "metadata":
                continue
            rules.setdefault(key, []).append((field, rank, _reader(key, read)))
    for rank, (key, read) in enumerate(KIND_KEYS.items()):
        rules.setdefault(key, []).append(("kind", rank, read))
    return {key: tuple(found) for key, found in rules.items()}


RULES = _rules()
"""Attribute key -> the fields it serves."""

FIELDS: dict[str, tuple[str, ...]] = {field: keys for field, keys, _ in _tables()} | {
    "kind": tuple(KIND_KEYS)
}
"""Field -> its keys in order, as documented and tested."""

RESOURCE_KEYS = {
    "session_id": ("session.id", "gen_ai.conversation.id", "elevenlabs.conversation_id"),
    "user_id": ("user.id", "enduser.id", "elevenlabs.user_id"),
}
"""Whose session it is may also be said once, on the resource (ElevenLabs, browsers); spans come first."""

METADATA_RANK = {field: keys.index(METADATA) for field, keys in _TEXT_FIELDS.items() if METADATA in keys}
"""Where the members of the `metadata` object stand in a field's order."""
