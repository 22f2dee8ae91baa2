"""Attributes that say how something ended."""

from __future__ import annotations

_OUTCOME = (
    *("error", "exception", "status", "otel.status_code", "otel.status_description", "output"),
    *("gen_ai.response", "gen_ai.output", "gen_ai.usage", "llm.output_messages", "llm.token_count"),
    *("llm.usage", "http.status_code", "http.response", "rpc.grpc.status_code"),
)


def tells_outcome(key: str) -> bool:
    """Whether a key, or a key above it, is of what came out: that is no reason for which it came out so."""
    return key.startswith(_OUTCOME) and any(key == each or key.startswith(f"{each}.") for each in _OUTCOME)
