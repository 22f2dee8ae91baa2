"""What a use of a tool does beside answering, told by the tool's name: it changes something, waits, asks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from halo_dash.detect.results import is_empty, question_of, shape_of
from halo_dash.model.subject import ToolUse

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

_READING: Final = frozenset(
    {"browse", "calculate", "cat", "check", "compare", "compute", "count", "describe", "exists"}
    | {"fetch", "find", "get", "grep", "has", "inspect", "is", "list", "load", "look", "lookup"}
    | {"ls", "monitor", "poll", "query", "read", "retrieve", "search", "show", "think", "validate"}
    | {"verify", "view", "watch"}
)
"""Where one of these comes first, a later word is a noun: `get_post`, `list_updates`."""
_CHANGING: Final = frozenset(
    {"add", "advance", "append", "apply", "approve", "assign", "back", "book", "cancel", "charge"}
    | {"checkout", "clear", "click", "close", "commit", "copy", "create", "delete", "deploy"}
    | {"disable", "drag", "drop", "edit", "enable", "exchange", "fill", "forward", "goto", "hover"}
    | {"insert", "install", "log", "merge", "modify", "move", "navigate", "next", "open", "order"}
    | {"patch", "pay", "post", "press", "publish", "push", "put", "refresh", "refund", "reload"}
    | {"remove", "rename", "replace", "reset", "restart", "return", "save", "schedule", "scroll"}
    | {"select", "send", "set", "start", "stop", "store", "submit", "swipe", "switch", "tap"}
    | {"transfer", "trigger", "type", "undo", "update", "upload", "upsert", "visit", "write"}
)
_RUNNING: Final = frozenset(
    {"bash", "cmd", "code", "command", "eval", "exec", "execute", "interpreter", "notebook"}
    | {"powershell", "python", "repl", "run", "sh", "shell", "sql", "terminal"}
)
"""What these do depends on what they are given."""
_REPEATABLE: Final = frozenset(
    {"add", "advance", "append", "click", "increment", "insert", "key", "log", "move", "next"}
    | {"note", "press", "print", "push", "save", "scroll", "swipe", "tap", "type", "write"}
)
"""Doing it again is how one does it twice, or does no harm."""
_WAITING: Final = frozenset({"sleep", "wait", "delay", "pause", "await", "poll", "polling", "idle"})
_PERSON: Final = frozenset(
    {"human", "person", "user", "customer", "operator", "approver", "reviewer", "supervisor", "me"}
)
_ASKING: Final = frozenset(
    {"answer", "ask", "await", "confirm", "consult", "feedback", "input", "prompt", "reply"}
    | {"request", "wait"}
)
_CONSENT: Final = frozenset({"approval", "approve", "confirmation", "consent", "hitl", "clarification"})


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """`sendMail`, `mcp__mail-send` in words, lower case."""
    return tuple(word.lower() for word in _WORD.findall(name))


@lru_cache(maxsize=4096)
def may_change(name: str) -> bool:
    """Whether a use may leave things otherwise than it found them, so that asking again is sensible."""
    words = words_of(name)
    first = next((word for word in words if word in _READING or word in _CHANGING or word in _RUNNING), None)
    return waits(name) or (first is not None and first not in _READING)


def is_running(name: str) -> bool:
    """Whether it runs what it is given: a shell, an interpreter, a test runner."""
    return any(word in _RUNNING for word in words_of(name))


def is_repeatable(name: str) -> bool:
    """Whether one calls it again for its effect: to append twice, to scroll on, to wait longer."""
    words = words_of(name)
    if waits(name):
        return True
    first = next(
        (word for word in words if word in _READING or word in _CHANGING or word in _REPEATABLE), None
    )
    return first in _REPEATABLE


@lru_cache(maxsize=4096)
def waits(name: str) -> bool:
    """Whether it lets time pass."""
    return any(word in _WAITING for word in words_of(name))


@lru_cache(maxsize=4096)
def asks_a_person(name: str) -> bool:
    """Whether somebody has to answer before it comes back: `ask_user`, `request_approval`, `human_input`."""
    words = set(words_of(name))
    if words & _CONSENT or words in ({"ask"}, {"confirm"}):
        return True
    return bool(words & _PERSON) and (bool(words & _ASKING) or "human" in words)


def follows(use: ToolUse, before: ToolUse) -> bool:
    """Whether whoever asked could know how the use before had ended: it was not started beside it."""
    ended = before.span.reading.end_ns if before.span is not None else before.start_ns
    if use.asked_by is not None and use.asked_by == before.asked_by:
        return False
    return use.start_ns >= ended


def changed_at(uses: Sequence[ToolUse]) -> list[int]:
    """For each use, how many before it may have changed something: other tools, and its own asked otherwise.

    Equal numbers of two uses mean that nothing was done in between but asking. What failed changed nothing;
    of the tool itself, an empty list is one try more (an empty text is what commands answer that went well).
    """
    counts: list[int] = []
    total = 0
    by_tool: Counter[str] = Counter()
    by_question: Counter[tuple[str, str]] = Counter()
    for use in uses:
        if not may_change(use.name):
            counts.append(total)
            continue
        question = (use.name, question_of(use))
        counts.append(total - by_question[question] - by_tool[use.name])
        if use.is_error or shape_of(use) is not None:
            continue
        total += 1
        if is_empty(use.result) and use.result != "":
            by_tool[use.name] += 1
        else:
            by_question[question] += 1
    return counts
