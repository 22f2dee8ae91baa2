"""Using the tools that a model called: several at once, each answer stored as it comes."""

from __future__ import annotations

import json
import logging
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Final

from halo_dash.analysis.engine.budget import BudgetSpent
from halo_dash.analysis.engine.context import Context, Entry, Note
from halo_dash.analysis.engine.crew import Crew, Place, Post, Told, Tool
from halo_dash.analysis.engine.prompts import prompt
from halo_dash.analysis.engine.tools import CallSubagent
from halo_dash.analysis.provider.wire import Stopped, ToolCall, ToolItem
from halo_dash.errors import HaloError, OvertakenError
from halo_dash.model.run import RunUsage

TOLD_AFTER: Final = 3
STOPPED_AFTER: Final = 6
"""So many equal answers to the very same call, and the agent has to end."""
LOOKED_BACK: Final = 12
"""Calls. To look at the same thing again much later is no going in circles."""
LARGEST_SHARE: Final = 0.4
"""Of the window of the model, for one answer of a tool."""
MOST_AT_ONCE: Final = 32
"""Calls of one turn; further ones are answered with an error."""

_REPEATED = "\n\n[repeated] "

_log = logging.getLogger(__name__)


class ToolUse:
    """Of one agent."""

    def __init__(self, crew: Crew, post: Post, tools: Mapping[str, Tool], context: Context) -> None:
        self._crew, self._post, self._tools, self._context = crew, post, tools, context
        self._lock = threading.Lock()

    def answer(self, pending: Sequence[tuple[int, ToolCall]]) -> None:
        """Answer every call; each answer is a checkpoint.

        Raises `BudgetSpent` where the agent goes round in circles, `Stopped`, `OvertakenError`.
        """
        if not pending:
            return
        for position, call in pending:
            tool = self._tools.get(call.name)
            if isinstance(tool, CallSubagent):
                # In the order of the calls, whichever thread comes first.
                tool.number(Place(self._post.path, position, self._context.turns).key)
        in_order = [each for each in pending if self._is_sequential(each[1])]
        jobs = [[each] for each in pending if each not in in_order]
        if in_order:
            jobs.append(in_order)
        if len(jobs) == 1:
            self._some(jobs[0])
        else:
            with ThreadPoolExecutor(min(len(jobs), MOST_AT_ONCE), "halo-tools") as pool:
                for future in [pool.submit(self._some, job) for job in jobs]:
                    future.result()
        for _place, call in pending:
            times = self._times(call)
            if times >= STOPPED_AFTER:
                raise BudgetSpent(
                    "loop", f"The same call of {call.name} was made {times} times with one answer"
                )

    def _is_sequential(self, call: ToolCall) -> bool:
        tool = self._tools.get(call.name)
        return tool is not None and tool.is_sequential

    def _some(self, calls: Sequence[tuple[int, ToolCall]]) -> None:
        for position, call in calls:
            self._one(position, call)

    def _one(self, position: int, call: ToolCall) -> None:
        self._crew.halt.check()
        turn, path = self._context.turns, self._post.path
        began_ns = self._crew.journal.clock()
        told = self._told(call, Place(path, position, turn))
        ended_ns = self._crew.journal.clock()
        # What was cut short by a stop is no answer; the next process makes the call again.
        self._crew.halt.check()
        with self._lock:
            bare = self._fitting(told.text)
            note: Note = "progress" if told.is_progress else ""
            before = self._context.answers_to(call, LOOKED_BACK - 1)
            times = 1 + sum(_bare(each) == bare for each in before)
            text = bare
            if times >= TOLD_AFTER and not note:
                text += _REPEATED + prompt("repeated", times=str(times))
            self._crew.recorder.tool_call(
                path, f"{path}/{position}", call, (began_ns, ended_ns), text, is_error=told.is_error
            )
            entry = Entry(position, ToolItem(call.call_id, text), turn, note, is_error=told.is_error)
            event = self._crew.journal.event(
                "tool_result",
                path,
                turn,
                call_id=position,
                name=call.name,
                text=text,
                is_error=told.is_error,
                duration_ms=(ended_ns - began_ns) // 1_000_000,
            )
            self._crew.journal.step(
                items=[entry.stored(path)],
                events=[event],
                taken=RunUsage(tool_calls=1),
                variables=None if told.variables is None else {path: told.variables},
            )
            self._context.add(entry)

    def _fitting(self, text: str) -> str:
        """What a small context has room for, and how much more there is."""
        model = self._crew.calls.names.of_role(self._post.role)
        share = LARGEST_SHARE * self._crew.window(model) / self._crew.budget.scale.tokens(model, len(text))
        if share >= 1:
            return text
        shown = int(share * len(text))
        return f"{text[:shown]}\n{prompt('too_long', more=f'{len(text) - shown:,}')}"

    def _told(self, call: ToolCall, place: Place) -> Told:
        tool = self._tools.get(call.name)
        if tool is None:
            names = ", ".join(sorted([*self._tools, self._post.answer_tool.name]))
            return Told(f"There is no tool {call.name!r}. There are: {names}.", is_error=True)
        problem = _malformed(call.arguments)
        if problem is not None:
            return Told(problem, is_error=True)
        places = nullcontext() if tool.is_waiting else self._crew.tool_places
        try:
            with places:
                return tool.call(call.arguments or "{}", place)
        except (OvertakenError, Stopped):
            raise
        except BudgetSpent as spent:
            return Told(f"It could not be asked any more: {spent.message}.", is_error=True)
        except HaloError as error:
            return Told(f"{error.message} {error.hint or ''}".strip(), is_error=True)
        except Exception as error:  # noqa: BLE001 - a fault of ours in one tool; the run goes on without its answer
            _log.exception("The tool %s failed.", call.name)
            return Told(f"The tool failed ({type(error).__name__}); try it otherwise.", is_error=True)

    def _times(self, call: ToolCall) -> int:
        """How often the very same call had the same answer."""
        return max(Counter(map(_bare, self._context.answers_to(call, LOOKED_BACK))).values(), default=0)


def _bare(answer: str) -> str:
    return answer.partition(_REPEATED)[0]


def _malformed(arguments: str) -> str | None:
    if not arguments.strip():
        return None
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError) as error:
        return f"The arguments are no JSON ({error}). Write one JSON object; escape quotes and backslashes."
    if not isinstance(value, dict):
        return "The arguments must be one JSON object."
    return None
