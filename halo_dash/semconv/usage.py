"""Tokens and cost of one span: direct keys first, then the JSON blobs some dialects write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halo_dash.model.observation import NO_USAGE, Usage
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.values import amount, mapping, whole

Found = Mapping[str, Any]
"""Field -> the value that won, as `observe` gathers them."""

_MEMBERS: dict[str, tuple[str, ...]] = {
    "input": ("input", "input_tokens", "prompt_tokens", "promptTokens", "inputTokens"),
    "output": ("output", "output_tokens", "completion_tokens", "completionTokens", "outputTokens"),
    "total": ("total", "total_tokens", "totalTokens"),
    "cache_read": (
        "cache_read_input_tokens",
        "input_cached_tokens",
        "input_token_details.cache_read",
        "prompt_tokens_details.cached_tokens",
        "input_tokens_details.cached_tokens",
        "input_cache_read",
        "cache_read",
    ),
    "cache_write": (
        "cache_creation_input_tokens",
        "input_token_details.cache_creation",
        "input_cache_creation",
        "cache_write",
    ),
    "reasoning": (
        "output_token_details.reasoning",
        "completion_tokens_details.reasoning_tokens",
        "output_tokens_details.reasoning_tokens",
        "output_reasoning_tokens",
    ),
}
"""How providers and SDKs call the members of a usage object."""

_PATHS = {name: tuple(path.split(".") for path in paths) for name, paths in _MEMBERS.items()}


def read_usage(found: Found) -> Usage:
    """Tokens of one span, input inclusive of cache and output inclusive of reasoning."""
    get = found.get
    reported_in, reported_out = get("input_tokens"), get("output_tokens")
    total = get("total_tokens")
    read, write, reasoning = get("cache_read_tokens"), get("cache_write_tokens"), get("reasoning_tokens")
    if "usage_blob" in found or "input_details_blob" in found or "output_details_blob" in found:
        blob = _blob(found)
        reported_in = blob.get("input") if reported_in is None else reported_in
        reported_out = blob.get("output") if reported_out is None else reported_out
        total = blob.get("total") if total is None else total
        read = blob.get("cache_read") if read is None else read
        write = blob.get("cache_write") if write is None else write
        reasoning = blob.get("reasoning") if reasoning is None else reasoning
    if not (reported_in or reported_out or total or read or write or reasoning):
        return NO_USAGE
    tokens_in, tokens_out = _inclusive(
        reported_in, reported_out, total, (read or 0) + (write or 0), reasoning or 0
    )
    if total is None and tokens_in is not None and tokens_out is not None:
        total = tokens_in + tokens_out
    elif total is None:
        total = tokens_in if tokens_in is not None else tokens_out
    return Usage(tokens_in, tokens_out, total, read, write, reasoning)


def _inclusive(
    tokens_in: int | None, tokens_out: int | None, total: int | None, cached: int, reasoning: int
) -> tuple[int | None, int | None]:
    """Add what a sender counted apart: its own total says so, or more tokens were cached than sent."""
    if tokens_in is None:
        return tokens_in, tokens_out
    missing = total - tokens_in - tokens_out if total is not None and tokens_out is not None else 0
    if cached and (cached > tokens_in or missing in (cached, cached + reasoning)):
        missing -= cached
        tokens_in += cached
    if reasoning and tokens_out is not None and missing == reasoning:
        tokens_out += reasoning
    return tokens_in, tokens_out


def _blob(found: Found) -> dict[str, int]:
    """The members of the usage objects of a span, by our names."""
    usage = dict(mapping(found.get("usage_blob")))
    if "input_details_blob" in found:
        usage.setdefault("input_token_details", mapping(found["input_details_blob"]))
    if "output_details_blob" in found:
        usage.setdefault("output_token_details", mapping(found["output_details_blob"]))
    read: dict[str, int] = {}
    for name, paths in _PATHS.items():
        for path in paths:
            count = whole(_member(usage, path))
            if count is not None:
                read[name] = count
                break
    return read


def _member(usage: AttributeValue, path: list[str]) -> AttributeValue:
    value = usage
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def reported_cost(found: Found) -> float | None:
    """The cost the sender states, in USD. Zero-filled cost details mean that it did not know either."""
    cost: float | None = found.get("cost")
    if cost is not None:
        return cost
    if "cost_blob" in found:
        details = mapping(found["cost_blob"])
        for name in ("total", "total_cost"):
            stated = amount(details.get(name))
            if stated:
                return stated
        summed = sum(amount(part) or 0.0 for part in details.values())
        if summed:
            return summed
    parts: tuple[float | None, float | None] = (found.get("input_cost"), found.get("output_cost"))
    if parts[0] is None and parts[1] is None:
        return None
    return (parts[0] or 0.0) + (parts[1] or 0.0)
