"""Loops are folded to one line that counts them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from halo_dash.model.loops import FEWEST_ROUNDS, find_loops
from halo_dash.model.observation import Kind, Observation
from halo_dash.model.trace import SpanReading
from halo_dash.model.tree import Tree, build_tree


def run(names: list[str], *, inside: str = "") -> Tree:
    """A root with one child a letter; `inside` names grandchildren below each."""
    spans = [SpanReading("root", "", "root", 1, 10_000, "test", Observation())]
    for at, name in enumerate(names):
        spans.append(
            SpanReading(f"c{at}", "root", name, 10 + at, 11 + at, "test", Observation(kind=Kind.TOOL))
        )
        spans.extend(
            SpanReading(f"c{at}.{below}", f"c{at}", below, 10 + at, 11 + at, "test", Observation())
            for below in inside
        )
    return build_tree(spans, {})


def folded(tree: Tree) -> list[tuple[str, int]]:
    return [("".join(name for _, name in loop.steps), loop.rounds) for loop in find_loops(tree)]


def test_repeated_steps_are_found_with_their_rounds() -> None:
    assert folded(run(list("wwww"))) == [("w", 4)]
    assert folded(run(list("xababababy"))) == [("ab", 4)]
    assert folded(run(list("aaabbb"))) == [("a", 3), ("b", 3)]
    assert folded(run(list("abcd"))) == []


def test_a_retry_is_not_a_loop() -> None:
    assert folded(run(list("aab"))) == []
    assert folded(run(list("abab"))) == []


def test_a_loop_reaches_to_the_end_of_its_last_subtree() -> None:
    tree = run(list("www"), inside="xy")
    (loop,) = find_loops(tree)
    assert (loop.first, loop.last) == (1, 9)
    assert [tree.rows[member].reading.name for member in loop.members] == ["w", "w", "w"]


@given(st.lists(st.sampled_from("abc"), max_size=60))
def test_what_is_folded_really_repeats(names: list[str]) -> None:
    tree = run(names)
    seen: set[int] = set()
    for loop in find_loops(tree):
        assert loop.rounds >= FEWEST_ROUNDS
        assert len(loop.members) == loop.rounds * len(loop.steps)
        assert not seen & set(loop.members)
        seen.update(loop.members)
        expected = list(loop.steps) * loop.rounds
        rows = [tree.rows[member].reading for member in loop.members]
        assert [(row.observation.kind, row.name) for row in rows] == expected
