"""A list of sessions or of users, wherever it stands: with its controls, as JSON and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from halo_dash.model.figures import DEFAULT_GROUP_SORT, GROUP_SORT_KEYS, GroupBy, GroupPage, GroupRow
from halo_dash.model.filter import ListQuery
from halo_dash.model.filter_fields import DEFAULT_SORT, MAX_LIMIT
from halo_dash.model.found import IndexState
from halo_dash.model.group_query import group_pairs, parse_group_query
from halo_dash.model.page import TracePage
from halo_dash.model.twin.groups import ID_FIELD, group_json, group_page_json
from halo_dash.store import Store
from halo_dash.web import panel, searching, selection
from halo_dash.web.formats import requested
from halo_dash.web.own_part import OwnPart, own_part
from halo_dash.web.render import HaloRequest, View, cookie, site_of
from halo_dash.web.selection import Place
from halo_dash.web.sessions.figures import Sums, sums
from halo_dash.web.sessions.paths import session_path, user_path
from halo_dash.web.site import Site
from halo_dash.web.typed import Unread, readable, status_of

SESSIONS = Place("/sessions")
USERS = Place("/users")

Pairs = Sequence[tuple[str, str]]
_FIGURES = ("trace_count", "failed", "recovered", "llm_calls", "tool_calls")
_TOKENS = ("input", "output", "total")


@dataclass(frozen=True, slots=True)
class GroupView:
    """One session, or one user."""

    value: str
    href: str
    state: str
    """`failed`, `running`, `incomplete`, `recovered` or `ok`: the worst of its traces."""
    failed_href: str
    """Its failed traces."""
    sums: Sums
    wall_ns: int
    active_ns: int
    last_ns: int
    agents: str
    users: tuple[tuple[str, str], ...]
    """(user, address) of a session's users."""
    sessions: int
    input: str
    output: str
    reason: str
    """Why its last failed trace failed."""


@dataclass(frozen=True, slots=True)
class GroupsContext:
    """Variables of `sessions/index.html`, and of every page that holds `sessions/_list.html`."""

    place: Place
    by: GroupBy
    rows: tuple[GroupView, ...]
    total: int
    sums: Sums
    own: OwnPart | None
    """The part of the agent that the filter names, where the sums are more."""
    traces: str
    """The list of traces behind the same filter."""
    panel: panel.Panel
    period: selection.Menu
    chips: tuple[selection.Chip, ...]
    columns: dict[str, selection.Column]
    search: searching.SearchBox
    said: searching.Said
    reset: str
    """The address without filters, sorted as now."""
    first: str | None
    """The address of the first page, when this is a later one."""
    older: str | None
    """The address of the next page."""
    csv: str
    filters: str
    """The filter alone, as a query string."""


def group_view(request: HaloRequest, by: GroupBy, pairs: Pairs, place: Place) -> View:
    """The list as a page, its live part, JSON and CSV. Raises UsageError for what is no filter.

    As in the list of traces, the page shows the list without a range that cannot be read.
    """
    site = site_of(request)
    pairs, unread = readable(pairs) if requested(request.scope) == "html" else (pairs, {})
    query = parse_group_query([*place.locked, *pairs])
    now_ns = site.clock()
    page = site.store.figures.groups(by, query, now_ns)
    is_page = any(name in {"limit", "cursor"} for name, _ in pairs)

    def table() -> Iterator[Sequence[object]]:
        return page_table(by, page) if is_page else whole_table(site.store, by, query, now_ns)

    return View(
        template="sessions/index.html",
        context=groups_context(request, by, query, page, place, unread),
        section="sessions",
        fragments={"list": "sessions/_list.html"},
        data=lambda: group_page_json(by, page),
        table=table,
        status=status_of(request.scope, unread),
    )


def groups_context(  # noqa: PLR0917 - a page of a list and what was asked
    request: HaloRequest,
    by: GroupBy,
    query: ListQuery,
    page: GroupPage,
    place: Place,
    unread: Mapping[str, Unread],
) -> GroupsContext:
    """Put a page of sessions or users at its place."""
    site = site_of(request)
    now_ns = site.clock()
    # What is counted and how a search went, the list of traces says of the same selection.
    with_facets = requested(request.scope) == "html"
    traces = site.store.traces.page(ListQuery(query.filter, limit=1), now_ns=now_ns, facets=with_facets)
    # The default order stands in no address.
    shown = replace(query, sort=DEFAULT_SORT) if query.sort == DEFAULT_GROUP_SORT else query
    first = replace(shown, cursor=None)
    said = searching.said(first, traces.search, _index(site, traces, now_ns), place)
    plain = ListQuery(sort=shown.sort, limit=query.limit)
    return GroupsContext(
        place=place,
        by=by,
        rows=tuple(_view(by, query, row) for row in page.items),
        total=page.total,
        sums=sums(page.figures),
        own=own_part(site.store, query.filter, now_ns, traces.totals.usage, traces.totals.cost_usd)
        if with_facets
        else None,
        traces=_traces(query),
        panel=_panel(request, first, traces, place, unread),
        period=selection.period(first, place),
        chips=selection.chips(first, place),
        columns=_columns(query, place),
        search=searching.box(first, place),
        said=replace(said, notes=(*panel.left_out(unread), *said.notes)),
        reset=selection.address(plain, place),
        first=selection.address(first, place) if query.cursor else None,
        older=selection.address(shown.at(page.next_cursor), place) if page.next_cursor else None,
        csv=replace(place, path=f"{place.path}.csv").address(group_pairs(query.at(None))),
        filters=urlencode(query.filter.pairs()),
    )


