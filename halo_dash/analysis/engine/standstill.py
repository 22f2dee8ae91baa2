"""A run whose process ends again and again before any step of it is done is not taken up for ever."""

from __future__ import annotations

import json
from typing import Final

from halo_dash.model.run import Run
from halo_dash.store.runs.values import Memo
from halo_dash.store.runs.view import RunsView

MOST_IN_VAIN: Final = 5
"""Takeovers with no step between them."""
_KEY = "standstill"


class Standstill:
    """Of a run that was just claimed."""

    def __init__(self, runs: RunsView, run: Run) -> None:
        self._resumed = run.resumed
        self._steps = runs.steps(run.run_id, _KEY)
        known = runs.memo(run.run_id, _KEY)
        answer = None if known is None else known.answer
        before = {"steps": 0, "resumed": 0} if answer is None else json.loads(answer)
        self._is_new = before["steps"] != self._steps
        self.in_vain = 0 if self._is_new else run.resumed - int(before["resumed"])
        """How often the run was taken up since its last step, this time included."""

    @property
    def reason(self) -> str:
        """Why the run has to end; empty: it may go on."""
        if self.in_vain < MOST_IN_VAIN:
            return ""
        return (
            f"It was taken up {self.in_vain} times and did no step: its process ended each time before. "
            "Look at the log for what ends it (memory, most often)."
        )

    def to_note(self) -> tuple[Memo, ...]:
        """What those who take it up next count from; nothing, where it is noted."""
        return (_memo(self._steps, self._resumed),) if self._is_new else ()


def forgiven() -> Memo:
    """The same after a process that ended in order, and for a run that is tried again."""
    return _memo(-1, 0)


def _memo(steps: int, resumed: int) -> Memo:
    return Memo(_KEY, "", json.dumps({"steps": steps, "resumed": resumed}))
