"""How rules fare: one that keeps failing, or does not come to an end, is switched off until it changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from hashlib import blake2b

from halo_dash.detect import Rule, judge
from halo_dash.jobs.rule_guard import ImportStopped, LeftOver, RuleGuard, import_name
from halo_dash.model.finding import Verdict
from halo_dash.model.subject import Subject
from halo_dash.store import Store
from halo_dash.store.findings.judging import Health, Judging

MOST_ERRORS = 3
"""Times a rule may fail before it is switched off."""

_log = logging.getLogger(__name__)


class RuleHealth:
    """The rules that judge, as they fare from trace to trace."""

    def __init__(
        self, judging: Judging, rules: Sequence[Rule], guard: RuleGuard, clock: Callable[[], int]
    ) -> None:
        self._judging = judging
        self._clock = clock
        self._known = dict(judging.health())
        self._versions = {each.name: version_of(each) for each in rules}
        self._too_slow: set[str] = set()
        self._ours = tuple(each for each in rules if each.is_builtin)
        self._others = tuple(
            guard.watched(each, version_of(each), self._hear) for each in rules if not each.is_builtin
        )

    def _hear(self, slow: Rule) -> None:
        self._too_slow.add(slow.name)

    @property
    def ours(self) -> list[Rule]:
        """Rules that come with halo."""
        return [each for each in self._ours if not self._is_off(each.name)]

    @property
    def others(self) -> list[Rule]:
        """Rules that do not; one that takes too long is stopped, and counts as one that raised."""
        return [each for each in self._others if not self._is_off(each.name)]

    def _is_off(self, rule: str) -> bool:
        known = self._known.get(rule)
        return known is not None and known.is_off and known.version == self._versions[rule]

    def judge(self, subject: Subject, rules: Sequence[Rule]) -> Verdict:
        """What these rules find; one that fails finds nothing, and after a few times is off.

        Raises `StoreError`.
        """
        judged = judge(subject, rules)
        for error in judged.errors:
            self._note(error.rule, error.message, error.trace_id)
        return judged.verdict

    def judge_by_others(self, subject: Subject, verdict: Verdict) -> Verdict:
        """What the rules of others add to the verdict of ours."""
        names = {found.rule for found in verdict.findings}
        return self.judge(subject, [*(_as_found(verdict, name, self._ours) for name in names), *self.others])

    def _note(self, rule: str, message: str, trace_id: str) -> None:
        version = self._versions[rule]
        errors = 1 + _errors(self._known.get(rule), version)
        is_off = errors >= MOST_ERRORS or rule in self._too_slow
        _log.warning("The rule %s failed on trace %s: %s", rule, trace_id, message)
        self._known[rule] = Health(rule, version, errors, is_off, message, trace_id, self._clock())
        self._judging.put_health(self._known[rule])


def _as_found(verdict: Verdict, name: str, rules: Sequence[Rule]) -> Rule:
    """A rule that finds what it has found."""
    found = tuple(each for each in verdict.findings if each.rule == name)
    rule = next(each for each in rules if each.name == name)
    return replace(rule, find=lambda _subject: found)


def _errors(known: Health | None, version: str) -> int:
    return known.errors if known is not None and known.version == version else 0


def blame(store: Store, left: LeftOver, limit_s: float) -> None:
    """Keep that a process was ended while a rule ran, or a file of rules was imported. Raises `StoreError`.

    Who ended it decides: the guard does so only after the limit. Whoever else does it (the system where
    memory is short, a user) may have met a rule by chance, so that it counts as an error, no more.
    """
    with closing(store.findings.judging("")) as judging:
        errors = 1 + _errors(judging.health().get(left.name), left.version)
        is_off = left.was_too_slow or errors >= MOST_ERRORS
        times = f"{errors} of {MOST_ERRORS} times"
        message = (
            f"It was still running after {limit_s:g} s, and nothing but the end of its process stopped it."
            if left.was_too_slow
            else f"The process that judges was ended from outside while it ran ({times})."
        )
        _log.warning("%s on trace %s: %s", left.name, left.trace_id or "none", message)
        judging.put_health(
            Health(left.name, left.version, errors, is_off, message, left.trace_id, left.started_ns)
        )


@contextmanager
def importing(
    store: Store, guard: RuleGuard, clock: Callable[[], int], source: str, version: str
) -> Iterator[None]:
    """While a file of rules is imported. Raises `ImportStopped` where it takes too long, or did so before."""
    name = import_name(source)
    known = next((each for each in store.findings.health() if each.rule == name), None)
    if known is not None and known.is_off and known.version == version:
        raise ImportStopped(known.message)
    try:
        with guard.importing(source, version):
            yield
    except ImportStopped as stopped:
        # Once is enough: each further try would hold up judging for as long again.
        with closing(store.findings.judging("")) as judging:
            judging.put_health(
                Health(name, version, 1, is_off=True, message=str(stopped), trace_id="", time_ns=clock())
            )
        raise


def version_of(rule: Rule) -> str:
    """What tells one state of a rule from another."""
    return f"{rule.version}{'' if rule.is_builtin else f'-{rule.digest}'}"


def identity(rules: Sequence[Rule]) -> str:
    """What tells one set of rules from another: traces judged by others are judged again."""
    names = sorted(f"{each.name} {version_of(each)}" for each in rules)
    return blake2b("\n".join(names).encode(), digest_size=8).hexdigest()
