"""The list of traces, wherever it stands: on a page of its own, or inside something that fixes a filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from halo_dash.config import Settings
from halo_dash.model.filter import ListQuery
from halo_dash.model.filter_fields import DEFAULT_SORT
from halo_dash.model.found import IndexState
from halo_dash.model.page import Totals, TracePage
from halo_dash.model.twin import page_json
from halo_dash.model.views import SavedView
from halo_dash.web import panel, searching, selection
from halo_dash.web.formats import requested, suffix_of
from halo_dash.web.own_part import OwnPart, own_part
from halo_dash.web.raw_path import with_query
from halo_dash.web.render import HaloRequest, View, cookie
from halo_dash.web.runs import RunRow, run_rows
from halo_dash.web.selection import TRACES, Place
from halo_dash.web.senders import Snippet, snippets
from halo_dash.web.silent import silent_only
from halo_dash.web.site import Site
from halo_dash.web.table import page_table, whole_table
from halo_dash.web.typed import Unread, canonical, readable, status_of

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class TracesContext:
    """Template context of `traces/index.html`, and of every page that holds the list."""

    place: Place
    kept: str
    """Query string of the first page for what stands beside the list: with the filters that the place fixes.
    Empty where the page's own address says it, which it does not where some of it cannot be read."""
    rows: tuple[RunRow, ...]
    totals: Totals
    own: OwnPart | None
    """The part of the agent that the filter names, where the totals are more."""
    panel: panel.Panel
    period: selection.Menu
    chips: tuple[selection.Chip, ...]
    search: searching.SearchBox
    said: searching.Said
    found: dict[str, searching.FoundRow]
    """Trace id -> why it is listed, where words were searched."""
    is_unexplained: bool
    """Time was over before every row had its reason; the page asks once more for those."""
    columns: dict[str, selection.Column]
    reset: str
    """The address without filters, sorted as now."""
    first: str | None
    """The address of the first page, when this is a later one."""
    older: str | None
    """The address of the next page."""
    silent: selection.Choice | None
    """The silent failures of this list alone, or all of it again; None where there are none."""
    judged: int
    """How many verdicts there were when it was read."""
    csv: str
    views: tuple[SavedView, ...]
    view_name: str
    """Of the saved view that this list is; empty for another list."""
    list_query: str
    """Query string of the first page."""
    revision: int
    is_newest_first: bool
    is_empty: bool
    """Nothing has ever arrived."""
    snippets: tuple[Snippet, ...]


def clean_address(request: HaloRequest, pairs: Pairs, place: Place = TRACES) -> str | None:
    """The canonical address of the list that was asked for; None where it was asked for by that.

    A form sends ends of ranges and local times, and a place has no use for filters that it fixes.
    """
    locked = {name for name, _ in place.locked}
    free = [pair for pair in pairs if pair[0] not in locked]
    clean = canonical(free)
    if clean is None and len(free) < len(pairs):
        clean = free
    if clean is None:
        return None
    return with_query(place.path + suffix_of(request.scope), clean)


def list_view(request: HaloRequest, site: Site, pairs: Pairs, place: Place = TRACES) -> View:
    """The list as a page, its live part, JSON and CSV. Raises UsageError for what is no filter.

    A range that cannot be read is refused by the other forms; the page shows the list without it and says so.
    """
    is_html = requested(request.scope) == "html"
    pairs, unread = readable(pairs) if is_html else (pairs, {})
    query = ListQuery.parse([*place.locked, *pairs], ignore=("facets",))
    with_facets = ("facets", "0") not in pairs and requested(request.scope) != "csv"
    now_ns = site.clock()
    judged = site.store.findings.sequence()
    page = site.store.traces.page(query, now_ns=now_ns, facets=with_facets)
    index = site.store.search.state(now_ns) if page.search and page.search.terms else None
    is_page = any(name in {"limit", "cursor"} for name, _ in pairs)
    context = _context(
        query,
        page,
        now_ns,
        index,
        site.store.views.all(),
        is_empty=not page.totals.traces and site.store.stats().traces == 0,
        is_open=cookie(request.scope, "halo_panel") != "closed",
        unfolded=cookie(request.scope, "halo_facets"),
        settings=site.settings,
        place=place,
        silent=silent_only(site.store, query, page, now_ns, place),
        judged=judged,
        own=own_part(site.store, query.filter, now_ns, page.totals.usage, page.totals.cost_usd)
        if is_html
        else None,
        titles={rule.name: rule.title for rule in site.store.findings.rules()[0]},
        unread=unread,
    )
    return View(
        template="traces/index.html",
        context=context,
        section="traces",
        fragments={"list": "traces/_list.html"},
        data=lambda: page_json(page, now_ns, with_facets=with_facets),
        table=lambda: page_table(page, now_ns) if is_page else whole_table(site.store, query, now_ns),
        status=status_of(request.scope, unread),
    )


def _context(
    query: ListQuery,
    page: TracePage,
    now_ns: int,
    index: IndexState | None,
    views: tuple[SavedView, ...],
    *,
    is_empty: bool,
    is_open: bool,
    unfolded: str,
    settings: Settings,
    place: Place,
    silent: selection.Choice | None,
    judged: int,
    own: OwnPart | None,
    titles: Mapping[str, str],
    unread: Mapping[str, Unread],
) -> TracesContext:
    without_cursor = ListQuery(query.filter, query.sort, query.limit)
    kept = urlencode(without_cursor.pairs())
    said = searching.said(query, page.search, index, place)
    return TracesContext(
        place=place,
        kept=kept if place.locked or unread else "",
        rows=run_rows(page.items, now_ns, kept),
        totals=page.totals,
        own=own,
        panel=panel.panel(
            query,
            page.facets,
            is_open=is_open,
            unfolded=unfolded,
            place=place,
            titles=titles,
            unread=unread,
        ),
        period=selection.period(query, place),
        chips=selection.chips(query, place, titles),
        search=searching.box(query, place),
        said=replace(said, notes=(*panel.left_out(unread), *said.notes)),
        found=searching.found_rows(page.matches, kept),
        is_unexplained=any(not each.best and not each.is_whole for each in page.matches.values()),
        columns=selection.columns(query, place),
        reset=selection.address(ListQuery(sort=query.sort, limit=query.limit), place),
        first=selection.address(without_cursor, place) if query.cursor else None,
        older=selection.address(query.at(page.next_cursor), place) if page.next_cursor else None,
        silent=silent,
        judged=judged,
        csv=replace(place, path=f"{place.path}.csv").address(ListQuery(query.filter, query.sort).pairs()),
        views=views,
        view_name=next((view.name for view in views if view.query == kept), ""),
        list_query=kept,
        revision=page.revision,
        is_newest_first=query.sort == DEFAULT_SORT and query.cursor is None,
        is_empty=is_empty,
        snippets=snippets(settings.collector_url, has_token=bool(settings.token)),
    )
