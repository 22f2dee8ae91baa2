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

MATCHES_S = 0.02
"""How long a page may spend on counting hits; what is left then is counted the next time."""

FIRST_S = 0.15
"""How long it may spend until every row has one hit to show: a row without a reason looks like a mistake."""

_KEPT = 2_000

_Key = tuple[str, int, tuple[Term, ...]]
"""(trace id, revision, terms)."""

_UNKNOWN = TraceMatches(is_whole=False)


class PageMatches:
    """May be used from any thread."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._guard = threading.Lock()
        self._kept: OrderedDict[_Key, TraceMatches] = OrderedDict()

    def find(
        self, connection: Connection, items: Sequence[TraceRow], terms: tuple[Term, ...], patience_s: float
    ) -> Mapping[str, TraceMatches]:
        """Trace id -> its matches; where there is no time, only some of them or none."""
        if not terms:
            return {}
        begun_s = time.monotonic()
        first_s = max(patience_s, FIRST_S) if patience_s else 0
        keys: list[_Key] = [(item.summary.trace_id, item.revision, terms) for item in items]
        found = {key: self._known(key) for key in keys}
        # First every trace gets something to show, then each is read to its end.
        for is_first_enough, limit_s in ((True, first_s), (False, patience_s)):
            until_s = begun_s + limit_s
            for key in keys:
                known = found[key]
                if known.is_whole or (is_first_enough and known.best):
                    continue
                if time.monotonic() > until_s:
                    break
                hits, is_whole = find_hits(
                    connection, self._catalogue, key[0], terms, until_s, is_first_enough=is_first_enough
                )
                if is_whole or len(hits.hits) > sum(known.counts.values()):
                    found[key] = trace_matches(hits, is_whole=is_whole)
                    self._keep(key, found[key])
        return {key[0]: matches for key, matches in found.items()}

    def _known(self, key: _Key) -> TraceMatches:
        with self._guard:
            return self._kept.get(key, _UNKNOWN)

    def _keep(self, key: _Key, matches: TraceMatches) -> None:
        with self._guard:
            self._kept[key] = matches
            self._kept.move_to_end(key)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
