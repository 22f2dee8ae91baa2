"""Agents without a store: periods, comparisons, addresses, orders."""

from __future__ import annotations

from dataclasses import replace

import pytest

from halo_dash.errors import UsageError
from halo_dash.model.figures import AgentRow, Figures, Latency, Overview, VersionMark
from halo_dash.model.filter import Filter
from halo_dash.model.observation import Usage
from halo_dash.web.agents.charts import overview_axis, overview_charts, token_kinds
from halo_dash.web.agents.period import period_of
from halo_dash.web.agents.place import Lists, agent_place, shown_id
from halo_dash.web.agents.query import AgentQuery
from halo_dash.web.agents.tiles import tiles
from halo_dash.web.charts import chart_table, draw

S = 1_000_000_000
HOUR = 3600 * S
NOW = 1_795_171_995 * S


def test_a_preset_reaches_to_now_and_is_compared_with_as_long_before() -> None:
    period = period_of(Filter(window="6h", model=("m",)), NOW, 0, NOW)
    assert (period.edges_ns[0], period.edges_ns[-1]) == (NOW - 6 * HOUR, NOW)
    assert period.before == Filter(from_ns=NOW - 12 * HOUR, to_ns=NOW - 6 * HOUR, model=("m",))


def test_two_times_are_the_period_and_the_one_before_ends_where_it_begins() -> None:
    period = period_of(Filter(from_ns=NOW - 2 * HOUR, to_ns=NOW - HOUR), NOW, 0, NOW)
    assert (period.edges_ns[0], period.edges_ns[-1]) == (NOW - 2 * HOUR, NOW - HOUR)
    assert period.before == Filter(from_ns=NOW - 3 * HOUR, to_ns=NOW - 2 * HOUR)
    assert period_of(Filter(from_ns=HOUR, to_ns=5 * HOUR), NOW, 0, NOW).before == Filter(
        from_ns=0, to_ns=HOUR
    )


@pytest.mark.parametrize(
    ("first", "last", "start", "end"),
    [
        (NOW - HOUR, NOW - 60 * S, NOW - HOUR, NOW),
        (NOW - 900 * HOUR, NOW - 800 * HOUR, NOW - 900 * HOUR, NOW - 800 * HOUR + 1),  # imported
        (None, None, NOW - 60 * S, NOW),
        (NOW, NOW, NOW - 60 * S, NOW),
        (NOW - 2 * HOUR, NOW - 2 * HOUR, NOW - 2 * HOUR, NOW),
        (NOW + HOUR, NOW + HOUR, NOW - 60 * S, NOW),  # a clock that runs ahead
        (NOW - 90 * HOUR, NOW - 90 * HOUR, NOW - 90 * HOUR - 60 * S + 1, NOW - 90 * HOUR + 1),
        (0, NOW, 0, NOW),
    ],
)
def test_without_a_time_the_period_is_that_of_the_runs(
    first: int | None, last: int | None, start: int, end: int
) -> None:
    period = period_of(Filter(), NOW, first, last)
    assert (period.edges_ns[0], period.edges_ns[-1]) == (start, end)
    assert period.before is None


@pytest.mark.parametrize("filter_", [Filter(to_ns=5), Filter(from_ns=NOW + HOUR), Filter(to_ns=1, q="x")])
def test_a_period_without_length_has_buckets_nevertheless(filter_: Filter) -> None:
    assert len(period_of(filter_, NOW, NOW - HOUR, NOW).edges_ns) >= 2


USAGE = Usage(input=900, output=100, total=1000, cache_read=600, cache_write=50, reasoning=30)
NOW_FIGURES = Figures(
    runs=40,
    failed=10,
    recovered=2,
    llm_calls=80,
    tool_calls=20,
    usage=USAGE,
    cost_usd=0.5,
    latency=Latency(2 * S, 3 * S, 4 * S, 2 * S),
)


def changes(now: Figures, before: Figures | None) -> dict[str, str]:
    found = tiles(now, before, Lists(Filter(agent=("a",))))
    return {
        tile.label: f"{tile.change.text} {tile.change.tone}".strip() if tile.change else "-" for tile in found
    }


