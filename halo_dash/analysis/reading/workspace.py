"""What an agent may ask of the traces of a selection: one function each, for tools and for code alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from halo_dash.analysis.reading import searching, trace_view
from halo_dash.analysis.reading.cohorts import cohort
from halo_dash.analysis.reading.counting import count
from halo_dash.analysis.reading.filters import FilterLike, read_filter
from halo_dash.analysis.reading.judgements import clusters, findings
from halo_dash.analysis.reading.patterns import read_pattern
from halo_dash.analysis.reading.reader import Reader
from halo_dash.analysis.reading.rows import trace_row
from halo_dash.analysis.reading.shared import Shared
from halo_dash.analysis.reading.shown import fitting
from halo_dash.analysis.selection import Selection
from halo_dash.errors import UsageError
from halo_dash.model.filter import ListQuery
from halo_dash.model.filter_fields import SORTS
from halo_dash.model.run import Seen
from halo_dash.store import Store

Json = dict[str, Any]

MOST_ROWS = 100
"""Traces, hits, findings or clusters of one answer."""
_FEWER = "Ask again with a smaller limit."


class Workspace:
    """Of one agent. Thread-safe. Every answer is plain JSON; every method raises `HaloError` with a mend."""

    def __init__(
        self,
        store: Store,
        selection: Selection,
        seen: Callable[[Seen], None] = lambda _: None,
        agent: str = "0",
        *,
        shared: Shared | None = None,
        face: trace_view.Face = trace_view.MODEL,
    ) -> None:
        """`seen` is told of every trace that was looked at, in the name of `agent`.

        `shared` is what another agent's workspace over the same selection has made already; `face` says
        whether a model or its code is answered.
        """
        self.selection = selection
        self.agent = agent
        self.reader = Reader(store, selection)
        self._store = store
        self._seen = seen
        self._shared = shared or Shared(self.reader)
        self._face = face

    def for_agent(self, path: str) -> Workspace:
        """The same for another agent."""
        return Workspace(self._store, self.selection, self._seen, path, shared=self._shared, face=self._face)

    def for_code(self) -> Workspace:
        """The same for an agent's code: spans have each text in full, under all of its names."""
        return self._with(self.selection, shared=self._shared, face=trace_view.CODE)

    def narrowed(self, filter: FilterLike = None, trace_ids: Sequence[str] = ()) -> Workspace:  # noqa: A002 - the name that models are told
        """A part of it: what a filter selects (of `trace_ids`, where there are any)."""
        return self._with(self.selection.narrowed(read_filter(filter), trace_ids), face=self._face)

    def _with(
        self, selection: Selection, *, face: trace_view.Face, shared: Shared | None = None
    ) -> Workspace:
        return Workspace(self._store, selection, self._seen, self.agent, shared=shared, face=face)

    def overview(self) -> Json:
        """The selection at a glance, in at most 20 KB."""
        return self._shared.overview()

    def query(
        self,
        filter: FilterLike = None,  # noqa: A002 - the name that models are told
        *,
        sort: str = "-start",
        limit: int = 20,
        cursor: str | None = None,
    ) -> Json:
        """One page of traces. `sort` is one of `-start start -duration … errors`."""
        asked = read_filter(filter)
        if sort not in SORTS:
            raise UsageError(f"sort must be one of {', '.join(SORTS)}, not {sort!r}.")
        now_ns = self.selection.now_ns
        query = ListQuery(self.selection.within(asked), sort, _bounded(limit), cursor)
        page = self._store.traces.page(query, now_ns, facets=False)
        self._note("listed", ((row.summary.trace_id, ()) for row in page.items))
        out: Json = {"total": page.totals.traces, "of": self.reader.base}
        out["traces"] = [trace_row(row, now_ns) for row in page.items]
        if page.next_cursor:
            out["next_cursor"] = page.next_cursor
        return fitting(out | searching.told(page.search), "traces", _FEWER)

    def count(self, filter: FilterLike = None, by: str | None = None) -> Json:  # noqa: A002 - see `query`
        """How many traces a filter selects, of how many; `by` a field, how many have each of its values."""
        return count(self.reader, read_filter(filter), by)

    def trace(self, trace_id: str, after: str | None = None) -> Json:
        """A trace with its spans, long texts shortened; what does not fit comes as a summary.

        `after`: "first", or the span where the portion before ended, for one portion after the other.
        """
        found, spans = trace_view.view_trace(self.reader, trace_id, after, self._face)
        self._note("viewed", [(trace_id, spans)])
        return found

    def spans(
        self,
        trace_id: str,
        span_ids: Sequence[str] = (),
        *,
        kind: str | None = None,
        name: str | None = None,
        only_errors: bool = False,
        fields: Sequence[str] = (),
        offset: int = 0,
    ) -> Json:
        """Spans in full; with `fields` only these texts, from `offset` on."""
        if offset < 0:
            raise UsageError(f"offset counts characters from 0, it cannot be {offset}.")
        found, spans = trace_view.view_spans(
            self.reader,
            trace_id,
            _several(span_ids),
            kind=kind,
            name=name,
            only_errors=only_errors,
            fields=_several(fields),
            offset=offset,
            face=self._face,
        )
        self._note("read", [(trace_id, spans)])
        return found

    def search(
        self,
        text: str,
        filter: FilterLike = None,  # noqa: A002 - see `query`
        *,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Json:
        """Hits of words in all texts of all traces, by the query language of the search field."""
        asked = read_filter(filter)
        if not text.strip():
            raise UsageError("There is nothing to search for.", hint="Give words, such as text='refund'.")
        # A filter's own words have to be found, too.
        typed = text if asked.q is None else f"({asked.q}) ({text})"
        if self._store.search.state(self.selection.now_ns).spans is None:
            pattern = read_pattern(text, is_regex=False)
            found, hits = searching.scan(self.reader, asked, pattern, _bounded(limit))
        else:
            found, hits = searching.search(self.reader, replace(asked, q=typed), _bounded(limit), cursor)
        spans: dict[str, list[str]] = {}
        for trace_id, span_id in hits:
            spans.setdefault(trace_id, []).append(span_id)
        self._note("searched", spans.items())
        return fitting(found, "hits", _FEWER)

    def search_trace(
        self, trace_id: str, text: str, *, regex: bool = False, limit: int = 30, after: str | None = None
    ) -> Json:
        """Hits of words, or of a regular expression, in all texts of one trace."""
        pattern = read_pattern(text, is_regex=regex)
        found, spans = searching.search_trace(self.reader, trace_id, pattern, _bounded(limit), after)
        self._note("searched", [(trace_id, spans)])
        return fitting(found, "hits", _FEWER)

    def search_span(
        self, trace_id: str, span_id: str, text: str, *, regex: bool = False, limit: int = 30
    ) -> Json:
        """The same in one span."""
        pattern = read_pattern(text, is_regex=regex)
        found, spans = searching.search_span(self.reader, trace_id, span_id, pattern, _bounded(limit))
        self._note("searched", [(trace_id, spans)])
        return fitting(found, "hits", _FEWER)

    def findings(
        self,
        filter: FilterLike = None,  # noqa: A002 - see `query`
        *,
        rule: str | None = None,
        cluster: str | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Json:
        """What rules found, trace by trace, with evidence ready to be cited."""
        found, seen = findings(
            self.reader,
            read_filter(filter),
            rules=self._shared.rules(),
            rule=rule,
            cluster=cluster,
            limit=_bounded(limit),
            cursor=cursor,
        )
        self._note("searched", seen)
        return fitting(found, "findings", _FEWER)

    def clusters(
        self,
        filter: FilterLike = None,  # noqa: A002 - see `query`
        *,
        name: str | None = None,
        in_groups: bool = False,
        limit: int = 30,
    ) -> Json:
        """Failure clusters, most runs first; or one of them (by `name`) and what sets its runs apart."""
        found = clusters(self.reader, read_filter(filter), name, _bounded(limit), in_groups=in_groups)
        return found if name is not None else fitting(found, "clusters", _FEWER)

    def cohort(self, a: FilterLike, b: FilterLike = None) -> Json:
        """What sets the traces of filter `a` apart from those of `b` (without: from all others)."""
        left = read_filter(a)
        if not left:
            raise UsageError("a selects every trace: nothing is left to compare with.", hint="Give a filter.")
        return cohort(self.reader, left, read_filter(b) if b else None)

    def sql(self, select: str) -> Json:
        """One SELECT over the tables `traces`, `spans` and `findings` of the selection."""
        answer = self._shared.bench().ask(select)
        out: Json = {"columns": list(answer.columns), "rows": [list(row) for row in answer.rows]}
        if answer.total > len(answer.rows):
            least = "" if answer.is_whole else "at least "
            out["more"] = (
                f"{len(answer.rows)} of {least}{answer.total:,} rows; aggregate, or use LIMIT and OFFSET"
            )
        if answer.cut_cells:
            out["shortened_values"] = answer.cut_cells
        return fitting(out, "rows", "Select fewer columns, or use substr, LIMIT and OFFSET.")

    def _note(self, how: Any, traces: Iterable[tuple[str, Iterable[str]]]) -> None:
        for trace_id, spans in traces:
            found = frozenset(each for each in spans if each)
            self._seen(Seen(trace_id=trace_id, agent=self.agent, how=how, spans=found))


def _bounded(limit: int) -> int:
    return min(MOST_ROWS, max(1, limit))


def _several(given: Sequence[str] | str) -> Sequence[str]:
    """Models give one name where a list is wanted."""
    return (given,) if isinstance(given, str) else given
