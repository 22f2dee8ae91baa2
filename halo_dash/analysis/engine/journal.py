"""Everything a run writes down as it goes: each step at once, durable before the next one begins."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from halo_dash.analysis.engine.budget import Budget
from halo_dash.model.run import EventKind, RunEvent, RunPhase, RunUsage, Seen
from halo_dash.store import Store
from halo_dash.store.runs.values import Checkpoint, Memo, StoredItem

NOTHING_TAKEN = RunUsage()


class Journal:
    """Of one run, where it is executed. Thread-safe; raises `OvertakenError` once it is not ours any more."""

    def __init__(
        self, store: Store, run_id: str, owner: str, budget: Budget, clock: Callable[[], int]
    ) -> None:
        self.store, self.run_id, self.owner, self.clock = store, run_id, owner, clock
        self._budget = budget
        self._seen: dict[tuple[str, str, str], Seen] = {}
        self._phase: RunPhase | None = None
        self._lock = threading.Lock()
        self._seen_lock = threading.Lock()

    def saw(self, seen: Seen) -> None:
        """Note that an agent looked at something; stored with the next step."""
        key = (seen.trace_id, seen.agent, seen.how)
        with self._seen_lock:
            before = self._seen.get(key)
            if before is not None:
                seen = Seen(
                    trace_id=seen.trace_id, agent=seen.agent, how=seen.how, spans=before.spans | seen.spans
                )
            self._seen[key] = seen

    def event(self, kind: EventKind, agent: str = "0", turn: int = 0, /, **data: Any) -> RunEvent:
        """Something that happened now."""
        return RunEvent(sequence=0, at_ns=self.clock(), kind=kind, agent=agent, turn=turn, data=data)

    def tell(self, kind: EventKind, agent: str = "0", turn: int = 0, /, **data: Any) -> None:
        """Write down an event by itself."""
        self.step(events=(self.event(kind, agent, turn, **data),))

    def phase(self, phase: RunPhase) -> None:
        """Write down that another part of the work begins."""
        if self._phase != phase:
            self._phase = phase
            self.step(events=(self.event("phase", phase=phase),), phase=phase)

    def step(
        self,
        *,
        items: Iterable[StoredItem] = (),
        events: Iterable[RunEvent] = (),
        taken: RunUsage = NOTHING_TAKEN,
        phase: RunPhase | None = None,
        memos: Iterable[Memo] = (),
        variables: Mapping[str, bytes] | None = None,
    ) -> None:
        """Write down a step whole. `taken` is added to what the run took."""
        with self._lock:
            usage = self._budget.add(taken) if taken != NOTHING_TAKEN else None
            checkpoint = Checkpoint(
                items=tuple(items),
                events=tuple(events),
                usage=usage,
                phase=phase,
                memos=tuple(memos),
                variables=variables,
                seen=self.take_seen(),
            )
            with self.store.writing() as tx:
                tx.runs.progress.checkpoint(self.run_id, self.owner, checkpoint)

    def take_seen(self) -> tuple[Seen, ...]:
        """What was seen and is not stored yet; stored by the caller."""
        with self._seen_lock:
            seen, self._seen = tuple(self._seen.values()), {}
        return seen

    def child(self, key: str, parent: str) -> tuple[str, str | None]:
        """(path of the subagent that `key` names, its answer where it has one)."""
        with self._lock:
            known = self.store.runs.memo(self.run_id, key)
            if known is not None:
                return known.child, known.answer
            with self.store.writing() as tx:
                return tx.runs.progress.child(self.run_id, self.owner, key, parent), None
