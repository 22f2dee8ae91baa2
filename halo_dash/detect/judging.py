"""Applying rules to a trace, and what their findings come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from halo_dash.detect.rule import Rule, RuleError
from halo_dash.model.finding import SEVERITIES, Finding, Verdict
from halo_dash.model.subject import Subject


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and the rules that could not take part in it."""

    verdict: Verdict
    errors: tuple[RuleError, ...] = ()


def judge(
    subject: Subject, rules: Iterable[Rule], on_rule: Callable[[Rule], None] = lambda _rule: None
) -> Judged:
    """Apply rules to a trace. A rule that raises finds nothing and is named; the others go on.

    `on_rule` is called before each rule runs.
    """
    findings: list[Finding] = []
    errors: list[RuleError] = []
    for rule in rules:
        on_rule(rule)
        try:
            # Only whole: what a rule yields before it raises is half an argument.
            found = _checked(rule.find(subject))
            findings += (each if rule.is_builtin else replace(each, rule=rule.name) for each in found)
        except Exception as error:  # noqa: BLE001 - rules may be anybody's code; they are named and switched off
            message = f"{type(error).__name__}: {error}"
            errors.append(RuleError(rule.name, subject.summary.trace_id, message))
    ordered = sorted(findings, key=_weight)
    failed = subject.summary.is_error or has_failed(ordered)
    return Judged(Verdict(subject.summary.trace_id, tuple(ordered), failed), tuple(errors))


def _checked(found: Iterable[object]) -> list[Finding]:
    checked: list[Finding] = []
    for each in found:
        if not isinstance(each, Finding) or not each.evidence:
            raise TypeError(f"a rule yields findings with evidence, not {each!r:.80}")
        checked.append(each)
    return checked


def has_failed(findings: Sequence[Finding]) -> bool:
    """Whether a run did not do what it was asked for: a grave finding that it ended in."""
    return any(found.ending == "failed" and found.severity in {"high", "medium"} for found in findings)


_ENDINGS = ("failed", "recovered", "none")


def _weight(found: Finding) -> tuple[int, int, str, str]:
    return (
        _ENDINGS.index(found.ending),
        SEVERITIES.index(found.severity),
        found.rule,
        found.evidence[0].span_id,
    )
