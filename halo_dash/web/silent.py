"""The way to the silent failures of a list: runs that reported ok and failed in effect."""

from __future__ import annotations

from dataclasses import replace

from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.page import FacetValue, TracePage
from halo_dash.store import Store
from halo_dash.web import selection
from halo_dash.web.selection import TRACES, Choice, Place


def silent_only(
    store: Store, query: ListQuery, page: TracePage, now_ns: int, place: Place = TRACES
) -> Choice | None:
    """A link that shows them alone, or all of the list again; None where there are none to show.

    They are counted within the other filters of the list, as every value of a filter is.
    """
    chosen = query.filter
    is_on = (chosen.status, chosen.effective) == (("ok",), ("error",))
    rest = replace(chosen, status=(), effective=())
    count = _count(store, replace(rest, status=("ok",), effective=("error",)), chosen, page, now_ns)
    if not count and not is_on:
        return None
    wanted = rest if is_on else replace(rest, status=("ok",), effective=("error",))
    href = selection.address(ListQuery(wanted, query.sort, query.limit), place)
    return Choice("Silent failures", href, count, is_on)


def _count(store: Store, wanted: Filter, chosen: Filter, page: TracePage, now_ns: int) -> int:
    """Mostly the counts of the page tell: all that failed in effect, without those that say so themselves."""
    failed, ok = ("error",), ("ok",)
    match chosen.status, chosen.effective:
        case (status, effective) if (status, effective) == (ok, failed):
            return page.totals.traces
        case ((), ()) if page.facets:
            return _counted(page, "effective", "error") - _counted(page, "status", "error")
        case (status, ()) if status == ok and page.facets:
            return _counted(page, "effective", "error")
        case ((), effective) if effective == failed and page.facets:
            return _counted(page, "status", "ok")
        case _:
            return store.traces.totals(wanted, now_ns).traces


def _counted(page: TracePage, field: str, value: str) -> int:
    found: tuple[FacetValue, ...] = page.facets.get(field, ())
    return next((each.count for each in found if each.value == value), 0)
