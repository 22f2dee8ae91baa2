"""Readers of single values: from TOML (already typed) or from text (a flag or the environment).

A reader returns the value or raises ValueError with the mend as its message.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

Raw: TypeAlias = object
Reader: TypeAlias = Callable[[Raw], object]

_YES = {"1", "true", "yes", "on"}
_NO = {"0", "false", "no", "off"}


def whole(low: int, high: int | None = None) -> Reader:
    """Return a reader of whole numbers from `low` to `high`."""
    span = f"from {low} to {high}" if high is not None else f"of at least {low}"

    def read(raw: Raw) -> int:
        number = raw
        if isinstance(raw, str) and re.fullmatch(r"-?\d{1,18}", raw.strip(), re.ASCII):
            number = int(raw)
        # True and False are integers to Python, but nobody means a number with them.
        if type(number) is int and low <= number and (high is None or number <= high):
            return number
        raise ValueError(f"use a whole number {span}")

    return read


port = whole(0, 65535)


def amount(raw: Raw) -> float:
    """Read a number that is zero or more."""
    try:
        value = float(raw) if isinstance(raw, str | int | float) and not isinstance(raw, bool) else -1.0
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ValueError("use a number that is 0 or more")
    return value


def yes_no(raw: Raw) -> bool:
    """Read a switch."""
    if isinstance(raw, bool):
        return raw
    word = raw.strip().lower() if isinstance(raw, str) else ""
    if word in _YES | _NO:
        return word in _YES
    raise ValueError("use true or false")


def text(raw: Raw) -> str:
    """Read a text that says something."""
    if isinstance(raw, str) and raw.strip() and raw.isprintable():
        return raw.strip()
    raise ValueError("use a text in quotes that is not empty")


def secret(raw: Raw) -> str:
    """Read a token. It travels in headers, which hold ASCII without spaces."""
    value = text(raw)
    if not value.isascii() or " " in value:
        raise ValueError("use ASCII letters, digits and signs without spaces")
    return value


def host(raw: Raw) -> str:
    """Read an address or name to listen on."""
    name = text(raw).strip("[]")
    if "/" in name or " " in name or (name.count(":") == 1):
        raise ValueError('use an address or a name alone, such as "127.0.0.1" (the port is its own key)')
    return name


def url(raw: Raw) -> str:
    """Read the base URL of a model server."""
    value = text(raw).rstrip("/")
    if not re.match(r"https?://[^/\s]+", value):
        raise ValueError('use a URL that begins with "http://" or "https://"')
    return value


def variable(raw: Raw) -> str:
    """Read the name of an environment variable."""
    value = text(raw)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value):
        raise ValueError("use the name of an environment variable, not the key itself")
    return value


def texts(raw: Raw) -> tuple[str, ...]:
    """Read a list of texts; in the environment they are separated by commas."""
    items = [part for part in raw.split(",") if part.strip()] if isinstance(raw, str) else raw
    if isinstance(items, list | tuple):
        return tuple(text(item) for item in items)
    raise ValueError('use a list of texts, such as ["one", "two"]')


def patterns(raw: Raw) -> tuple[str, ...]:
    """Read a list of regular expressions."""
    found = texts(raw)
    for pattern in found:
        try:
            re.compile(pattern)
        except re.error as problem:
            raise ValueError(f"use valid regular expressions: {pattern!r} has {problem}") from problem
    return found
