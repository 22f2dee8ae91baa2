"""`/clusters` and `/clusters/{name}`: what fails, how often, since when, at what cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from litestar import Response, get

from halo_dash.model.cluster_note import LONGEST_NOTE, LONGEST_TITLE, ClusterNote
from halo_dash.model.filter import Filter, Pairs
from halo_dash.model.judged import ClusterIdentity, JudgeState
from halo_dash.web import selection
from halo_dash.web.agents.controls import SelectionControls, selection_controls
from halo_dash.web.agents.place import Lists
from halo_dash.web.clusters.closely import Closely, closely, cluster_document
from halo_dash.web.clusters.examples import examples
from halo_dash.web.clusters.listing import (
    Part,
    cluster_lines,
    clusters_document,
    clusters_table,
)
from halo_dash.web.clusters.query import LEVELS, ClusterQuery, cluster_path, columns
from halo_dash.web.clusters.reading import ClusterList, read_cluster, read_clusters
from halo_dash.web.clusters.traits import LookedAt, comparison_words, looked_at
from halo_dash.web.formats import query_pairs, suffix_of
from halo_dash.web.raw_path import segments, with_query
from halo_dash.web.render import HaloRequest, View, respond, see_other, site_of
from halo_dash.web.senders import Snippet, snippets
from halo_dash.web.typed import canonical


@dataclass(frozen=True, slots=True)
class ClusterHead:
    """The numbers above the list, each with the traces it counts."""

    troubled: int
    failed: int
    failed_href: str
    with_errors: int
    with_errors_href: str
    told: int
    groups: int
    covered: int
    """In a cluster with a second run."""
    single: int
    unexplained: int
    """Troubled, and in no cluster."""
    traces: int
    traces_href: str
    judged: int


@dataclass(frozen=True, slots=True)
class ClustersContext:
    """Template context of `clusters/index.html`."""

    head: ClusterHead
    grave: Part
    folded: tuple[Part, ...]
    controls: SelectionControls
    levels: tuple[tuple[str, str, bool], ...]
    columns: dict[str, selection.Column]
    compared: str
    """What it is compared with; empty where the selection has no beginning."""
    state: JudgeState
    csv: str
    revision: int
    judged: int
    """Verdicts that this page knows of."""
    is_empty: bool
    """Nothing has ever arrived."""
    snippets: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True)
class ClusterContext:
    """Template context of `cluster/show.html`."""

    identity: ClusterIdentity
    title: str
    rule: str
    severity: str
    """Empty where no run of the selection has it."""
    own_title: str
    """What it is called where nobody named it."""
    note: ClusterNote
    is_back: bool
    first_ns: int | None
    last_ns: int | None
    closely: Closely | None
    compared: str
    looked_at: LookedAt | None
    """None where no run of the selection has it."""
    controls: SelectionControls
    path: str
    back: str
    list_href: str
    longest_title: int
    longest_note: int
    revision: int
    judged: int


@get("/clusters", sync_to_thread=True)
def clusters(request: HaloRequest) -> Response[bytes]:
    """The clusters. Raises UsageError for a parameter that is no filter."""
    site = site_of(request)
    pairs = query_pairs(request.scope)
    if (clean := canonical(pairs)) is not None:
        return see_other(ClusterQuery.parse(clean).address(suffix=suffix_of(request.scope)))
    query = ClusterQuery.parse(pairs)
    size, judged = site.store.traces.size(), site.store.findings.sequence()
    found = read_clusters(site.store, query, site.clock())
    grave, folded = cluster_lines(found, query)
    context = ClustersContext(
        head=_head(found, query.filter),
        grave=grave,
        folded=folded,
        controls=selection_controls(
            query.filter, lambda pairs: _address(query, pairs), reset="/clusters", shown=query.pairs()
        ),
        levels=tuple((query.at_level(level), level.capitalize(), level == query.level) for level in LEVELS),
        columns=columns(query),
        compared=_compared(found),
        state=found.state,
        csv=query.address(suffix=".csv"),
        revision=size.revision,
        judged=judged,
        is_empty=size.traces == 0,
        snippets=snippets(site.settings.collector_url, has_token=bool(site.settings.token)),
    )
    view = View(
        template="clusters/index.html",
        context=context,
        section="clusters",
        fragments={"clusters": "clusters/_list.html"},
        data=lambda: clusters_document(found),
        table=lambda: clusters_table(found),
    )
    return respond(request, site, view)


@get("/clusters/{rest:path}", sync_to_thread=True)
def cluster(request: HaloRequest) -> Response[bytes]:
    """One cluster, or one group of them. Raises NotFoundError, UsageError."""
    site = site_of(request)
    name = "/".join(segments(request.scope, "/clusters"))
    path = cluster_path(name)
    pairs = query_pairs(request.scope)
    if (clean := canonical(pairs)) is not None:
        return see_other(with_query(path + suffix_of(request.scope), Filter.parse(clean).pairs()))
    now_ns = site.clock()
    revision, judged = site.store.traces.size().revision, site.store.findings.sequence()
    reading = read_cluster(site.store, name, Filter.parse(pairs), now_ns)
    shown = examples(site.store, reading, now_ns)
    filter_, detail, note = reading.filter, reading.detail, reading.note
    context = ClusterContext(
        identity=reading.identity,
        title=reading.title,
        rule=reading.names.rules.get(reading.identity.rule, reading.identity.rule),
        severity=detail.row.severity if detail else "",
        own_title=reading.own_title,
        note=note,
        is_back=bool(detail and note.is_back(detail.row.last_ns)),
        first_ns=detail.row.first_ns if detail else None,
        last_ns=detail.row.last_ns if detail else None,
        closely=closely(reading, detail, shown, now_ns) if detail else None,
        compared=comparison_words(detail) if detail else "",
        looked_at=looked_at(detail) if detail else None,
        controls=selection_controls(filter_, partial(with_query, path), reset=path),
        path=path,
        back=with_query(path, filter_.pairs()),
        list_href=ClusterQuery(filter_).address(),
        longest_title=LONGEST_TITLE,
        longest_note=LONGEST_NOTE,
        revision=revision,
        judged=judged,
    )
    view = View(
        template="cluster/show.html",
        context=context,
        section="clusters",
        fragments={"cluster": "cluster/_cluster.html"},
        data=lambda: cluster_document(reading, shown),
    )
    return respond(request, site, view)


def _head(found: ClusterList, filter_: Filter) -> ClusterHead:
    page, lists = found.page, Lists(filter_)
    return ClusterHead(
        troubled=page.troubled,
        failed=page.failed,
        failed_href=lists.all(("effective", "error")),
        with_errors=page.with_errors,
        with_errors_href=lists.all(("status", "recovered"), ("effective", "ok")),
        told=page.told,
        groups=sum(row.runs > 1 for row in page.items),
        covered=page.covered - page.single,
        single=page.single,
        unexplained=page.troubled - page.covered,
        traces=page.traces,
        traces_href=lists.all(),
        judged=page.judged,
    )


def _compared(found: ClusterList) -> str:
    if found.before is None:
        return ""
    return "against the period before" if found.has_before else "nothing judged in the period before"


def _address(query: ClusterQuery, pairs: Pairs) -> str:
    return ClusterQuery(Filter.parse(pairs), query.level, query.sort).address()
