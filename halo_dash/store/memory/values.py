"""Which trace has which values of the filters: pairs of a trace and a value, as columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import nsmallest

import numpy as np

from halo_dash.model.page import FacetValue
from halo_dash.store.driver import Connection
from halo_dash.store.figures.columns import Columns
from halo_dash.store.figures.layout import Array
from halo_dash.store.statements import sql, sql_many

_LEAST_DEAD = 20_000
"""Pairs that no longer hold are kept until they are so many, and more than those that hold."""

_UNUSED_VALUES = 2_000
_IN_ONE_STATEMENT = 500
_NONE = -1


class Values:
    """Values are numbered from 0 in the order in which the store came to know them."""

    def __init__(self) -> None:
        self._terms = Columns({"id": "i8", "field": "i4"})
        self._texts: list[str] = []
        self._fields: dict[str, int] = {}
        self._numbers: dict[str, dict[str, int]] = {}
        self._pairs = Columns({"slot": "i4", "value": "i4"})
        self._all = np.zeros(0, "i8")
        """How many traces have each value."""
        self._dead = 0
        self._most_unused = _UNUSED_VALUES

    def learn(self, connection: Connection) -> None:
        """Read the values that are new."""
        ids = self._terms["id"]
        rows = connection.execute(sql("terms", "new"), (int(ids[-1]) if len(ids) else 0,)).fetchall()
        rows.sort()
        for number, (_id, field, text) in enumerate(rows, len(ids)):
            self._fields.setdefault(field, len(self._fields))
            self._numbers.setdefault(field, {})[text] = number
            self._texts.append(text)
        fields = [self._fields[field] for _id, field, _text in rows]
        self._terms.add(len(rows), {"id": np.array([row[0] for row in rows]), "field": np.array(fields)})
        self._all = np.append(self._all, np.zeros(len(rows), "i8"))

    def add(self, slots: Array, packed: Sequence[bytes]) -> tuple[Array, Array]:
        """Give traces their values, as `pack_terms` wrote them: (first pair, number of pairs) of each."""
        counts = np.array([len(each) // 4 for each in packed], "i8")
        first = self._pairs.size + np.cumsum(counts) - counts
        numbers = np.searchsorted(self._terms["id"], np.frombuffer(b"".join(packed), "<u4"))
        self._pairs.add(len(numbers), {"slot": np.repeat(slots, counts), "value": numbers})
        self._all += np.bincount(numbers, minlength=len(self._all))
        return first, counts

    def drop(self, first: Array, counts: Array) -> None:
        """These pairs hold no longer."""
        total = int(counts.sum())
        begins = np.repeat(first - (np.cumsum(counts) - counts), counts)
        places = begins + np.arange(total)
        values = self._pairs["value"]
        self._all -= np.bincount(values[places], minlength=len(self._all))
        values[places] = _NONE
        self._dead += total

    @property
    def is_mostly_dead(self) -> bool:
        """Whether `squeeze` would free more than half."""
        return self._dead > max(_LEAST_DEAD, self._pairs.size - self._dead)

    def squeeze(self, first: Array) -> None:
        """Let go of pairs that hold no longer; `first`, the first pair of each trace, follows in place."""
        alive = self._pairs["value"] != _NONE
        first[:] = (np.cumsum(alive) - alive)[np.minimum(first, max(0, len(alive) - 1))] if len(alive) else 0
        self._pairs.keep(alive)
        self._dead = 0

    def renumber(self, slots: Array) -> None:
        """Traces have other slots: the new one of each old one."""
        self._pairs["slot"][:] = slots[self._pairs["slot"]]

    def having(self, fields: Iterable[str], texts: Iterable[str], size: int) -> Array:
        """Which of the first `size` slots have one of these values in one of these fields."""
        known = [self._numbers.get(field, {}) for field in fields]
        numbers = [each[text] for text in texts for each in known if text in each]
        mask = np.zeros(size, bool)
        values, slots = self._pairs["value"], self._pairs["slot"]
        for number in numbers:
            mask[slots[values == number]] = True
        return mask

    def members(self, field: str, mask: Array) -> list[Array]:
        """For each value of a field, which of these slots have it."""
        number = self._fields.get(field)
        if number is None:
            return []
        values, slots = self._pairs["value"], self._pairs["slot"]
        places = np.flatnonzero(values != _NONE)
        places = places[(self._terms["field"][values[places]] == number) & mask[slots[places]]]
        if not len(places):
            return []
        places = places[np.argsort(values[places], kind="stable")]
        _values, first = np.unique(values[places], return_index=True)
        return list(np.split(slots[places], first[1:]))

    def counts(self, mask: Array) -> Array:
        """How many of these slots have each value."""
        if 2 * np.count_nonzero(mask) > len(mask):
            return self._all - self._counts(~mask)
        return self._counts(mask)

    def _counts(self, mask: Array) -> Array:
        values, slots = self._pairs["value"], self._pairs["slot"]
        # 0 collects what holds no longer.
        return np.bincount(values[mask[slots]] + 1, minlength=len(self._texts) + 1)[1:]

    def counts_at(self, first: Array, counts: Array) -> Array:
        """How many of some traces have each value; cheap where they are few. Takes what `add` gave."""
        begins = np.repeat(first - (np.cumsum(counts) - counts), counts)
        values = self._pairs["value"][begins + np.arange(int(counts.sum()))]
        return np.bincount(values, minlength=len(self._texts))

    def known(self, field: str, *but: str) -> int:
        """How many values of a field any trace has."""
        numbers = [number for text, number in self._numbers.get(field, {}).items() if text not in but]
        return int(np.count_nonzero(self._all[numbers]))

    def has_any(self, field: str, text: str) -> bool:
        """Whether any trace has this value."""
        number = self._numbers.get(field, {}).get(text)
        return number is not None and bool(self._all[number])

    def count(self, field: str, text: str, counts: Array) -> int:
        """How many of those that were counted have a value."""
        number = self._numbers.get(field, {}).get(text)
        return 0 if number is None else int(counts[number])

    def most_frequent(self, field: str, counts: Array, limit: int) -> tuple[FacetValue, ...]:
        """The values of a field that any trace has, the most frequent first, then by text."""
        number = self._fields.get(field)
        mine = np.flatnonzero((self._terms["field"] == number) & (counts > 0))
        if len(mine) > limit:
            of_mine = counts[mine]
            least = np.partition(of_mine, -limit)[-limit]
            some = mine[of_mine > least]
            ties = nsmallest(
                limit - len(some), ((self._texts[each], each) for each in mine[of_mine == least])
            )
            mine = np.concatenate([some, np.array([each for _text, each in ties], mine.dtype)])
        found = sorted((-int(counts[each]), self._texts[each]) for each in mine)
        return tuple(FacetValue(text, -count) for count, text in found)

    def compared(self, field: str, mine: Array, theirs: Array) -> list[tuple[str, int, int]]:
        """(value, its count in the one, in the other) of every value of a field that either has."""
        number = self._fields.get(field)
        found = np.flatnonzero((self._terms["field"] == number) & ((mine > 0) | (theirs > 0)))
        return [(self._texts[each], int(mine[each]), int(theirs[each])) for each in found]

    def newest(self, field: str, size: int) -> tuple[Array, list[str]]:
        """(of each of the first `size` slots the value of a field that the store came to know last, or -1;
        the texts of the values)."""
        found = np.full(size, _NONE, "i8")
        number = self._fields.get(field)
        values = self._pairs["value"]
        places = np.flatnonzero(values != _NONE)
        places = places[self._terms["field"][values[places]] == number] if number is not None else places[:0]
        np.maximum.at(found, self._pairs["slot"][places], values[places])
        return found, self._texts

    def forget_unused(self, connection: Connection) -> None:
        """Let go of values that no trace and no store has: they would come back as new ones."""
        unused = np.flatnonzero(self._all == 0)
        if len(unused) <= self._most_unused:
            return
        ids = self._terms["id"][unused].tolist()
        held: set[int] = set()
        for begin in range(0, len(ids), _IN_ONE_STATEMENT):
            some = ids[begin : begin + _IN_ONE_STATEMENT]
            held.update(each for (each,) in connection.execute(sql_many("terms", "held", len(some)), some))
        self._most_unused = max(_UNUSED_VALUES, 2 * len(held))
        stays = (self._all > 0) | np.isin(self._terms["id"], np.array(sorted(held), "i8"))
        # The last one is for what holds no longer.
        numbers = np.append(np.cumsum(stays) - 1, _NONE)
        values = self._pairs["value"]
        values[:] = numbers[values]
        self._all = self._all[stays]
        self._texts = [text for text, is_kept in zip(self._texts, stays.tolist(), strict=True) if is_kept]
        self._terms.keep(stays)
        self._numbers = {
            field: {text: int(numbers[number]) for text, number in texts.items() if stays[number]}
            for field, texts in self._numbers.items()
        }
