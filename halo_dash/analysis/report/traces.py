"""The traces of a run in the store, as the proof asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from halo_dash.analysis.reading.fields import field_texts
from halo_dash.analysis.report.proof import VerifyCode, prove
from halo_dash.analysis.selection import Selection
from halo_dash.errors import UnavailableError
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.report import Report
from halo_dash.store import Store


def verify(
    report: Report, selection: Selection, store: Store, *, verify_code: VerifyCode | None = None
) -> Report:
    """The report with every citation looked up in the selection, and every check counted over it."""
    return prove(report, StoredTraces(store, selection), verify_code)


class StoredTraces:
    """Those that a selection reads."""

    def __init__(self, store: Store, selection: Selection) -> None:
        self._store = store
        self._selection = selection
        self._contained: dict[str, bool] = {}

    @property
    def base(self) -> int:
        """How many are read."""
        return self._selection.size.read_traces

    def contains(self, trace_id: str) -> bool:
        """Whether it is one of them."""
        if trace_id not in self._contained:
            self._contained[trace_id] = self._selection.contains(trace_id)
        return self._contained[trace_id]

    def fields(self, trace_id: str, span_id: str) -> Mapping[str, str] | None:
        """The texts of a span; None where there is no such span."""
        stored = self._store.spans.get(trace_id, span_id)
        return None if stored is None else field_texts(stored)

    def spans(self, trace_id: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Each span of a trace with its texts."""
        after: str | None = None
        while True:
            page = self._store.spans.page(trace_id, after, limit=50)
            for stored in page.items:
                yield stored.span.span_id, field_texts(stored)
            after = page.next_after
            if after is None:
                return

    def count(self, chosen: Filter) -> int:
        """How many of them a filter selects. Raises UsageError, UnavailableError."""
        together = self._selection.within(chosen)
        if together.needs_index:
            self._refuse_half(together)
        return self._store.traces.totals(together, self._selection.now_ns).traces

    def _refuse_half(self, chosen: Filter) -> None:
        """A number is told only where everything was looked at."""
        page = self._store.traces.page(ListQuery(chosen, limit=1), self._selection.now_ns, facets=False)
        if page.search is not None and not page.search.is_ready:
            raise UnavailableError(
                "the full-text index is not there yet", hint="Use filters other than q and attr."
            )
        if page.search is not None and page.search.is_partial:
            raise UnavailableError("the search takes too long", hint="Use rarer words, or another filter.")