def _index(site: Site, traces: TracePage, now_ns: int) -> IndexState | None:
    return site.store.search.state(now_ns) if traces.search and traces.search.terms else None


def _panel(
    request: HaloRequest, query: ListQuery, traces: TracePage, place: Place, unread: Mapping[str, Unread]
) -> panel.Panel:
    is_open = cookie(request.scope, "halo_panel") != "closed"
    titles = {rule.name: rule.title for rule in site_of(request).store.findings.rules()[0]}
    made = panel.panel(query, traces.facets, is_open=is_open, place=place, titles=titles, unread=unread)
    # The page of all values leads to the list of traces.
    return replace(made, facets=tuple(replace(facet, more=None) for facet in made.facets))


def _columns(query: ListQuery, place: Place) -> dict[str, selection.Column]:
    return selection.sorted_columns(
        GROUP_SORT_KEYS,
        query.sort,
        lambda sort: place.address(group_pairs(replace(query, sort=sort, cursor=None))),
    )


def _traces(query: ListQuery, *more: tuple[str, str]) -> str:
    names = {name for name, _ in more}
    kept = [pair for pair in query.filter.pairs() if pair[0] not in names]
    return f"/traces?{urlencode([*kept, *more])}"


def _view(by: GroupBy, query: ListQuery, row: GroupRow) -> GroupView:
    figures = row.figures
    return GroupView(
        value=row.value,
        href=session_path(row.value) if by == "session" else user_path(row.value),
        state=_state(row),
        failed_href=_traces(query, (by, row.value), ("status", "error")),
        sums=sums(figures),
        wall_ns=max(row.last_ns - row.first_ns, 0),
        active_ns=row.active_ns,
        last_ns=row.last_ns,
        agents=", ".join(row.agents),
        users=tuple((user, user_path(user)) for user in row.users),
        sessions=row.sessions,
        input=row.first_input or "",
        output=row.last_output or "",
        reason=row.failure or "" if figures.failed else "",
    )


def _state(row: GroupRow) -> str:
    if row.figures.failed:
        return "failed"
    if row.running or row.incomplete:
        return "running" if row.running else "incomplete"
    return "recovered" if row.figures.recovered else "ok"


def columns_of(by: GroupBy) -> tuple[str, ...]:
    """The head of the CSV: a promise, as the JSON's fields are."""
    return (
        *(ID_FIELD[by], "first", "last", "duration_ms", "active_ms", *_FIGURES),
        *(f"{name}_tokens" for name in _TOKENS),
        *("cost_usd", "cost_is_partial", "agents", "users" if by == "session" else "sessions"),
        *("environment", "first_input", "last_output", "failure"),
    )


def page_table(by: GroupBy, page: GroupPage) -> Iterator[Sequence[object]]:
    """A head and the rows of one page."""
    head = columns_of(by)
    yield head
    for row in page.items:
        record = _record(by, row)
        yield tuple(record[name] for name in head)


def whole_table(store: Store, by: GroupBy, query: ListQuery, now_ns: int) -> Iterator[Sequence[object]]:
    """A head and the rows of every page, one page in memory at a time."""
    at: ListQuery | None = replace(query, limit=MAX_LIMIT, cursor=None)
    is_first = True
    while at is not None:
        page = store.figures.groups(by, at, now_ns)
        rows = page_table(by, page)
        if not is_first:
            next(rows)
        yield from rows
        is_first = False
        at = at.at(page.next_cursor) if page.next_cursor else None


def _record(by: GroupBy, row: GroupRow) -> dict[str, object]:
    usage = row.figures.usage
    return {
        **group_json(by, row),
        **{f"{name}_tokens": getattr(usage, name) for name in _TOKENS},
        "agents": " ".join(row.agents),
        "users": " ".join(row.users),
        "sessions": row.sessions,
    }
