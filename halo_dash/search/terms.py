"""What a search asks for, as a tree: words and phrases, facts about a trace, and their combinations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from halo_dash.model.search_field import SearchField
from halo_dash.search.text import Token, is_unspaced, runs, words

SHORTEST_PREFIX = 3
"""Characters that a prefix needs: two letters begin thousands of words, and take seconds in a large index."""

_SHORTEST_ID = 6
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)+")
_HEX = frozenset("0123456789abcdef-")


class Run(NamedTuple):
    """Words that stand next to one another; the last may be the beginning of a word."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase: any one of its runs, in any one of its fields (everywhere where none is named)."""

    text: str
    """As it was typed."""
    runs: tuple[Run, ...]
    fields: tuple[SearchField, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A fact about the trace (see `marks`), or, as a prefix, any of the facts that begin so."""

    text: str
    word: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """All traces but those."""

    child: Node


Node: TypeAlias = Term | Mark | And | Or | Not


def read_term(text: str, *, is_prefix: bool = False, fields: tuple[SearchField, ...] = ()) -> Term | None:
    """The term that typed text stands for; None where there is no word in it.

    The beginning of an id is looked for as one; a word in camel case also as its parts (`getUser` finds
    `get_user`), the number of a version also with its letter (`1.5` finds `v1.5`). A prefix that is too short
    to look for is taken as a whole word.
    """
    tokens = words(text)
    if not tokens:
        return None
    if _is_beginning_of_id(text):
        tokens, is_prefix = (tokens[:-1] if len(tokens) > 1 and _is_short(tokens) else tokens), True
    found = [_run(tokens, is_prefix=is_prefix)]
    if len(tokens) == 1:
        others = [run for run in runs(text) if len(run) > 1]
        found += [_run(run, is_prefix=is_prefix) for run in others if not (is_prefix and _is_short(run))]
    if _DATE.fullmatch(text):
        # ISO 8601 glues the time on: the day of 2026-03-01T10:00Z is the word 01t10.
        found.append(Run((*found[0].words[:-1], f"{found[0].words[-1]}t"), is_prefix=True))
    if _VERSION.fullmatch(text):
        found.append(Run((f"v{found[0].words[0]}", *found[0].words[1:]), found[0].is_prefix))
    return Term(text, tuple(dict.fromkeys(found)), fields)


def is_too_short(text: str) -> bool:
    """Whether the last word of `text` is too short to be looked for as a prefix."""
    tokens = words(text)
    return bool(tokens) and tokens[-1].text.isalnum() and _is_short(tokens)


def wanted(node: Node | None) -> Iterator[Term]:
    """The terms to highlight: all that are not excluded."""
    if isinstance(node, Term):
        yield node
    elif isinstance(node, And | Or):
        for child in node.children:
            yield from wanted(child)


def within(node: Node, fields: tuple[SearchField, ...]) -> Node:
    """The same with every term that names no field looked for in `fields`."""
    if isinstance(node, Term):
        return node if node.fields else Term(node.text, node.runs, fields)
    if isinstance(node, And | Or):
        return type(node)(tuple(within(child, fields) for child in node.children))
    return Not(within(node.child, fields)) if isinstance(node, Not) else node


def _run(tokens: list[Token], *, is_prefix: bool) -> Run:
    found = [token.text for token in tokens]
    last = tokens[-1]
    if is_unspaced(last.text):
        # The text may go on after what was typed: its last character then begins a pair.
        is_end_of_pair = len(tokens) > 1 and tokens[-2].end == last.end
        return Run(tuple(found[:-1])) if is_end_of_pair else Run(tuple(found), is_prefix=True)
    return Run(tuple(found), is_prefix and not _is_short(tokens))


def _is_short(tokens: list[Token]) -> bool:
    """Whether the last word is too short for a prefix; two digits behind other words will do (`3.14*`)."""
    last = tokens[-1].text
    least = SHORTEST_PREFIX - 1 if len(tokens) > 1 and last[0].isdigit() else SHORTEST_PREFIX
    return len(last) < least and not is_unspaced(last)


def _is_beginning_of_id(text: str) -> bool:
    """Part of a UUID or of a hexadecimal id: letters and digits mixed, six at least."""
    low = text.lower()
    return (
        len(low) >= _SHORTEST_ID
        and _HEX.issuperset(low)
        and not low.isdigit()
        and any(each.isdigit() for each in low)
        and any(each.isalpha() for each in low)
    )
