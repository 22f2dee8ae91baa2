"""What a run did, step by step, from its events: a tree of agents, each with its turns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from halo_dash.model.run import RunEvent
from halo_dash.web.analysis.coverage import agent_word
from halo_dash.web.words import duration, plural

_SHORT = 120
"""Characters of arguments in a step's one line."""
_SHOWN = 4_000
"""Characters of what a step was given, and of what it gave back; the run's own trace has all of it."""


@dataclass
class StepLine:
    """A call of a tool and what it gave back."""

    name: str
    arguments: str
    short: str
    """The arguments on one line, cut; the whole stands in `arguments`."""
    result: str | None = None
    """None while it is under way."""
    is_error: bool = False
    duration_ms: float | None = None

    is_agent, is_step = False, True

    @property
    def asked(self) -> str:
        """Of the arguments, what stands on the page."""
        return self.arguments[:_SHOWN]

    @property
    def unasked(self) -> int:
        """Characters of the arguments that do not."""
        return max(0, len(self.arguments) - _SHOWN)

    @property
    def shown(self) -> str:
        """Of the result, what stands on the page."""
        return (self.result or "")[:_SHOWN]

    @property
    def hidden(self) -> int:
        """Characters of the result that do not."""
        return max(0, len(self.result or "") - _SHOWN)

    @property
    def took(self) -> str:
        """In words; empty where it is not known."""
        return "" if self.duration_ms is None else duration(int(self.duration_ms * 1e6))


@dataclass
class NoteLine:
    """Something a reader should know: a retry, a limit that binds, a warning."""

    tone: str
    """`plain`, `recovered` or `failed`."""
    text: str

    is_agent, is_step = False, False


@dataclass
class TurnLines:
    """One turn of an agent."""

    number: int
    text: str = ""
    lines: list[StepLine | NoteLine | AgentLines] = field(default_factory=list)


@dataclass
class AgentLines:
    """An agent and what it did."""

    path: str
    name: str
    question: str = ""
    answer: str | None = None
    """None while it is under way; the root's is the report."""
    turns: list[TurnLines] = field(default_factory=list)

    is_agent, is_step = True, False


def agent_lines(events: Iterable[RunEvent]) -> AgentLines:
    """The root agent with everything below it; `events` in order."""
    return _Reader().read(events)


class _Reader:
    def __init__(self) -> None:
        self._agents: dict[str, AgentLines] = {"0": AgentLines("0", agent_word("0"))}
        self._calls: dict[tuple[str, str], StepLine] = {}

    def read(self, events: Iterable[RunEvent]) -> AgentLines:
        for event in events:
            turn = self._turn(event)
            match event.kind:
                case "text":
                    turn.text = str(event.data.get("text", ""))
                case "tool_call":
                    self._call(event, turn)
                case "tool_result":
                    self._result(event)
                case "subagent":
                    self._subagent(event, turn)
                case _:
                    if (note := _note(event.kind, event.data)) is not None:
                        turn.lines.append(note)
        return self._agents["0"]

    def _turn(self, event: RunEvent) -> TurnLines:
        agent = self._agents.get(event.agent)
        if agent is None:
            agent = self._agents[event.agent] = AgentLines(event.agent, agent_word(event.agent))
            self._last("0").lines.append(agent)
        if not agent.turns or agent.turns[-1].number < event.turn:
            agent.turns.append(TurnLines(event.turn))
        return next((each for each in reversed(agent.turns) if each.number <= event.turn), agent.turns[0])

    def _last(self, path: str) -> TurnLines:
        agent = self._agents[path]
        if not agent.turns:
            agent.turns.append(TurnLines(0))
        return agent.turns[-1]

    def _call(self, event: RunEvent, turn: TurnLines) -> None:
        arguments = str(event.data.get("arguments", ""))
        line = StepLine(str(event.data.get("name", "")), arguments, _short(arguments))
        self._calls[(event.agent, str(event.data.get("call_id", "")))] = line
        turn.lines.append(line)

    def _result(self, event: RunEvent) -> None:
        line = self._calls.get((event.agent, str(event.data.get("call_id", ""))))
        if line is None:
            return
        line.result = str(event.data.get("text", ""))
        line.is_error = bool(event.data.get("is_error"))
        duration = event.data.get("duration_ms")
        line.duration_ms = float(duration) if isinstance(duration, int | float) else None

    def _subagent(self, event: RunEvent, turn: TurnLines) -> None:
        path = str(event.data.get("child", ""))
        child = self._agents.get(path)
        if child is None:
            child = self._agents[path] = AgentLines(path, agent_word(path))
            turn.lines.append(child)
        child.question = child.question or str(event.data.get("question", ""))
        if event.data.get("state") == "ended":
            child.answer = str(event.data.get("answer", ""))


def _note(kind: str, data: Mapping[str, Any]) -> NoteLine | None:
    write = _NOTES.get(kind)
    text = write(data) if write else ""
    if not text:
        return None
    is_plain = kind in {"compaction", "selection"} or (kind == "citations" and not data.get("unverified"))
    return NoteLine("plain" if is_plain else "recovered", text)


def _said(data: Mapping[str, Any]) -> str:
    return str(data.get("message", ""))


def _retried(data: Mapping[str, Any]) -> str:
    waited = f", tried again after {data['wait_s']:.1f} s" if data.get("wait_s") else ""
    return f"{_said(data)}{waited}"


def _compacted(data: Mapping[str, Any]) -> str:
    before, after = data.get("tokens_before"), data.get("tokens_after")
    size = f": {before:,} tokens became {after:,}" if before and after else ""
    return f"{plural(int(data.get('items', 0)), 'item')} put aside, each can be asked for again{size}"


def _checked(data: Mapping[str, Any]) -> str:
    bad = int(data.get("unverified", 0))
    return f"{plural(int(data.get('verified', 0)), 'citation')} verified" + (f", {bad} not" if bad else "")


_NOTES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "retry": _retried,
    "limit": _said,
    "warning": _said,
    "compaction": _compacted,
    "citations": _checked,
    "selection": lambda data: str(data.get("note") or ""),
}


def _short(arguments: str) -> str:
    line = " ".join(arguments[:_SHOWN].split())
    return line if len(line) <= _SHORT else line[: _SHORT - 1] + "…"
