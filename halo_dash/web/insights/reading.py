"""Insights from the store: what the pages, their JSON and the command line all show."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from halo_dash.errors import NotFoundError
from halo_dash.model.clusters import ClusterHistory
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.insight import Example, HistoryRun, Insight, InsightPage
from halo_dash.model.judged import JudgeState
from halo_dash.model.trace import TraceRow
from halo_dash.patterns.insights import read_insight_page
from halo_dash.store import Store

_QUOTED = 20
"""Insights of a list that show a run."""

EXAMPLES = 5
STRIP = 80
"""Runs that the page of an insight shows one by one."""


@dataclass(frozen=True, slots=True)
class InsightList:
    """The insights of a selection."""

    page: InsightPage
    filter: Filter
    state: JudgeState


@dataclass(frozen=True, slots=True)
class InsightReading:
    """One insight, closely."""

    insight: Insight
    filter: Filter
    """Of the selection."""
    strip: tuple[HistoryRun, ...]
    """The newest runs of its agents, in order of time."""


def read_insights(store: Store, filter_: Filter, least: int, now_ns: int) -> InsightList:
    """The insights of a selection; none with fewer than `least` judged runs. Raises UsageError."""
    page = read_insight_page(store, filter_, least, now_ns)
    shown = (
        replace(each, examples=_examples(store, each, filter_, 1, now_ns)) if at < _QUOTED else each
        for at, each in enumerate(page.items)
    )
    return InsightList(replace(page, items=tuple(shown)), filter_, store.findings.state(now_ns))


def read_insight(store: Store, name: str, filter_: Filter, least: int, now_ns: int) -> InsightReading:
    """One insight within a selection. Raises NotFoundError, UsageError."""
    page = read_insight_page(store, filter_, least, now_ns)
    found = next((each for each in page.items if each.name == name), None)
    if found is None:
        raise NotFoundError(
            f"There is no insight {name[:80]!r} in this selection.",
            hint="It is not systemic any more, its traces were removed, or fewer than "
            f"{least} runs are selected. The list of insights has those there are.",
        )
    whole = replace(found, examples=_examples(store, found, filter_, EXAMPLES, now_ns))
    (history,) = store.clusters.histories([found.clusters], now_ns, filter_)
    return InsightReading(whole, filter_, _strip(store, history, filter_, now_ns))


def _examples(
    store: Store, insight: Insight, filter_: Filter, limit: int, now_ns: int
) -> tuple[Example, ...]:
    query = ListQuery(replace(filter_, cluster=insight.clusters), limit=limit)
    rows = store.traces.page(query, now_ns, facets=False).items
    return tuple(_shown(rows, frozenset(insight.clusters)))


def _shown(rows: Iterable[TraceRow], clusters: Collection[str]) -> Iterable[Example]:
    for row in rows:
        if row.judged is None:
            continue
        pairs = enumerate(zip(row.judged.findings, row.judged.clusters, strict=True), 1)
        number, finding = next(((at, found) for at, (found, name) in pairs if name in clusters), (0, None))
        if finding is not None:
            place = finding.evidence[0]
            yield Example(
                trace_id=row.summary.trace_id,
                start_ns=row.summary.start_ns,
                title=finding.title,
                explanation=finding.explanation,
                ending=finding.ending,
                span_id=place.span_id,
                quote=place.quote,
                number=f"{number}.1",
            )


def _strip(store: Store, history: ClusterHistory, filter_: Filter, now_ns: int) -> tuple[HistoryRun, ...]:
    runs = list(zip(history.starts_ns, history.has_it, strict=True))[-STRIP:]
    versions = history.versions[-STRIP:] or ("",) * len(runs)
    first = runs[0][0] if runs else 0
    query = ListQuery(replace(filter_, agent=history.agents), limit=2 * STRIP)
    page = store.traces.page(query, now_ns, facets=False).items
    ids: dict[int, str] = {}
    for row in page:
        if row.summary.start_ns >= first:
            ids.setdefault(row.summary.start_ns, row.summary.trace_id)
    return tuple(
        HistoryRun(ids.pop(start, ""), start, has_it, version)
        for (start, has_it), version in zip(runs, versions, strict=True)
    )
