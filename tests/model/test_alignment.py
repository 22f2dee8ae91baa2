"""Aligning two traces: every step once, in order, whichever of the two is named first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.model import alignment
from halo_dash.model.alignment import Alignment, Node, Pairing, Round, align, folds, likeness
from halo_dash.model.observation import Kind

KINDS = (Kind.LLM, Kind.TOOL, Kind.AGENT, Kind.CHAIN)
nodes = st.builds(
    Node,
    kind=st.sampled_from(KINDS),
    label=st.sampled_from("ab"),
    depth=st.integers(0, 2),
    parent=st.sampled_from([("", ""), ("AGENT", "a")]),
    given=st.sampled_from(["", "1", "2"]),
    said=st.sampled_from(["", "1"]),
)
traces = st.lists(nodes, max_size=12)


@pytest.fixture(params=["structure", "occurrence"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of aligning; the second is taken where the first would weigh too many pairs."""
    if request.param == "occurrence":
        monkeypatch.setattr(alignment, "MOST_CELLS", -1)
    return str(request.param)


def tool(label: str, given: str = "", depth: int = 1) -> Node:
    return Node(Kind.TOOL, label, depth, ("AGENT", "a"), given)


def llm(label: str, given: str = "") -> Node:
    return Node(Kind.LLM, label, 1, ("AGENT", "a"), given)


def matched(found: Alignment) -> list[tuple[int, int]]:
    return [(row.left, row.right) for row in found.rows if row.left is not None and row.right is not None]


def worth(left: Sequence[Node], right: Sequence[Node], pairs: Sequence[tuple[int, int]]) -> int:
    return sum(likeness(left[at], right[to]) for at, to in pairs)


def check(left: Sequence[Node], right: Sequence[Node]) -> None:
    found = align(left, right)
    assert [row.left for row in found.rows if row.left is not None] == list(range(len(left)))
    assert [row.right for row in found.rows if row.right is not None] == list(range(len(right)))
    assert all(likeness(left[at], right[to]) for at, to in matched(found))
    assert sorted((to, at) for at, to in matched(found)) == matched(align(right, left))


@given(traces, traces)
def test_every_step_is_in_one_row_in_order_and_either_may_come_first(
    left: list[Node], right: list[Node]
) -> None:
    check(left, right)


def test_so_it_is_for_traces_too_large_to_weigh_every_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "MOST_CELLS", -1)

    @given(traces, traces)
    def holds(left: list[Node], right: list[Node]) -> None:
        check(left, right)
        assert align(left, right).way == "occurrence"

    holds()


@given(traces)
def test_a_trace_is_the_same_as_itself(trace: list[Node]) -> None:
    assert align(trace, trace).rows == tuple(Pairing(at, at) for at in range(len(trace)))


short = st.lists(nodes, max_size=5)


@given(short, short)
def test_no_other_pairing_in_order_shares_more(left: list[Node], right: list[Node]) -> None:
    best = 0
    for size in range(min(len(left), len(right)) + 1):
        for mine in combinations(range(len(left)), size):
            for other in combinations(range(len(right)), size):
                pairs = list(zip(mine, other, strict=True))
                if all(likeness(left[at], right[to]) for at, to in pairs):
                    best = max(best, worth(left, right, pairs))
    assert worth(left, right, matched(align(left, right))) == best


def test_a_step_more_is_only_there(way: str) -> None:
    left = [llm("m", "1"), tool("search", "2"), llm("m", "3")]
    right = [llm("m", "1"), tool("search", "2"), tool("weather", "4"), llm("m", "5")]
    found = align(left, right)
    assert found.rows == (Pairing(0, 0), Pairing(1, 1), Pairing(None, 2), Pairing(2, 3))


def test_the_same_arguments_count_for_more_than_the_place() -> None:
    left = [tool("search", "1"), tool("search", "2"), tool("search", "3")]
    right = [tool("search", "2"), tool("search", "3")]
    assert matched(align(left, right)) == [(1, 0), (2, 1)]


def test_a_retry_follows_what_it_repeats() -> None:
    assert matched(align([tool("search")], [tool("search"), tool("search")])) == [(0, 0)]


def test_another_model_stands_for_the_same_call_and_another_tool_does_not(way: str) -> None:
    assert matched(align([llm("small")], [llm("large")])) == [(0, 0)]
    assert matched(align([tool("search")], [tool("weather")])) == []
    assert matched(align([tool("a")], [llm("a")])) == []


def test_an_extra_wrapper_does_not_part_what_is_inside() -> None:
    left = [Node(Kind.AGENT, "a"), llm("m"), tool("t")]
    right = [Node(Kind.CHAIN, "graph"), Node(Kind.AGENT, "a", 1, ("CHAIN", "graph"))]
    right += [Node(Kind.LLM, "m", 2, ("AGENT", "a")), Node(Kind.TOOL, "t", 2, ("AGENT", "a"))]
    assert matched(align(left, right)) == [(0, 1), (1, 2), (2, 3)]


def test_thousands_of_steps_are_paired_by_occurrence() -> None:
    left = [tool(f"t{at % 7}", str(at)) for at in range(4_000)]
    right = [tool("first"), *(tool(f"t{at % 7}", f"x{at}") for at in range(5_000))]
    found = align(left, right)
    assert found.way == "occurrence"
    assert matched(found) == [(at, at + 1) for at in range(4_000)]


def test_nothing_in_common_leaves_every_step_alone() -> None:
    found = align([tool("a"), tool("b")], [tool("c")])
    assert found.rows == (Pairing(0, None), Pairing(1, None), Pairing(None, 0))
    assert align([], []).rows == ()


def test_a_loop_of_either_side_folds_what_stands_for_it() -> None:
    steps = (("LLM", "chat"), ("TOOL", "search"))
    rows = [Pairing(0, 0), *(Pairing(at, at) for at in range(1, 5)), Pairing(5, None), Pairing(6, None)]
    rows += [Pairing(None, 5), Pairing(7, 6)]
    assert folds(rows, [Round(1, 6, steps)], []) == [(1, 6)]
    assert folds(rows, [Round(1, 4, steps)], [Round(1, 5, steps)]) == [(1, 7)]
    assert folds(rows, [Round(1, 6, steps)], [Round(3, 5, (("TOOL", "other"),))]) == [(1, 6)]
    assert folds(rows, [], []) == []
