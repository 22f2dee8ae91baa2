"""Every instant of a trace is given away once."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from halo_dash.model.observation import MODEL_KINDS, Kind, Observation
from halo_dash.model.timeline import TOOL_KINDS, Interval, lay_out, length, subtract, union
from halo_dash.model.trace import SpanReading
from halo_dash.model.tree import Tree, build_tree

intervals = st.lists(st.builds(Interval, st.integers(0, 30), st.integers(0, 30)), max_size=12)


def instants(pieces: list[Interval]) -> set[int]:
    return {at for piece in pieces for at in range(piece.start_ns, piece.end_ns)}


def children(tree: Tree, at: int) -> list[int]:
    return [below for below, row in enumerate(tree.rows) if row.parent == at]


def span(span_id: str, parent: str, start: int, end: int, kind: Kind = Kind.SPAN) -> SpanReading:
    return SpanReading(span_id, parent, span_id, start, end, "test", Observation(kind=kind))


ids = st.integers(0, 10).map(lambda number: f"s{number}")
spans = st.lists(
    st.builds(
        span,
        ids,
        st.one_of(st.just(""), ids),
        st.integers(1, 40),
        st.integers(0, 40),
        st.sampled_from([Kind.AGENT, Kind.LLM, Kind.TOOL]),
    ),
    max_size=14,
)


@given(intervals, intervals)
def test_interval_sets_agree_with_sets_of_instants(left: list[Interval], right: list[Interval]) -> None:
    assert instants(union(left)) == instants(left)
    assert instants(subtract(union(left), union(right))) == instants(left) - instants(right)
    assert length(union(left)) == len(instants(left))


@given(spans)
def test_self_time_and_breakdown_agree_with_counting_instants(readings: list[SpanReading]) -> None:
    tree = build_tree(readings, {})
    timeline = lay_out(tree)
    drawn = [set(range(row.start_ns, row.end_ns)) for row in tree.rows]
    for at, row in enumerate(tree.rows):
        covered = set().union(*(drawn[child] for child in children(tree, at)))
        assert timeline.self_ns[row.span_id] == len(drawn[at] - covered)
    model: set[int] = set()
    tools: set[int] = set()
    for at, row in enumerate(tree.rows):
        kind = row.reading.observation.kind
        if kind in MODEL_KINDS | TOOL_KINDS:
            inside = set().union(*(drawn[other] for other in _nearest_calls_below(tree, at)))
            (model if kind in MODEL_KINDS else tools).update(drawn[at] - inside)
    breakdown = timeline.breakdown
    assert breakdown.model_ns == len(model)
    assert breakdown.tools_ns == len(tools - model)
    assert breakdown.model_ns + breakdown.tools_ns + breakdown.other_ns == breakdown.total_ns
    assert breakdown.other_ns >= 0


def _nearest_calls_below(tree: Tree, at: int) -> list[int]:
    found: list[int] = []
    waiting = children(tree, at)
    while waiting:
        child = waiting.pop()
        if tree.rows[child].reading.observation.kind in MODEL_KINDS | TOOL_KINDS:
            found.append(child)
        else:
            waiting.extend(children(tree, child))
    return found


@given(spans)
def test_critical_pieces_never_overlap_and_fill_their_roots(readings: list[SpanReading]) -> None:
    tree = build_tree(readings, {})
    critical = lay_out(tree).critical
    pieces = sorted(piece for found in critical.values() for piece in found)
    assert all(piece.start_ns < piece.end_ns for piece in pieces)
    assert all(before.end_ns <= after.start_ns for before, after in pairwise(pieces))
    for span_id, found in critical.items():
        row = tree.row(span_id)
        assert row is not None
        assert all(row.start_ns <= piece.start_ns and piece.end_ns <= row.end_ns for piece in found)
    roots = [row for row in tree.rows if row.parent is None]
    if len(roots) == 1:
        assert instants(pieces) == set(range(roots[0].start_ns, roots[0].end_ns))


def test_of_two_parallel_tools_only_the_slower_one_is_critical() -> None:
    tree = build_tree(
        [
            span("agent", "", 0 + 1, 100, Kind.AGENT),
            span("plan", "agent", 1, 30, Kind.LLM),
            span("fast", "agent", 30, 40, Kind.TOOL),
            span("slow", "agent", 30, 60, Kind.TOOL),
            span("answer", "agent", 65, 100, Kind.LLM),
        ],
        {},
    )
    timeline = lay_out(tree)
    assert timeline.critical == {
        "agent": (Interval(60, 65),),
        "plan": (Interval(1, 30),),
        "slow": (Interval(30, 60),),
        "answer": (Interval(65, 100),),
    }
    assert timeline.self_ns["agent"] == 5
    assert (timeline.breakdown.model_ns, timeline.breakdown.tools_ns, timeline.breakdown.other_ns) == (
        64,
        30,
        5,
    )


def test_a_subagent_inside_a_tool_is_model_time_and_a_tool_inside_a_call_is_tool_time() -> None:
    subagent = [span("delegate", "", 10, 50, Kind.TOOL), span("inner", "delegate", 20, 40, Kind.LLM)]
    breakdown = lay_out(build_tree(subagent, {})).breakdown
    assert (breakdown.model_ns, breakdown.tools_ns) == (20, 20)
    automatic = [span("call", "", 10, 50, Kind.LLM), span("tool", "call", 20, 30, Kind.TOOL)]
    breakdown = lay_out(build_tree(automatic, {})).breakdown
    assert (breakdown.model_ns, breakdown.tools_ns) == (30, 10)


def test_a_deep_chain_is_measured_without_recursion() -> None:
    chain = [span(f"s{at}", f"s{at - 1}" if at else "", 1 + at, 200_000 - at) for at in range(50_000)]
    timeline = lay_out(build_tree(chain, {}))
    assert timeline.self_ns["s0"] == 2
    assert len(timeline.critical) == 50_000
