"""JSON as models write it: fenced, wrapped in words or in itself, with commas too many.

What is mended is form alone. Where a text breaks off or says two things, nothing is guessed.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from halo_dash.errors import InvalidInputError, TooLargeError

MOST_CHARACTERS = 1_000_000
"""Of a whole report: fifty findings with all their evidence are a tenth of it."""

_FENCE = re.compile(r"```[a-zA-Z]*\s*\n(.*?)\n?```", re.DOTALL)
_WRAPPERS = ("report", "arguments", "final_answer", "answer", "input", "parameters")
_LAYERS = 3
"""JSON within a string of JSON, at most so deep."""
_AROUND = 40


def read_object(text: str) -> Mapping[str, Any]:
    """The object that a text holds. Raises InvalidInputError, TooLargeError with words to act on."""
    if len(text) > MOST_CHARACTERS:
        raise TooLargeError(
            f"The report is {len(text):,} characters long; at most {MOST_CHARACTERS:,} are read.",
            hint="Quote less, and keep the findings that matter.",
        )
    value: Any = _parsed(text)
    for _layer in range(_LAYERS):
        if isinstance(value, str):
            value = _parsed(value)
        elif isinstance(value, list) and len(value) == 1:
            value = value[0]
        elif isinstance(value, dict) and len(value) == 1 and next(iter(value)) in _WRAPPERS:
            inner = next(iter(value.values()))
            if not isinstance(inner, dict | str) or (isinstance(inner, str) and "{" not in inner):
                break
            value = inner
        else:
            break
    if not isinstance(value, dict):
        raise InvalidInputError(
            f"The arguments are {_named(value)}, not an object.",
            hint='Call the tool with one object, such as {"title": "…", "summary": "…", "findings": []}.',
        )
    return value


def _parsed(text: str) -> Any:
    """The value of a text, mended in form where that is needed."""
    first: json.JSONDecodeError | None = None
    for wording in _wordings(text):
        try:
            return json.loads(wording, strict=False)
        except json.JSONDecodeError as error:
            first = first or error
        except (ValueError, RecursionError) as error:
            raise InvalidInputError(
                f"The arguments cannot be read: {error}.", hint="Write smaller numbers, and nest less."
            ) from error
    literal = _literal(text)
    if literal is not None:
        return literal
    raise _unreadable(text, first)


def _wordings(text: str) -> Iterator[str]:
    """The text as it is, and as it may be meant."""
    plain = text.strip().removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    yield plain
    if found := _FENCE.search(plain):
        yield found[1]
        yield _without_commas(found[1])
    begin, end = plain.find("{"), plain.rfind("}")
    if 0 <= begin < end:
        yield plain[begin : end + 1]
        yield _without_commas(plain[begin : end + 1])


def _without_commas(text: str) -> str:
    """Without the commas before a closing bracket, those in strings kept."""
    out: list[str] = []
    is_in_string = is_escaped = False
    for character in text:
        if is_in_string:
            is_in_string = is_escaped or character != '"'
            is_escaped = character == "\\" and not is_escaped
        elif character == '"':
            is_in_string = True
        elif character in "]}":
            _drop_comma(out)
        out.append(character)
    return "".join(out)


def _drop_comma(out: list[str]) -> None:
    at = len(out) - 1
    while at >= 0 and out[at].isspace():
        at -= 1
    if at >= 0 and out[at] == ",":
        del out[at]


def _literal(text: str) -> Any:
    """A dictionary as Python writes it; None where it is none."""
    begin, end = text.find("{"), text.rfind("}")
    if not 0 <= begin < end:
        return None
    try:
        value = ast.literal_eval(text[begin : end + 1])
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, dict) and all(isinstance(key, str) for key in value) else None


def _unreadable(text: str, error: json.JSONDecodeError | None) -> InvalidInputError:
    if not text.strip():
        return InvalidInputError("The arguments are empty.", hint="Call the tool with one JSON object.")
    if error is None or "{" not in text:
        return InvalidInputError("The arguments hold no JSON object.", hint="Write one JSON object.")
    near = error.doc[max(0, error.pos - _AROUND) : error.pos + _AROUND]
    if error.pos >= len(error.doc.rstrip()) - 1 or error.msg.startswith("Unterminated string"):
        return InvalidInputError(
            f"The JSON breaks off: it ends in the middle, near {near!r}.",
            hint="Write it again, shorter: fewer findings at once, or shorter texts.",
        )
    return InvalidInputError(
        f"The arguments are no JSON: {error.msg} at character {error.pos:,}, near {near!r}.",
        hint="Escape quotes and line ends within strings, and call the tool again.",
    )


def _named(value: object) -> str:
    names = {list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")
