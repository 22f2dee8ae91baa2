"""What sets the runs of a cluster apart: values of filters in all runs, attributes of roots in a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from halo_dash.detect.cohort import LEAST_REFERENCES, LEAST_RUNS, Difference, Trait, differences
from halo_dash.model.clusters import Compared, TraitShare
from halo_dash.model.filter_fields import ATTRIBUTE
from halo_dash.store.figures.layout import Array
from halo_dash.store.findings.root_attributes import Run
from halo_dash.store.memory.trace_table import TraceTable

COMPARED_FIELDS = (
    *("agent", "model", "provider", "tool", "service", "version", "environment"),
    *("user", "name", "kind", "source", "tag"),
)
"""Of two that say the same runs the first is told, and an attribute last."""
_WITH_SEVERAL = frozenset({"tool", "name", "kind", "tag"})
"""Of these a run has several values: it may lack one without having another."""

SAMPLE = 200
"""Runs of each side whose attributes are read: what this many do not show is hardly worth a line, and reading
more would be felt."""

_MOST_VALUES = 20
"""Distinct values of a key that is compared, and at most half as many as runs have it: others are ids."""
_MOST_KEYS = 200
"""Keys that are compared, those that most runs have: each one more makes every test stricter."""

_ALIKE = 0.02
"""Shares of runs that differ by no more are the same."""

Attributes = Mapping[Run, frozenset[Trait]]


@dataclass(frozen=True, slots=True)
class Sides:
    """The runs of a cluster beside those they are compared with."""

    counts: Mapping[Trait, tuple[int, int]]
    """Of values of filters: (runs that have it, others that have it)."""
    runs: int
    references: int
    mine: tuple[Run, ...]
    """A sample of the runs."""
    others: tuple[Run, ...]
    having: Mapping[Trait, frozenset[Run]]
    """Of values that may set the runs apart: those of both samples that have it."""


def sides(table: TraceTable, mask: Array, others: Array) -> Sides:
    """What memory knows of both; `mask` and `others` are over the slots of the table."""
    values = table.values
    mine, theirs = values.counts(mask), values.counts(others)
    counts: dict[Trait, tuple[int, int]] = {}
    for name in COMPARED_FIELDS:
        for value, here, there in values.compared(name, mine, theirs):
            counts[Trait(name, value)] = (here, there)
    runs, references = int(np.count_nonzero(mask)), int(np.count_nonzero(others))
    if runs < LEAST_RUNS or references < LEAST_REFERENCES:
        return Sides(counts, runs, references, (), (), {})
    chosen = [_sample(table, each) for each in (mask, others)]
    both = np.concatenate(chosen)
    keys = list(zip(table["row"][both].tolist(), table["arrival"][both].tolist(), strict=True))
    having = {}
    # With fewer tests than in the end there can only be more of them.
    for each in differences(counts, runs, references):
        has_it = values.having((each.trait.name,), (each.trait.value,), len(mask))[both]
        having[each.trait] = frozenset(key for key, has in zip(keys, has_it.tolist(), strict=True) if has)
    first = len(chosen[0])
    return Sides(counts, runs, references, tuple(keys[:first]), tuple(keys[first:]), having)


def told(found: Sides, attributes: Attributes) -> tuple[tuple[TraitShare, ...], Compared]:
    """(what stands, the surest first; what was looked at)."""
    mine = [run for run in found.mine if run in attributes]
    others = [run for run in found.others if run in attributes]
    having: dict[Trait, frozenset[Run]] = {}
    if len(mine) >= LEAST_RUNS and len(others) >= LEAST_REFERENCES:
        having = _countable([*mine, *others], attributes)
    else:
        mine, others = [], []
    is_mine = frozenset(mine)
    counts = dict(found.counts)
    for trait, runs in having.items():
        here = len(runs & is_mine)
        counts[trait] = (here, len(runs) - here)
    looked_at = dict.fromkeys(having, (len(mine), len(others)))
    everyone = frozenset([*mine, *others] or [*found.mine, *found.others])
    found_apart = differences(counts, found.runs, found.references, looked_at)
    stands = _distinct(found_apart, {**found.having, **having}, everyone)
    fields = {trait.name for trait in found.counts}
    compared = Compared(
        fields=tuple(name for name in COMPARED_FIELDS if name in fields),
        attributes=tuple(sorted({trait.name.removeprefix(ATTRIBUTE) for trait in having})),
        runs=len(mine),
        references=len(others),
    )
    return tuple(_share(each, alike) for each, alike in stands), compared


def _sample(table: TraceTable, mask: Array) -> Array:
    """At most `SAMPLE` of these slots, by chance, and mostly the same ones when more runs have come."""
    slots = np.flatnonzero(mask)
    if len(slots) <= SAMPLE:
        return slots
    # Fibonacci hashing: rows that follow one another, or come in some rhythm, are spread evenly.
    order = table["row"][slots].astype("u8") * np.uint64(0x9E3779B97F4A7C15)
    return np.sort(slots[np.argpartition(order, SAMPLE)[:SAMPLE]])


def _countable(runs: Sequence[Run], attributes: Attributes) -> dict[Trait, frozenset[Run]]:
    """Trait -> the runs that have it, of keys with few values."""
    having: dict[Trait, list[Run]] = {}
    for run in runs:
        for trait in attributes[run]:
            having.setdefault(trait, []).append(run)
    values = Counter(trait.name for trait in having)
    said: Counter[str] = Counter()
    for trait, those in having.items():
        said[trait.name] += len(those)
    few = [name for name, count in values.items() if count <= min(_MOST_VALUES, said[name] / 2)]
    kept = frozenset(sorted(few, key=lambda name: (-said[name], name))[:_MOST_KEYS])
    return {trait: frozenset(those) for trait, those in having.items() if trait.name in kept}


def _distinct(
    stands: Iterable[Difference], having: Mapping[Trait, frozenset[Run]], everyone: frozenset[Run]
) -> list[tuple[Difference, list[Trait]]]:
    """Without those that say the same runs as a better one; each with those that are another thing."""
    kept: list[tuple[Difference, frozenset[Run], list[Trait]]] = []
    for each in sorted(stands, key=_rank):
        runs = having[each.trait] & everyone
        same = next((one for one in kept if _is_same(each, runs, one[0], one[1], everyone)), None)
        if same is None:
            kept.append((each, runs, []))
        elif runs == same[1] and not _is_repeated(each.trait, [same[0].trait, *same[2]]):
            same[2].append(each.trait)
    return [(each, alike) for each, _runs, alike in kept]


def _is_repeated(trait: Trait, told: Iterable[Trait]) -> bool:
    """Whether it is another word for one that is told: `chat gpt-4o` where the model is gpt-4o."""
    return trait.name == "kind" or any(one.value in trait.value for one in told)


def _is_same(
    one: Difference, runs: frozenset[Run], better: Difference, said: frozenset[Run], everyone: frozenset[Run]
) -> bool:
    if runs == said:
        # Of two that are rare in a sample that alone may be chance.
        shares = zip(_shares(one), _shares(better), strict=True)
        return all(abs(share - other) <= _ALIKE for share, other in shares)
    # Where there are two values, that these runs lack the one says that they have the other.
    return runs == everyone - said and _WITH_SEVERAL.isdisjoint({one.trait.name, better.trait.name})


def _shares(each: Difference) -> tuple[float, float]:
    return each.failing_share, each.others_share


def _rank(each: Difference) -> tuple[float, bool, int, str, str]:
    name, is_less = each.trait.name, each.failing_share < each.others_share
    place = len(COMPARED_FIELDS) if name.startswith(ATTRIBUTE) else COMPARED_FIELDS.index(name)
    return each.p_value, is_less, place, name, each.trait.value


def _share(each: Difference, alike: Iterable[Trait]) -> TraitShare:
    return TraitShare(
        each.trait.name,
        each.trait.value,
        each.failing_with,
        each.failing,
        each.others_with,
        each.others,
        each.lift,
        each.p_value,
        tuple((other.name, other.value) for other in alike),
    )
