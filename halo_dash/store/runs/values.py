"""What the process that executes a run hands to the store, and reads from it again after a crash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from halo_dash.model.run import RunEvent, RunPhase, RunUsage, Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """One item of the context of an agent."""

    agent: str
    position: int
    value: Mapping[str, Any]
    """Plain values; the engine gives them their meaning."""
    turn: int = 0
    covers: int | None = None
    """A summary: the last position it stands for."""


@dataclass(frozen=True, slots=True)
class Memo:
    """Something that was asked of a sub-model or of a subagent."""

    key: str
    """Where it was asked; the same when the cell runs again."""
    child: str = ""
    """Path of the subagent; empty for a question to a sub-model."""
    answer: str | None = None
    """JSON; None while it is worked on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What one step of a run changed; stored all at once or not at all."""

    items: tuple[StoredItem, ...] = ()
    events: tuple[RunEvent, ...] = ()
    """Their sequence is given by the store. A text replaces the one before it of the same agent and turn."""
    usage: RunUsage | None = None
    phase: RunPhase | None = None
    memos: tuple[Memo, ...] = ()
    variables: Mapping[str, bytes] | None = None
    """Path of an agent -> the state of its code session."""
    seen: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """What others ask of a run that is executed, and what a process that takes it over has to know."""

    owner: str
    is_cancel_asked: bool
    reason: str
    active_ms: int
    selection: Mapping[str, Any] | None
    started_ns: int | None


@dataclass(frozen=True, slots=True)
class RunChanges:
    """What changed since a moment that is named by a number."""

    changed: int
    """To be given the next time."""
    run_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutboundConnection:
    """A host that was contacted."""

    host: str
    port: int
    purpose: str
    first_ns: int
    last_ns: int
    count: int


@dataclass(frozen=True, slots=True)
class RunsSize:
    """What conversations take."""

    conversations: int
    runs: int
    bytes: int
    """Of their contents, compressed as they are stored."""
