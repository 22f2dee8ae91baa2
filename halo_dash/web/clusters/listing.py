"""The list of clusters: rows as its template shows them, as JSON and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from halo_dash.model.clusters import ClusterRow
from halo_dash.model.filter import Filter
from halo_dash.model.twin import Json, iso_time
from halo_dash.model.twin.clusters import cluster_row_json, clusters_json
from halo_dash.web.agents.place import Lists
from halo_dash.web.charts import Spark, spark
from halo_dash.web.clusters.query import ClusterQuery, cluster_path, is_listed
from halo_dash.web.clusters.reading import ClusterList
from halo_dash.web.finding_words import waste_words
from halo_dash.web.raw_path import with_query

SHOWN = 200
"""Clusters of one part of the page; its JSON and its table have all."""

_FOLDED = ("low", "info")
"""Severities that do not stand in the list at once."""


@dataclass(frozen=True, slots=True)
class ClusterLine:
    """One cluster, or one group."""

    name: str
    href: str
    title: str
    severity: str
    rule: str
    """Its title and the cause; empty where the title of the cluster says the same."""
    wordings: int
    """Clusters in it."""
    agents: tuple[tuple[str, str], ...]
    """(name, address of the runs)."""
    tools: tuple[tuple[str, str], ...]
    runs: int
    runs_href: str
    """Empty, as the others are, where no list has exactly these runs."""
    share: float
    """Of all traces of the selection."""
    change: str
    """Against the period before, where there is one."""
    change_href: str
    """The runs of that period; empty where there are none."""
    is_new: bool
    failed: int
    failed_href: str
    recovered: int
    spark: Spark
    first_ns: int
    last_ns: int
    wasted: str
    is_muted: bool
    fixed_ns: int | None
    is_back: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the list; all but the first show only their number at once."""

    key: str
    title: str
    lines: tuple[ClusterLine, ...]
    more: int
    """Clusters that are left out."""


def cluster_lines(found: ClusterList, query: ClusterQuery) -> tuple[Part, tuple[Part, ...]]:
    """(the list, what is folded below it)."""
    sections: dict[str, list[ClusterLine]] = {"": [], "low": [], "single": [], "muted": [], "gone": []}
    for row in found.page.items:
        sections[_section(found, row)].append(_line(found, row, query.filter))
    if found.before_filter is not None:
        past = found.before_filter
        sections["gone"] = [_line(found, row, past, is_gone=True) for row in found.gone]
    titles = {
        "low": "of low severity",
        "single": "of one run each",
        "muted": "muted",
        "gone": "gone since the period before",
    }
    parts = [
        Part(key, title, tuple(sections[key][:SHOWN]), max(0, len(sections[key]) - SHOWN))
        for key, title in (("", ""), *titles.items())
    ]
    return parts[0], tuple(each for each in parts[1:] if each.lines)


def _section(found: ClusterList, row: ClusterRow) -> str:
    if found.names.is_muted(row):
        return "muted"
    if row.severity in _FOLDED:
        return "low"
    return "single" if row.runs == 1 else ""


def _line(found: ClusterList, row: ClusterRow, filter_: Filter, *, is_gone: bool = False) -> ClusterLine:
    lists = Lists(replace(filter_, cluster=(row.identity.name,)))
    pairs = [pair for pair in filter_.pairs() if pair[0] != "cluster"]
    has_lists = is_listed(filter_, "cluster", row.identity.name)
    title, note = found.names.title(row), found.names.note(row.identity.name)
    rule, cause = found.names.rules.get(row.identity.rule, row.identity.rule), row.identity.cause
    about = "" if title.startswith(rule) else f"{rule}: {cause}" if cause and cause not in title else rule
    before = None if is_gone or not found.has_before else found.before_runs.get(row.identity.name, 0)
    return ClusterLine(
        name=row.identity.name,
        href=with_query(cluster_path(row.identity.name), pairs),
        title=title,
        severity=row.severity,
        rule=about,
        wordings=len(row.members),
        agents=tuple((each.value, lists.all(("agent", each.value))) for each in row.agents),
        tools=tuple((each.value, lists.all(("tool", each.value))) for each in row.tools),
        runs=row.runs,
        runs_href=lists.all() if has_lists else "",
        share=row.runs / (found.before.traces if is_gone and found.before else found.page.traces),
        change="" if before is None else "new" if not before else f"{before:,} before",
        change_href=_before_href(found, row) if before and has_lists else "",
        is_new=before == 0,
        failed=row.failed_runs,
        failed_href=lists.all(("effective", "error")) if has_lists else "",
        recovered=row.recovered,
        spark=spark(row.runs_by_bucket, [0] * len(row.runs_by_bucket)),
        first_ns=row.first_ns,
        last_ns=row.last_ns,
        wasted=waste_words(row.waste),
        is_muted=found.names.is_muted(row),
        fixed_ns=note.fixed_ns,
        is_back=note.is_back(row.last_ns),
    )


def _before_href(found: ClusterList, row: ClusterRow) -> str:
    chosen = replace(found.before_filter or Filter(), cluster=(row.identity.name,))
    return Lists(chosen).all()


def clusters_document(found: ClusterList) -> dict[str, Json]:
    """`/clusters.json`."""
    page, names = found.page, found.names

    def item(row: ClusterRow, before_runs: int | None) -> dict[str, Json]:
        note = names.note(row.identity.name)
        return cluster_row_json(row, names.title(row), note, before_runs=before_runs)

    before = None if found.before is None else found.before_runs
    return clusters_json(
        [item(row, None if before is None else before.get(row.identity.name, 0)) for row in page.items],
        [item(row, row.runs) for row in found.gone],
        {
            "total": len(page.items),
            "traces": page.traces,
            "judged": page.judged,
            "troubled": page.troubled,
            "failed": found.page.failed,
            "with_errors": found.page.with_errors,
            "told": found.page.told,
            "covered": page.covered,
            "single": page.single,
        },
        page.edges_ns,
    )


def clusters_table(found: ClusterList) -> Iterator[Sequence[object]]:
    """`/clusters.csv`: a head and a row for each cluster; durations in milliseconds."""
    yield (
        *("name", "title", "rule", "subject", "cause", "severity", "clusters", "runs", "failed_runs"),
        *("recovered_runs", "first", "last", "wasted_tokens", "wasted_cost_usd", "wasted_ms"),
        *("agents", "tools", "models", "muted", "fixed", "note"),
    )
    for row in found.page.items:
        identity, note = row.identity, found.names.note(row.identity.name)
        yield (
            *(identity.name, found.names.title(row), identity.rule, identity.subject, identity.cause),
            *(row.severity, len(row.members), row.runs, row.failed_runs, row.recovered),
            *(iso_time(row.first_ns), iso_time(row.last_ns)),
            *(row.waste.tokens, row.waste.cost_usd, row.waste.duration_ns / 1e6),
            *(" ".join(each.value for each in some) for some in (row.agents, row.tools, row.models)),
            *(found.names.is_muted(row), None if note.fixed_ns is None else iso_time(note.fixed_ns)),
            note.note,
        )
