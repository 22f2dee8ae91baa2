"""Changes of traces that are read and still to be indexed.

A trace comes in several requests, and making its document again for each would take most of the time. While
much is to be done, a trace is therefore indexed when it has been quiet for a moment. The mark of the index
stays below the first change that waits, so a crash forgets none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

QUIET_NS = 500_000_000
"""A trace that nothing came to for so long is indexed."""

LATEST_NS = 1_000_000_000
"""A change is indexed after this time also where the trace goes on: it is to be found within two seconds."""

_FEW = 16
"""So few are indexed at once: waiting would save nothing that anybody needs."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is known of a trace whose document is not what the trace says now."""

    revision: int
    """Of the last change that was read."""
    arrival_ns: int
    """When that came; 0 for a removal."""
    since_ns: int
    """When the first change came that is not indexed; 0 where nobody knows."""


class Pending:
    """The changes that one writer of the index has read. They come in the order of their revisions."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Read again from the mark of the index: a transaction was undone, or the index is another one."""
        self._changes: dict[int, Change] = {}
        self._mark = 0
        self.reached = 0
        """Every change up to this revision was read."""
        self.read_ns = 0
        """When that was all: what is read later changed later, whenever the last span of its trace came."""

    def __len__(self) -> int:
        return len(self._changes)

    def resume(self, mark: int) -> None:
        """Go on from the mark that the index has: another process may have moved it, or begun anew."""
        if mark < self._mark:
            self.forget()
        elif mark > self._mark:
            self._changes = {
                trace: change for trace, change in self._changes.items() if change.revision > mark
            }
        self._mark = mark
        self.reached = max(self.reached, mark)

    def add(self, rows: Iterable[tuple[int, int, int]], reached: int) -> None:
        """Changes that were read, as (trace, revision, arrival) ascending by revision, up to `reached`."""
        for trace, revision, arrival_ns in rows:
            before = self._changes.pop(trace, None)
            since_ns = max(arrival_ns, self.read_ns) if before is None else before.since_ns
            self._changes[trace] = Change(revision, arrival_ns, since_ns)
        self.reached = reached

    def due(self, now_ns: int, *, all_at_once: bool) -> list[int]:
        """Traces to be indexed now, those first that changed first."""
        if all_at_once or len(self._changes) <= _FEW:
            return list(self._changes)
        quiet_ns, latest_ns = now_ns - QUIET_NS, now_ns - LATEST_NS
        return [
            trace
            for trace, change in self._changes.items()
            # A change from the future came before the clock was set back.
            if change.arrival_ns <= quiet_ns or change.since_ns <= latest_ns or change.since_ns > now_ns
        ]

    def remove(self, traces: Iterable[int]) -> None:
        """These are indexed, or noted to be indexed later."""
        for trace in traces:
            self._changes.pop(trace, None)

    @property
    def mark(self) -> int:
        """Every change up to this revision is indexed."""
        return min((change.revision for change in self._changes.values()), default=self.reached + 1) - 1

    @property
    def since_ns(self) -> int:
        """When the oldest change came that waits; 0 where none does."""
        return min((change.since_ns for change in self._changes.values() if change.since_ns), default=0)
