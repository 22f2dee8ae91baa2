"""The addresses behind the panel, chips and column heads."""

from __future__ import annotations

import time
from datetime import datetime
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.model.bounds import Bounds
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.page import FacetValue
from halo_dash.web import panel, selection
from halo_dash.web.typed import canonical

words = st.text(min_size=1, max_size=8)
queries = st.builds(
    lambda agents, services, statuses, window, sort: ListQuery.parse(
        [
            *(("agent", value) for value in agents),
            *(("service", value) for value in services),
            *(("status", value) for value in statuses),
            *(("session", value) for value in services),
            *(("attr.team_name", value) for value in agents),
            *(("not.agent", value) for value in services),
            *(("not.status", value) for value in statuses),
            *([("range", window)] if window else []),
            ("sort", sort),
        ]
    ),
    st.lists(words, max_size=3, unique=True),
    st.lists(words, max_size=2, unique=True),
    st.lists(st.sampled_from(["ok", "error", "running"]), max_size=2, unique=True),
    st.sampled_from(["", "1h", "30d"]),
    st.sampled_from(["-start", "duration", "-cost"]),
)


def query_of(href: str) -> ListQuery:
    return ListQuery.parse(parse_qsl(href.partition("?")[2], keep_blank_values=True))


@given(queries)
def test_an_address_reads_back_as_its_query(query: ListQuery) -> None:
    assert query_of(selection.address(query)) == query


@given(queries, words)
def test_a_value_is_added_taken_away_or_left_out(query: ListQuery, other: str) -> None:
    found = panel.facet(query, "agent", (FacetValue(other, 3),), shown=5)
    left_out = {value for name, value in query.filter.excluded if name == "agent"}
    assert {value.label for value in found.values} == {other, *query.filter.agent, *left_out}
    for value in found.values:
        label, after, out = value.label, query_of(value.href), query_of(value.out)
        assert (value.is_on, value.is_out) == (label in query.filter.agent, label in left_out)
        assert (label in after.filter.agent) != (value.is_on or value.is_out)
        assert ("agent", label) not in after.filter.excluded
        assert label not in out.filter.agent
        assert (("agent", label) in out.filter.excluded) != value.is_out
        for kept in ("service", "session", "window", "attributes"):
            assert getattr(after.filter, kept) == getattr(out.filter, kept) == getattr(query.filter, kept)
        assert after.sort == out.sort == query.sort


@given(queries)
def test_each_chip_takes_exactly_its_filter_away(query: ListQuery) -> None:
    before = list(query.filter.pairs())
    chips = selection.chips(query)
    assert len(chips) == len(before)
    for chip, pair in zip(chips, before, strict=True):
        rest = query_of(chip.href)
        assert sorted(rest.filter.pairs()) == sorted(each for each in before if each != pair)
        assert rest.sort == query.sort


@given(queries)
def test_a_column_sorts_by_the_largest_first_and_then_turns_round(query: ListQuery) -> None:
    for key, column in selection.columns(query).items():
        once = query_of(column.href)
        assert once.filter == query.filter
        expected = key if query.sort == f"-{key}" else f"-{key}"
        assert once.sort == expected
        assert (column.direction == "none") == (query.sort.removeprefix("-") != key)


def sent(query: ListQuery, **typed: str) -> list[tuple[str, str]]:
    """What a browser sends of the panel's form."""
    shown = panel.panel(query, {}, is_open=True)
    form = {"range": next(value for value, _, is_on in shown.presets if is_on)}
    form |= {
        "from-local": shown.from_local,
        "to-local": shown.to_local,
        "attribute-key": "",
        "attribute-value": "",
    }
    for each in shown.ranges:
        form |= {f"{each.name}-min": each.low, f"{each.name}-max": each.high}
    return [*shown.kept, *(form | typed).items()]


@given(queries, st.sampled_from(["", "5..", "..7", "5..7"]), st.sampled_from(["", "200ms..", "1.5s..3s"]))
def test_the_form_changes_nothing_by_itself(query: ListQuery, tokens: str, duration: str) -> None:
    ranges = [(name, text) for name, text in (("tokens", tokens), ("duration", duration)) if text]
    query = ListQuery.parse([*query.pairs(), *ranges])
    again = ListQuery.parse(canonical(sent(query)) or ())
    assert sorted(again.filter.pairs()) == sorted(query.filter.pairs())
    assert again.sort == query.sort


def test_what_is_typed_into_the_form_is_what_the_filter_says() -> None:
    typed = {"tokens-min": "10", "duration-max": "2", "cost-min": "$0.5", "attribute-key": "customer.tier"}
    typed |= {"attribute-value": "gold", "from-local": "2026-01-31T12:00", "range": "1h"}
    found = ListQuery.parse(canonical(sent(ListQuery(), **typed)) or ()).filter
    assert (found.tokens, found.duration, found.cost) == (
        Bounds(10, None),
        Bounds(None, 2_000_000_000),
        Bounds(0.5, None),
    )
    assert found.attributes == (("customer.tier", "gold"),)
    assert found.from_ns == int(datetime(2026, 1, 31, 12, 0).astimezone().timestamp()) * 1_000_000_000
    assert found.window is None


def test_an_address_of_the_filter_is_left_alone() -> None:
    assert canonical([("tokens", "5.."), ("agent", "a"), ("attr.tokens-min", "1")]) is None


def test_times_of_a_filter_are_written_in_the_zone_of_the_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        labels = [
            selection.chip_label("from", "2026-11-20T06:00:00Z"),
            selection.chip_label("to", "2026-11-20T06:15:00.25Z"),
            selection.chip_label("not.model", "x"),
        ]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert labels == [
        "from: 2026-11-20 11:45:00 +05:45",
        "to: 2026-11-20 12:00:00.25 +05:45",
        "not model: x",
    ]


def test_many_chosen_traces_are_one_chip() -> None:
    chosen = tuple(f"{number:032x}" for number in range(1, 1501))
    query = ListQuery(Filter(trace=chosen, status=("error",)))
    first, last = selection.chips(query)
    assert (first.label, last.label) == ("failed", "1,500 chosen traces")
    assert query_of(last.href).filter == Filter(status=("error",))
    few = selection.chips(ListQuery(Filter(trace=chosen[:2])))
    assert [chip.label for chip in few] == [f"trace: {each}" for each in chosen[:2]]
