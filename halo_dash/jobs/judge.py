"""Judging traces as they go quiet, and again when late spans come or the rules change.

Each trace is judged twice over: by the rules that come with halo, whose findings are stored at once, and
then by those of others, however slow they are. Until then the trace waits, and says that it does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias, TypeVar

from halo_dash.detect import Rule
from halo_dash.errors import StoreError
from halo_dash.jobs.rule_guard import LIMIT_S, RuleGuard, RuleInterrupted
from halo_dash.jobs.rule_health import RuleHealth, blame, identity, importing, version_of
from halo_dash.jobs.subjects import read_whole, with_history
from halo_dash.model.finding import Evidence, Finding, Verdict
from halo_dash.model.judged import ListedRule, RuleProblem
from halo_dash.model.subject import Subject
from halo_dash.model.trace import QUIET_NS, TraceRow
from halo_dash.semconv import read_subject
from halo_dash.store import Store
from halo_dash.store.findings.judging import Judgement, Judging

T = TypeVar("T")

MOST_SPANS = 20_000
"""A longer trace is not judged, and says so: its conversation would not fit into memory."""

_STEP_S = 1.0
"""About how long traces are judged before what was found is kept, and by the rules of others likewise."""

_TOGETHER = 64
"""Traces judged in one transaction, at most."""

_HELD_SPANS = 20_000
"""Of traces that wait in memory for the rules of others; the rest is read again."""

_POLL_S = 0.2
_RETRY_S = 5.0
_REST = 0.25
"""Rest, as a share of the time judging took."""

Load: TypeAlias = Callable[
    [Callable[[str, str], AbstractContextManager[None]]], tuple[Sequence[Rule], Sequence[RuleProblem]]
]
"""What finds the rules there are. It imports each (source, version) of others within what it is given."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A trace that the rules of halo judged."""

    judgement: Judgement
    subject: Subject | None
    """For the rules of others; None where no rule can read it."""


@dataclass(frozen=True, slots=True)
class _Done:
    """What a step came to."""

    looked: int
    """Traces it looked at; 0 where nothing was due."""
    judged: int
    """Those that all rules have judged."""


