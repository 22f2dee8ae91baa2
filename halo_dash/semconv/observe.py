"""The cheap reading of one span, done for every span as it arrives (rules: docs/reading.md).

The attributes are walked once. Each known key looks up the fields it serves; of a field's keys the one
that ranks first and can be read wins. JSON is parsed only where a rule cannot do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from halo_dash.model.observation import MODEL_KINDS, Kind, Observation
from halo_dash.model.span import Attributes, LogRecord, Span
from halo_dash.semconv import kinds, providers
from halo_dash.semconv.dialects import dialect_of
from halo_dash.semconv.failure import is_error, read_failure
from halo_dash.semconv.fields import (
    DOCUMENT_PREFIX,
    KIND_KEYS,
    MESSAGE_PREFIXES,
    METADATA_RANK,
    RESOURCE_KEYS,
    RULES,
)
from halo_dash.semconv.names import agent_name, tool_name
from halo_dash.semconv.preview import is_worth_reading, plain_previews, read_previews
from halo_dash.semconv.pricing import cost_usd
from halo_dash.semconv.usage import read_usage, reported_cost
from halo_dash.semconv.values import head, text

READING_VERSION = 1
"""Raise when a change of the rules should re-read spans that are already stored."""

Found = dict[str, Any]
"""Field -> the value that won."""

_KIND_KEYS = tuple(KIND_KEYS)
_NO_RANK = 1_000
_COPIED = (
    "agent_id",
    "agent_role",
    "agent_version",
    "session_id",
    "user_id",
    "tool_call_id",
    "trace_name",
)
"""Fields that an observation shows as they were found."""


def observe(span: Span, logs: Sequence[LogRecord] = ()) -> Observation:
    """Read one span, with the log records that belong to it."""
    attributes = span.attributes
    found, ranks = _gather(attributes)
    _ask_metadata(found, ranks)
    _ask_resource(found, span.resource.attributes)
    kind = found.get("kind") or _kind_of_shape(span, found)
    request_model, model = _models(found, kind)
    provider = found.get("provider") or (providers.of_model(model) if model else None)
    usage = read_usage(found)
    cost = reported_cost(found)
    name, is_derived = agent_name(span.name, kind, found)
    service, version, environment = _origin(span, found)
    is_previewed = not span.parent_span_id or kind is Kind.AGENT or kind is Kind.LLM
    question, answer = plain_previews(attributes) if is_previewed else (None, None)
    observation = Observation(
        kind=kind,
        dialect=dialect_of(span.scope.name, _kind_key(ranks)),
        model=model,
        request_model=request_model,
        provider=provider,
        usage=usage,
        cost_usd=cost_usd(provider, model, usage, span.start_ns) if cost is None else cost,
        cost_reported=cost is not None,
        agent_name=name,
        agent_name_is_derived=is_derived,
        tool_name=tool_name(span.name, found) if kind is Kind.TOOL else None,
        service=service,
        service_version=version,
        environment=environment,
        response_id=_response_id(found, kind),
        has_messages=_has_messages(span, found, kind, logs),
        is_placeholder=found.get("span_type") == "pending_span",
        failure=read_failure(span, kind, found) if is_error(span, found) else None,
        input_preview=question,
        output_preview=answer,
        **{name: found[name] for name in _COPIED if name in found},
    )
    if is_previewed and (question is None or answer is None):
        return _with_read_previews(observation, span, logs)
    return observation


def _with_read_previews(observation: Observation, span: Span, logs: Sequence[LogRecord]) -> Observation:
    """The previews that only the deep reading can find, where the span is worth it."""
    if not is_worth_reading(span, observation.kind, logs):
        return observation
    question, answer = read_previews(span, observation, logs)
    return replace(
        observation,
        input_preview=observation.input_preview or question,
        output_preview=observation.output_preview or answer,
    )


def _gather(attributes: Attributes) -> tuple[Found, dict[str, int]]:
    """The winner of each field, and the rank of its key."""
    found: Found = {}
    ranks: dict[str, int] = {}
    rules_of = RULES.get
    for key, value in attributes.items():
        rules = rules_of(key)
        if rules is None or value is None:
            continue
        for field, rank, read in rules:
            if field in ranks and ranks[field] <= rank:
                continue
            said = read(value)
            if said is not None:
                found[field] = said
                ranks[field] = rank
    return found, ranks


def _ask_metadata(found: Found, ranks: dict[str, int]) -> None:
    """Members of the `metadata` object, for fields that no better key has answered."""
    metadata = found.get("metadata")
    if metadata is None:
        return
    members = None
    for field, rank in METADATA_RANK.items():
        if ranks.get(field, _NO_RANK) > rank:
            members = members or head(metadata)
            values = {
                "agent_name": (members.lc_agent_name,),
                "session_id": (members.session_id, members.thread_id),
                "user_id": (members.user_id,),
            }[field]
            value = next((said for said in map(text, values) if said is not None), None)
            if value is not None:
                found[field] = value


def _ask_resource(found: Found, resource: Attributes) -> None:
    """Session and user of a whole process, for spans that name none."""
    for field, keys in RESOURCE_KEYS.items():
        if field in found:
            continue
        for key in keys:
            said = text(resource[key]) if key in resource else None
            if said is not None:
                found[field] = said
                break


def _kind_key(ranks: dict[str, int]) -> str | None:
    return _KIND_KEYS[ranks["kind"]] if "kind" in ranks else None


def _kind_of_shape(span: Span, found: Found) -> Kind:
    """The kind of a span whose sender names none. Never guessed from the scope alone."""
    if span.scope.name == "pydantic-ai":
        named = kinds.pydantic_ai(span.name)
        if named is not None:
            return named
    if "tool_name" in found:
        return Kind.TOOL
    if "request_model" in found or "model" in found:
        proofs = ("input_tokens", "output_tokens", "total_tokens", "response_id", "messages")
        if any(proof in found for proof in proofs) or _has_flattened_messages(span.attributes):
            return Kind.LLM
    if any(key.startswith(DOCUMENT_PREFIX) for key in span.attributes):
        return Kind.RETRIEVER
    return Kind.SPAN


def _models(found: Found, kind: Kind) -> tuple[str | None, str | None]:
    """(request model, display model)."""
    request: str | None = found.get("request_model")
    if request is None and "model_parameters" in found:
        request = text(head(found["model_parameters"]).model)
    if request is None:
        request = found.get("late_request_model")
    if request is None and kind in MODEL_KINDS:
        if "model" not in found and "request_json" in found:
            request = text(head(found["request_json"]).model)
        request = request or found.get("copied_model")
    return request, found.get("model") or request


def _response_id(found: Found, kind: Kind) -> str | None:
    stated: str | None = found.get("response_id")
    if stated is None and kind in MODEL_KINDS and "response_json" in found:
        return text(head(found["response_json"]).id)
    return stated


def _has_flattened_messages(attributes: Attributes) -> bool:
    return any(key.startswith(MESSAGE_PREFIXES) for key in attributes)


def _has_messages(span: Span, found: Found, kind: Kind, logs: Sequence[LogRecord]) -> bool:
    """Whether the span seems to carry messages: by its keys and events, without reading them."""
    if "messages" in found or logs:
        return True
    if kind is not Kind.LLM:
        return False
    if any(event.name.startswith(("gen_ai.", "llm.content")) for event in span.events):
        return True
    request = found.get("request_json")
    if isinstance(request, str) and '"role"' in request:
        return True
    return _has_flattened_messages(span.attributes)


def _origin(span: Span, found: Found) -> tuple[str | None, str | None, str | None]:
    """(service, version, environment): what the resource says; Langfuse also says it on spans."""
    resource = span.resource.attributes
    service = text(resource.get("service.name"))
    if service is None or service.startswith("unknown_service"):
        service = found.get("span_service")
    version = (
        text(resource.get("service.version"))
        or found.get("span_release")
        or text(resource.get("langfuse.release"))
    )
    environment = (
        text(resource.get("deployment.environment.name"))
        or text(resource.get("deployment.environment"))
        or found.get("span_environment")
        or text(resource.get("langfuse.environment"))
        or text(resource.get("env"))
    )
    return service, version, environment
