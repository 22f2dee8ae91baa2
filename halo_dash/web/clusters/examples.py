"""Runs that show a cluster: the newest, the dearest, the shortest; and a passing run beside each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from halo_dash.model.clusters import ClusterDetail
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.finding import Evidence, Finding
from halo_dash.model.trace import TraceRow
from halo_dash.store import Store
from halo_dash.web.clusters.reading import ClusterReading

_ORDERS = (("newest", "-start"), ("dearest", "-cost"), ("shortest", "duration"))
_EVIDENCE = 3
"""Places that are quoted of one run."""


@dataclass(frozen=True, slots=True)
class Example:
    """One run."""

    row: TraceRow
    why: tuple[str, ...]
    """`newest`, `dearest`, `shortest`: it may be all of them."""
    findings: tuple[tuple[int, Finding], ...]
    """Those that put it into the cluster, each with its place among all of the trace."""
    passing_id: str | None
    """The newest run of the same agents that passes; None where there is none."""

    @property
    def evidence(self) -> tuple[tuple[str, Evidence], ...]:
        """The first places that show it, each with its number in an address of the trace (`2.1`)."""
        found = [
            (f"{at + 1}.{number}", each)
            for at, finding in self.findings
            for number, each in enumerate(finding.evidence, 1)
        ]
        return tuple(found[:_EVIDENCE])


def examples(store: Store, reading: ClusterReading, now_ns: int) -> tuple[Example, ...]:
    """At most three runs of the selection, none twice. Empty where no run has it."""
    if reading.detail is None:
        return ()
    names = {each.name for each, _runs in reading.detail.row.members}
    chosen = replace(reading.filter, cluster=(reading.identity.name,))
    rows: dict[str, TraceRow] = {}
    why: dict[str, list[str]] = {}
    for word, sort in _ORDERS:
        for row in _first(store, chosen, sort, now_ns):
            if word != "dearest" or row.summary.cost_usd:
                rows[row.summary.trace_id] = row
                why.setdefault(row.summary.trace_id, []).append(word)
    return tuple(
        Example(
            row=row,
            why=tuple(why[trace_id]),
            findings=_findings(row, names),
            passing_id=_passing(store, reading, row, now_ns),
        )
        for trace_id, row in rows.items()
    )


def passing_filter(reading: ClusterReading, detail: ClusterDetail) -> Filter:
    """The passing runs that the cluster is compared with: its own agents', within the selection."""
    return _passing_of(reading, [each.value for each in detail.values.get("agent", ())])


def _passing_of(reading: ClusterReading, agents: Sequence[str]) -> Filter:
    return replace(
        reading.filter,
        status=(),
        effective=("ok",),
        agent=tuple(agents),
        excluded=(*reading.filter.excluded, ("cluster", reading.identity.name)),
    )


def _passing(store: Store, reading: ClusterReading, row: TraceRow, now_ns: int) -> str | None:
    agents = [name or key or "" for key, name in row.summary.agents]
    # What a run is compared with may lie outside the period that is looked at.
    chosen = replace(_passing_of(reading, agents), window=None, from_ns=None, to_ns=None)
    found = _first(store, chosen, "-start", now_ns)
    return found[0].summary.trace_id if found else None


def _first(store: Store, chosen: Filter, sort: str, now_ns: int) -> tuple[TraceRow, ...]:
    return store.traces.page(ListQuery(chosen, sort, 1), now_ns, facets=False).items


def _findings(row: TraceRow, names: Collection[str]) -> tuple[tuple[int, Finding], ...]:
    if row.judged is None:
        return ()
    pairs = zip(row.judged.findings, row.judged.clusters, strict=True)
    return tuple((at, found) for at, (found, name) in enumerate(pairs) if name in names)
