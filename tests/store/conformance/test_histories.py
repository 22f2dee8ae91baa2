"""The history of a failure equals what counting run by run gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from planted import CLUSTERS, PLANTED
from runs import NOW

from halo_dash.model.filter import Filter
from halo_dash.model.finding import Verdict
from halo_dash.model.span import Resource, Span
from halo_dash.store import Store
from halo_dash.store.findings.judging import Judgement


def one(number: int, agents: tuple[str, ...], version: str, service: str = "shop") -> list[Span]:
    """A run whose spans are of these agents."""
    spans = []
    for at, agent in enumerate(agents or ("",)):
        named = {"gen_ai.agent.name": agent, "gen_ai.agent.version": version} if agent else {}
        attributes = {"gen_ai.operation.name": "invoke_agent" if agent else "chat", **named}
        attributes["gen_ai.usage.input_tokens"] = 10 + number
        start = NOW + number * 1000
        spans.append(
            Span(
                f"{number + 1:032x}",
                f"{at + 1:016x}",
                parent_span_id=f"{at:016x}" if at else "",
                name="run",
                start_ns=start,
                end_ns=start + 10,
                attributes=attributes,
                resource=Resource({"service.name": service}),
            )
        )
    return spans


def keep(store: Store, runs: list[list[Span]], found: dict[int, int], unjudged: frozenset[int] = frozenset()):
    """Write runs; run number -> the planted finding it has."""
    with store.writing() as tx:
        for spans in runs:
            tx.write(spans, source="live", received_ns=NOW)
    judging = store.findings.judging("planted")
    while judging.follow():
        pass
    kept = []
    for row, trace_id in judging.due(2**62, 1000):
        number = int(trace_id, 16) - 1
        if number not in unjudged:
            has = PLANTED[found[number] : found[number] + 1] if number in found else ()
            kept.append(Judgement(row, trace_id, 1, Verdict(trace_id, has, is_failed_in_effect=False)))
    judging.keep(kept)
    judging.close()


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(tmp_path / "halo.db") as store:
        yield store


def test_clusters_are_one_history_and_runs_of_other_agents_are_left_out(store):
    runs = [one(number, ("helper",) if number % 3 else ("other",), "1.0") for number in range(12)]
    keep(store, runs, {1: 0, 2: 1, 4: 0, 9: 2})
    together, alone, nothing = store.clusters.histories([CLUSTERS[:2], CLUSTERS[:1], ["nobody"]], NOW)
    mine = [number for number in range(12) if number % 3]
    assert together.starts_ns == tuple(NOW + number * 1000 for number in mine)
    assert together.has_it == tuple(number in {1, 2, 4} for number in mine)
    assert alone.has_it == tuple(number in {1, 4} for number in mine)
    assert (together.agents, set(together.versions)) == (("helper",), {"1.0"})
    assert together.spent.tokens == 3 * 10 + 1 + 2 + 4
    assert nothing.starts_ns == ()
    assert store.clusters.history(CLUSTERS[0], NOW) == alone


def test_runs_that_were_not_judged_are_left_out(store):
    keep(store, [one(number, ("helper",), "") for number in range(6)], {0: 0}, unjudged=frozenset({3, 5}))
    (history,) = store.clusters.histories([CLUSTERS[:1]], NOW)
    assert history.starts_ns == tuple(NOW + number * 1000 for number in (0, 1, 2, 4))
    assert history.versions == ()


def test_a_selection_narrows_it(store):
    keep(store, [one(number, ("helper",), f"1.{number // 3}") for number in range(6)], {0: 0, 4: 0})
    (history,) = store.clusters.histories([CLUSTERS[:1]], NOW, Filter(version=("1.1",)))
    assert history.has_it == (False, True, False)


def test_versions_of_agents_that_are_not_always_together_are_not_told(store):
    keep(store, [one(number, ("a",) if number % 2 else ("b",), "1.0") for number in range(6)], {0: 0, 1: 0})
    (history,) = store.clusters.histories([CLUSTERS[:1]], NOW)
    assert (len(history.has_it), history.versions) == (6, ())


def test_a_team_has_the_versions_of_the_agent_that_all_runs_have(store):
    runs = [one(number, ("lead", "searcher")[: 1 + number % 2], f"1.{number // 3}") for number in range(6)]
    keep(store, runs, {1: 0})
    (history,) = store.clusters.histories([CLUSTERS[:1]], NOW)
    assert history.versions == ("1.0",) * 3 + ("1.1",) * 3


def test_runs_without_an_agent_stand_beside_those_of_their_service(store):
    runs = [one(number, (), "", "shop" if number < 4 else "else") for number in range(6)]
    keep(store, [*runs, one(6, ("helper",), "")], {0: 0})
    (history,) = store.clusters.histories([CLUSTERS[:1]], NOW)
    assert history.has_it == (True, False, False, False)
