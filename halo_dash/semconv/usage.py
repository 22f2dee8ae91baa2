"""Tokens and cost of one span: direct keys first, then the JSON blobs some dialects write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

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
    "cache_write_1h": ("cache_creation.ephemeral_1h_input_tokens",),
    "reasoning": (
        "output_token_details.reasoning",
        "completion_tokens_details.reasoning_tokens",
        "output_tokens_details.reasoning_tokens",
        "output_reasoning_tokens",
    ),
    "input_audio": ("input_token_details.audio", "prompt_tokens_details.audio_tokens"),
    "output_audio": ("output_token_details.audio", "completion_tokens_details.audio_tokens"),
}
"""How providers and SDKs call the members of a usage object."""

_PATHS = {name: tuple((path, path.split(".")) for path in paths) for name, paths in _MEMBERS.items()}

BLOBS = ("usage_blob", "input_details_blob", "output_details_blob")
"""The fields that hold usage objects."""


MAX_TOKENS = 10**10
"""More tokens of one span are not believed: the longest prompts are a thousand times shorter."""


class UsageReading(NamedTuple):
    """The tokens, and the rules by which they were read."""

    usage: Usage
    rules: tuple[str, ...]
    """Codes of `LEDGER_RULES`, in the order in which they were applied."""


_NOTHING = UsageReading(NO_USAGE, ())


def read_usage(found: Found) -> UsageReading:
    """Tokens of one span, input inclusive of cache and output inclusive of reasoning."""
    get = found.get
    said = (
        get("input_tokens"),
        get("output_tokens"),
        get("total_tokens"),
        get("cache_read_tokens"),
        get("cache_write_tokens"),
        get("reasoning_tokens"),
    )
    rules: tuple[str, ...] = ()
    if "usage_blob" in found or "input_details_blob" in found or "output_details_blob" in found:
        said, rules = _filled(said, usage_members(found))
    if not any(said):
        return _NOTHING if said == (None,) * 6 else UsageReading(NO_USAGE, (*rules, "zero"))
    if any(count is not None and count > MAX_TOKENS for count in said):
        return UsageReading(NO_USAGE, (*rules, "too_many"))
    tokens_in, tokens_out, total, read, write, reasoning = said
    if read or write or reasoning:
        tokens_in, tokens_out, more = _inclusive(
            tokens_in, tokens_out, total, (read or 0) + (write or 0), reasoning or 0
        )
        rules += more
    if total is None and tokens_in is not None and tokens_out is not None:
        total = tokens_in + tokens_out
        rules += ("total_added",)
    elif total is None:
        total = tokens_in if tokens_in is not None else tokens_out
    return UsageReading(Usage(tokens_in, tokens_out, total, read, write, reasoning), rules)


_Figures = tuple[int | None, int | None, int | None, int | None, int | None, int | None]
_ORDER = ("input", "output", "total", "cache_read", "cache_write", "reasoning")


def _filled(said: _Figures, members: Mapping[str, tuple[int, str]]) -> tuple[_Figures, tuple[str, ...]]:
    """What was said, and what only the usage object says."""
    filled = tuple(
        members[name][0] if figure is None and name in members else figure
        for figure, name in zip(said, _ORDER, strict=True)
    )
    return filled, ("blob",) if filled != said else ()  # type: ignore[return-value] # as many as before


def _inclusive(
    tokens_in: int | None, tokens_out: int | None, total: int | None, cached: int, reasoning: int
) -> tuple[int | None, int | None, tuple[str, ...]]:
    """Add what a sender counted apart: its own total says so, or more tokens were cached than sent."""
    rules: list[str] = []
    if tokens_in is None:
        return tokens_in, tokens_out, ()
    missing = total - tokens_in - tokens_out if total is not None and tokens_out is not None else 0
    if cached:
        is_larger = cached > tokens_in
        if is_larger or missing in (cached, cached + reasoning):
            missing -= cached
            tokens_in += cached
            rules.append("cache_larger" if is_larger else "cache_apart")
        else:
            rules.append("cache_inside")
    if reasoning and tokens_out is not None:
        if missing == reasoning:
            tokens_out += reasoning
            rules.append("reasoning_apart")
        else:
            rules.append("reasoning_inside")
    return tokens_in, tokens_out, tuple(rules)


def usage_members(found: Found) -> dict[str, tuple[int, str]]:
    """Our name -> (count, path) of each member of the usage objects of a span."""
    usage = dict(mapping(found.get("usage_blob")))
    if "input_details_blob" in found:
        usage.setdefault("input_token_details", mapping(found["input_details_blob"]))
    if "output_details_blob" in found:
        usage.setdefault("output_token_details", mapping(found["output_details_blob"]))
    read: dict[str, tuple[int, str]] = {}
    for name, paths in _PATHS.items():
        for path, steps in paths:
            count = whole(_member(usage, steps))
            if count is not None:
                read[name] = count, path
                break
    return read


def _member(usage: AttributeValue, path: list[str]) -> AttributeValue:
    value = usage
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def reported_cost(found: Found) -> float | None:
    """The cost the sender states, in USD. Zero-filled cost details mean that it did not know either."""
    stated = stated_cost(found)
    return None if stated is None else stated[0]


def stated_cost(found: Found) -> tuple[float, tuple[str, ...]] | None:
    """(the cost the sender states in USD, the fields that say so)."""
    cost: float | None = found.get("cost")
    if cost is not None:
        return cost, ("cost",)
    if "cost_blob" in found:
        details = mapping(found["cost_blob"])
        for name in ("total", "total_cost"):
            stated = amount(details.get(name))
            if stated:
                return stated, ("cost_blob",)
        summed = sum(amount(part) or 0.0 for part in details.values())
        if summed:
            return summed, ("cost_blob",)
    parts = {name: found[name] for name in ("input_cost", "output_cost") if name in found}
    return (sum(parts.values()), tuple(parts)) if parts else None
