"""Loops in a trace: the same steps again and again under one parent, folded to one line that counts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from halo_dash.model.observation import Kind
from halo_dash.model.tree import Tree

LONGEST_CYCLE = 4
"""Steps in the longest cycle looked for: think, call, read, check."""
FEWEST_ROUNDS = 3
"""Twice is a retry and worth seeing; three times is a loop."""


@dataclass(frozen=True, slots=True)
class Loop:
    """`rounds` times the same `steps`, one after the other, under one parent."""

    steps: tuple[tuple[Kind, str], ...]
    """(kind, name) of each step of one round."""
    rounds: int
    first: int
    """Index of its first row in the tree."""
    last: int
    """Index of its last row, descendants included."""
    members: tuple[int, ...]
    """Indexes of the looping rows themselves."""


def find_loops(tree: Tree) -> list[Loop]:
    """All loops, outermost first and in display order; no two share a looping row."""
    groups: dict[int | None, list[int]] = {}
    for at, row in enumerate(tree.rows):
        groups.setdefault(row.parent, []).append(at)
    loops = [
        loop for group in groups.values() if len(group) >= FEWEST_ROUNDS for loop in _loops_of(tree, group)
    ]
    return sorted(loops, key=lambda loop: (loop.first, -loop.last))


def _loops_of(tree: Tree, group: Sequence[int]) -> list[Loop]:
    names = [(tree.rows[at].reading.observation.kind, tree.rows[at].reading.name) for at in group]
    loops: list[Loop] = []
    at = 0
    while at < len(group):
        steps, rounds = _longest(names, at)
        if rounds < FEWEST_ROUNDS:
            at += 1
            continue
        members = tuple(group[at : at + steps * rounds])
        last = members[-1] + tree.rows[members[-1]].descendants
        loops.append(Loop(tuple(names[at : at + steps]), rounds, members[0], last, members))
        at += steps * rounds
    return loops


def _longest(names: Sequence[tuple[Kind, str]], at: int) -> tuple[int, int]:
    """The cycle from `at` that covers most rows; of equal ones the shortest. (steps, rounds)."""
    best = (1, 1)
    for steps in range(1, LONGEST_CYCLE + 1):
        matching = 0
        while at + steps + matching < len(names) and names[at + matching] == names[at + steps + matching]:
            matching += 1
        rounds = 1 + matching // steps
        if rounds >= FEWEST_ROUNDS and steps * rounds > best[0] * best[1]:
            best = (steps, rounds)
    return best
