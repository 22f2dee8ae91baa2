"""Which convention a span is written in; shown on the collector page and in a span's details."""

from __future__ import annotations

from functools import lru_cache

_KIND_DIALECTS = {
    "inference.observation_kind": "inference",
    "inference.observation.kind": "inference",
    "openinference.span.kind": "openinference",
    "langfuse.observation.type": "langfuse",
    "langsmith.span.kind": "langsmith",
    "mlflow.spanType": "mlflow",
    "ai.operationId": "vercel",
    "gen_ai.operation.name": "gen_ai",
    "traceloop.span.kind": "openllmetry",
    "llm.request.type": "openllmetry",
    "langchain.run_type": "langsmith",
    "braintrust.span_type": "braintrust",
    "braintrust.span_attributes": "braintrust",
    "lmnr.span.type": "laminar",
}

_SCOPES = (
    ("openinference.", "openinference"),
    ("catalyst_tracing", "inference"),
    ("@inference/", "inference"),
    ("pydantic-ai", "pydantic_ai"),
    ("logfire", "logfire"),
    ("langfuse", "langfuse"),
    ("langsmith", "langsmith"),
    ("mlflow", "mlflow"),
    ("traceloop", "openllmetry"),
    ("openlit", "openlit"),
    ("braintrust", "braintrust"),
    ("lmnr.", "laminar"),
)


@lru_cache(maxsize=1024)
def dialect_of(scope_name: str, kind_key: str | None) -> str:
    """The dialect from the scope where it gives itself away, else from the key that named the kind."""
    low = scope_name.lower()
    for prefix, dialect in _SCOPES:
        if low.startswith(prefix):
            return dialect
    if kind_key is not None:
        return _KIND_DIALECTS[kind_key]
    return "plain"