def test_each_figure_is_compared_with_what_it_was() -> None:
    before = Figures(
        runs=20,
        failed=1,
        llm_calls=80,
        tool_calls=20,
        usage=Usage(total=100),
        cost_usd=1.0,
        latency=Latency(2 * S, 4 * S, 1 * S, 2 * S),
    )
    assert changes(NOW_FIGURES, before) == {
        "runs": "+100%",
        "error rate": "+20.0 points worse",
        "p50": "as before",
        "p95": "\N{MINUS SIGN}25% better",
        "p99": "4.0\N{MULTIPLICATION SIGN} before worse",
        "tokens": "10\N{MULTIPLICATION SIGN} before",
        "cost": "\N{MINUS SIGN}50%",
        "calls": "as before",
    }


def test_nothing_is_compared_with_nothing() -> None:
    assert set(changes(NOW_FIGURES, None).values()) == {"-"}
    assert set(changes(NOW_FIGURES, Figures()).values()) == {"no runs before"}
    unknown = changes(NOW_FIGURES, Figures(runs=1))
    assert (unknown["p50"], unknown["calls"]) == ("unknown before", "none before")
    assert changes(Figures(), NOW_FIGURES)["error rate"] == ""


def test_costs_that_are_lower_bounds_are_not_compared() -> None:
    partial = replace(NOW_FIGURES, cost_usd=0.125, unpriced_calls=3)
    for now, before, was in (
        (NOW_FIGURES, partial, "\N{GREATER-THAN OR EQUAL TO}$0.12"),
        (partial, NOW_FIGURES, "$0.50"),
    ):
        (cost,) = (tile for tile in tiles(now, before, Lists(Filter())) if tile.label == "cost")
        assert cost.change
        assert (cost.change.text, cost.change.tone) == ("not comparable", "")
        assert cost.change.title == f"{was} in the period before; not every price is known"
    unknown = replace(partial, cost_usd=None)
    assert changes(partial, unknown)["cost"] == "unknown before"
    assert changes(partial, Figures())["cost"] == "no runs before"


def test_a_tile_says_what_it_adds_up_and_leads_to_what_weighs_most() -> None:
    found = {tile.label: tile for tile in tiles(NOW_FIGURES, None, Lists(Filter(agent=("a",), window="1h")))}
    assert found["error rate"].value == "25%"
    assert found["error rate"].href == "/traces?range=1h&agent=a&status=error"
    assert found["tokens"].details == (
        ("input", "250"),
        ("cached read", "600"),
        ("cached write", "50"),
        ("output", "70"),
        ("reasoning", "30"),
    )
    assert found["cost"].href == "/traces?range=1h&agent=a&sort=-cost"
    partial = tiles(Figures(runs=1, cost_usd=0.5, unpriced_calls=2), None, Lists(Filter()))[6]
    assert (partial.value, partial.title) == ("≥$0.50", "at least $0.5: no price is known for 2 calls")
    unknown = tiles(Figures(runs=1), None, Lists(Filter()))
    assert [tile.value for tile in unknown[5:7]] == ["—", "—"]


def test_kinds_of_tokens_add_up_to_the_total() -> None:
    assert sum(tokens or 0 for _, _, tokens in token_kinds(USAGE)) == USAGE.total
    assert token_kinds(Usage(input=1, cache_read=5))[0][2] == 0
    assert [tokens for _, _, tokens in token_kinds(Usage())] == [None] * 5


def overview(*buckets: Figures, total: Figures = NOW_FIGURES) -> Overview:
    edges = tuple(NOW + at * HOUR for at in range(len(buckets) + 1))
    return Overview(
        total=total,
        edges_ns=edges,
        buckets=buckets,
        groups={},
        steps=(),
        failing_tools=(),
        dear_calls=(),
        versions=(VersionMark("1", NOW), VersionMark("2", NOW + HOUR)),
        first_ns=NOW,
        last_ns=NOW + HOUR,
    )


def test_an_empty_bucket_counts_nothing_and_has_no_duration() -> None:
    charts = {chart.key: chart for chart in overview_charts(overview(Figures(), NOW_FIGURES))}
    first = {key: [series.values[0] for series in chart.series] for key, chart in charts.items()}
    assert first == {
        "runs": [0, 0, 0],
        "error_rate": [None],
        "duration": [None, None, None],
        "tokens": [0] * 5,
        "cost": [0],
        "calls": [0, 0],
    }
    assert [series.values[1] for series in charts["runs"].series] == [10, 2, 28]
    assert [series.values[1] for series in charts["tokens"].series] == [250, 600, 50, 70, 30]


