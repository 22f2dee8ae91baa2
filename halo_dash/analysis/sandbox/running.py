"""One cell on its way: what it prints, what it calls, and why it ends."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pydantic_monty as monty

from halo_dash.analysis.provider.wire import Stopped
from halo_dash.analysis.sandbox.cell import error_text, is_no_program, programs
from halo_dash.analysis.sandbox.limits import CellResult, CodeLimits
from halo_dash.analysis.sandbox.plain import plain
from halo_dash.analysis.sandbox.worker import Worker
from halo_dash.errors import HaloError

_ERROR_CHARS = 2_000
_LOOKUPS = 20_000
"""Names that a cell may look for, and other questions to us that are no calls of functions."""


_LOOK_EVERY_S = 0.2
"""How long the thread that waits for a stop may outlive its cell."""

_LIMIT = re.compile(r"\b(?:time|memory) limit exceeded: ")
"""How errors of the interpreter's own limits begin."""


class _EndedError(Exception):
    """We end the cell."""


class Running:
    """One cell in a worker."""

    def __init__(
        self,
        worker: Worker,
        functions: Mapping[str, Callable[..., Any]],
        limits: CodeLimits,
        *,
        through: tuple[type[Exception], ...],
        stop: threading.Event | None,
    ) -> None:
        self._worker = worker
        self._functions = functions
        self._limits = limits
        self._through = through
        self._stop = stop
        self._printed: list[str] = []
        self._chars = 0
        self._calls = 0
        self._lookups = 0
        self.was_lost = False
        """The process ended before the cell had any effect: it may be run once more."""

    def result(self, code: str) -> CellResult:
        """Run it to its end, whatever that is. Raises Stopped and types of `through`."""
        has_value, error, is_over = False, None, False
        try:
            with _ended_by(self._stop, self._worker):
                has_value = self._run(code)
        except _EndedError as ended:
            error, is_over = str(ended), True
        except monty.MontyCrashedError as crash:
            error, is_over = _crash(crash, self._limits), True
            self.was_lost = not crash.timed_out and not self._calls
        except monty.MontyError as raised:
            error = error_text(raised)
            # These two come from the limits and leave the interpreter in the middle of what it did.
            is_over = bool(_LIMIT.search(str(raised))) or not self._worker.is_alive
        if self._stop is not None and self._stop.is_set():
            # Whatever the cell came to: its process may have been ended just behind its last line.
            raise Stopped
        return CellResult(
            printed="".join(self._printed),
            printed_chars=self._chars,
            value_repr="" if has_value else None,
            error=error,
            is_over_limit=is_over,
            calls=self._calls,
        )

    def _run(self, code: str) -> bool:
        for program, keeps_value in programs(code):
            try:
                self._drive(program)
            except monty.MontySyntaxError as error:
                if not keeps_value or not is_no_program(error):
                    raise
            else:
                return keeps_value
        return False

    def _drive(self, code: str) -> None:
        try:
            step = self._worker.start(code, self._functions, self._print)
            while not isinstance(step, monty.MontyComplete):
                if self._stop is not None and self._stop.is_set():
                    raise Stopped
                if isinstance(step, monty.FunctionSnapshot) and not step.is_os_function:
                    step = step.resume(self._called(step))
                elif isinstance(step, monty.FutureSnapshot):
                    raise _EndedError("The cell waits for something that never comes.")
                else:
                    self._lookups += 1
                    if self._lookups > _LOOKUPS:
                        raise _EndedError(f"The cell looked for names or files more than {_LOOKUPS:,} times.")
                    step = step.resume_auto()
        except RuntimeError as error:
            # The interpreter's own word for a process that has ended in between.
            if self._worker.is_alive or isinstance(error, RecursionError):
                raise
            raise _EndedError("The process that ran the cell ended.") from None

    def _called(self, step: monty.FunctionSnapshot) -> monty.ExternalResult:
        name = str(step.function_name)
        function = self._functions.get(name)
        if function is None:
            return {"exception": NameError(f"name {name!r} is not defined")}
        self._calls += 1
        if self._calls > self._limits.calls:
            most = f"{self._limits.calls:,}"
            raise _EndedError(f"The cell called functions of the dashboard more than {most} times.")
        try:
            arguments = plain(list(step.args))
            named = plain(dict(step.kwargs))
            return {"return_value": plain(function(*arguments, **named))}
        except self._through:
            raise
        except HaloError as error:
            told = error.message if error.hint is None else f"{error.message} {error.hint}"
            return {"exception": ValueError(told[:_ERROR_CHARS])}
        except (TypeError, ValueError, LookupError) as error:
            return {"exception": _as_builtin(error)}
        except Exception as error:  # noqa: BLE001 - a cell may call with anything; the run goes on with an error in it
            return {"exception": RuntimeError(f"{name}: {type(error).__name__}: {error}"[:_ERROR_CHARS])}

    def _print(self, text: str) -> None:
        room = self._limits.printed_chars - min(self._chars, self._limits.printed_chars)
        if room:
            self._printed.append(text[:room])
        self._chars += len(text)


@contextlib.contextmanager
def _ended_by(stop: threading.Event | None, worker: Worker) -> Iterator[None]:
    """End the process as soon as `stop` is set: a cell that only computes comes by no place to look at it."""
    if stop is None:
        yield
        return
    is_done = False
    lock = threading.Lock()

    def watch() -> None:
        while not stop.wait(_LOOK_EVERY_S):
            if is_done:
                return
        with lock:
            if not is_done:
                worker.interrupt()

    threading.Thread(target=watch, name="halo-cell-stop", daemon=True).start()
    try:
        yield
    finally:
        with lock:
            is_done = True


def _as_builtin(error: Exception) -> Exception:
    """An exception that the cell's language knows, with the same words."""
    kind = next(k for k in (KeyError, IndexError, LookupError, TypeError, ValueError) if isinstance(error, k))
    words = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    return kind(words[:_ERROR_CHARS])


def _crash(error: monty.MontyCrashedError, limits: CodeLimits) -> str:
    if error.timed_out:
        return f"TimeoutError: the cell ran for more than {limits.seconds:g} s and was ended"
    return "The process that ran the cell ended: the cell took more memory or stack than there is."
