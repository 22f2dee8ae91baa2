"""How the demo's runs are written down: who says what, which tools are used, what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Dialect: TypeAlias = Literal["gen_ai", "openinference"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error as an exception event tells it."""

    type: str
    message: str
    stack: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that is offered to the model; `arguments` are name and JSON type, all of them required."""

    name: str
    description: str
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent of the demo and how it is instrumented."""

    id: str
    name: str
    service: str
    dialect: Dialect
    provider: str
    model: str
    system: str
    tools: tuple[Tool, ...] = ()
    environment: str = "production"
    tokens_per_s: float = 90.0


@dataclass(frozen=True, slots=True)
class Use:
    """One tool call: the arguments (a string where the model wrote malformed JSON) and what came of it."""

    tool: str
    arguments: Mapping[str, object] | str
    result: object = None
    trouble: Trouble | None = None
    seconds: float = 0.4


@dataclass(frozen=True, slots=True)
class Ask:
    """A model call that asks for tools; several run in parallel."""

    uses: tuple[Use, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A model call that fails at the provider."""

    trouble: Trouble
    seconds: float = 0.6


@dataclass(frozen=True, slots=True)
class Retrieve:
    """Embedding the question and searching the index: (id, score, text) of each document found."""

    query: str
    documents: tuple[tuple[str, float, str], ...]
    seconds: float = 0.12


@dataclass(frozen=True, slots=True)
class Handoff:
    """The work goes to another agent, which runs inside this trace."""

    to: Agent
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """A model call that answers."""

    text: str
    finish_reason: str = "stop"


Step: TypeAlias = Ask | Refused | Retrieve | Handoff | Say


@dataclass(frozen=True, slots=True)
class Run:
    """One trace of the demo, before it has times and ids."""

    agent: Agent
    question: str
    steps: tuple[Step, ...]
    failed: Trouble | None = None
    """Why the run as a whole failed; None when it came to an answer."""
    planted: str | None = None
    """The failure of `DEMO_TRUTH` that is in it."""
    history: tuple[tuple[str, str], ...] = ()
    """(question, answer) of the session's earlier turns, which every model call resends."""
    cut: Literal["", "running", "rootless"] = ""
    """`running`: the root has not ended. `rootless`: the root never arrived."""
