"""A code session: cells run one after the other, their variables stay, and no cell can end the session."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Self

import pydantic_monty as monty

from halo_dash.analysis.provider.wire import Stopped
from halo_dash.analysis.sandbox.kept import Kept, unpacked
from halo_dash.analysis.sandbox.limits import CellResult, CodeLimits
from halo_dash.analysis.sandbox.prelude import PRELUDE, own_names
from halo_dash.analysis.sandbox.running import Running
from halo_dash.analysis.sandbox.worker import Worker, WorkerLostError
from halo_dash.errors import InvalidInputError, UnavailableError

_ROOM = 5
"""Measured: states of up to a quarter of the limit of memory could be loaded under it."""
_SMALL = 128 * 1024
"""States below this are kept untried: they load whatever they hold."""


class CodeSession:
    """Not thread-safe. A process is started with the first cell; after `close` with the next one again.

    `functions` are what a cell can call. They get and give plain values; what they raise becomes an exception
    in the cell, but for `Stopped` and the types of `through`, which end the cell and are raised by `run`.
    """

    def __init__(
        self,
        functions: Mapping[str, Callable[..., Any]],
        limits: CodeLimits | None = None,
        *,
        through: tuple[type[Exception], ...] = (),
    ) -> None:
        self._functions = dict(functions)
        self._limits = limits or CodeLimits()
        self._through: tuple[type[Exception], ...] = (Stopped, *through)
        self._worker: Worker | None = None
        self._kept: Kept | None = None
        self._unkept = ""
        self._lost = ""
        """To be said with the next result."""

    @classmethod
    def restore(
        cls,
        dumped: bytes,
        functions: Mapping[str, Callable[..., Any]],
        limits: CodeLimits | None = None,
        *,
        through: tuple[type[Exception], ...] = (),
    ) -> CodeSession:
        """A session with the variables of another.

        Where they cannot be read (damaged, of another version of the interpreter) it begins anew, and the
        note of the first cell says so: whoever made them can make them again.
        """
        session = cls(functions, limits, through=through)
        try:
            session._kept = unpacked(dumped, session._limits.dump_bytes)
        except InvalidInputError as error:
            session._lost = _begun_anew(error.message)
        else:
            session._unkept = session._kept.lost
        return session

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the process."""
        self.close()

    def close(self) -> None:
        """End the process; the variables as of the last cell are kept here."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()

    def dump(self) -> bytes:
        """The variables as of the last cell, for `restore`. `unkept` says what is missing in it."""
        if self._kept is None:
            self._ready()
        kept = self._kept or Kept(b"")
        return replace(kept, lost=self._unkept).packed()

    @property
    def unkept(self) -> str:
        """What `dump` does not hold, in words; empty: it holds all."""
        return self._unkept

    def run(self, code: str, stop: threading.Event | None = None) -> CellResult:
        """Run a cell. Raises Stopped and types of `through`: the variables are then as before the cell."""
        if len(code) > self._limits.code_chars:
            error = f"The cell has {len(code):,} characters; {self._limits.code_chars:,} are allowed."
            return CellResult(printed="", printed_chars=0, value_repr=None, error=error, is_over_limit=True)
        try:
            worker, result, was_lost = self._once(code, stop)
            if was_lost:
                # A process that was ended while it waited (memory was scarce) is no fault of this cell.
                self.close()
                worker, result, _ = self._once(code, stop)
        except BaseException:
            self.close()
            raise
        if result.is_over_limit or not worker.is_alive:
            # A worker that was stopped in the middle gives no guarantee for what it holds.
            self.close()
            notes = (self._told(), "the variables are as they were before this cell", self._unkept)
            return replace(result, value_repr=None, note="; ".join(filter(None, notes)), is_over_limit=True)
        return self._finished(worker, result)

    def _once(self, code: str, stop: threading.Event | None) -> tuple[Worker, CellResult, bool]:
        worker = self._ready()
        running = Running(worker, self._functions, self._limits, through=self._through, stop=stop)
        return worker, running.result(code), running.was_lost

    def _ready(self) -> Worker:
        if self._worker is not None and self._worker.is_alive:
            return self._worker
        self.close()
        if self._kept is None:
            self._worker, self._kept = self._fresh()
            return self._worker
        try:
            self._worker = Worker(self._limits, self._kept.state)
        except (monty.MontyError, RuntimeError, OSError) as error:
            # Where no process can be started at all, this raises, and the variables wait for a better moment.
            self._worker, self._kept = self._fresh()
            self._unkept, self._lost = "", _begun_anew(str(error)[:200])
        return self._worker

    def _fresh(self) -> tuple[Worker, Kept]:
        try:
            worker = Worker(self._limits)
            worker.value(PRELUDE + "\nNone", {})
            # Looked up by name and not called: a class among them would be handed over as what it is.
            worker.value(own_names(self._functions), {}, dict.fromkeys(self._functions, _never))
            return worker, Kept(worker.dump())
        except (monty.MontyError, RuntimeError, OSError, WorkerLostError) as error:
            raise UnavailableError(
                f"the process that runs the engine's code could not be started ({str(error)[:300]})",
                hint="Look whether memory is left, and whether the package pydantic-monty is whole.",
            ) from error

    def _finished(self, worker: Worker, result: CellResult) -> CellResult:
        """Keep the variables, then show the value: what showing it does changes nothing any more."""
        try:
            state = worker.dump()
            self._try_to_load(state)
        except WorkerLostError:
            self.close()
            lost = "its variables take more memory than can be kept; they are as they were before this cell"
            return replace(result, value_repr=None, note=lost, is_over_limit=True)
        # Loading takes several times the state's own size, under the same limit of memory.
        most = min(self._limits.dump_bytes, self._limits.memory_bytes // _ROOM)
        if len(state) > most:
            self._unkept = (
                f"all variables together take {len(state) >> 20} MB, and {most >> 20} MB are kept:"
                " what was made since then is lost when the process ends; keep less"
            )
        else:
            self._unkept = ""
            self._kept = Kept(state)
        note = "; ".join(filter(None, (self._told(), self._unkept, _shadowed(result))))
        return replace(self._with_value(worker, result), note=note)

    def _try_to_load(self, state: bytes) -> None:
        """What is kept was loaded once: after memory ran out, an interpreter writes states it cannot read.

        Raises WorkerLostError.
        """
        if _SMALL < len(state) <= self._limits.memory_bytes // _ROOM:
            try:
                Worker(self._limits, state).kill()
            except (monty.MontyError, RuntimeError, OSError) as error:
                raise WorkerLostError(str(error)) from None

    def _told(self) -> str:
        lost, self._lost = self._lost, ""
        return lost

    def _with_value(self, worker: Worker, result: CellResult) -> CellResult:
        if result.value_repr is None:
            return result
        most = self._limits.value_chars
        try:
            is_none = worker.value("_ is None", {})
            shown = None if is_none is True else worker.value("_shown(_, _most)", {"_most": most})
            text = None if shown is None else str(shown)[: most + 200]
        except monty.MontyError as error:
            text = f"(a value that cannot be shown: {str(error)[:200]}; it is in _)"
        if not worker.is_alive:
            self.close()
        return replace(result, value_repr=text)


def _never() -> None:
    """Stands for a function where its name is all that counts."""


def _shadowed(result: CellResult) -> str:
    if result.error is None or "object is not callable" not in result.error:
        return ""
    return "where a variable took the name of a function of the dashboard, halo.NAME is still the function"


def _begun_anew(reason: str) -> str:
    return f"the variables of before could not be restored, and the session begins anew: {reason}"
