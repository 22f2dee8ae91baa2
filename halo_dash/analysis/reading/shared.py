"""What is made once for a selection, however many agents ask for it."""

from __future__ import annotations

import copy
import threading
from typing import Any

from halo_dash.analysis.reading.judgements import rules_of
from halo_dash.analysis.reading.overview import overview
from halo_dash.analysis.reading.reader import Reader
from halo_dash.store.workbench import Workbench


class Shared:
    """Of one selection. Thread-safe."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._guard = threading.Lock()
        self._overview: dict[str, Any] | None = None
        self._rules: tuple[str, ...] | None = None
        self._bench: Workbench | None = None

    def overview(self) -> dict[str, Any]:
        """The selection at a glance, as it was when it was first asked for."""
        with self._guard:
            if self._overview is None:
                self._overview = overview(self._reader)
            return copy.deepcopy(self._overview)

    def rules(self) -> tuple[str, ...]:
        """The rules that found anything in it."""
        with self._guard:
            if self._rules is None:
                self._rules = rules_of(self._reader)
            return self._rules

    def bench(self) -> Workbench:
        """Its tables for SQL."""
        with self._guard:
            if self._bench is None:
                selection = self._reader.selection
                self._bench = self._reader.store.workbench(selection.filter, selection.now_ns)
            return self._bench
