"""Why the traces of a page were found, kept for the next time the page is asked for."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from halo_dash.model.found import TraceMatches
from halo_dash.model.trace import TraceRow
from halo_dash.search.terms import Term
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.driver import Connection
from halo_dash.store.trace_hits import find_hits, trace_matches

MATCHES_S = 0.03
"""How long a page may spend on saying why; what is left then is listed without."""

_TRACE_S = 0.005
"""What a trace gets at least, while there is any time left."""

_KEPT = 2_000

_Key = tuple[str, int, tuple[Term, ...]]
"""(trace id, revision, terms)."""


class PageMatches:
    """May be used from any thread."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._guard = threading.Lock()
        self._kept: OrderedDict[_Key, TraceMatches] = OrderedDict()

    def find(
        self, connection: Connection, items: Sequence[TraceRow], terms: tuple[Term, ...], patience_s: float
    ) -> Mapping[str, TraceMatches]:
        """Trace id -> its matches; without those for which there was no time."""
        if not terms:
            return {}
        found: dict[str, TraceMatches] = {}
        page_ends_s = time.monotonic() + patience_s
        for left, item in zip(range(len(items), 0, -1), items, strict=True):
            trace_id = item.summary.trace_id
            key = (trace_id, item.revision, terms)
            with self._guard:
                known = self._kept.get(key)
            if known is None:
                now_s = time.monotonic()
                if now_s > page_ends_s:
                    found[trace_id] = TraceMatches(is_whole=False)
                    continue
                share_s = max(_TRACE_S, (page_ends_s - now_s) / left)
                hits, is_whole = find_hits(connection, self._catalogue, trace_id, terms, now_s + share_s)
                known = trace_matches(hits, is_whole=is_whole)
                if is_whole:
                    self._keep(key, known)
            found[trace_id] = known
        return found

    def _keep(self, key: _Key, matches: TraceMatches) -> None:
        with self._guard:
            self._kept[key] = matches
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