class Judge:
    """Follows the store until it is told to stop."""

    def __init__(
        self,
        store: Store,
        rules: Sequence[Rule] = (),
        problems: Sequence[RuleProblem] = (),
        *,
        load: Load | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Judge by some rules, or by those that `load` finds: it is called by the thread that judges."""
        self._store = store
        self._rules = tuple(rules)
        self._problems = tuple(problems)
        self._load = load
        self._is_stale = threading.Event()
        self._is_stale.set()
        self._clock = clock
        self.limit_s = LIMIT_S
        """How long a rule of others may take on one trace."""
        self.step_s = _STEP_S

    def reload(self) -> None:
        """Load the rules again soon: they may have changed. May be called from any thread."""
        self._is_stale.set()

    def run(self, stop: threading.Event) -> None:
        """Judge until `stop` is set. A failure (a full disk, a damaged file) is logged and tried again.

        To stop rules of others in the middle of a trace it must be called by the main thread.
        """
        note = self._store.path.with_name(f"{self._store.path.name}.judging")
        with RuleGuard(self.limit_s, note, stop) as guard, suppress(RuleInterrupted):
            self._run(stop, guard)

    def _run(self, stop: threading.Event, guard: RuleGuard) -> None:
        left = guard.left_over()
        while not stop.is_set():
            try:
                if left is not None:
                    blame(self._store, left, self.limit_s)
                    left = None
                self._take_up_rules(guard)
                with closing(self._open()) as judging:
                    self._follow(judging, guard, stop)
            except StoreError as error:
                _log.warning("Judging stands still: %s Trying again.", error.message)
                self._rest(stop)
            except Exception:  # noqa: BLE001 - see below
                # Collecting goes on whatever happens here; giving up would take the server down with it.
                _log.exception("Judging stands still. Trying again.")
                self._rest(stop)

    def _take_up_rules(self, guard: RuleGuard) -> None:
        if not self._is_stale.is_set():
            return
        self._is_stale.clear()
        if self._load is not None:
            rules, problems = self._load(partial(importing, self._store, guard, self._clock))
            self._rules, self._problems = tuple(rules), tuple(problems)

    def _rest(self, stop: threading.Event) -> None:
        """Before the next try: at once where the findings were damaged and a new file took their place."""
        if self._store.findings.renew_if_damaged():
            _log.warning("The findings were damaged; all traces are judged again.")
        else:
            stop.wait(_RETRY_S)

    def catch_up(self) -> int:
        """Judge everything there is to judge, now. Returns the number of traces. Raises `StoreError`."""
        done = 0
        with RuleGuard(self.limit_s) as guard:
            self._take_up_rules(guard)
            with closing(self._open()) as judging:
                while judging.follow():
                    pass
                while (step := self._step(judging, guard, self._clock() + 2 * QUIET_NS)).looked:
                    done += step.judged
        return done

    def _open(self) -> Judging:
        judging = self._store.findings.judging(identity(self._rules))
        listed = [
            ListedRule(each.name, each.title, version_of(each), each.claim, each.source)
            for each in self._rules
        ]
        judging.list_rules(listed, self._problems)
        return judging

    def _follow(self, judging: Judging, guard: RuleGuard, stop: threading.Event) -> None:
        seen = -1
        # Other rules need another identity: the caller opens the findings again.
        while not stop.is_set() and not self._is_stale.is_set():
            if judging.was_asked():
                self._is_stale.set()
                return
            version = self._store.data_version()
            if version != seen:
                seen = -1 if judging.follow() else version
            began = time.monotonic()
            if self._step(judging, guard, self._clock()).looked:
                stop.wait(_REST * (time.monotonic() - began))
            elif seen != -1:
                stop.wait(_POLL_S)

    def _step(self, judging: Judging, guard: RuleGuard, now_ns: int) -> _Done:
        """Judge some of what is due for a second by the rules of halo, and as long by those of others."""
        health = RuleHealth(judging, self._rules, guard, self._clock)
        has_others = bool(health.others)
        due = judging.due(now_ns, _TOGETHER)
        begun, held = [], 0
        for each in self._for_a_while(self._all_begun(due, health, now_ns)):
            held += len(each.subject.spans) if each.subject else 0
            is_last = not has_others or each.subject is None
            judgement = replace(each.judgement, is_partial=not is_last)
            begun.append(_Begun(judgement, None if is_last or held > _HELD_SPANS else each.subject))
        judging.keep([each.judgement for each in begun])
        finished = self._finished(judging, health, begun, now_ns)
        judged = sum(not each.judgement.is_partial for each in begun) + len(finished)
        return _Done(len(due) + len(finished), judged)

    def _finished(
        self, judging: Judging, health: RuleHealth, begun: Sequence[_Begun], now_ns: int
    ) -> Sequence[Judgement]:
        """Judge by the rules of others what was begun, and then what was left to them before."""

        held = {each.judgement.trace: each for each in begun if each.subject is not None}

        def waiting() -> Iterator[_Begun]:
            yield from held.values()
            left = [pair for pair in judging.due_to_others(_TOGETHER) if pair[0] not in held]
            yield from self._all_begun(left, health, now_ns)

        finished = []
        for each in self._for_a_while(waiting()):
            judgement, subject = each.judgement, each.subject
            if subject is not None:
                verdict = health.judge_by_others(subject, judgement.verdict)
                judgement = replace(judgement, verdict=verdict, is_partial=False)
            finished.append(judgement)
        judging.keep(finished)
        return finished

    def _for_a_while(self, each: Iterable[T]) -> Iterator[T]:
        """One of them at least, and then as many as a step has time for."""
        began = time.monotonic()
        for one in each:
            yield one
            if time.monotonic() - began >= self.step_s:
                return

    def _all_begun(self, due: Iterable[tuple[int, str]], health: RuleHealth, now_ns: int) -> Iterator[_Begun]:
        for row, trace_id in due:
            if (begun := self._begun(row, trace_id, health, now_ns)) is not None:
                yield begun

    def _begun(self, row: int, trace_id: str, health: RuleHealth, now_ns: int) -> _Begun | None:
        """A trace judged by the rules of halo; None where it is gone."""
        trace = self._store.traces.unjudged(trace_id)
        if trace is None:
            return None
        open_until_ns = trace.last_arrival_ns + QUIET_NS
        is_quiet = not trace.summary.is_open or now_ns >= open_until_ns
        subject, verdict = None, _too_large(trace)
        if trace.summary.span_count <= MOST_SPANS:
            subject = self._subject(trace, is_quiet=is_quiet)
            verdict = (
                health.judge(subject, health.ours)
                if subject
                else Verdict(trace_id, (), trace.summary.is_error)
            )
        again_ns = None if is_quiet else open_until_ns
        return _Begun(
            Judgement(row, trace_id, trace.revision, verdict, trace.last_arrival_ns, again_ns), subject
        )

    def _subject(self, trace: TraceRow, *, is_quiet: bool) -> Subject | None:
        trace_id = trace.summary.trace_id
        try:
            spans = read_whole(self._store, trace_id)
            subject = read_subject(trace_id, spans, summary=trace.summary, is_quiet=is_quiet)
            return with_history(self._store, subject)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - content that meets a fault of ours; no other trace shall go without for it
            _log.exception("Trace %s cannot be judged.", trace_id)
            return None


def _too_large(trace: TraceRow) -> Verdict:
    summary = trace.summary
    found = Finding(
        rule="too-large",
        severity="info",
        title=f"{summary.span_count:,} spans are too many to judge",
        explanation=f"Rules read a trace whole; they do for traces of up to {MOST_SPANS:,} spans.",
        evidence=(Evidence(summary.root_span_id or "", "structure", f"{summary.span_count:,} spans"),),
        ending="none",
    )
    return Verdict(summary.trace_id, (found,), summary.is_error)