def test_what_failed_in_effect_is_drawn_where_it_is_known() -> None:
    judged = replace(NOW_FIGURES, effectively_failed=20)
    charts = {chart.key: chart for chart in overview_charts(overview(Figures(), judged, total=judged))}
    assert [(series.label, series.values) for series in charts["error_rate"].series] == [
        ("reported", (None, 0.25)),
        ("in effect", (None, 0.5)),
    ]
    (tile,) = (each for each in tiles(judged, None, Lists(Filter())) if each.label == "error rate")
    assert ("failed in effect", "20") in tile.details


def test_a_table_has_the_same_columns_whoever_says_what() -> None:
    spoken = replace(NOW_FIGURES, effectively_failed=20)
    heads = []
    for total in (Figures(runs=3), NOW_FIGURES, spoken):
        found = overview(Figures(), total, total=total)
        axis = overview_axis(found, Lists(Filter()), NOW)
        head, *rows = chart_table(overview_charts(found, has_all=True), axis)
        assert all(len(row) == len(head) for row in rows)
        heads.append(tuple(head))
    assert len(set(heads)) == 1
    assert {"tokens_cache_read", "tokens_reasoning", "error_rate_effective"} <= set(heads[0])


def test_what_nobody_said_is_no_bar_and_is_told() -> None:
    silent = Figures(runs=3, unpriced_calls=2)
    charts = {chart.key: chart for chart in overview_charts(overview(silent, total=silent))}
    assert [series.values for series in charts["tokens"].series] == [(None,), (None,)]
    assert charts["tokens"].note == "No call said how many tokens it used."
    assert charts["cost"].note == "At least: no price is known for 2 calls."


def test_a_version_that_was_always_there_marks_nothing() -> None:
    found = overview(Figures(), NOW_FIGURES)
    axis = overview_axis(found, Lists(Filter(agent=("a",))), NOW)
    assert [(mark.label, mark.at_ns) for mark in axis.marks] == [("2", NOW + HOUR)]
    assert [mark.x for mark in draw(overview_charts(found), axis).marks] == [50]


def test_a_bucket_leads_to_its_traces_with_the_rest_of_the_filter() -> None:
    lists = Lists(Filter(agent=("a b",), window="1h", status=("ok",)))
    address = lists.between(NOW, NOW + HOUR)
    pairs = "status=ok&agent=a+b&from=2026-11-20T10:53:15Z&to=2026-11-20T11:53:15Z"
    assert address == f"/traces?{pairs}"


@pytest.mark.parametrize("key", ["a", "a/b", "a.json", "../x", "ä ö", "%2F", "?#&"])
def test_any_key_is_one_segment_of_an_address(key: str) -> None:
    path = agent_place(key, "traces").path
    assert path.count("/") == 3
    assert not path.removesuffix("/traces").endswith((".json", ".csv"))


def row(key: str, name: str | None = None, **more: object) -> AgentRow:
    return AgentRow(key, key, name or key, **more)  # type: ignore[arg-type]


def test_an_id_is_shown_where_it_says_more_than_the_name() -> None:
    assert [shown_id(row("a", "A")), shown_id(row("a-1", "A"))] == ["", "a-1"]


def test_what_is_unknown_is_less_and_what_nobody_named_comes_last() -> None:
    rows = (
        row("(unnamed)", figures=Figures(runs=99)),
        row("b", figures=Figures(runs=1, cost_usd=0.0)),
        row("a", "B", other_names=("Zed",), figures=Figures(runs=1)),
        row("c", figures=Figures(runs=2, cost_usd=1.0)),
    )

    def order(sort: str, find: str = "") -> str:
        return "".join(each.key[0] for each in AgentQuery(sort=sort, find=find).chosen(rows))

    assert order("-runs") == "cab("
    assert order("runs") == "abc("
    assert order("-cost") == "cba("
    assert order("cost") == "abc("
    assert order("-name") == "cab("
    assert order("name", "zED") == "a"


def test_a_query_is_written_as_it_was_read() -> None:
    pairs = (("model", "m"), ("find", "x"), ("sort", "-cost"))
    query = AgentQuery.parse(pairs)
    assert query.pairs() == pairs
    assert query.address(["sort"], ("sort", "cost")) == "/agents?model=m&find=x&sort=cost"
    with pytest.raises(UsageError, match="sort must be one of"):
        AgentQuery.parse([("sort", "-status")])
    with pytest.raises(UsageError, match="no filter 'colour'"):
        AgentQuery.parse([("colour", "red")])
