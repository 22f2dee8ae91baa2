"""A filter and its query string are two spellings of one value; what is not understood is refused by name."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.errors import UsageError
from halo_dash.model.bounds import (
    LARGEST,
    Bounds,
    read_duration,
    read_moment,
    read_usd,
    write_duration,
    write_moment,
    write_usd,
)
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.filter_fields import FIELDS, PRESETS_NS, SORTS, Field

HOUR_NS = 3_600_000_000_000
moments = st.integers(0, LARGEST)
amounts = st.floats(0, 1e12, allow_nan=False)


@st.composite
def bounds(draw: st.DrawFn, numbers: st.SearchStrategy[int | float]) -> Bounds:
    ends = sorted([draw(numbers), draw(numbers)])
    side = draw(st.sampled_from(["both", "low", "high", "none"]))
    return Bounds(ends[0] if side in {"both", "low"} else None, ends[1] if side in {"both", "high"} else None)


def _strategy(each: Field) -> st.SearchStrategy[object]:
    if each.shape == "values":
        texts = st.sampled_from(each.choices) if each.choices else st.text(min_size=1)
        return st.lists(texts, unique=True, max_size=3).map(tuple)
    if each.shape == "bounds":
        return bounds(amounts if each.name == "cost" else moments)
    if each.shape == "text":
        return st.none() | st.text(min_size=1).filter(lambda text: text == text.strip())
    if each.shape == "pairs":
        keys = st.text(min_size=1)
        if each.name == "not":
            keys = keys.map(lambda key: f"attr.{key}") | st.sampled_from(["model", "session"])
        return st.lists(st.tuples(keys, st.text(min_size=1)), unique=True, max_size=3).map(tuple)
    if each.shape == "preset":
        return st.sampled_from([None, *(name for name, reach in PRESETS_NS.items() if reach)])
    return st.none() | moments


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    values = {each.attribute: draw(_strategy(each)) for each in FIELDS}
    if values["window"]:
        values["from_ns"] = values["to_ns"] = None
    if values["from_ns"] is not None and values["to_ns"] is not None and values["from_ns"] >= values["to_ns"]:  # type: ignore[operator]
        values["to_ns"] = None
    return Filter(**values)  # type: ignore[arg-type]


@given(filters())
def test_a_filter_reads_back_from_its_own_query_string(wanted: Filter) -> None:
    assert Filter.parse(wanted.pairs()) == wanted


@given(filters(), st.sampled_from(SORTS), st.integers(1, 500), st.none() | st.text(min_size=1))
def test_a_list_query_reads_back_from_its_own_query_string(
    wanted: Filter, sort: str, limit: int, cursor: str | None
) -> None:
    query = ListQuery(wanted, sort, limit, cursor)
    assert ListQuery.parse(query.pairs()) == query


def test_every_attribute_of_a_filter_is_described_once() -> None:
    assert sorted(each.attribute for each in FIELDS) == sorted(each.name for each in fields(Filter))


@given(moments)
def test_moments_and_durations_are_exact(value: int) -> None:
    assert read_moment(write_moment(value)) == value
    assert read_duration(write_duration(value)) == value


@given(amounts)
def test_amounts_are_exact(value: float) -> None:
    assert read_usd(write_usd(value)) == value


@given(
    st.lists(st.tuples(st.sampled_from([each.name for each in FIELDS]) | st.text(), st.text()), max_size=4)
)
def test_anything_typed_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        query = ListQuery.parse(pairs)
    except UsageError:
        return
    assert ListQuery.parse(query.pairs()) == query


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("status", "error"), ("status", "ok")], Filter(status=("error", "ok"))),
        ([("model", "m"), ("model", "m")], Filter(model=("m",))),
        ([("duration", "200ms..1.5s")], Filter(duration=Bounds(200_000_000, 1_500_000_000))),
        ([("tokens", "..10")], Filter(tokens=Bounds(None, 10))),
        ([("cost", "$0.01..")], Filter(cost=Bounds(0.01, None))),
        ([("range", "1h")], Filter(window="1h")),
        ([("range", "all")], Filter()),
        ([("from", "2026-03-01")], Filter(from_ns=1_772_323_200_000_000_000)),
        ([("from", "2026-03-01T01:00:00 01:00")], Filter(from_ns=1_772_323_200_000_000_000)),
        ([("to", "1970-01-01T00:00:00.123456789Z")], Filter(to_ns=123_456_789)),
        ([("session", ""), ("tokens", ""), ("q", "  "), ("attr", ""), ("attr.x", "")], Filter()),
        ([("q", ' "no such" -word ')], Filter(q='"no such" -word')),
        ([("attr.customer.tier", "gold")], Filter(attributes=(("customer.tier", "gold"),))),
        ([("attr", "a=b=c"), ("attr.a=b", "c")], Filter(attributes=(("a", "b=c"), ("a=b", "c")))),
        ([("not.kind", "LLM"), ("not", "model=m")], Filter(excluded=(("kind", "LLM"), ("model", "m")))),
        ([("not.attr.tier", "gold")], Filter(excluded=(("attr.tier", "gold"),))),
    ],
)
def test_what_people_write(pairs: list[tuple[str, str]], expected: Filter) -> None:
    assert Filter.parse(pairs) == expected


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        ListQuery.parse(
            [
                ("modle", "x"),
                ("q", "refund"),
                ("q", "return"),
                ("attr", "gold"),
                ("not.status", "fine"),
                ("not.modle", "x"),
                ("status", "fine"),
                ("duration", "5.."),
                ("tokens", "9..2"),
                ("range", "1h"),
                ("from", "2026-01-01"),
                ("sort", "age"),
                ("limit", "0"),
                ("cursor", "a"),
                ("cursor", "b"),
            ]
        )
    for part in (
        "'modle' (did you mean model?)",
        "q was given more than once",
        "attr must be KEY=VALUE",
        "not.status must be one of",
        "not.modle is no filter that can be left out (did you mean model?)",
        "status must be one of",
        "duration needs times with a unit",
        "tokens begins after its end",
        "range cannot be combined",
        "sort must be one of",
        "limit must be",
        "cursor was given more than once",
    ):
        assert part in caught.value.message


def test_callers_keep_their_own_parameters() -> None:
    assert ListQuery.parse([("view", "tree"), ("model", "m")], ignore={"view"}).filter == Filter(model=("m",))


def test_a_value_or_a_field_can_be_taken_out() -> None:
    pairs = (("k", "v"), ("k", "w"))
    assert Filter(attributes=pairs).without("attr.k", "v") == Filter(attributes=pairs[1:])
    selection = Filter(model=("a", "b"), tokens=Bounds(1, None))
    assert selection.without("model", "a") == Filter(model=("b",), tokens=Bounds(1, None))
    assert selection.without("tokens") == Filter(model=("a", "b"))
    assert not selection.without("model").without("tokens")


def test_a_preset_counts_back_from_now() -> None:
    assert Filter(window="1h").period(5 * HOUR_NS) == (4 * HOUR_NS, None)
    assert Filter(window="1d").period(HOUR_NS) == (0, None)
    assert Filter(from_ns=1, to_ns=2).period(HOUR_NS) == (1, 2)
