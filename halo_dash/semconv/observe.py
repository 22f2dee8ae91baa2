"""The cheap reading of one span, done for every span as it arrives (rules: docs/reading.md).

The attributes are walked once. Each known key looks up the fields it serves; of a field's keys the one
that ranks first and can be read wins. JSON is parsed only where a rule cannot do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from halo_dash.model.observation import MODEL_KINDS, NO_USAGE, Kind, Observation
from halo_dash.model.span import EMPTY_RESOURCE, Attributes, LogRecord, Resource, Span
from halo_dash.semconv import kinds, providers
from halo_dash.semconv.call_terms import read_terms
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
from halo_dash.semconv.kinds import AGENT, LLM, SPAN, TOOL
from halo_dash.semconv.names import agent_id, agent_name, tool_name
from halo_dash.semconv.preview import is_worth_reading, plain_previews, read_previews
from halo_dash.semconv.pricing import TABLE_PRICES, PriceBook
from halo_dash.semconv.usage import read_usage, reported_cost
from halo_dash.semconv.values import head, text

READING_VERSION = 6
"""Raise when a change of the rules should re-read spans that are already stored."""

Found = dict[str, Any]
"""Field -> the value that won."""

_KIND_KEYS = tuple(KIND_KEYS)
_NO_RANK = 1_000
_ORIGIN_KEYS = frozenset(
    {
        "service.name",
        "service.version",
        "langfuse.release",
        "deployment.environment.name",
        "deployment.environment",
        "langfuse.environment",
        "env",
        *(key for keys in RESOURCE_KEYS.values() for key in keys),
    }
)


def observe(span: Span, logs: Sequence[LogRecord] = (), prices: PriceBook = TABLE_PRICES) -> Observation:
    """Read one span, with the log records that belong to it, and price it where its sender does not."""
    attributes = span.attributes
    found, ranks = gather(attributes)
    get = found.get
    if "metadata" in found:
        _ask_metadata(found, ranks)
    origin = _origin_of(span.resource)
    kind = get("kind") or _kind_of_shape(span, found)
    request_model, model = _models(found, kind)
    provider = get("provider") or (providers.of_model(model) if model else None)
    usage, _ = read_usage(found)
    cost = reported_cost(found)
    if cost is not None:
        price = cost
    elif usage is NO_USAGE or model is None:
        price = None
    else:
        price = prices.charge(provider, model, usage, span.start_ns, read_terms(found).terms).cost_usd
    name, is_derived = agent_name(span.name, kind, found)
    is_previewed = not span.parent_span_id or kind is AGENT or kind is LLM
    question, answer = plain_previews(attributes) if is_previewed else (None, None)
    observation = Observation(
        kind=kind,
        dialect=dialect_of(span.scope.name, _kind_key(ranks)),
        model=model,
        request_model=request_model,
        provider=provider,
        usage=usage,
        cost_usd=price,
        cost_reported=cost is not None,
        agent_name=name,
        agent_name_is_derived=is_derived,
        agent_id=agent_id(found),
        agent_role=get("agent_role"),
        agent_version=get("agent_version"),
        session_id=get("session_id") or origin.session_id,
        user_id=get("user_id") or origin.user_id,
        tool_name=tool_name(span.name, found) if kind is TOOL else None,
        tool_call_id=get("tool_call_id"),
        service=origin.service or get("span_service"),
        service_version=origin.version or get("span_release") or origin.langfuse_release,
        environment=origin.environment or get("span_environment") or origin.other_environment,
        trace_name=get("trace_name"),
        response_id=_response_id(found, kind),
        has_messages=_has_messages(span, found, kind, logs),
        is_placeholder=get("span_type") == "pending_span",
        failure=read_failure(span, kind, found) if is_error(span, found) else None,
        input_preview=question,
        output_preview=answer,
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


def gather(attributes: Attributes) -> tuple[Found, dict[str, int]]:
    """The winner of each field, and the rank of its key."""
    found: Found = {}
    ranks: dict[str, int] = {}
    rules_of = RULES.get
    for key, value in attributes.items():
        rules = rules_of(key)
        if rules is None or value is None:
            continue
        for field, rank, read in rules:
            if field in found and ranks[field] <= rank:
                continue
            said = read(value)
            if said is not None:
                found[field] = said
                ranks[field] = rank
    return found, ranks


def _ask_metadata(found: Found, ranks: dict[str, int]) -> None:
    """Members of the `metadata` object, for fields that no better key has answered."""
    metadata = found["metadata"]
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


def _kind_key(ranks: dict[str, int]) -> str | None:
    return _KIND_KEYS[ranks["kind"]] if "kind" in ranks else None


def _kind_of_shape(span: Span, found: Found) -> Kind:
    """The kind of a span whose sender names none. Never guessed from the scope alone."""
    if span.scope.name == "pydantic-ai":
        named = kinds.pydantic_ai(span.name)
        if named is not None:
            return named
    if "tool_name" in found:
        return TOOL
    if "request_model" in found or "model" in found:
        proofs = ("input_tokens", "output_tokens", "total_tokens", "response_id", "messages")
        if any(proof in found for proof in proofs) or _has_flattened_messages(span.attributes):
            return LLM
    if any(key.startswith(DOCUMENT_PREFIX) for key in span.attributes):
        return Kind.RETRIEVER
    return SPAN


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
    if kind is not LLM:
        return False
    if any(event.name.startswith(("gen_ai.", "llm.content")) for event in span.events):
        return True
    request = found.get("request_json")
    if isinstance(request, str) and '"role"' in request:
        return True
    return _has_flattened_messages(span.attributes)


class _Origin(NamedTuple):
    """What a resource says of every span of a process, in the order in which it is believed."""

    service: str | None
    version: str | None
    langfuse_release: str | None
    environment: str | None
    other_environment: str | None
    session_id: str | None
    user_id: str | None


def _origin(resource: Attributes) -> _Origin:
    said = {key: text(value) for key, value in resource.items() if key in _ORIGIN_KEYS}.get
    service = said("service.name")
    return _Origin(
        service=None if service is None or service.startswith("unknown_service") else service,
        version=said("service.version"),
        langfuse_release=said("langfuse.release"),
        environment=said("deployment.environment.name") or said("deployment.environment"),
        other_environment=said("langfuse.environment") or said("env"),
        session_id=next(filter(None, map(said, RESOURCE_KEYS["session_id"])), None),
        user_id=next(filter(None, map(said, RESOURCE_KEYS["user_id"])), None),
    )


class _Origins:
    """Remembers the last resource: the spans of a request share one, and come one after the other."""

    def __init__(self) -> None:
        self._last = EMPTY_RESOURCE, _origin({})

    def of(self, resource: Resource) -> _Origin:
        known, origin = self._last
        if known is not resource:
            origin = _origin(resource.attributes)
            self._last = resource, origin
        return origin


_origin_of = _Origins().of
