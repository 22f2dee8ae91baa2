"""Judging traces as they go quiet, and again when late spans come or the rules change."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b

from halo_dash.detect import Judged, Rule, judge
from halo_dash.detect.naming import name_of
from halo_dash.errors import StoreError
from halo_dash.jobs.rule_guard import LIMIT_S, RuleGuard
from halo_dash.model.finding import Evidence, Finding, Verdict
from halo_dash.model.judged import ListedRule, RuleProblem
from halo_dash.model.observation import MODEL_KINDS, Kind
from halo_dash.model.page import StoredSpan
from halo_dash.model.subject import Baseline, Subject
from halo_dash.model.trace import QUIET_NS, TraceRow
from halo_dash.semconv import read_subject
from halo_dash.store import Store
from halo_dash.store.findings.judging import Health, Judgement, Judging

MOST_SPANS = 20_000
"""A longer trace is not judged, and says so: its conversation would not fit into memory."""

MOST_ERRORS = 3
"""Traces on which a rule may raise before it is switched off."""

_TOGETHER = 64
"""Traces judged in one transaction."""

_POLL_S = 0.2
_RETRY_S = 5.0
_REST = 0.25
"""Rest, as a share of the time judging took, where more waits than one transaction takes."""

_log = logging.getLogger(__name__)


class Judge:
    """Follows the store until it is told to stop."""

    def __init__(
        self,
        store: Store,
        rules: Sequence[Rule],
        problems: Sequence[RuleProblem] = (),
        *,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._store = store
        self._rules = tuple(rules)
        self._problems = tuple(problems)
        self._clock = clock
        self._guard: RuleGuard | None = None
        self.limit_s = LIMIT_S
        """How long the rules of others may take on one trace, all together."""

    def use(self, rules: Sequence[Rule], problems: Sequence[RuleProblem] = ()) -> None:
        """Judge by these rules from now on. May be called from any thread."""
        self._problems = tuple(problems)
        self._rules = tuple(rules)

    def run(self, stop: threading.Event) -> None:
        """Judge until `stop` is set. A failure (a full disk, a damaged file) is logged and tried again."""
        note = self._store.path.with_name(f"{self._store.path.name}.judging")
        with RuleGuard(note, self.limit_s) as guard:
            self._guard = guard
            self._run(stop, guard.left_over())

    def _run(self, stop: threading.Event, endless: tuple[str, str] | None) -> None:
        while not stop.is_set():
            try:
                rules = self._rules
                judging = self._open(rules)
                try:
                    if endless is not None:
                        self._switch_off(judging, *endless)
                        endless = None
                    self._follow(judging, stop, rules)
                finally:
                    judging.close()
            except StoreError as error:
                _log.warning("Judging stands still: %s Trying again.", error.message)
                self._rest(stop)
            except Exception:  # noqa: BLE001 - see below
                # Collecting goes on whatever happens here; giving up would take the server down with it.
                _log.exception("Judging stands still. Trying again.")
                self._rest(stop)

    def _rest(self, stop: threading.Event) -> None:
        """Before the next try: at once where the findings were damaged and a new file took their place."""
        if self._store.findings.renew_if_damaged():
            _log.warning("The findings were damaged; all traces are judged again.")
        else:
            stop.wait(_RETRY_S)

    def catch_up(self) -> int:
        """Judge everything there is to judge, now. Returns the number of traces. Raises `StoreError`."""
        judging = self._open(self._rules)
        done = 0
        try:
            while judging.follow():
                pass
            while judged := self._step(judging, self._clock() + 2 * QUIET_NS):
                done += judged
        finally:
            judging.close()
        return done

    def _open(self, rules: tuple[Rule, ...]) -> Judging:
        judging = self._store.findings.judging(identity(rules))
        listed = [
            ListedRule(each.name, each.title, version_of(each), each.claim, each.source) for each in rules
        ]
        judging.list_rules(listed, self._problems)
        return judging

    def _follow(self, judging: Judging, stop: threading.Event, rules: tuple[Rule, ...]) -> None:
        seen = -1
        # Other rules need another identity: the caller opens the findings again.
        while not stop.is_set() and rules is self._rules:
            version = self._store.data_version()
            if version != seen:
                seen = -1 if judging.follow() else version
            began = time.monotonic()
            done = self._step(judging, self._clock())
            if done == _TOGETHER:
                stop.wait(_REST * (time.monotonic() - began))
            elif seen != -1:
                stop.wait(_POLL_S)

    def _step(self, judging: Judging, now_ns: int) -> int:
        due = judging.due(now_ns, _TOGETHER)
        health = judging.health()
        active = [each for each in self._rules if not _is_off(health, each)]
        kept = [self._judge(judging, active, row, trace_id, now_ns) for row, trace_id in due]
        judging.keep([each for each in kept if each is not None])
        return len(due)

    def _judge(
        self, judging: Judging, rules: Sequence[Rule], row: int, trace_id: str, now_ns: int
    ) -> Judgement | None:
        trace = self._store.traces.unjudged(trace_id)
        if trace is None:
            return None
        open_until_ns = trace.last_arrival_ns + QUIET_NS
        is_quiet = not trace.summary.is_open or now_ns >= open_until_ns
        verdict = self._verdict(judging, rules, trace, is_quiet=is_quiet)
        return Judgement(row, trace_id, trace.revision, verdict, None if is_quiet else open_until_ns)

    def _verdict(
        self, judging: Judging, rules: Sequence[Rule], trace: TraceRow, *, is_quiet: bool
    ) -> Verdict:
        summary = trace.summary
        if summary.span_count > MOST_SPANS:
            return _too_large(trace)
        try:
            spans = read_whole(self._store, summary.trace_id)
            subject = read_subject(summary.trace_id, spans, summary=summary, is_quiet=is_quiet)
            subject = with_history(self._store, subject)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - content that meets a fault of ours; no other trace shall go without for it
            _log.exception("Trace %s cannot be judged.", summary.trace_id)
            return Verdict(summary.trace_id, (), summary.is_error)
        judged = self._guarded(subject, rules)
        for error in judged.errors:
            self._note(judging, error.rule, error.message, error.trace_id)
        return judged.verdict

    def _guarded(self, subject: Subject, rules: Sequence[Rule]) -> Judged:
        others = [each for each in rules if not each.is_builtin]
        if self._guard is None or not others:
            return judge(subject, rules)
        guard, trace_id = self._guard, subject.summary.trace_id
        with guard.watching():
            return judge(subject, rules, on_rule=lambda each: guard.running(each.name, trace_id))

    def _switch_off(self, judging: Judging, rule: str, trace_id: str) -> None:
        """A rule did not come to an end, and this process was ended with it."""
        version = next((version_of(each) for each in self._rules if each.name == rule), "")
        message = f"It ran for more than {self.limit_s:g} s."
        _log.warning("The rule %s was switched off on trace %s: %s", rule, trace_id, message)
        judging.put_health(
            Health(rule, version, 1, is_off=True, message=message, trace_id=trace_id, time_ns=self._clock())
        )

    def _note(self, judging: Judging, rule: str, message: str, trace_id: str) -> None:
        """A rule raised; after a few times it is switched off until it changes."""
        version = next(version_of(each) for each in self._rules if each.name == rule)
        before = judging.health().get(rule)
        errors = 1 + (before.errors if before is not None and before.version == version else 0)
        _log.warning("The rule %s raised on trace %s: %s", rule, trace_id, message)
        is_off = errors >= MOST_ERRORS
        judging.put_health(Health(rule, version, errors, is_off, message, trace_id, self._clock()))


def read_whole(store: Store, trace_id: str) -> tuple[StoredSpan, ...]:
    """All spans of a trace."""
    spans: list[StoredSpan] = []
    after: str | None = None
    while True:
        page = store.spans.page(trace_id, after=after)
        spans += page.items
        after = page.next_after
        if after is None:
            return tuple(spans)


def with_history(store: Store, subject: Subject) -> Subject:
    """The trace with what is known beyond it: how its steps went before, and the windows of its models."""
    history = store.steps.before(subject.summary.start_ns)
    baselines: dict[tuple[Kind, str], Baseline] = {}
    windows: dict[str, int] = {}
    for span in subject.spans:
        seen, name = span.seen, name_of(span)
        # Histories call an agent by its span, as figures do.
        label = span.reading.name if seen.kind is Kind.AGENT else name
        if (usual := history.get((seen.kind, label))) is not None:
            baselines[seen.kind, name] = usual
        if seen.kind in MODEL_KINDS and seen.model is not None and seen.model not in windows:
            window = store.prices.context_window(seen.provider, seen.model)
            if window is not None:
                windows[seen.model] = window
    return replace(subject, baselines=baselines, windows=windows)


def version_of(rule: Rule) -> str:
    """What tells one state of a rule from another."""
    return f"{rule.version}{'' if rule.is_builtin else f'-{rule.digest}'}"


def identity(rules: Sequence[Rule]) -> str:
    """What tells one set of rules from another: traces judged by others are judged again."""
    names = sorted(f"{each.name} {version_of(each)}" for each in rules)
    return blake2b("\n".join(names).encode(), digest_size=8).hexdigest()


def _is_off(health: Mapping[str, Health], rule: Rule) -> bool:
    known = health.get(rule.name)
    return known is not None and known.is_off and known.version == version_of(rule)


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
