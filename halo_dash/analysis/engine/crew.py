"""What all agents of a run share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from halo_dash.analysis.engine.budget import Budget
from halo_dash.analysis.engine.calls import ModelCalls
from halo_dash.analysis.engine.halting import Halt
from halo_dash.analysis.engine.journal import Journal
from halo_dash.analysis.engine.recording import Recorder
from halo_dash.analysis.provider.wire import ToolSpec
from halo_dash.model.report import Report
from halo_dash.model.run import Role, Run


@dataclass(frozen=True, slots=True)
class Place:
    """A tool call in the run: whose, and which item its answer will be."""

    agent: str
    position: int
    turn: int

    @property
    def key(self) -> str:
        """The same again when the call is made again after a crash."""
        return f"{self.agent}/{self.position}"


@dataclass(frozen=True, slots=True)
class Told:
    """What a tool answers."""

    text: str
    is_error: bool = False
    variables: bytes | None = None
    """The state of the agent's code session after it, to be stored with the answer."""
    is_progress: bool = False
    """To make the very same call again does something else."""


class Tool(Protocol):
    """A tool bound to an agent."""

    @property
    def spec(self) -> ToolSpec:
        """As the model is told of it."""

    @property
    def is_sequential(self) -> bool:
        """Several calls in one turn are made one after the other, in their order."""

    @property
    def is_waiting(self) -> bool:
        """It waits for models, so it takes none of the places for tools."""

    def call(self, arguments: str, place: Place) -> Told:
        """Use it. Raises `HaloError` with words for the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Of one run in the process that executes it."""

    run: Run
    calls: ModelCalls
    budget: Budget
    journal: Journal
    halt: Halt
    recorder: Recorder
    tool_places: threading.Semaphore
    """How many tools may read at once, over all agents."""
    verify: Callable[[Report], Report]
    """Every citation and count looked up in what the run may read."""
    window: Callable[[str], int]
    """Tokens that fit into the context of a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What one agent is there for."""

    path: str
    depth: int
    role: Role
    question: str
    system: str
    max_turns: int
    answer_tool: ToolSpec
    read_answer: Callable[[str], Report]
    """From the arguments of the answer tool. Raises `InvalidInputError`."""
    material: str = ""
    """What it begins with besides the question; it quotes traces, so it is no part of the instructions."""
    caller: str = ""
    """Place of the span that called it, in the trace of the run."""

    @property
    def is_root(self) -> bool:
        """It answers the user."""
        return self.depth == 0
