"""A small drawing in a row: runs over time, with those that failed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from halo_dash.web import words

_HEIGHT = 20
_LEAST = 2
_STEP = 4
_MOST = 36
"""Bars that can be told apart in a row."""


@dataclass(frozen=True, slots=True)
class Spark:
    """Two paths in a drawing of `width` by 20."""

    width: int
    runs: str
    failed: str
    said: str
    """The same in words."""


def spark(runs: Sequence[int], failed: Sequence[int]) -> Spark:
    """Bars for the runs of each bucket, or of neighbouring ones; the failed ones at their foot."""
    together = max(1, math.ceil(len(runs) / _MOST))
    runs, failed = _merged(runs, together), _merged(failed, together)
    most = max(runs, default=0)
    paths = {"runs": "", "failed": ""}
    for at, (all_of_them, bad) in enumerate(zip(runs, failed, strict=True)):
        for name, value in (("runs", all_of_them), ("failed", bad)):
            if value:
                height = max(round(_HEIGHT * value / most), _LEAST)
                paths[name] += f"M{at * _STEP} {_HEIGHT - height}h3v{height}h-3z"
    total = words.plural(sum(runs), "run")
    said = f"{total}, {sum(failed):,} failed; at most {most:,} in one of {len(runs)} bars"
    return Spark(max(len(runs), 1) * _STEP, paths["runs"], paths["failed"], said)


def _merged(counts: Sequence[int], together: int) -> list[int]:
    return [sum(counts[at : at + together]) for at in range(0, len(counts), together)]
