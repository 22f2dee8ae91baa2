"""The filters that ask what rules found, as sets of traces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from halo_dash.store.bits import Bits

JUDGED_FIELDS = frozenset({"effective", "rule", "cluster"})
"""Filters whose values are no terms: what was found lies in a file of its own."""


@dataclass(frozen=True, slots=True)
class JudgedSets:
    """As of one moment. Traces that were removed may still be in a set."""

    failed: Bits = field(default_factory=Bits)
    """Failed in effect."""
    is_ready: bool = False
    """Something judges this store, so a trace that is not in `failed` says something."""
    by_rule: Mapping[str, Bits] = field(default_factory=dict)
    by_cluster: Mapping[str, Bits] = field(default_factory=dict)
    """By the names of clusters; only those that were asked for."""

    def having(self, name: str, value: str) -> Bits:
        """The traces that have a value of `rule` or `cluster`."""
        return (self.by_rule if name == "rule" else self.by_cluster).get(value, _NONE)


_NONE = Bits()
NOTHING_JUDGED = JudgedSets()
