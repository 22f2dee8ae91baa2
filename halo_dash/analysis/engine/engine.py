"""Executing one run, from wherever it is, to its end.

Nothing is kept in memory that matters: whoever executes a run next reads all of it from the store.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from halo_dash.analysis.engine.budget import Budget
from halo_dash.analysis.engine.code import OpenSession
from halo_dash.analysis.engine.ending import Analyst, Ending, document, salvaged
from halo_dash.analysis.engine.halting import LEASE_NS, Halt, Watch, Worktime
from halo_dash.analysis.engine.journal import Journal
from halo_dash.analysis.engine.library import Library
from halo_dash.analysis.engine.owners import Owners
from halo_dash.analysis.engine.recording import Recorder, Sink
from halo_dash.analysis.engine.root import Access, Root, notes_of
from halo_dash.analysis.engine.standstill import Standstill, forgiven
from halo_dash.analysis.provider.wire import Stopped
from halo_dash.analysis.report.traces import verify
from halo_dash.analysis.repository.repository import Repository
from halo_dash.analysis.repository.tools import CodeAware
from halo_dash.analysis.selection import Selection
from halo_dash.errors import HaloError, NotFoundError, OvertakenError, ProviderError, StoreError
from halo_dash.model.report import Report
from halo_dash.model.run import Run, RunUsage, Seen
from halo_dash.semconv.pricing import PriceBook
from halo_dash.store import Store
from halo_dash.store.runs.values import Checkpoint

_log = logging.getLogger(__name__)

_HALTED = {
    "cancelled": ("cancelled", "It was cancelled"),
    "timed_out": ("timed_out", "The time for it was over"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What an engine works with, besides the store."""

    access: Callable[[Run], Access]
    """The way to the models of a run. Raises `ProviderError`: no key, no model."""
    analyst: Analyst
    answer: Callable[[Report, str], Report]
    """What can be said without a model to a question about a report."""
    evidence: Callable[[Report], str]
    """What the built-in analyst found, for a model."""
    library: Callable[[Selection, Callable[[Seen], None]], Library]
    open_session: OpenSession | None
    environment: str
    """What a model is told of the code environment."""
    sink: Callable[[Run], Sink]
    """Where the trace of a run is written."""
    prices: PriceBook


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run that was taken to be executed once, under a name of its own."""

    run: Run
    owner: str


class Engine:
    """Executes runs; several at the same time in several threads."""

    def __init__(
        self,
        store: Store,
        equipment: Equipment,
        *,
        clock: Callable[[], int] = time.time_ns,
        owners: Callable[[], str] | None = None,
    ) -> None:
        """`store` is open for writing; `owners` names each execution to others that look for work."""
        self.store, self._equipment, self._clock = store, equipment, clock
        self._owners = owners or Owners().next
        self._in_hand: set[str] = set()
        self._lock = threading.Lock()

    def claim(
        self, run_id: str | None = None, is_gone: Callable[[str], bool] = lambda _owner: False
    ) -> Claimed | None:
        """Take `run_id`, or the oldest run that can be had, for `go_on`, which has to follow.

        Never one that this engine has in hand: after a sleep of the machine its lease may be over.
        """
        owner, now_ns = self._owners(), self._clock()
        with self._lock:
            with self.store.writing() as tx:
                run = tx.runs.progress.claim(
                    owner, now_ns, now_ns + LEASE_NS, is_gone, run_id, in_hand=self._in_hand
                )
            if run is None:
                return None
            self._in_hand.add(run.run_id)
        return Claimed(run, owner)

    def execute(self, run_id: str, stop: threading.Event) -> Run:
        """Execute a run that waits or was left, until it ended or `stop` was set; then another one goes on.

        Raises `OvertakenError`: another process executes it; `NotFoundError`, `StoreError`.
        """
        claimed = self.claim(run_id)
        if claimed is None:
            found = self.store.runs.get(run_id)
            if found.is_ended:
                return found
            raise OvertakenError(f"Run {run_id} is executed by another process.")
        return self.go_on(claimed, stop)

    def go_on(self, claimed: Claimed, stop: threading.Event) -> Run:
        """The same for a run that was claimed. One that was deleted or overtaken comes back as it was."""
        run = claimed.run
        try:
            _Execution(self.store, self._equipment, self._clock, claimed, stop).work()
            return self.store.runs.get(run.run_id)
        except (OvertakenError, NotFoundError):
            _log.info("Run %s is not executed here any more.", run.run_id)
            return run
        finally:
            with self._lock:
                self._in_hand.discard(run.run_id)


class _Execution:
    """Of one run, once."""

    def __init__(
        self,
        store: Store,
        equipment: Equipment,
        clock: Callable[[], int],
        claimed: Claimed,
        stop: threading.Event,
    ) -> None:
        self._store, self._equipment, self._clock = store, equipment, clock
        self._owner, self._stop, self._halt = claimed.owner, stop, Halt()
        self._run = run = claimed.run
        limits = run.request.limits
        self._control = self._store.runs.control(run.run_id)
        self._worktime = Worktime(self._control.active_ms, limits.budget_minutes)
        self._budget = Budget(limits, run.usage, self._worktime, equipment.prices)
        self._journal = Journal(self._store, run.run_id, self._owner, self._budget, clock)
        self._selection: Selection | None = None

    def work(self) -> None:
        """Until it ended or has to be left."""
        ending: Ending | None
        watch = Watch(
            self._store,
            run_id=self._run.run_id,
            owner=self._owner,
            halt=self._halt,
            worktime=self._worktime,
            stop=self._stop,
            clock=self._clock,
        )
        standstill = Standstill(self._store.runs, self._run)
        with watch:
            try:
                ending = self._given_up(standstill) or self._ending()
            except Stopped:
                ending = self._stopped()
        if ending is None:
            if self._halt.reason == "shutdown":
                self._journal.step(memos=[forgiven()])
            with self._store.writing() as tx:
                milliseconds = self._worktime.milliseconds
                tx.runs.progress.release(self._run.run_id, self._owner, milliseconds)
        else:
            self._end(ending)

    def _given_up(self, standstill: Standstill) -> Ending | None:
        if not standstill.reason:
            if memos := standstill.to_note():
                self._journal.step(memos=memos)
            return None
        self._journal.tell("warning", message=standstill.reason)
        # Nothing is read for the report either: that may be what ends processes.
        return Ending("failed", standstill.reason, self._salvaged(standstill.reason))

    def _ending(self) -> Ending:
        try:
            return self._outcome()
        except (Stopped, OvertakenError, StoreError):
            # A store that cannot be written just now: the run is taken up again once it works.
            raise
        except ProviderError as error:
            reason = f"{error.message.rstrip('.')}. {error.hint or ''}".strip()
        except HaloError as error:
            reason = error.message
        except Exception as error:  # noqa: BLE001 - a fault of ours: the run ends with what there is, the engine goes on
            _log.exception("Run %s failed.", self._run.run_id)
            reason = f"The engine failed ({type(error).__name__}); its log says more."
        self._journal.tell("warning", message=reason)
        return Ending("failed", reason, self._salvaged(reason))

    def _stopped(self) -> Ending | None:
        halted = _HALTED.get(self._halt.reason or "")
        if halted is None:
            return None
        state, words = halted
        # Raises NotFoundError where it was deleted after that: then nobody waits for an end.
        asked = self._store.runs.control(self._run.run_id).reason.rstrip(". ")
        reason = f"{words}{f': {asked}' if asked and state == 'cancelled' else ''}."
        return Ending(state, reason, self._salvaged(reason))  # type: ignore[arg-type]  # one of the two states above

    def _outcome(self) -> Ending:
        request = self._run.request
        self._selection = selection = self._frozen()
        if not selection.size.read_traces:
            return Ending("no_traces", "No trace matches what was selected.")
        self._journal.phase("reading")
        if request.analyst == "built_in":
            return Ending("completed", "", self._built_in(selection))
        library = self._equipment.library(selection, self._journal.saw)
        repository = None if request.repo_path is None else Repository(request.repo_path)
        verify_code = None if repository is None else repository.verify
        root = Root(
            run=self._run,
            open_access=self._equipment.access,
            library=library if repository is None else CodeAware(library, repository),
            budget=self._budget,
            journal=self._journal,
            halt=self._halt,
            recorder=self._recorder(),
            prices=self._equipment.prices,
            verify=lambda report: verify(report, selection, self._store, verify_code=verify_code),
            open_session=self._equipment.open_session,
            environment=self._equipment.environment,
            evidence=lambda: self._evidence(selection),
        )
        ending = root.work()
        if ending.report is None:
            report = self._salvaged(ending.reason)
            return replace(ending, report=report)
        return ending

    def _evidence(self, selection: Selection) -> str:
        """What a model begins with; it goes without where that cannot be had."""
        asked = replace(self._run.request, analyst="built_in")
        try:
            return self._equipment.evidence(self._equipment.analyst(selection, asked))
        except Exception as error:  # noqa: BLE001 - a fault of ours in what is only a start
            _log.exception("Run %s begins without the built-in analyst.", self._run.run_id)
            self._journal.tell("warning", message=f"The built-in analyst failed ({type(error).__name__}).")
            return "It could not be run this time."

    def _built_in(self, selection: Selection) -> Report:
        """The report of the built-in analyst, or what it can say to a question about one."""
        if self._run.kind == "report":
            return self._equipment.analyst(selection, self._run.request)
        messages = self._store.runs.conversation(self._run.conversation_id).messages
        reports = (each.report for each in messages if each.report is not None and each.report.findings)
        report = next(reports, None) or self._equipment.analyst(selection, self._run.request)
        return self._equipment.answer(report, self._run.request.prompt)

    def _frozen(self) -> Selection:
        """What is read; decided once, by the first process and of the first run of a conversation."""
        run = self._run
        dumped = self._control.selection
        if dumped is None and run.kind == "follow_up":
            runs = self._store.runs.conversation(run.conversation_id).runs
            before = [
                each for each in runs if each.created_ns <= run.created_ns and each.run_id != run.run_id
            ]
            dumped = next(
                (
                    found
                    for each in reversed(before)
                    if (found := self._store.runs.control(each.run_id).selection) is not None
                ),
                None,
            )
        if dumped is not None:
            selection = Selection.load(self._store, dumped)
        else:
            request = run.request
            selection = Selection.freeze(
                self._store, request.filter, request.trace_ids, request.limits.span_limit, self._clock()
            )
        if self._control.selection is None or run.trace_id is None:
            trace_id = run.trace_id or secrets.token_hex(16)
            with self._store.writing() as tx:
                tx.runs.progress.freeze(run.run_id, self._owner, selection.dump(), selection.size, trace_id)
            self._run = replace(run, trace_id=trace_id, size=selection.size)
            self._tell_selection(selection)
        return selection

    def _tell_selection(self, selection: Selection) -> None:
        size = selection.size
        self._journal.tell(
            "selection",
            traces=size.traces,
            spans=size.spans,
            read_traces=size.read_traces,
            read_spans=size.read_spans,
            is_sampled=size.is_sampled,
            note=selection.note,
        )
        if size.is_sampled:
            self._journal.tell("limit", limit="spans", message=selection.note)

    def _recorder(self) -> Recorder:
        run = self._run
        return Recorder(run.trace_id or "", run.run_id, run.conversation_id, self._equipment.sink(run))

    def _salvaged(self, reason: str) -> Report:
        notes = notes_of(self._store, self._run.run_id)
        return salvaged(reason, notes, self._equipment.analyst, self._selection, self._run.request)

    def _end(self, ending: Ending) -> None:
        report, journal = ending.report, self._journal
        content = "" if report is None else document(report, self._run)
        events = [journal.event("report")] if report is not None else []
        events += [
            journal.event("phase", phase="ended"),
            journal.event("state", state=ending.state, reason=ending.reason),
        ]
        usage: RunUsage = self._budget.usage
        with self._store.writing() as tx:
            tx.runs.progress.end(
                self._run.run_id,
                self._owner,
                state=ending.state,
                reason=ending.reason,
                usage=usage,
                active_ms=self._worktime.milliseconds,
                now_ns=self._clock(),
                step=Checkpoint(events=tuple(events), seen=journal.take_seen(), memos=(forgiven(),)),
                report=report,
                content=content,
            )
