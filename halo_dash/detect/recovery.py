"""Whether a later use of a tool makes up for one that failed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from halo_dash.detect.alike import are_near, parsed
from halo_dash.detect.answers import gives_up, uses
from halo_dash.detect.causes import cause_of
from halo_dash.detect.effects import deed_of
from halo_dash.detect.verbs import acts, is_running, nouns_of
from halo_dash.model.span import AttributeValue
from halo_dash.model.subject import ToolUse

_WORD: Final = re.compile(r"\d+|[^\W\d_]{3,}")
_COMMON: Final = frozenset({"and", "are", "for", "from", "how", "the", "what", "with"})
_MOST_WORDS: Final = 500
_LONGEST: Final = 20_000


def makes_up(failed: ToolUse, words: str, other: ToolUse, answer: str, question: str) -> bool:
    """Whether a use that worked gave what one that had failed with these words was to give.

    The same tool does where it was asked the same, or the same with arguments that were mended. What acts is
    made up for by nothing else. What was to be found out may come from another tool: one that was asked about
    something of the same, whose result the answer tells; not if that says that there is none.
    """
    if failed.name == other.name:
        if are_near(failed.arguments, other.arguments):
            return failed.arguments is not None or not gives_up(answer)
        if _was_mended(failed, words, other):
            return True
        # What a program does is in its text: another one that says something of the same is the next try.
        return is_running(failed.name) and not gives_up(answer) and _have_words_in_common(failed, other)
    if acts(deed_of(failed)) or gives_up(answer):
        return False
    known = f"{question}\n{_text(failed.arguments)}\n{words}"
    told = _text(other.result)
    if failed.arguments not in (None, {}, "") and are_near(failed.arguments, other.arguments):
        # `weather` and `weather2` are one tool in two places.
        is_twin = bool(nouns_of(failed.name)) and nouns_of(failed.name) == nouns_of(other.name)
        return is_twin or uses(answer, told, known, least=1)
    return _have_words_in_common(failed, other) and uses(answer, told, known)


def _was_mended(failed: ToolUse, words: str, other: ToolUse) -> bool:
    """Whether arguments that were no JSON, or that the tool had complained of, were put right."""
    one, two = parsed(failed.arguments), parsed(other.arguments)
    if isinstance(one, str) and isinstance(two, dict):
        return _have_words_in_common(failed, other)
    if not isinstance(one, dict) or not isinstance(two, dict) or cause_of(words) != "invalid arguments":
        return False
    shared = one.keys() & two.keys()
    is_grown = one.keys() <= two.keys() or two.keys() <= one.keys()
    return is_grown and one.keys() != two.keys() and all(are_near(one[key], two[key]) for key in shared)


def _have_words_in_common(one: ToolUse, other: ToolUse) -> bool:
    return bool(_words(one.arguments) & _words(other.arguments))


def _words(arguments: AttributeValue) -> set[str]:
    found = {word.lower() for word in _WORD.findall(_text(arguments))[:_MOST_WORDS]}
    return found - _COMMON


def _text(value: AttributeValue) -> str:
    """What a value says, without the names of its fields."""
    return " ".join(_texts(parsed(value), 6))[:_LONGEST]


def _texts(value: AttributeValue, depth: int) -> Iterator[str]:
    if isinstance(value, dict) and depth:
        for each in value.values():
            yield from _texts(each, depth - 1)
    elif isinstance(value, list) and depth:
        for each in value[:_MOST_WORDS]:
            yield from _texts(each, depth - 1)
    elif value is not None and not isinstance(value, bool):
        yield str(value)[:_LONGEST]
