"""The addresses behind menus, chips and column heads."""

from __future__ import annotations

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from halo_dash.model.filter import ListQuery
from halo_dash.model.page import FacetValue
from halo_dash.web import selection

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
def test_a_menu_adds_what_is_off_and_removes_what_is_on(query: ListQuery, other: str) -> None:
    menus = selection.menus(query, {"agent": (FacetValue(other, 3),)})
    agents = next(menu for menu in menus if menu.name == "agent")
    assert {choice.label for choice in agents.choices} == {other, *query.filter.agent}
    for choice in agents.choices:
        after = query_of(choice.href)
        assert choice.is_on == (choice.label in query.filter.agent)
        assert (choice.label in after.filter.agent) != choice.is_on
        assert set(after.filter.agent) ^ set(query.filter.agent) == {choice.label}
        for kept in ("service", "session", "window", "attributes", "excluded"):
            assert getattr(after.filter, kept) == getattr(query.filter, kept)
        assert after.sort == query.sort


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


@given(queries)
def test_the_typed_form_carries_the_rest_along(query: ListQuery) -> None:
    typed = [(blank.name, blank.value) for blank in selection.blanks(query)]
    chosen = [("range", value) for value, _, is_on in selection.presets(query) if is_on]
    again = ListQuery.parse([*selection.kept_pairs(query), *typed, *chosen])
    assert sorted(again.filter.pairs()) == sorted(query.filter.pairs())
    assert again.sort == query.sort
