"""How a measure is spread over a selection: counts between round numbers."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.model.bounds import Number

_MOST_EDGES = 25
_DECADES = range(-9, 20)


@dataclass(frozen=True, slots=True)
class Spread:
    """`counts[i]` traces have a value from `edges[i]` up to, not including, `edges[i + 1]`."""

    edges: tuple[Number, ...] = ()
    """One more than there are counts; empty where no trace has a value."""
    counts: tuple[int, ...] = ()


def round_edges(least: Number, most: Number) -> tuple[Number, ...]:
    """Round numbers around `least` and `most`: 1, 2, 5, 10 …, or powers of ten where these are many.

    Whole numbers have whole edges; what is 0 or less is between 0 and the first of them.
    """
    is_whole = isinstance(least, int) and isinstance(most, int)
    edges: tuple[Number, ...] = ()
    for steps in ((1, 2, 5), (1,)):
        ladder = [_round(step, decade) for decade in _DECADES[9 if is_whole else 0 :] for step in steps]
        below = [edge for edge in ladder if edge <= least]
        first = below[-1] if below else 0
        above = [edge for edge in ladder if edge > first]
        count = next((at for at, edge in enumerate(above) if edge > most), len(above) - 1)
        edges = (first, *above[: count + 1])
        if len(edges) <= _MOST_EDGES:
            break
    return edges


def _round(step: int, decade: int) -> Number:
    return step * 10**decade if decade >= 0 else float(f"{step}e{decade}")
