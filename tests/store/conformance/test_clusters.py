"""Failure clusters of any selection equal what counting trace by trace gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import CLUSTERS, PLANTED, judge
from runs import HOUR_NS, NOW, random_trace, selects

from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.finding import Verdict
from halo_dash.model.span import Resource, Span
from halo_dash.model.trace import TraceRow
from halo_dash.store import Store
from halo_dash.store.findings.judging import Judgement

TRACES = 250
EDGES = tuple(NOW - hours * HOUR_NS for hours in range(96, -1, -4))


class Judged(NamedTuple):
    store: Store
    rows: list[TraceRow]

    def __repr__(self) -> str:
        return "judged"  # the rows are too many to print


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judged]:
    with Store.open(tmp_path_factory.mktemp("clusters") / "halo.db") as store:
        ids = [random_trace(seed)[0].trace_id for seed in range(TRACES)]
        with store.writing() as tx:
            for seed in range(TRACES):
                tx.write(random_trace(seed), source="live", received_ns=NOW)
        judge(store, ids[::2])
        yield Judged(store, [row for trace_id in ids if (row := store.traces.get(trace_id))])


def endings_of(row: TraceRow, cluster: str) -> set[str]:
    pairs = zip(row.judged.findings, row.judged.clusters, strict=True)
    return {found.ending for found, name in pairs if name == cluster} - {"none"}


filters = st.builds(
    Filter,
    status=st.sampled_from([(), (), ("error",), ("ok", "running")]),
    model=st.sampled_from([(), (), ("gpt-4o",)]),
    effective=st.sampled_from([(), (), ("error",), ("ok",)]),
    cluster=st.sampled_from([(), (), (CLUSTERS[0],)]),
    window=st.sampled_from([None, "1d"]),
)


@settings(max_examples=40, deadline=None)
@given(selection=filters)
def test_clusters_of_a_selection(judged: Judged, selection: Filter) -> None:
    store, rows = judged.store, judged.rows
    chosen = [row for row in rows if selects(selection, row, NOW)]
    page = store.clusters.page(selection, NOW, EDGES)
    assert page.traces == len(chosen)
    assert page.judged == sum(row.judged is not None for row in chosen)
    runs = Counter(name for row in chosen if row.judged for name in set(row.judged.clusters))
    assert {each.identity.name: each.runs for each in page.items} == runs
    assert [each.runs for each in page.items] == sorted((each.runs for each in page.items), reverse=True)
    failed = {
        row.summary.trace_id
        for row in chosen
        if row.summary.is_error or (row.judged and row.judged.is_failed_in_effect)
    }
    troubled = {row.summary.trace_id for row in chosen if row.summary.error_count} | failed
    settled = {row.summary.trace_id for row in chosen if row.effective(NOW) != "running"}
    told = {
        row.summary.trace_id
        for row in chosen
        if row.judged and any(found.ending != "none" for found in row.judged.findings)
    }
    assert page.told == len((told & settled) - troubled)
    troubled |= told & settled
    assert page.troubled == len(troubled)
    assert page.covered == sum(
        row.summary.trace_id in troubled and bool(row.judged and row.judged.findings) for row in chosen
    )
    for each in page.items:
        mine = [row for row in chosen if row.judged and each.identity.name in row.judged.clusters]
        starts = [row.summary.start_ns for row in mine]
        effective = [row.effective(NOW) for row in mine]
        assert each.failed_runs == effective.count("error")
        assert each.recovered == sum(
            state != "error" and endings_of(row, each.identity.name) == {"recovered"}
            for state, row in zip(effective, mine, strict=True)
        )
        assert each.severity == "high"
        assert each.members == ((each.identity, each.runs),)
        assert (each.first_ns, each.last_ns) == (min(starts), max(starts))
        assert sum(each.runs_by_bucket) == sum(EDGES[0] <= start < EDGES[-1] for start in starts)
        assert each.waste.tokens == sum(
            found.waste.tokens
            for row in mine
            for found, name in zip(row.judged.findings, row.judged.clusters, strict=True)
            if name == each.identity.name
        )


@settings(max_examples=20, deadline=None)
@given(selection=filters)
def test_clusters_of_one_rule_and_cause_together(judged: Judged, selection: Filter) -> None:
    store, rows = judged.store, judged.rows
    chosen = [row for row in rows if row.judged and selects(selection, row, NOW)]
    page = store.clusters.page(selection, NOW, in_groups=True, described=2)
    runs = Counter(rule for row in chosen for rule in {found.rule for found in row.judged.findings})
    assert {each.identity.name: each.runs for each in page.items} == runs
    for each in page.items:
        mine = [row for row in chosen if each.identity.rule in {found.rule for found in row.judged.findings}]
        members = Counter(
            name
            for row in mine
            for found, name in zip(row.judged.findings, row.judged.clusters, strict=True)
            if found.rule == each.identity.rule
        )
        assert {member.name: count for member, count in each.members} == members
        listed = replace(selection, cluster=(each.identity.name,))
        if not selection.cluster:
            assert store.traces.page(ListQuery(listed), NOW).totals.traces == each.runs
        tools = Counter(tool for row in mine for tool in row.summary.tools).most_common()
        assert {each.count for each in each.tools} == {count for _tool, count in tools[:3]}
        found = store.clusters.get(each.identity.name, NOW, selection)
        assert (found.row.runs, found.row.waste.tokens) == (each.runs, each.waste.tokens)
    alone = {name for name, count in runs.items() if count == 1}
    assert page.single <= len(alone)


@settings(max_examples=20, deadline=None)
@given(selection=filters, name=st.sampled_from([*CLUSTERS, "nothing"]))
def test_one_cluster_closely(judged: Judged, selection: Filter, name: str) -> None:
    store, rows = judged.store, judged.rows
    chosen = [row for row in rows if selects(selection, row, NOW)]
    mine = [row for row in chosen if row.judged and name in row.judged.clusters]
    found = store.clusters.get(name, NOW, selection)
    if not mine:
        assert found is None
        return
    assert found.row.runs == len(mine)
    models = Counter(model for row in mine for model in row.summary.models)
    assert {each.value: each.count for each in found.values.get("model", ())} == models
    history = store.clusters.history(name, NOW, selection)
    assert sum(history.has_it) == len(mine)
    assert list(history.starts_ns) == sorted(history.starts_ns)


def spans(number: int, region: str) -> list[Span]:
    attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "helper",
        "user.id": f"u{number}",
    }
    resource = Resource({"deployment.environment.name": region})
    trace_id = f"{number + 1:032x}"
    return [
        Span(
            trace_id,
            "a" * 16,
            name="run",
            start_ns=NOW,
            end_ns=NOW + 1,
            attributes=attributes,
            resource=resource,
        )
    ]


def test_what_sets_failing_runs_apart_is_named_and_nothing_else(tmp_path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        with store.writing() as tx:
            for number in range(60):
                tx.write(spans(number, "eu" if number % 3 == 0 else "us"), source="live", received_ns=NOW)
        judging = store.findings.judging("x")
        judging.follow()
        judging.keep(
            [
                Judgement(
                    row,
                    trace_id,
                    1,
                    Verdict(trace_id, PLANTED[:1] if int(trace_id, 16) % 3 == 1 else (), False),
                )
                for row, trace_id in judging.due(2**62, 100)
            ]
        )
        judging.close()
        found = store.clusters.get(CLUSTERS[0], NOW)
        assert (found.row.runs, found.references) == (20, 40)
        assert {(each.field, each.value) for each in found.traits if each.with_it} == {("environment", "eu")}
        (eu,) = [each for each in found.traits if each.value == "eu"]
        assert (eu.with_it, eu.others_with, eu.lift) == (20, 0, float("inf"))
        page = store.traces.page(ListQuery(Filter(cluster=(CLUSTERS[0],))), NOW)
        assert page.totals.traces == 20
