"""`run_code`: the code environment of one agent, and what its cells may call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Protocol, TypeAlias

from halo_dash.analysis.engine.arguments import SubagentArguments
from halo_dash.analysis.engine.asking import Asking
from halo_dash.analysis.engine.carrying import carries_on
from halo_dash.analysis.engine.crew import Crew, Place, Told
from halo_dash.analysis.engine.library import Library
from halo_dash.analysis.engine.tools import CODE_TOOL, Spawn, read_code
from halo_dash.analysis.provider.wire import ToolSpec
from halo_dash.errors import InvalidInputError

Functions: TypeAlias = Mapping[str, Callable[..., Any]]


class Cell(Protocol):
    """What a cell did."""

    @property
    def text(self) -> str:
        """As the model is shown it."""

    @property
    def error(self) -> str | None:
        """Why it ended before its end."""


class Session(Protocol):
    """A code session."""

    def run(self, code: str, stop: threading.Event | None = None) -> Cell:
        """Run a cell. Raises `Stopped`, and `OvertakenError` of a function."""

    def dump(self) -> bytes:
        """Its variables."""

    def close(self) -> None:
        """End its worker."""


OpenSession: TypeAlias = Callable[[Functions, bytes | None], Session]
"""(the functions its cells may call, the variables of a session before or None) -> a session."""


class CodeRoom:
    """Of one agent. Its session begins with the first cell."""

    is_sequential = True
    is_waiting = True
    spec: ToolSpec = CODE_TOOL

    def __init__(
        self, crew: Crew, library: Library, open_session: OpenSession, path: str, spawn: Spawn | None
    ) -> None:
        """`spawn` is None where subagents are too deep; without any depth nothing asks a model."""
        self._crew, self._library, self._open, self._path = crew, library, open_session, path
        self._spawn = spawn
        self._session: Session | None = None
        self._asking: Asking | None = None
        self._place: Place | None = None
        self._stored = b""
        self._lock = threading.Lock()

    def call(self, arguments: str, place: Place) -> Told:
        """See `Tool`."""
        code = read_code(arguments)
        with self._lock:
            session = self._opened()
            self._asking, self._place = Asking(self._crew, place), place
            cell = session.run(code, self._crew.halt.event)
            self._crew.halt.check()
            text = cell.text.strip("\n") or "(nothing was printed)"
            is_progress = cell.error is None and carries_on(code)
            return Told(text, cell.error is not None, self._changed(session.dump()), is_progress)

    def _changed(self, dump: bytes) -> bytes | None:
        """The variables, where they are not those of the cell before."""
        digest = blake2b(dump, digest_size=16).digest()
        if digest == self._stored:
            return None
        self._stored = digest
        return dump

    def close(self) -> None:
        """End the session."""
        if self._session is not None:
            self._session.close()

    def _opened(self) -> Session:
        if self._session is None:
            before = self._crew.journal.store.runs.variables(self._crew.run.run_id, self._path)
            self._session = self._open({**self._library.functions(), **self._own()}, before)
        return self._session

    def _own(self) -> dict[str, Callable[..., Any]]:
        if self._crew.run.request.limits.max_depth == 0:
            return {}
        own: dict[str, Callable[..., Any]] = {"ask": self._ask, "ask_many": self._ask_many}
        return own if self._spawn is None else {**own, "subagent": self._subagent}

    def _now(self) -> tuple[Asking, Place]:
        if self._asking is None or self._place is None:
            raise InvalidInputError("Nothing can be asked outside a cell.")
        return self._asking, self._place

    def _ask(self, prompt: str, data: Any = None) -> str:
        return self._now()[0].ask(prompt, data)

    def _ask_many(self, questions: Sequence[Any]) -> list[str]:
        return self._now()[0].ask_many(questions)

    def _subagent(
        self,
        question: str,
        filter: str | dict[str, Any] | None = None,  # noqa: A002 - as the typed tool calls it
        trace_ids: Sequence[str] = (),
    ) -> dict[str, Any]:
        asking, place = self._now()
        if self._spawn is None:
            raise InvalidInputError("There are no subagents from here.")
        given = SubagentArguments(question=question, filter=filter, trace_ids=list(trace_ids or ()))
        return self._spawn(f"{place.key}#{asking.number()}", place, given, self._library)
