"""Which texts answer a term, and where: for snippets, for finding inside one trace, and as the reference.

`answers` says of the texts themselves what `expression.match` asks the index; tests hold the two equal.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from halo_dash.model.search_field import SearchField
from halo_dash.search.terms import And, Mark, Node, Not, Or, Run, Term
from halo_dash.search.text import Token, is_unspaced, prepare, runs, supplements, without_data
from halo_dash.search.word_parts import has_escapes

Texts = Collection[tuple[SearchField, str]]


class Place(NamedTuple):
    """Where a hit stands in a text, in characters."""

    start: int
    end: int


def answers(node: Node, texts: Texts, marks: Collection[str] = frozenset()) -> bool:
    """Whether a trace with these texts and marks is what `node` asks for."""
    match node:
        case Term():
            return any(is_in(node, text) for field, text in texts if covers(node, field))
        case Mark():
            if node.is_prefix:
                return any(mark.startswith(node.word) for mark in marks)
            return node.word in marks
        case And():
            return all(answers(child, texts, marks) for child in node.children)
        case Or():
            return any(answers(child, texts, marks) for child in node.children)
        case Not():
            return not answers(node.child, texts, marks)


def covers(term: Term, field: SearchField) -> bool:
    """Whether the term is looked for in this field."""
    return not term.fields or field in term.fields


def is_in(term: Term, text: str) -> bool:
    """Whether the term stands in the text."""
    return next(_places(term, text), None) is not None


def find(terms: Iterable[Term], text: str) -> list[Place]:
    """Every place in the text where a term stands, in order; places that overlap are joined."""
    return joined(place for term in terms for place in _places(term, text))


def may_stand_in(terms: Sequence[Term], text: str) -> list[Term]:
    """The terms that are worth looking for in a text: a quick look leaves out most texts of a trace."""
    if text.isascii() and "\\" not in text:
        low = text.lower()
        return [term for term in terms if any(run.words[0] in low for run in term.runs)]
    seen = prepare(text)
    low = seen.lower()
    return [term for term in terms if any(run.words[0] in low or run.words[0] in seen for run in term.runs)]


def joined(places: Iterable[Place]) -> list[Place]:
    """Places in order, those that overlap made one."""
    found: list[Place] = []
    for place in sorted(places):
        if found and place.start < found[-1].end:
            found[-1] = Place(found[-1].start, max(found[-1].end, place.end))
        else:
            found.append(place)
    return found


def _places(term: Term, text: str) -> Iterator[Place]:
    if not text.isascii() or has_escapes(text):
        for tokens in runs(text):
            for run in term.runs:
                yield from _in_tokens(run, tokens)
        return
    # Almost all text is ASCII: a regular expression reads it a hundred times faster than words one by one.
    ascii_runs = [run for run in term.runs if all(word.isascii() for word in run.words)]
    body = without_data(text)
    for run in ascii_runs:
        for match in _pattern(run).finditer(body):
            yield Place(*match.span())
    for tokens in supplements(text):
        for run in term.runs:
            yield from _in_tokens(run, tokens)


@lru_cache(maxsize=512)
def _pattern(run: Run) -> re.Pattern[str]:
    """Finds a run in ASCII text; its words are letters and digits only."""
    phrase = "[^A-Za-z0-9]+".join(run.words)
    end = "[A-Za-z0-9]*" if run.is_prefix else "(?![A-Za-z0-9])"
    return re.compile(f"(?<![A-Za-z0-9]){phrase}{end}", re.ASCII | re.IGNORECASE)


def _in_tokens(run: Run, tokens: list[Token]) -> Iterator[Place]:
    count = len(run.words)
    last = run.words[-1]
    for at in range(len(tokens) - count + 1):
        final = tokens[at + count - 1]
        is_last = final.text.startswith(last) if run.is_prefix else final.text == last
        if is_last and all(tokens[at + i].text == run.words[i] for i in range(count - 1)):
            is_half = run.is_prefix and is_unspaced(last) and len(last) == 1
            yield Place(tokens[at].start, final.head_end if is_half else final.end)
