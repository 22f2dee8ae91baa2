"""From a filter to the traces it can mean: what was typed is understood, then looked up in the index."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from halo_dash.errors import UsageError
from halo_dash.model.filter import NO_FILTER, Filter
from halo_dash.model.filter_fields import ATTRIBUTE
from halo_dash.model.found import SearchNote, SearchReport
from halo_dash.search import marks
from halo_dash.search.query import Query, read_query
from halo_dash.search.substrings import fragment, widened
from halo_dash.search.terms import And, Mark, Node, Not, Or, Term
from halo_dash.store.bits import Bits
from halo_dash.store.driver import Error
from halo_dash.store.index_reader import IndexReader, IndexSnapshot, TookTooLongError
from halo_dash.store.judged_sets import NOTHING_JUDGED, JudgedSets
from halo_dash.store.matching import PATIENCE_S, Found, Matching

MOST_WORDS = 100
"""Words that a part of a word may stand for."""

_NOTHING = Query()


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter as it was understood."""

    chosen: Filter
    """As it was given: its facets count what the others leave."""
    typed: Filter = NO_FILTER
    """Filters inside `q`."""
    node: Node | None = None
    """What is asked of texts and attributes."""
    query: Query = _NOTHING


@dataclass(frozen=True, slots=True)
class Selection:
    """The traces to list: those of both filters that are in `rows`."""

    chosen: Filter
    typed: Filter = NO_FILTER
    rows: Bits | None = None
    """What the index found; None where it was not asked."""
    terms: tuple[Term, ...] = ()
    """What to highlight."""
    reached: int = 0
    """Where the search is partial: the oldest trace that was looked at."""
    report: SearchReport | None = field(default=None)
    judged: JudgedSets = NOTHING_JUDGED
    """What rules found, as of the moment of the question."""
    named: Mapping[str, int] = field(default_factory=dict)
    """The rows of the traces that the filters name; of those that are no more there is none."""


class Asking:
    """Answers filters. May be used from any thread."""

    def __init__(
        self,
        index: IndexReader,
        judged: Callable[[Filter, Filter], JudgedSets],
        named: Callable[[Filter, Filter], Mapping[str, int]],
    ) -> None:
        """For a filter as it was given and as it was typed, `judged` gives what rules found, `named` the rows
        of the traces that are named."""
        self._index = index
        self._judged = judged
        self._named = named
        self._matching = Matching()

    def select(self, chosen: Filter, patience_s: float = PATIENCE_S) -> Selection:
        """The selection that a filter means. Raises `UsageError`: an attribute that cannot be asked for."""
        selection = self._select(chosen, patience_s)
        both = (selection.chosen, selection.typed)
        return replace(selection, judged=self._judged(*both), named=self._named(*both))

    def _select(self, chosen: Filter, patience_s: float) -> Selection:
        asked = understand(chosen)
        if asked.node is None:
            report = None if chosen.q is None else _report(asked.query)
            return Selection(chosen, asked.typed, report=report)
        try:
            with self._index.reading() as snapshot:
                if snapshot is not None:
                    return self._find(snapshot, asked, asked.node, patience_s)
        except Error:
            # Damaged, or gone at this very moment: the indexer makes it again.
            pass
        return Selection(chosen, asked.typed, Bits(), report=_report(asked.query, is_ready=False))

    def count(self, snapshot: IndexSnapshot, mark: str, until_s: float) -> int:
        """How many traces have a mark that begins so; as many as were found by `until_s`."""
        return self._matching.find(snapshot, Mark("", mark, is_prefix=True), until_s).traces.size

    def _find(self, snapshot: IndexSnapshot, asked: Asked, node: Node, patience_s: float) -> Selection:
        until_s = time.monotonic() + patience_s
        found = self._matching.find(snapshot, node, until_s)
        terms, parts = asked.query.terms, tuple[Term, ...]()
        if not found.traces.blocks and not found.is_partial and terms:
            found, parts = self._find_parts(snapshot, node, found, until_s)
            if not found.traces.blocks and not found.is_partial:
                parts = ()  # there is nothing to say of parts that nothing contains
            terms = (*(term for term in terms if term.text not in {part.text for part in parts}), *parts)
        report = replace(
            _report(asked.query),
            is_partial=found.is_partial,
            parts_of_words=tuple(part.text for part in parts),
        )
        return Selection(asked.chosen, asked.typed, found.traces, terms, found.reached, report)

    def _find_parts(
        self, snapshot: IndexSnapshot, node: Node, nothing: Found, until_s: float
    ) -> tuple[Found, tuple[Term, ...]]:
        """The same with terms that no trace has looked for inside of words."""

        def is_found(term: Term) -> bool:
            each = self._matching.find(snapshot, term, until_s)
            return each.is_partial or bool(each.traces.blocks)

        def containing(text: str) -> Sequence[str]:
            return snapshot.words(fragment(text), MOST_WORDS, until_s)

        try:
            wider, parts = widened(node, is_found, containing)
        except TookTooLongError:
            return nothing, ()
        return (self._matching.find(snapshot, wider, until_s), parts) if parts else (nothing, ())


@lru_cache(maxsize=256)
def understand(chosen: Filter) -> Asked:
    """Read what was typed. Raises `UsageError` for an attribute that cannot be asked for."""
    query = read_query(chosen.q) if chosen.q else _NOTHING
    by_key: dict[str, list[Node]] = {}
    for key, value in chosen.attributes:
        by_key.setdefault(key, []).append(_mark(key, value))
    nodes: list[Node] = [] if query.node is None else [query.node]
    nodes += (Or(tuple(each)) if len(each) > 1 else each[0] for each in by_key.values())
    for name, value in chosen.excluded:
        if name.startswith(ATTRIBUTE):
            nodes.append(Not(_mark(name.removeprefix(ATTRIBUTE), value)))
    node = And(tuple(nodes)) if len(nodes) > 1 else nodes[0] if nodes else None
    return Asked(chosen, query.filter, node, query)


def _mark(key: str, value: str) -> Mark:
    word = marks.pair(key, value)
    if word is None:
        raise UsageError(
            f"attr.{key[:50]} asks for a key or value of more than {marks.LONGEST_VALUE} characters.",
            hint="Search for the text with q instead.",
        )
    return Mark(f"{ATTRIBUTE}{key}:{value}", word)


def _report(query: Query, *, is_ready: bool = True) -> SearchReport:
    return SearchReport(
        is_ready=is_ready,
        notes=tuple(SearchNote(note.message, note.start, note.end) for note in query.notes),
        corrected=query.corrected,
        terms=tuple(term.text for term in query.terms),
    )
