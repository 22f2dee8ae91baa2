"""Applying rules to a trace, and what their findings come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from halo_dash.detect.results import forget
from halo_dash.detect.rule import Rule, RuleError
from halo_dash.detect.rules import RULES
from halo_dash.model.finding import QUOTE, SEVERITIES, Ending, Finding, Verdict
from halo_dash.model.subject import Subject

MOST_FINDINGS = 100
"""Of one rule in one trace; a rule that has more is wrong, and would fill the disk."""

MOST_EVIDENCE = 50
_TITLE, _EXPLANATION, _DETAIL = 200, 500, 2_000
_OURS = frozenset(each.name for each in RULES)
_ENDINGS: tuple[Ending, ...] = get_args(Ending)


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, and the rules that could not take part in it."""

    verdict: Verdict
    errors: tuple[RuleError, ...] = ()


def judge(subject: Subject, rules: Iterable[Rule]) -> Judged:
    """Apply rules to a trace. A rule that raises finds nothing and is named; the others go on."""
    findings: list[Finding] = []
    errors: list[RuleError] = []
    for rule in rules:
        try:
            # Only whole: what a rule yields before it raises is half an argument.
            found = _checked(rule.find(subject))
            if not rule.is_builtin:
                _refuse_borrowed(rule, found, subject)
                found = [replace(each, rule=rule.name) for each in found]
            findings += found
        except (Exception, SystemExit, GeneratorExit) as error:  # noqa: BLE001 - may be anybody's code; it is named
            message = f"{type(error).__name__}: {error}"
            errors.append(RuleError(rule.name, subject.summary.trace_id, message))
    forget()
    ordered = sorted(findings, key=_weight)
    failed = subject.summary.is_error or has_failed(ordered)
    return Judged(Verdict(subject.summary.trace_id, tuple(ordered), failed), tuple(errors))


def _checked(found: Iterable[object]) -> list[Finding]:
    """The findings of a rule, within bounds. Raises `TypeError` or `ValueError` for what is none."""
    checked: list[Finding] = []
    for each in found:
        if len(checked) == MOST_FINDINGS:
            raise ValueError(f"more than {MOST_FINDINGS} findings in one trace")
        checked.append(_bounded(each))
    return checked


def _refuse_borrowed(rule: Rule, found: Iterable[Finding], subject: Subject) -> None:
    """Raises `ValueError` for a finding that speaks for a rule of ours, or shows a span that is not there."""
    for each in found:
        if each.rule in _OURS:
            raise ValueError(f"a finding says that it is of {each.rule}, a rule of halo, not of {rule.name}")
        for shown in each.evidence:
            if shown.span_id not in subject.by_id:
                raise ValueError(f"the trace has no span {shown.span_id!r:.80}, which evidence names")


def _bounded(found: object) -> Finding:
    if not isinstance(found, Finding) or not found.evidence:
        raise TypeError(f"a rule yields findings with evidence, not {found!r:.80}")
    texts = (found.title, found.explanation, found.subject, found.detail, found.cause or "")
    pieces = [(each.span_id, each.field, each.quote) for each in found.evidence]
    if not all(isinstance(text, str) for text in (*texts, *(text for piece in pieces for text in piece))):
        raise TypeError("title, explanation, subject, detail, cause and evidence are texts")
    for value, known in ((found.severity, SEVERITIES), (found.ending, _ENDINGS)):
        if value not in known:
            raise ValueError(f"{value!r} is none of {', '.join(known)}")
    return replace(
        found,
        title=found.title[:_TITLE],
        explanation=found.explanation[:_EXPLANATION],
        subject=found.subject[:_TITLE],
        detail=found.detail[:_DETAIL],
        evidence=tuple(replace(each, quote=each.quote[:QUOTE]) for each in found.evidence[:MOST_EVIDENCE]),
    )


def has_failed(findings: Sequence[Finding]) -> bool:
    """Whether a run did not do what it was asked for: a grave finding that it ended in."""
    return any(found.ending == "failed" and found.severity in {"high", "medium"} for found in findings)


def _weight(found: Finding) -> tuple[int, int, str, str]:
    return (
        _ENDINGS.index(found.ending),
        SEVERITIES.index(found.severity),
        found.rule,
        found.evidence[0].span_id,
    )
