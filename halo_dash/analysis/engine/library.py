"""What an agent may read: the tools, the functions of its code, and a narrower part of it for a subagent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from halo_dash.analysis.provider.wire import ToolSpec


class Bound(Protocol):
    """A reading tool, bound to what may be read."""

    @property
    def spec(self) -> ToolSpec:
        """As the model is told of it."""

    def call(self, arguments_json: str) -> Answered:
        """Use it."""


class Answered(Protocol):
    """What a reading tool answers."""

    @property
    def text(self) -> str:
        """For the model."""

    @property
    def is_error(self) -> bool:
        """The call was wrong."""


class Library(Protocol):
    """Of one agent."""

    def overview(self) -> str:
        """The selection in figures, as JSON."""

    def about(self) -> str:
        """What the selection is: its size, how it was drawn."""

    def tools(self) -> Sequence[Bound]:
        """The typed tools."""

    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """The functions of the code environment."""

    def whole(self, trace_id: str) -> str:
        """A trace as text for a model that reads it whole. Raises `NotFoundError`."""

    def narrowed(self, asked: str | Mapping[str, Any] | None, trace_ids: Sequence[str]) -> Library:
        """A part of it. Raises `HaloError`: no such filter."""

    def for_agent(self, path: str) -> Library:
        """The same for another agent; what is seen is noted as seen by it."""
