"""What ran or instrumented an agent, by the names of instrumentation scopes.

A scope is named after the package that made the span, so one of its words nearly always is the framework's.
"""

from __future__ import annotations

import re
from functools import lru_cache

_SCOPES = {
    "ai": "Vercel AI SDK",
    "gen_ai": "Vercel AI SDK",  # since its version 7
    "openai-agents-sdk": "OpenAI Agents",  # its own export
    "com.anthropic.claude_code": "Claude Code",
    "gcp.vertex.agent": "Google ADK",
    "traceloop.tracer": "Traceloop SDK",
}
_WORDS = {
    "openai_agents": "OpenAI Agents",
    "pydantic_ai": "Pydantic AI",
    "langgraph": "LangGraph",
    "langchain": "LangChain",
    "llama_index": "LlamaIndex",
    "llamaindex": "LlamaIndex",
    "crewai": "CrewAI",
    "autogen": "AutoGen",
    "autogen_agentchat": "AutoGen",
    "autogen_core": "AutoGen",
    "agent_framework": "Microsoft Agent Framework",
    "semantic_kernel": "Semantic Kernel",
    "google_adk": "Google ADK",
    "strands": "Strands Agents",
    "strands_agents": "Strands Agents",
    "smolagents": "smolagents",
    "agno": "Agno",
    "beeai": "BeeAI",
    "dspy": "DSPy",
    "haystack": "Haystack",
    "mastra": "Mastra",
    "langsmith": "LangSmith",
    "mlflow": "MLflow",
    "langfuse_sdk": "Langfuse",
    "openai": "OpenAI SDK",
    "openai_v2": "OpenAI SDK",
    "anthropic": "Anthropic SDK",
    "google_genai": "Google Gen AI SDK",
    "google_generativeai": "Google Gen AI SDK",
    "vertexai": "Vertex AI",
    "bedrock": "Amazon Bedrock",
    "mistralai": "Mistral SDK",
    "groq": "Groq SDK",
    "litellm": "LiteLLM",
    "ollama": "Ollama",
    "logfire": "Logfire",
}
_LAST = "Traceloop SDK"
_RANK = {name: rank for rank, name in enumerate(dict.fromkeys((*_WORDS.values(), *_SCOPES.values())))}
_RANK[_LAST] = len(_RANK)
"""Where several took part: what runs agents says more than a model's client, that more than a tracer."""


@lru_cache(maxsize=4096)
def framework_of(scopes: frozenset[str]) -> str | None:
    """The framework by the names of the scopes of some spans; None where none is known."""
    found = {name for scope in scopes if (name := _named(scope)) is not None}
    return min(found, key=_RANK.__getitem__) if found else None


def _named(scope: str) -> str | None:
    whole = _SCOPES.get(scope)
    if whole is not None:
        return whole
    words = {word.replace("-", "_").lower() for word in re.split(r"[./]", scope)}
    names = {name for word, name in _WORDS.items() if word in words}
    return min(names, key=_RANK.__getitem__) if names else None
