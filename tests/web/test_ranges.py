"""How a measure is spread: true counts between round numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from halo_dash.model.spread import round_edges

from .conftest import Dashboard, put, run

amounts = st.one_of(
    st.tuples(st.integers(0, 2**62), st.integers(0, 2**62)),
    st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)),
)


@given(amounts)
def test_round_numbers_enclose_what_they_were_made_for(ends: tuple[float, float]) -> None:
    least, most = sorted(ends)
    edges = round_edges(least, most)
    assert edges[0] <= least
    assert edges[-1] > most
    assert all(low < high for low, high in pairwise(edges))
    assert 2 <= len(edges) <= 25


def test_counts_are_those_of_the_filter(dashboard: Dashboard) -> None:
    put(dashboard.db, *(run(n, fails=n % 3 == 0) for n in range(1, 60)))
    for query in ("", "&status=error", "&agent=nobody"):
        found = dashboard.ask(f"/ranges/tokens.json?tokens=60..{query}").json
        for count, (low, high) in zip(found["counts"], pairwise(found["edges"]), strict=False):
            inside = dashboard.ask(f"/traces.json?limit=1&tokens={low}..{high - 1}{query}").json["total"]
            assert count == inside
        assert sum(found["counts"]) == dashboard.ask(f"/traces.json?limit=1{query}").json["total"]


def test_the_part_has_the_edges_as_the_filter_writes_them(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1), run(2))
    part = dashboard.ask("/ranges/duration?duration=50ms..", headers={"Halo-Fragment": "spread"}).text
    assert 'data-edges="0.1s 0.2s"' in part
    assert dashboard.ask("/ranges/duration?status=ok").headers["location"] == "/traces?status=ok"
    assert dashboard.ask("/ranges/agent.json").status == 404
