"""A trace is laid out whatever order, shape or clocks its spans came with."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.model.observation import Failure, Observation
from halo_dash.model.trace import Resolved, SpanReading
from halo_dash.model.tree import Mark, Tree, build_tree


def span(
    span_id: str,
    parent: str = "",
    start: int = 10,
    end: int = 20,
    *,
    sequence: int = 0,
    observation: Observation | None = None,
) -> SpanReading:
    return SpanReading(span_id, parent, span_id, start, end, "test", observation or Observation(), sequence)


def shape(tree: Tree) -> list[tuple[str, int]]:
    return [(row.span_id, row.depth) for row in tree.rows]


def children(tree: Tree, at: int) -> list[int]:
    """Row indexes of the direct children of row `at`: what its subtree count promises."""
    child, last = at + 1, at + 1 + tree.rows[at].descendants
    found: list[int] = []
    while child < last:
        found.append(child)
        child += 1 + tree.rows[child].descendants
    return found


ids = st.integers(0, 12).map(lambda number: f"s{number}")
times = st.one_of(st.just(0), st.integers(1, 50))
readings = st.lists(
    st.builds(
        span,
        ids,
        st.one_of(st.just(""), st.just("never-arrived"), ids),
        times,
        times,
        sequence=st.integers(0, 5),
    ),
    max_size=30,
)


@given(readings, st.randoms(use_true_random=False), st.one_of(st.none(), st.integers(0, 60)))
def test_any_spans_make_one_tree_that_does_not_depend_on_their_order(
    spans: list[SpanReading], dice: random.Random, now_ns: int | None
) -> None:
    tree = build_tree(spans, {}, now_ns=now_ns)
    shuffled = list(spans)
    dice.shuffle(shuffled)
    assert build_tree(shuffled, {}, now_ns=now_ns) == tree
    assert {row.span_id for row in tree.rows} == {reading.span_id for reading in spans}
    assert len(tree.rows) == len(tree.index)
    for at, row in enumerate(tree.rows):
        assert tree.index[row.span_id] == at
        assert tree.start_ns <= row.start_ns <= row.end_ns <= tree.end_ns
        if row.parent is None:
            named = row.reading.parent_span_id
            assert row.depth == 0
            assert not named or row.marks & {Mark.ORPHAN, Mark.AWAITED, Mark.CYCLE}
        else:
            above = tree.rows[row.parent]
            assert row.parent < at <= row.parent + above.descendants
            assert row.depth == above.depth + 1
            assert row.reading.parent_span_id == above.span_id
        below = children(tree, at)
        assert len(below) == row.children
        assert [tree.rows[child].position for child in below] == list(range(1, row.children + 1))
        assert all(tree.rows[child].siblings == row.children for child in below)
        assert row.descendants == sum(1 + tree.rows[child].descendants for child in below)
        starts = [tree.rows[child].reading.start_ns for child in below]
        assert starts == sorted(starts)


def test_siblings_come_by_start_and_then_by_arrival() -> None:
    spans = [
        span("root", "", 10, 90),
        span("late", "root", 30, 40, sequence=1),
        span("second", "root", 20, 40, sequence=7),
        span("first", "root", 20, 40, sequence=2),
        span("inner", "second", 20, 30, sequence=1),
    ]
    assert shape(build_tree(spans, {})) == [
        ("root", 0),
        ("first", 1),
        ("second", 1),
        ("inner", 2),
        ("late", 1),
    ]


def test_orphans_follow_the_real_root_and_say_so() -> None:
    tree = build_tree([span("lost", "gone", 1, 2), span("root", "", 5, 9), span("child", "lost", 1, 2)], {})
    assert shape(tree) == [("root", 0), ("lost", 0), ("child", 1)]
    assert tree.rows[1].marks == {Mark.ORPHAN}
    assert not tree.rows[2].marks


def test_in_a_running_trace_a_missing_parent_is_awaited() -> None:
    tree = build_tree([span("child", "root", 1, 2)], {}, now_ns=5)
    assert tree.rows[0].marks == {Mark.AWAITED}


def test_a_circle_of_parents_is_opened_at_its_earliest_span() -> None:
    tree = build_tree(
        [span("a", "c", 3, 9), span("b", "a", 4, 9), span("c", "b", 2, 9), span("d", "b", 5, 9)], {}
    )
    assert shape(tree) == [("c", 0), ("a", 1), ("b", 2), ("d", 3)]
    assert tree.rows[0].marks == {Mark.CYCLE}
    assert build_tree([span("self", "self")], {}).rows[0].marks == {Mark.CYCLE}


def test_a_chain_of_100_000_spans_is_laid_out_without_recursion() -> None:
    chain = [span(f"s{at}", f"s{at - 1}" if at else "", 1 + at, 1_000_000 - at) for at in range(100_000)]
    random.Random(7).shuffle(chain)  # noqa: S311  a fixed shuffle, no secret
    tree = build_tree(chain, {})
    assert tree.rows[-1].depth == 99_999
    assert tree.rows[0].descendants == 99_999
    assert tree.ancestors(99_999) == tuple(range(99_999))


@pytest.mark.parametrize(
    ("start", "end", "marks"),
    [
        (20, 20, {Mark.INSTANT}),
        (20, 15, {Mark.NEGATIVE}),
        (5, 15, {Mark.EARLY}),
        (20, 200, {Mark.LATE}),
        (150, 200, {Mark.AFTER}),
        (150, 150, {Mark.INSTANT, Mark.AFTER}),
        (5, 200, {Mark.EARLY, Mark.LATE}),
        (0, 30, {Mark.UNDATED}),
        (20, 0, {Mark.UNENDED}),
        (20, 30, set()),
    ],
)
def test_times_that_cannot_be_trusted_are_marked(start: int, end: int, marks: set[Mark]) -> None:
    tree = build_tree([span("root", "", 10, 100), span("child", "root", start, end)], {})
    assert tree.rows[1].marks == marks


def test_a_running_span_is_drawn_to_now_and_an_abandoned_one_to_the_last_thing_known() -> None:
    spans = [span("root", "", 10, 0), span("child", "root", 12, 40)]
    running = build_tree(spans, {}, now_ns=70)
    assert running.rows[0].end_ns == 70
    assert running.rows[0].marks == {Mark.RUNNING}
    abandoned = build_tree(spans, {})
    assert abandoned.rows[0].end_ns == 40
    assert abandoned.rows[0].marks == {Mark.UNENDED}
    assert abandoned.rows[0].duration_ns is None


def test_a_span_without_a_start_does_not_stretch_the_axis_to_1970() -> None:
    tree = build_tree([span("root", "", 1_000, 2_000), span("child", "root", 0, 0)], {})
    assert (tree.start_ns, tree.end_ns) == (1_000, 2_000)
    assert tree.rows[1].start_ns == 1_000


def test_of_two_readings_of_one_span_the_ended_one_is_kept() -> None:
    tree = build_tree([span("a", "", 10, 0), span("a", "", 10, 30)], {})
    assert [row.reading.end_ns for row in tree.rows] == [30]


def test_a_stand_in_leaves_when_its_span_arrives() -> None:
    pending = span("p", "real", 10, 10, observation=Observation(is_placeholder=True))
    assert shape(build_tree([pending], {})) == [("p", 0)]
    assert shape(build_tree([pending, span("real", "", 10, 50)], {})) == [("real", 0)]


def test_the_first_error_is_the_first_origin() -> None:
    failed = Observation(failure=Failure("E"))
    spans = [
        span("root", "", 1, 9, observation=failed),
        span("fine", "root", 2, 3),
        span("cause", "root", 4, 5, observation=failed),
    ]
    tree = build_tree(spans, {"cause": Resolved(is_error_origin=True)})
    origin = tree.first_error()
    assert origin is not None
    assert origin.span_id == "cause"
    assert tree.rows[0].errors_below == 1
    assert build_tree([span("a")], {}).first_error() is None
    unresolved = build_tree(spans, {}).first_error()
    assert unresolved is not None
    assert unresolved.span_id == "root"


def test_an_empty_trace_is_an_empty_tree() -> None:
    tree = build_tree([], {})
    assert (tree.rows, tree.start_ns, tree.end_ns) == ((), 0, 0)
