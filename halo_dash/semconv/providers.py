"""Who serves the model: one spelling for each provider (semconv, provider clean-up)."""

from __future__ import annotations

import re
from functools import lru_cache

from halo_dash.model.span import AttributeValue
from halo_dash.semconv.values import decoded_text

_SAME = {
    **dict.fromkeys(
        ("gemini", "gcp.gemini", "google", "google_genai", "gcp.gen_ai", "google_generative_ai"), "google"
    ),
    **dict.fromkeys(
        ("gcp.vertex_ai", "vertex_ai", "google.vertex", "vertexai", "google_vertexai"), "google.vertex"
    ),
    **dict.fromkeys(
        ("az.ai.openai", "azure.ai.openai", "azure-openai", "azure_openai", "azure.openai", "azure"),
        "azure.openai",
    ),
    **dict.fromkeys(("aws.bedrock", "bedrock", "amazon-bedrock", "amazon_bedrock"), "aws.bedrock"),
    **dict.fromkeys(("mistral_ai", "mistralai", "mistral"), "mistral"),
    **dict.fromkeys(("x_ai", "xai", "x-ai"), "xai"),
    "az.ai.inference": "azure.inference",
    "azure.ai.inference": "azure.inference",
    "ibm.watsonx.ai": "ibm.watsonx",
}
_FRAMEWORKS = frozenset(
    {
        "_other",
        "agent_framework",
        "agno",
        "autogen",
        "crewai",
        "custom",
        "dspy",
        "gateway",
        "gcp.vertex.agent",
        "google_adk",
        "haystack",
        "langchain",
        "langfuse",
        "langgraph",
        "langsmith",
        "litellm",
        "llama_index",
        "llamaindex",
        "microsoft.agent_framework",
        "mlflow",
        "none",
        "openai-agents",
        "openai_agents",
        "openlit",
        "pydantic-ai",
        "pydantic_ai",
        "semantic_kernel",
        "smolagents",
        "strands",
        "strands-agents",
        "traceloop",
        "unknown",
        "vercel",
    }
)
"""Senders name the framework where the provider belongs; it says nothing about who served the model."""

_DOTTED = ("aws.", "azure.", "google.", "gcp.", "ibm.", "oci.")
"""Names whose dot is part of the name; elsewhere it starts an API name (`openai.chat`)."""

_MODELS = (
    (
        ("gpt-", "o1", "o3", "o4", "chatgpt-", "text-embedding-3", "text-embedding-ada", "dall-e", "codex-"),
        "openai",
    ),
    (("claude-",), "anthropic"),
    (("gemini-", "gemma-"), "google"),
    (("mistral", "ministral", "magistral", "codestral", "pixtral", "devstral"), "mistral"),
    (("grok-",), "xai"),
    (("deepseek-",), "deepseek"),
    (("command-", "command", "embed-english", "embed-multilingual", "rerank-"), "cohere"),
)


def canonical(value: AttributeValue) -> str | None:
    """The provider's one name, or None where the value names a framework (the next key is tried then)."""
    name = decoded_text(value)
    return _canonical(name) if name else None


@lru_cache(maxsize=1024)
def _canonical(name: str) -> str | None:
    low = name.lower()
    if low in _SAME:
        return _SAME[low]
    if "." in low and not low.startswith(_DOTTED):
        low = low.partition(".")[0]
    elif low.startswith(("google.generative-ai", "google.gemini")):
        low = "google"
    elif low.startswith("google.vertex"):
        low = "google.vertex"
    low = _SAME.get(low, low)
    return None if low in _FRAMEWORKS or not low else low


_BEDROCK = re.compile(
    r"(?:(?:us|eu|apac|au|jp|global|us-gov)\.)?(?:anthropic|amazon|meta|mistral|cohere|deepseek|ai21)\."
)
"""How model ids look on AWS Bedrock: `us.anthropic.claude-…`, the region being optional."""


@lru_cache(maxsize=4096)
def of_model(model: str) -> str | None:
    """The provider that a model's name gives away, or None. Gateways put theirs before a slash."""
    low = model.lower()
    if _BEDROCK.match(low):
        return "aws.bedrock"
    bare = low.rpartition("/")[2]
    for prefixes, provider in _MODELS:
        if bare.startswith(prefixes):
            return provider
    return None
