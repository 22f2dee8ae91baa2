"""The frozen selection of a run: which traces it reads, and how they were drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from halo_dash.analysis.overlap import overlap
from halo_dash.errors import UnavailableError, UsageError
from halo_dash.model.draw import Draw
from halo_dash.model.filter import Filter
from halo_dash.model.filter_fields import ENGINE
from halo_dash.model.run import SelectionSize
from halo_dash.store import Store

_OWN = ("source", ENGINE)


@dataclass(frozen=True)
class Selection:
    """What a run may read, and nothing else. Made by `freeze`, kept with a run by `dump` and `load`."""

    filter: Filter
    """Selects exactly what is read: the traces by name, up to 10,000 of them."""
    chosen: Filter
    """Everything that was selected, before any was left out; its periods are absolute."""
    size: SelectionSize
    note: str
    """How it was drawn, in words; empty where all of it is read."""
    now_ns: int
    """The moment it was frozen; decides what is running."""
    _store: Store = field(repr=False, compare=False)
    _contained: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)
    """Of a selection without names: which traces were asked for."""

    @classmethod
    def freeze(
        cls,
        store: Store,
        chosen: Filter,
        trace_ids: Sequence[str],
        span_limit: int | None,
        now_ns: int,
    ) -> Selection:
        """Fix what is read of the traces that a filter selects (of `trace_ids`, where there are any).

        Traces of the engine's own runs are left out unless the filter names their source. With more than
        `span_limit` spans a part is drawn, see `Store.sampling`. Raises `UsageError`: a filter that cannot be
        asked, a limit below 1; `UnavailableError`: it searches, and there is no index.
        """
        if span_limit is not None and span_limit < 1:
            raise UsageError(f"The span limit must be at least 1, not {span_limit}.")
        fixed = _frozen(chosen, trace_ids, now_ns)
        seed = _seed(fixed, span_limit)
        drawn = store.sampling.draw(fixed, now_ns, most_spans=span_limit, seed=seed)
        if drawn.trace_ids is None and fixed.to_ns is None:
            # Too many to be named: at least none that starts from now on becomes part of it.
            fixed = replace(fixed, to_ns=now_ns + 1)
            drawn = store.sampling.draw(fixed, now_ns, most_spans=span_limit, seed=seed)
        if not drawn.traces and fixed.needs_index and store.search.state(now_ns).spans is None:
            raise UnavailableError(
                "There is no full-text index of this store yet: what the filter looks for cannot be found.",
                hint="Wait for `halo serve` to make it, run `halo storage reindex`, or use other filters.",
            )
        read = fixed if drawn.trace_ids is None else Filter(trace=drawn.trace_ids or _NONE)
        size = _size(drawn)
        return cls(read, fixed, size, _note(drawn, span_limit), now_ns, store)

    def contains(self, trace_id: str) -> bool:
        """Whether this trace may be read."""
        if self.filter.trace:
            return trace_id in self._named
        known = self._contained.get(trace_id)
        if known is None:
            one = self.within(Filter(trace=(trace_id,)))
            known = self._store.traces.totals(one, self.now_ns).traces > 0
            if len(self._contained) < _REMEMBERED:
                self._contained[trace_id] = known
        return known

    def within(self, asked: Filter) -> Filter:
        """The traces of the selection that a filter selects, as one filter."""
        asked = absolute(asked, self.now_ns)
        both = overlap(self.filter, asked)
        if both is None:
            both = overlap(self._by_name, asked)
        return Filter(trace=_NONE) if both is None else both

    def within_chosen(self, asked: Filter) -> Filter | None:
        """The same of everything that was selected; None where one filter cannot say it."""
        return overlap(self.chosen, absolute(asked, self.now_ns))

    def narrowed(self, asked: Filter, trace_ids: Sequence[str] = ()) -> Selection:
        """A part of it, for a subagent: what a filter selects of it (of `trace_ids`, where there are any)."""
        if trace_ids:
            known = [each for each in dict.fromkeys(trace_ids) if self.contains(each)]
            named = overlap(absolute(asked, self.now_ns), Filter(trace=tuple(known) or _NONE))
            asked = Filter(trace=_NONE) if named is None else named
        drawn = self._store.sampling.draw(self.within(asked), self.now_ns, most_spans=None)
        read = self.within(asked) if drawn.trace_ids is None else Filter(trace=drawn.trace_ids or _NONE)
        size = _size(drawn)
        note = f"A part of what the run reads. {self.note}" if self.note else ""
        return replace(self, filter=read, chosen=read, size=size, note=note, _contained={})

    def dump(self) -> dict[str, Any]:
        """As JSON, to go on with the same selection after a restart."""
        return {
            "filter": [list(pair) for pair in self.filter.pairs()],
            "chosen": [list(pair) for pair in self.chosen.pairs()],
            "size": asdict(self.size),
            "note": self.note,
            "now_ns": self.now_ns,
        }

    @classmethod
    def load(cls, store: Store, dumped: Mapping[str, Any]) -> Selection:
        """The inverse of `dump`."""
        return cls(
            Filter.parse([(name, text) for name, text in dumped["filter"]]),
            Filter.parse([(name, text) for name, text in dumped["chosen"]]),
            SelectionSize(**dumped["size"]),
            dumped["note"],
            dumped["now_ns"],
            store,
        )

    @cached_property
    def _named(self) -> frozenset[str]:
        return frozenset(self.filter.trace)

    @cached_property
    def _by_name(self) -> Filter:
        """The same by names, however many: for filters that no other filter can be put together with."""
        return Filter(trace=self._store.sampling.names(self.filter, self.now_ns) or _NONE)


_REMEMBERED = 100_000
_NONE = ("-",)
"""No trace has this id."""


def _frozen(chosen: Filter, trace_ids: Sequence[str], now_ns: int) -> Filter:
    fixed = absolute(without_own(chosen), now_ns)
    if trace_ids:
        wanted = dict.fromkeys(trace_ids)
        named = [each for each in wanted if not chosen.trace or each in chosen.trace]
        fixed = replace(fixed, trace=tuple(named) or _NONE)
    return fixed


def _size(drawn: Draw) -> SelectionSize:
    return SelectionSize(
        traces=drawn.traces, spans=drawn.spans, read_traces=drawn.read_traces, read_spans=drawn.read_spans
    )


def without_own(chosen: Filter) -> Filter:
    """The same without the traces of the engine's own runs, unless it names their source."""
    if ENGINE in chosen.source or _OWN in chosen.excluded:
        return chosen
    return replace(chosen, excluded=(*chosen.excluded, _OWN))


def absolute(chosen: Filter, now_ns: int) -> Filter:
    """The same with a period that begins and ends at moments."""
    first, last = chosen.period(now_ns)
    return replace(chosen, window=None, from_ns=first, to_ns=last)


def _seed(chosen: Filter, span_limit: int | None) -> int:
    said = repr((chosen.pairs(), span_limit)).encode()
    return int.from_bytes(hashlib.blake2b(said, digest_size=4).digest(), "big")


def _note(drawn: Draw, span_limit: int | None) -> str:
    if drawn.read_traces >= drawn.traces:
        return ""
    kept = f"{drawn.kinds - drawn.missed_kinds:,} are" if drawn.missed_kinds else "each is"
    return (
        f"Read are {drawn.read_traces:,} of {drawn.traces:,} selected traces ({drawn.read_spans:,} of "
        f"{drawn.spans:,} spans; the limit is {span_limit:,}). Of {drawn.kinds:,} kinds of runs (failure "
        f"clusters, rules, outcomes, agents, versions) {kept} "
        "among them; the rest was drawn evenly over time. So rare failures are more frequent in what is read "
        "than in the selection: take shares from counts over everything selected."
    )
