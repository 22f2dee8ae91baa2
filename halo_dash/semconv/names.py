"""What an agent and a tool are called, also where only the span's own name says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from halo_dash.model.figures import UNNAMED
from halo_dash.model.observation import Kind
from halo_dash.semconv.kinds import AGENT
from halo_dash.semconv.values import text

_AGENT_PREFIXES = ("invoke_agent ", "create_agent ", "agent.")
_AGENT_SUFFIXES = (".agent", ".run")
_TOOL_PREFIXES = ("execute_tool ", "running tool: ", "function.", "tool.")
_TOOL_SUFFIXES = (".tool", ".run")

_NAMED_BY_FUNCTION = frozenset({Kind.AGENT, Kind.LLM, Kind.TOOL})
"""Vercel repeats the run's function id on every span; on an embedding call it names no agent."""


def agent_name(span_name: str, kind: Kind, found: Mapping[str, Any]) -> tuple[str | None, bool]:
    """(name, whether it was only taken from the span's own name)."""
    named: str | None = _unless_unnamed(found.get("agent_name"))
    if named is None and kind is AGENT:
        named = found.get("agent_node")
    if named is None and kind in _NAMED_BY_FUNCTION:
        named = found.get("vercel_function")
    if named is None and kind is AGENT:
        named = found.get("entity_name")
        if named is None:
            bare = text(_bare(span_name, _AGENT_PREFIXES, _AGENT_SUFFIXES))
            return _unless_unnamed(bare), True
    return _unless_unnamed(named), False


def agent_id(found: Mapping[str, Any]) -> str | None:
    """The id of an agent."""
    return _unless_unnamed(found.get("agent_id"))


def _unless_unnamed(said: str | None) -> str | None:
    """An agent that is called as those are that nobody names has no name."""
    return None if said == UNNAMED else said


def tool_name(span_name: str, found: Mapping[str, Any]) -> str | None:
    """The name of the tool that a TOOL span ran."""
    named: str | None = found.get("tool_name") or found.get("entity_name")
    return named or text(_bare(span_name, _TOOL_PREFIXES, _TOOL_SUFFIXES))


def _bare(name: str, prefixes: tuple[str, ...], suffixes: tuple[str, ...]) -> str:
    """The name without the dialect's prefix and suffix; empty where it is nothing but one of them."""
    bare = name
    for prefix in prefixes:
        # A span of an operation without a name is called `invoke_agent` alone.
        if f"{name} ".startswith(prefix):
            bare = name[len(prefix) :]
            break
    for suffix in suffixes:
        if bare.endswith(suffix):
            bare = bare[: -len(suffix)]
            break
    return bare
