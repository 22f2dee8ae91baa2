"""What a tool does beside answering, told by its name: it changes something, waits, asks."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

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
    | {"archive", "attach", "buy", "comment", "deposit", "dispatch", "grant", "invite", "issue", "make"}
    | {"notify", "place", "purchase", "register", "release", "reply", "reserve", "revoke", "ship"}
    | {"subscribe", "terminate", "unsubscribe", "withdraw"}
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
_MOVING: Final = frozenset(
    {"advance", "back", "click", "close", "drag", "fill", "goto", "hover", "log", "navigate", "next"}
    | {"open", "press", "refresh", "reload", "scroll", "select", "swipe", "switch", "tap", "type"}
    | {"undo", "visit"}
)
"""These change what is seen, and nothing that lasts."""
_NOUNS: Final = frozenset(
    {"book", "charge", "comment", "deploy", "issue", "log", "order", "place", "post", "purchase"}
    | {"refund", "release", "reply", "return", "schedule", "store", "transfer", "type"}
)
_FACTS: Final = frozenset(
    {"availability", "count", "detail", "details", "history", "info", "information", "list", "lookup"}
    | {"notes", "search", "state", "status", "summary", "total"}
)
"""With one of these at the end, the first of a name is a noun: `order_status`."""
_SETTING: Final = frozenset(
    {"apply", "archive", "assign", "cancel", "clear", "delete", "disable", "drop", "edit", "enable"}
    | {"merge", "modify", "patch", "put", "register", "remove", "rename", "replace", "reset", "restart"}
    | {"revoke", "set", "start", "stop", "store", "subscribe", "terminate", "unsubscribe", "update", "upsert"}
)
"""To do it twice leaves things as doing it once does."""
_UNDOING: Final = frozenset(
    {"cancel", "clear", "delete", "drop", "refund", "remove", "reset", "return", "reverse", "revoke"}
    | {"terminate", "undo", "unsubscribe", "void", "withdraw"}
)
_MUSING: Final = frozenset(
    {"note", "notes", "reason", "reflect", "scratchpad", "think", "thinking", "thought"}
)
"""What a model says to itself: there is nothing to answer."""
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


@lru_cache(maxsize=4096)
def hands_over(name: str) -> bool:
    """Whether it gives the word to another agent: `transfer_to_billing`."""
    words = words_of(name)
    return words[:2] == ("transfer", "to") or words[:2] == ("hand", "off") or "handoff" in words


@lru_cache(maxsize=4096)
def acts(name: str) -> bool:
    """Whether it does something that lasts, which looking something up cannot make up for: it pays, saves."""
    words = words_of(name)
    if waits(name) or is_running(name) or hands_over(name):
        return False
    first = next((word for word in words if word in _READING or word in _CHANGING), None)
    if first in _NOUNS and words[-1] in _FACTS:
        return False
    return first in _CHANGING and first not in _MOVING


@lru_cache(maxsize=4096)
def is_once(name: str) -> bool:
    """Whether to do it twice is to do two things: to pay, to book, to send."""
    return acts(name) and not is_repeatable(name) and not set(words_of(name)) & _SETTING


@lru_cache(maxsize=4096)
def undoes(name: str) -> bool:
    """Whether it takes back what another did: after it the other may be done again."""
    return acts(name) and not _UNDOING.isdisjoint(words_of(name))


@lru_cache(maxsize=4096)
def muses(name: str) -> bool:
    """Whether a model only says something to itself with it: `think`."""
    return not _MUSING.isdisjoint(words_of(name)) and _CHANGING.isdisjoint(words_of(name))


@lru_cache(maxsize=4096)
def reads(name: str) -> bool:
    """Whether its name says that it looks something up."""
    return not _READING.isdisjoint(words_of(name)) and not muses(name)


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


@lru_cache(maxsize=4096)
def nouns_of(name: str) -> frozenset[str]:
    """What it is about: its words without verbs."""
    return frozenset(words_of(name)) - _READING - _CHANGING - _RUNNING
