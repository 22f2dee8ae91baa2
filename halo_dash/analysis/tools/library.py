"""What one agent may read, as the engine hands it over: tools, functions of code, a part for a subagent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from halo_dash.analysis.reading.shown import written
from halo_dash.analysis.reading.trace_view import FIRST
from halo_dash.analysis.reading.workspace import Workspace
from halo_dash.analysis.selection import Selection
from halo_dash.analysis.tools.bound import BoundTool
from halo_dash.analysis.tools.code import code_functions
from halo_dash.analysis.tools.reading import reading_tools
from halo_dash.model.run import Seen
from halo_dash.store import Store


class ReadingLibrary:
    """Of one agent. Thread-safe."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    @classmethod
    def of(cls, store: Store, selection: Selection, seen: Callable[[Seen], None]) -> ReadingLibrary:
        """Of the root agent of a run; `seen` is told of every trace that was looked at."""
        return cls(Workspace(store, selection, seen))

    def overview(self) -> str:
        """The selection in figures, as JSON."""
        return written(self.workspace.overview())

    def about(self) -> str:
        """What the selection is: its size, how it was drawn."""
        size, note = self.workspace.selection.size, self.workspace.selection.note
        return note or f"{size.read_traces:,} traces with {size.read_spans:,} spans; all of them can be read."

    def tools(self) -> Sequence[BoundTool[Any]]:
        """The typed tools."""
        return reading_tools(self.workspace)

    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """The functions of the code environment."""
        return code_functions(self.workspace)

    def whole(self, trace_id: str) -> str:
        """A trace as JSON for a model that reads it whole, portion after portion. Raises `NotFoundError`."""
        portions: list[str] = []
        after: str | None = FIRST
        while after is not None:
            found = self.workspace.trace(trace_id, after)
            head = found if not portions else {"spans": found["spans"]}
            after = found.get("next_after")
            portions.append(written({name: value for name, value in head.items() if name != "next_after"}))
        return "\n".join(portions)

    def narrowed(
        self, asked: str | Mapping[str, Any] | None, trace_ids: Sequence[str] = ()
    ) -> ReadingLibrary:
        """A part of it. Raises `UsageError`: no such filter."""
        return ReadingLibrary(self.workspace.narrowed(asked, trace_ids))

    def for_agent(self, path: str) -> ReadingLibrary:
        """The same for another agent; what is seen is noted as seen by it."""
        return ReadingLibrary(self.workspace.for_agent(path))
