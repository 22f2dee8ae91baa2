"""Rows of the tree: windows, folded loops, bars."""

from __future__ import annotations

from itertools import pairwise

from halo_dash.model.observation import Failure, Kind, Observation, Usage
from halo_dash.model.timeline import lay_out
from halo_dash.model.trace import Resolved, SpanReading
from halo_dash.model.tree import Tree, build_tree
from halo_dash.web.trace.address import TraceAddress
from halo_dash.web.trace.axis import ruler
from halo_dash.web.trace.row import WINDOW, RowWindow, window


def tree_of(count: int, *, name: str = "step", failing: int | None = None) -> Tree:
    spans = [SpanReading("root", "", "agent", 1_000, 1_000 + count * 10, "t", Observation(kind=Kind.AGENT))]
    resolved = {}
    for at in range(count):
        failure = Failure("Boom") if at == failing else None
        seen = Observation(kind=Kind.TOOL, failure=failure, usage=Usage(total=2))
        spans.append(
            SpanReading(
                f"s{at}", "root", name.format(at), 1_000 + at * 10, 1_005 + at * 10, "t", seen, sequence=at
            )
        )
        resolved[f"s{at}"] = Resolved(is_counted=True)
    return build_tree(spans, resolved)


def shown(tree: Tree, **options: object) -> RowWindow:
    return window(tree, lay_out(tree), **options)  # type: ignore[arg-type]


def test_ten_thousand_rows_come_in_windows_that_say_what_they_are() -> None:
    tree = tree_of(9_999, name="step {}")
    layout = lay_out(tree)
    first = window(tree, layout)
    assert (len(first.rows), first.first, first.total) == (WINDOW, 0, 10_000)
    assert (first.previous, first.next) == (None, WINDOW)
    last = window(tree, layout, first=9_800)
    assert (len(last.rows), last.next, last.previous) == (200, None, 9_300)
    assert last.path == (("root", "agent"),)
    seen = [row.span_id for at in range(0, 10_000, WINDOW) for row in window(tree, layout, first=at).rows]
    assert seen == [row.span_id for row in tree.rows]


def test_the_window_holds_the_span_that_was_asked_for() -> None:
    tree = tree_of(3_000, name="step {}")
    found = shown(tree, selected="s2750")
    assert "s2750" in {row.span_id for row in found.rows}
    assert found.first % WINDOW == 0


def test_a_loop_folds_to_one_row_and_opens_for_what_is_inside() -> None:
    tree = tree_of(40, failing=3)
    assert shown(tree).loops == 1
    folded = shown(tree, is_folded=True)
    assert [row.name for row in folded.rows] == ["agent", "step"]
    fold = folded.rows[1].fold
    assert fold is not None
    assert (fold.rounds, fold.spans, fold.errors) == (40, 40, 1)
    assert folded.rows[1].tokens == 80
    assert len(shown(tree, is_folded=True, selected="s7").rows) == 41
    assert len(shown(tree, is_folded=True, opened=("s0",)).rows) == 41


def test_bars_are_placed_in_percent_of_the_trace() -> None:
    rows = shown(tree_of(10)).rows
    assert (rows[0].bar.x, rows[0].bar.width) == ("0.000%", "100.000%")
    assert (rows[6].bar.x, rows[6].bar.width) == ("50.000%", "5.000%")


def test_the_ruler_has_few_round_ticks_for_any_length() -> None:
    for length in (1, 7, 999, 86_000_000, 12_900_000_000, 3_600_000_000_000, 10**18):
        ticks = ruler(length)
        assert 1 <= len(ticks) <= 6
        assert ticks[0].offset_ns == 0
        distances = {b.offset_ns - a.offset_ns for a, b in pairwise(ticks)}
        assert len(distances) <= 1
        assert all(str(distance).rstrip("0") in {"1", "2", "5"} for distance in distances)
    assert len(ruler(0)) == 1


def test_addresses_change_one_thing_and_keep_the_list_they_came_from() -> None:
    address = TraceAddress("ab/c", view="timeline", span_id="s 1", list_query=(("status", "error"),))
    assert address.url == "/traces/ab%2Fc?view=timeline&span=s+1&status=error"
    assert address.with_view("tree") == "/traces/ab%2Fc?span=s+1&status=error"
    assert address.jump("x") == "/traces/ab%2Fc?view=timeline&span=x&status=error"
    assert address.of_trace("d") == "/traces/d?view=timeline&status=error"
    assert address.list_url == "/traces?status=error"
    assert (
        address.value("s 1", "/attributes/a b") == "/traces/ab%2Fc/spans/s%201/value?at=%2Fattributes%2Fa+b"
    )
