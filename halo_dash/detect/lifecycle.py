"""The life of something that goes wrong: new, ongoing, fixed, regressed. A pure function of its history.

Everything rests on one exact statement. If the rate had stayed the same, the runs that have it would stand
anywhere among all runs with equal probability, so that the last g of n runs have none of k hits with
probability C(n - g, k) / C(n, k). Runs are counted from the first hit, which is left out.

*Fixed*: so many clean runs since the last hit have a probability below 5 %.
*Regressed*: it came back after a gap that was improbable even though there were many gaps. The gap after
the h-th hit is asked for a probability below 5 % * 3 / (h (h + 1)); these add up to 5 %. So at most 5 in 100
histories with a constant rate are ever called regressed, however long they are. It is called so as well
when it comes back after somebody said that it is fixed.
*New*: few runs have passed since the first hit, or the newest release brought it and its absence before has
a probability below 5 %.

Where versions are known, runs are put in the order of releases first, so that an old release that still runs
beside the new one does not hide that the new one is clean.
"""

from __future__ import annotations

from collections import Counter
from math import exp, lgamma
from typing import Final

from halo_dash.model.clusters import ClusterHistory
from halo_dash.model.insight import Life, LifeState, Release, Share

IMPROBABLE: Final = 0.05
LEAST_HITS: Final = 3
"""Of fewer nothing is called fixed by counting."""

NEW_RUNS: Final = 20
"""Since the first hit; with fewer it is new."""

MOST_RUNS: Final = 10_000
"""The newest ones are looked at."""

_FAR: Final = 100_000
"""Clean runs beyond which nothing is foretold."""


def chance_of_none(runs: int, hits: int, clean: int) -> float:
    """Probability that `clean` given runs have none of the hits that stand anywhere among all runs."""
    if runs - clean < hits:
        return 0.0
    return exp(_log_choose(runs - clean, hits) - _log_choose(runs, hits))


def life(history: ClusterHistory, fixed_ns: int | None = None) -> Life:
    """The state that a history has come to. `fixed_ns` is when somebody said that it is fixed.

    Raises ValueError where no run has it.
    """
    line = _Line(history)
    first, came_back = 0, False
    if fixed_ns is not None:
        later = [at for at in range(len(line.hits)) if line.starts[line.hits[at]] > fixed_ns]
        if not later:
            return line.told("fixed", line.hits[-1] + 1, is_said=True)
        first, came_back = later[0], True
    for at in range(first, len(line.hits) - 1):
        if _is_break(line.hits, first, at):
            first, came_back = at + 1, True
    known = first if len(line.hits) - first >= LEAST_HITS else 0
    clean = line.runs - 1 - line.hits[-1]
    runs, hits = line.runs - 1 - line.hits[known], len(line.hits) - known - 1
    chance = chance_of_none(runs, hits, clean)
    is_countable = hits + 1 >= LEAST_HITS
    if is_countable and chance < IMPROBABLE:
        return line.told("fixed", line.hits[-1] + 1, chance)
    needed = _needed(runs - clean, hits) if is_countable else None
    left = None if needed is None else needed - clean
    if came_back:
        return line.told("regressed", line.hits[first], chance, left)
    state: LifeState = "new" if line.is_new() else "ongoing"
    return line.told(state, line.hits[0], chance, left)


class _Line:
    """The runs in the order in which they are judged."""

    def __init__(self, history: ClusterHistory) -> None:
        starts, has_it = history.starts_ns[-MOST_RUNS:], history.has_it[-MOST_RUNS:]
        versions = _filled(history.versions[-MOST_RUNS:])
        names = list(dict.fromkeys(versions))
        place = {name: at for at, name in enumerate(names)}
        order = list(range(len(starts)))
        if len(names) > 1:
            order.sort(key=lambda at: place[versions[at]])
        self.starts = [starts[at] for at in order]
        self.versions = [versions[at] for at in order] if len(names) > 1 else []
        self.hits = [at for at, run in enumerate(order) if has_it[run]]
        self.runs = len(order)
        if not self.hits:
            raise ValueError("a life needs at least one run that has it")

    def is_new(self) -> bool:
        """Whether it came up of late."""
        first, last = self.hits[0], self.hits[-1]
        if self.runs - first < NEW_RUNS:
            return True
        if not self.versions or not first or self.versions[first] != self.versions[-1]:
            return False
        return chance_of_none(last, len(self.hits) - 1, first) < IMPROBABLE

    def told(
        self,
        state: LifeState,
        at: int,
        chance: float = 1.0,
        left: int | None = None,
        *,
        is_said: bool = False,
    ) -> Life:
        """What began at a place of the line; with the release, where another one ran before."""
        begins = min(at, self.runs - 1)
        version = ""
        if self.versions:
            if state == "fixed":
                before = self.versions[self.hits[-1]]
                version = next((each for each in self.versions[at:] if each != before), "")
            elif self.versions[begins] != self.versions[0]:
                version = self.versions[begins]
        return Life(
            state=state,
            since_ns=self.starts[begins],
            version=version,
            clean_runs=self.runs - 1 - self.hits[-1],
            chance=chance,
            runs_to_fixed=left,
            is_said=is_said,
            releases=self._releases(),
        )

    def _releases(self) -> tuple[Release, ...]:
        runs = Counter(self.versions)
        hits = Counter(self.versions[at] for at in self.hits) if self.versions else Counter()
        return tuple(Release(name, Share(hits[name], runs[name])) for name in dict.fromkeys(self.versions))


def _filled(versions: tuple[str, ...]) -> list[str]:
    """A run that says nothing is of the release that ran before it."""
    filled: list[str] = []
    for version in versions:
        filled.append(version or (filled[-1] if filled else next(filter(None, versions), "")))
    return filled


def _is_break(hits: list[int], first: int, at: int) -> bool:
    """Whether the gap between a hit and the next is more than chance, in a life that began at hit `first`."""
    gap, count = hits[at + 1] - hits[at] - 1, at - first + 1
    if count < LEAST_HITS or not gap:
        return False
    runs, allowed = hits[at + 1] - 1 - hits[first], IMPROBABLE * LEAST_HITS / (count * (count + 1))
    # Each of the clean runs is so with at least this probability: most gaps need not be counted exactly.
    if (1 - (count - 1) / (runs - gap + 1)) ** gap >= allowed:
        return False
    return chance_of_none(runs, count - 1, gap) < allowed


def _needed(runs: int, hits: int) -> int | None:
    """Clean runs after so many others that are improbable; None where that is far off."""
    low, high = 0, 1
    while chance_of_none(runs + high, hits, high) >= IMPROBABLE:
        low, high = high, high * 2
        if high > _FAR:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        is_rare = chance_of_none(runs + middle, hits, middle) < IMPROBABLE
        low, high = (low, middle) if is_rare else (middle, high)
    return high


def _log_choose(total: int, part: int) -> float:
    return lgamma(total + 1) - lgamma(part + 1) - lgamma(total - part + 1)
