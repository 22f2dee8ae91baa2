"""A small drawing in a row: runs over time, with those that failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_HEIGHT = 20
_LEAST = 2
_STEP = 4


@dataclass(frozen=True, slots=True)
class Spark:
    """Two paths in a drawing of `width` by 20."""

    width: int
    runs: str
    failed: str
    said: str
    """The same in words."""


def spark(runs: Sequence[int], failed: Sequence[int]) -> Spark:
    """Bars for the runs of each bucket, the failed ones at their foot."""
    most = max(runs, default=0)
    paths = {"runs": "", "failed": ""}
    for at, (all_of_them, bad) in enumerate(zip(runs, failed, strict=True)):
        for name, value in (("runs", all_of_them), ("failed", bad)):
            if value:
                height = max(round(_HEIGHT * value / most), _LEAST)
                paths[name] += f"M{at * _STEP} {_HEIGHT - height}h3v{height}h-3z"
    said = f"{sum(runs):,} runs, {sum(failed):,} failed; at most {most:,} in one of {len(runs)} buckets"
    return Spark(max(len(runs), 1) * _STEP, paths["runs"], paths["failed"], said)
