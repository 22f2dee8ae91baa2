"""What sets the runs of a cluster apart is found in attributes too, and nothing is where nothing is."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pytest
from planted import found
from runs import NOW

from halo_dash.detect.signature import signature
from halo_dash.model.finding import Verdict
from halo_dash.model.span import Resource, Span
from halo_dash.store import Store
from halo_dash.store.findings import apart
from halo_dash.store.findings.clustering import name_of
from halo_dash.store.findings.judging import Judgement

RUNS, KEYS, SEEDS = 150, 50, 100
CAUSES = {"by-a17": ("app.a17", "v2"), "by-a31": ("app.a31", "v0"), "by-zone": ("cloud.zone", "b")}


def name(rule: str) -> str:
    return name_of(signature(found(rule)))


def said(chance: random.Random, number: int) -> tuple[dict[str, object], dict[str, object]]:
    """(attributes of the root, of the resource) of one run."""
    mine: dict[str, object] = {f"app.a{key}": f"v{chance.randrange(4)}" for key in range(KEYS)}
    mine |= {
        "app.request": f"r{number}",
        "app.prompt": "x" * 500,
        "app.retries": number % 2,
        "app.list": ["a"],
    }
    return mine, {"service.name": "s", "cloud.zone": chance.choice("abcd")}


def write(store: Store, runs: Sequence[tuple[dict[str, object], dict[str, object]]]) -> list[str]:
    spans = [
        Span(
            f"{number + 1:032x}",
            "a" * 16,
            name="run",
            start_ns=NOW,
            end_ns=NOW + 1,
            attributes={"openinference.span.kind": "AGENT", "agent.name": "helper", **mine},  # type: ignore[dict-item]
            resource=Resource(resource),  # type: ignore[arg-type]
        )
        for number, (mine, resource) in enumerate(runs)
    ]
    with store.writing() as tx:
        for span in spans:
            tx.write([span], source="live", received_ns=NOW)
    return [span.trace_id for span in spans]


def plant(store: Store, rules: dict[str, Collection[str]]) -> None:
    """Let these rules have found something in these runs, none of which failed."""
    judging = store.findings.judging("planted")
    judging.follow()
    judging.keep(
        [
            Judgement(row, trace_id, 1, Verdict(trace_id, tuple(map(found, rules.get(trace_id, ()))), False))
            for row, trace_id in judging.due(2**62, 10**4)
        ]
    )
    judging.close()


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store: clusters that a value makes seven times as frequent, and clusters that chance makes."""
    chance = random.Random(5)  # noqa: S311 - test data
    runs = [said(chance, number) for number in range(RUNS)]
    with Store.open(tmp_path_factory.mktemp("apart") / "halo.db") as store:
        rules: dict[str, Collection[str]] = {}
        for trace_id, (mine, resource) in zip(write(store, runs), runs, strict=True):
            rates = {
                cause: 0.7 if {**mine, **resource}[key] == value else 0.1
                for cause, (key, value) in CAUSES.items()
            }
            rates |= {f"chance-{seed}": 0.25 for seed in range(SEEDS)}
            rules[trace_id] = [each for each, rate in rates.items() if chance.random() < rate]
        plant(store, rules)
        yield store


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_among_fifty_attributes_is_named_first(planted: Store, cause: str) -> None:
    key, value = CAUSES[cause]
    got = planted.clusters.get(name(cause), NOW)
    assert got is not None
    first = got.traits[0]
    assert (first.field, first.value) == (f"attr.{key}", value)
    assert (first.runs, first.others) == (got.row.runs, RUNS - got.row.runs)
    assert first.with_it / first.runs > first.others_with / first.others


def test_chance_is_told_as_such(planted: Store) -> None:
    """At most 1 in 100 is claimed by chance; 5 of 100 would be a wonder."""
    claimed = 0
    for seed in range(SEEDS):
        got = planted.clusters.get(name(f"chance-{seed}"), NOW)
        assert got is not None
        claimed += bool(got.traits)
    assert claimed <= 5


def test_ids_and_long_texts_and_lists_are_not_compared(planted: Store) -> None:
    got = planted.clusters.get(name("by-a17"), NOW)
    assert got is not None
    keys = got.compared.attributes
    assert {"app.a0", "app.a49", "app.retries", "cloud.zone", "service.name"} <= set(keys)
    assert not {"app.request", "app.prompt", "app.list"} & set(keys)
    assert (got.compared.runs, got.compared.references) == (got.row.runs, got.references)
    assert {"agent", "service"} <= set(got.compared.fields)


def test_one_thing_is_told_once_and_not_by_what_came_of_it(tmp_path: Path) -> None:
    """The region is a filter and two attributes, and `error.type` only says that these runs failed."""
    with Store.open(tmp_path / "halo.db") as store:
        runs = []
        for number in range(60):
            region = "eu" if number % 3 == 0 else "us"
            mine = {"app.region": region} | ({"error.type": "timeout"} if region == "eu" else {})
            runs.append((mine, {"deployment.environment.name": region}))
        ids = write(store, runs)  # type: ignore[arg-type]
        plant(store, {each: ["x"] for each in ids[::3]})
        got = store.clusters.get(name("x"), NOW)
        assert got is not None
        assert [(each.field, each.value, each.alike) for each in got.traits] == [("environment", "eu", ())]


def test_a_tool_or_a_model_is_told_and_not_the_span_that_is_called_after_it(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        ids = write(store, [({}, {})] * 60)
        model = {"openinference.span.kind": "LLM", "llm.model_name": "small"}
        tool = {"openinference.span.kind": "TOOL", "tool.name": "search"}
        with store.writing() as tx:
            for at, trace_id in enumerate(ids):
                if at % 3 == 0:
                    for span, name, said in (("b", "chat small", model), ("c", "execute_tool search", tool)):
                        begun = {"parent_span_id": "a" * 16, "name": name, "start_ns": NOW, "end_ns": NOW + 1}
                        made = Span(trace_id, span * 16, attributes=said, resource=Resource({}), **begun)  # type: ignore[arg-type]
                        tx.write([made], source="live", received_ns=NOW)
        plant(store, {each: ["x"] for each in ids[::3]})
        got = store.clusters.get(name_of(signature(found("x"))), NOW)
        assert got is not None
        (trait,) = got.traits
        assert (trait.field, trait.value, trait.alike) == ("model", "small", (("tool", "search"),))


def test_of_many_runs_some_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SAMPLE", 40)
    with Store.open(tmp_path / "halo.db") as store:
        ids = write(store, [({"app.tier": "free" if number % 2 else "paid"}, {}) for number in range(200)])
        plant(store, {each: ["x"] for each in ids[::2]})
        got = store.clusters.get(name("x"), NOW)
        assert got is not None
        (paid,) = got.traits
        told = (paid.field, paid.value, paid.with_it, paid.runs, paid.others_with, paid.others)
        assert told == ("attr.app.tier", "paid", 40, 40, 0, 40)
        assert (got.row.runs, got.compared.runs, got.compared.references) == (100, 40, 40)
        again = store.clusters.get(name("x"), NOW)
        assert again == got
