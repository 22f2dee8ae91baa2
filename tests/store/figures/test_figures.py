"""Figures equal what is added up one by one, whatever came in whatever order, also for a second process."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from halo_dash.model.figures import GROUP_SORTS, UNNAMED, AgentRow, Figures, GroupBy, Overview
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Span
from halo_dash.model.trace import QUIET_NS
from halo_dash.model.upkeep import RetentionLimits
from halo_dash.store import Store
from tests.semconv.recorded import CLIENTS, expected, recorded
from tests.store.conformance.runs import HOUR_NS, NOW, random_trace
from tests.store.figures import slowly

EVERYTHING = Filter()
EDGES = tuple(NOW - hours * HOUR_NS for hours in range(54, -3, -3))
FILTERS = (
    EVERYTHING,
    Filter(from_ns=NOW - 20 * HOUR_NS),
    Filter(status=("error",)),
    Filter(status=("running", "recovered"), environment=("prod",)),
    Filter(model=("gpt-4o",), excluded=(("tool", "search"),)),
    Filter(agent=("agent1",), to_ns=NOW - HOUR_NS),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "halo.db") as opened:
        yield opened


def write(store: Store, spans: list[Span], received_ns: int = NOW, source: str = "live") -> None:
    with store.writing() as tx:
        tx.write(spans, source=source, received_ns=received_ns)


def about(found: Figures) -> Figures:
    """Without the last digits of dollars: the slow way rounds its sums."""
    return found if found.cost_usd is None else replace(found, cost_usd=round(found.cost_usd, 12))


def check_overview(store: Store, selection: Filter, now_ns: int) -> Overview:
    told = slowly.read(store, selection, now_ns)
    found = store.figures.overview(selection, now_ns, EDGES)
    assert about(found.total) == about(slowly.figures(told, now_ns))
    assert len(found.buckets) == len(EDGES) - 1
    for bucket, (begin, end) in zip(found.buckets, pairwise(EDGES), strict=True):
        inside = [each for each in told if begin <= each.row.summary.start_ns < end]
        assert about(bucket) == about(slowly.figures(inside, now_ns))
    starts = [each.row.summary.start_ns for each in told]
    assert (found.first_ns, found.last_ns) == (min(starts, default=None), max(starts, default=None))
    check_groups_of_overview(store, selection, now_ns, found)
    check_steps(found, told)
    return found


def check_groups_of_overview(store: Store, selection: Filter, now_ns: int, found: Overview) -> None:
    """Every group has a filter, and that finds as many traces as it counts runs."""
    for name in ("model", "tool", "version", "environment"):
        totals = store.traces.page(ListQuery(selection), now_ns)
        facets = {each.value: each.count for each in totals.facets[name]}
        counted = {group.value: group.figures.runs for group in found.groups[name]}
        if not getattr(selection, name):
            assert counted == {value: facets[value] for value in counted}
        for group in found.groups[name]:
            if getattr(selection, name):
                continue
            told = slowly.read(store, replace(selection, **{name: (group.value,)}), now_ns)
            slow = slowly.figures(told, now_ns)
            assert (group.figures.runs, group.figures.failed, group.figures.recovered) == (
                slow.runs,
                slow.failed,
                slow.recovered,
            )


def check_steps(found: Overview, told: list[slowly.Told]) -> None:
    calls = slowly.calls(told)
    assert {(step.kind, step.label) for step in found.steps} == set(calls)
    for step in found.steps:
        mine = calls[step.kind, step.label]
        durations = [span.end_ns - span.start_ns for _told, span in mine if span.end_ns >= span.start_ns > 0]
        assert (step.calls, step.total_ns) == (len(mine), sum(durations))
        assert step.errors == sum(span.observation.is_error for _told, span in mine)
        assert step.runs == len({each.row.summary.trace_id for each, _span in mine})
        assert step.latency == slowly.latency(durations)
        assert (step.slowest is None) == (not durations)
        if step.slowest is not None:
            places = {
                (each.row.summary.trace_id, span.span_id): span.end_ns - span.start_ns for each, span in mine
            }
            assert places[step.slowest.trace_id, step.slowest.span_id] == max(durations)
    assert list(found.steps) == sorted(found.steps, key=lambda step: -step.total_ns)
    costs = sorted(
        (
            cost
            for each in told
            for span in each.counted(lambda span: span.observation.kind.value == "LLM")
            if (cost := span.observation.cost_usd)
        ),
        reverse=True,
    )
    assert [call.cost_usd for call in found.dear_calls] == costs[:20]


def check_agents(store: Store, selection: Filter, now_ns: int) -> dict[str, AgentRow]:
    told = slowly.read(store, selection, now_ns)
    rows = {row.key: row for row in store.figures.agents(selection, now_ns, EDGES)}
    if not selection.agent:
        assert set(rows) == {key for each in told for key in slowly.agent_keys(each)}
    for key, row in rows.items():
        mine = [each for each in told if key in slowly.agent_keys(each)]
        slow = slowly.figures(mine, now_ns, lambda one, span, key=key: one.agent(span) == key)
        for name in ("runs", "llm_calls", "tool_calls", "usage", "unpriced_calls"):
            assert getattr(row.figures, name) == getattr(slow, name)
        assert about(row.figures).cost_usd == about(slow).cost_usd
        starts = [each.row.summary.start_ns for each in mine]
        assert (row.first_seen_ns, row.last_seen_ns) == (min(starts), max(starts))
        assert sum(row.runs_by_bucket) == sum(EDGES[0] <= start < EDGES[-1] for start in starts)
        overview = store.figures.overview(selection, now_ns, EDGES, key)
        assert overview.total == row.figures == store.figures.total(selection, now_ns, key)
        assert tuple(each.runs for each in overview.buckets) == row.runs_by_bucket
        assert tuple(each.failed for each in overview.buckets) == row.failed_by_bucket
    return rows


def check_sessions(store: Store, selection: Filter, now_ns: int) -> None:
    told = slowly.read(store, selection, now_ns)
    for by, name, of in (("session", "sessions", "session"), ("user", "users", "user")):
        page = store.figures.groups(by, ListQuery(selection, sort="-last", limit=500), now_ns)
        values = {value for each in told for value in getattr(each.row.summary, name)}
        assert {row.value for row in page.items} == values
        assert page.total == len(values)
        for row in page.items:
            mine = [each for each in told if row.value in getattr(each.row.summary, name)]
            slow = slowly.figures(
                mine, now_ns, lambda one, span, row=row, of=of: getattr(one, of)(span) == row.value
            )
            assert about(row.figures) == about(slow)
            summaries = [each.row.summary for each in mine]
            assert row.first_ns == min(one.start_ns for one in summaries)
            assert row.last_ns == max(one.end_ns for one in summaries)
            statuses = [each.row.status(now_ns) for each in mine]
            assert row.running == statuses.count("running")
            assert row.incomplete == sum(
                each.row.summary.is_open and status == "ok"
                for each, status in zip(mine, statuses, strict=True)
            )
            assert row.active_ns == slowly.covered((one.start_ns, one.end_ns) for one in summaries)


def check(store: Store, now_ns: int) -> None:
    for selection in FILTERS:
        check_overview(store, selection, now_ns)
        check_agents(store, selection, now_ns)
    check_sessions(store, EVERYTHING, now_ns)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_follow_whatever_happens(tmp_path: Path, seed: int) -> None:
    """Spans in pieces, again, completed later, removed; asked of the writing store and of a reader."""
    chance = random.Random(seed)  # noqa: S311 - test data
    traces = [random_trace(seed * 1000 + number) for number in range(40)]
    waiting = [span for spans in traces for span in spans]
    chance.shuffle(waiting)
    clock = NOW
    with Store.open(tmp_path / "halo.db") as store, Store.open(tmp_path / "halo.db", "ro") as reader:
        assert reader.figures.overview(EVERYTHING, NOW).total == Figures()
        while waiting:
            clock += chance.randrange(QUIET_NS // 3)
            size = chance.randrange(10, 70)
            some, waiting = waiting[:size], waiting[size:]
            again = chance.sample(some, len(some) // 4)
            later = [
                replace(span, end_ns=span.end_ns + 7, attributes=span.attributes | {"more": 1})
                for span in chance.sample(some, len(some) // 4)
            ]
            write(store, some + again, clock, chance.choice(["live", "import"]))
            write(store, later, clock)
            if chance.random() < 0.3:
                limits = RetentionLimits(started_before_ns=NOW - chance.randrange(30, 50) * HOUR_NS)
                for _step in store.retention.prune(limits):
                    pass
            check_overview(reader, EVERYTHING, clock)
            check_agents(store, EVERYTHING, clock)
        check(store, clock)
        check(reader, clock)
        with Store.open(tmp_path / "halo.db", "ro") as fresh:
            for key in (None, "id0"):
                kept = reader.figures.overview(EVERYTHING, clock, EDGES, key)
                assert fresh.figures.overview(EVERYTHING, clock, EDGES, key) == kept
            assert fresh.check(sample=100) == ()


def test_columns_are_put_together_when_much_of_them_is_dead(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("halo_dash.store.figures.tables._MOST_DEAD", 3)
    traces = [random_trace(number) for number in range(30)]
    write(store, [span for spans in traces for span in spans])
    check(store, NOW)
    for round_ in range(3):
        for spans in traces[round_::3]:
            write(
                store,
                [
                    replace(span, end_ns=span.end_ns + 5, attributes=span.attributes | {"x": 1})
                    for span in spans
                ],
            )
            assert store.figures.uncounted() == 0
    check(store, NOW)


@pytest.mark.parametrize("client", CLIENTS)
def test_recorded_clients(store: Store, client: str) -> None:
    spans, logs = recorded(client)
    with store.writing() as tx:
        tx.write(spans, logs, source="import", received_ns=NOW)
    found = check_overview(store, EVERYTHING, NOW)
    rows = check_agents(store, EVERYTHING, NOW)
    check_sessions(store, EVERYTHING, NOW)
    assert found.total.llm_calls == expected(client)["llm_calls"]
    names = sorted({name for row in rows.values() for name in (row.name, *row.other_names)} - {UNNAMED})
    assert names == expected(client)["agents"]
    for key, row in rows.items():
        assert row.figures.runs == store.traces.page(ListQuery(Filter(agent=(key,))), NOW).totals.traces
        assert store.figures.agent(key, NOW) == replace(row, runs_by_bucket=(), failed_by_bucket=())


@pytest.mark.parametrize("sort", GROUP_SORTS)
@pytest.mark.parametrize("by", ["session", "user"])
def test_pages_of_groups_have_each_once_and_in_order(store: Store, by: GroupBy, sort: str) -> None:
    write(store, [span for number in range(40) for span in random_trace(number)])
    whole = store.figures.groups(by, ListQuery(EVERYTHING, sort=sort, limit=500), NOW)
    seen, query = [], ListQuery(EVERYTHING, sort=sort, limit=2)
    while True:
        page = store.figures.groups(by, query, NOW)
        assert (page.total, page.figures) == (whole.total, whole.figures)
        seen += page.items
        if page.next_cursor is None:
            break
        query = query.at(page.next_cursor)
    assert tuple(seen) == whole.items
    measures = {
        "last": lambda row: row.last_ns,
        "first": lambda row: row.first_ns,
        "runs": lambda row: row.figures.runs,
        "duration": lambda row: row.active_ns,
        "tokens": lambda row: row.figures.usage.total,
        "cost": lambda row: row.figures.cost_usd,
        "errors": lambda row: row.figures.failed,
    }
    values = [measures[sort.removeprefix("-")](row) for row in seen]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=sort.startswith("-"))
    assert values[len(known) :] == [None] * (len(values) - len(known))
    for row in seen:
        assert store.figures.group(by, row.value, NOW) == row


def test_a_session_is_active_once_where_its_traces_run_side_by_side(store: Store) -> None:
    times = {"a": (0, 5), "b": (0, 5), "c": (2, 5), "d": (2, 3), "e": (7, 9)}
    spans = [
        Span(name, "r", start_ns=NOW + begin, end_ns=NOW + end, attributes={"session.id": "s"})
        for name, (begin, end) in times.items()
    ]
    write(store, spans)
    row = store.figures.group("session", "s", NOW)
    assert row is not None
    assert (row.active_ns, row.last_ns - row.first_ns) == (5 + 2, 9)


@pytest.mark.parametrize("version", [1, 3])
def test_a_store_from_before_there_were_figures_is_counted_in_the_background(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / "halo.db"
    packed = Path(__file__).parents[2] / "fixtures" / "stores" / f"v{version}.sqlite.gz"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    with Store.open(path) as store, Store.open(path, "ro") as reader:
        assert (reader.figures.uncounted(), reader.figures.overview(EVERYTHING, NOW).total.runs) == (28, 0)
        steps = store.rereading.steps()
        next(steps)
        left = reader.figures.uncounted()
        assert reader.figures.overview(EVERYTHING, NOW).total.runs == 28 - left
        for _step in steps:
            pass
        assert reader.figures.uncounted() == 0
        check_overview(reader, EVERYTHING, NOW)
        check_agents(reader, EVERYTHING, NOW)
        assert store.check(sample=100) == ()


def test_nothing_is_nothing(store: Store) -> None:
    empty = store.figures.overview(EVERYTHING, NOW, EDGES)
    assert (empty.total, empty.steps, empty.first_ns) == (Figures(), (), None)
    assert empty.buckets == (Figures(),) * (len(EDGES) - 1)
    assert store.figures.agents(EVERYTHING, NOW, EDGES) == ()
    assert store.figures.agent("nobody", NOW) is None
    assert store.figures.group("session", "none", NOW) is None
    assert store.figures.traces_of_session("none") == ()
    write(store, random_trace(1))
    assert store.figures.overview(EVERYTHING, NOW, EDGES, "nobody").total == Figures()
    assert store.figures.overview(Filter(name=("none",)), NOW).total == Figures()


def test_a_key_means_one_agent_in_every_place(store: Store) -> None:
    """All recorded clients in one store: an agent without an id has the name of two that have one."""
    for client in CLIENTS:
        spans, logs = recorded(client)
        with store.writing() as tx:
            tx.write(spans, logs, source="import", received_ns=NOW)
    rows = check_agents(store, EVERYTHING, NOW)
    assert {key for key, row in rows.items() if row.name == "Researcher"} == {
        "Researcher",
        "researcher-v2",
        "asst_5j66",
    }
    facets = {each.value: each.count for each in store.traces.page(ListQuery(), NOW).facets["agent"]}
    with Store.open(store.path, "ro") as by_sql:
        for key, row in rows.items():
            chosen = Filter(agent=(key,))
            for each in (store, by_sql):
                assert (
                    each.traces.page(ListQuery(chosen), NOW, facets=False).totals.traces == row.figures.runs
                )
            assert facets.get(key, row.figures.runs) == row.figures.runs
            (alone,) = store.figures.agents(chosen, NOW, EDGES)
            assert alone == row
            without = Filter(excluded=(("agent", key),))
            left = store.traces.page(ListQuery(without), NOW, facets=False).totals.traces
            assert left == by_sql.traces.page(ListQuery(without), NOW, facets=False).totals.traces
            assert left + row.figures.runs == store.stats().traces
    with store.writing() as tx:
        tx.write(
            [
                Span("t", "a", start_ns=NOW, attributes={"agent.name": "Named", "agent.id": "7"}),
                Span("u", "a", start_ns=NOW, attributes={"agent.name": "Named", "agent.id": "8"}),
            ],
            source="import",
            received_ns=NOW,
        )
    # The key of nobody is the name of both.
    assert store.traces.page(ListQuery(Filter(agent=("Named",))), NOW).totals.traces == 2
    assert {row.key for row in store.figures.agents(Filter(agent=("Named",)), NOW)} == {"7", "8"}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_agent_has_its_id_whichever_trace_came_last(store: Store, order: tuple[int, int]) -> None:
    """One trace states the id, another has an agent without one that is called the same."""
    said = ({"agent.name": "Support", "agent.id": "s1"}, {"agent.name": "s1"})
    for number in order:
        write(store, [Span(f"t{number}", "a", start_ns=NOW - number, end_ns=NOW, attributes=said[number])])
    (row,) = store.figures.agents(EVERYTHING, NOW)
    assert (row.key, row.agent_id, row.figures.runs) == ("s1", "s1", 2)


def test_the_runs_of_nobody_are_not_one_agent(store: Store) -> None:
    """Two senders, one of them with an agent that is really called as those are that have no name."""
    for number, name in enumerate(["", "(unnamed)"]):
        said = {"openinference.span.kind": "AGENT", "gen_ai.agent.version": f"{number}", "agent.role": "r"}
        made = Span(f"t{number}", "a", name="agent.", start_ns=NOW, end_ns=NOW + 1, attributes=said)
        write(store, [replace(made, attributes=said | ({"agent.name": name} if name else {}))])
    (row,) = store.figures.agents(EVERYTHING, NOW)
    assert (row.key, row.figures.runs) == (UNNAMED, 2)
    assert (row.agent_id, row.role, row.version, row.framework) == (None, None, None, None)


def test_who_only_writes_loads_no_numpy(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from halo_dash.model.span import Span; from halo_dash.store import Store\n"
        "with Store.open(Path(sys.argv[1])) as store, store.writing() as tx:\n"
        "    tx.write([Span('t', 's', start_ns=1)], source='live', received_ns=1)\n"
        "sys.exit('numpy' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "halo.db")], check=True, timeout=60)
