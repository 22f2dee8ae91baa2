"""How pages speak of findings: words for severities, endings and fields, and the badge of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from halo_dash.model.finding import SEVERITIES, Ending, EvidenceField, Finding, Severity, Waste
from halo_dash.web import words

REPORTED = "error-status"
"""The rule that repeats what a span reports of itself: a row that shows its error needs no badge for it."""

TOO_LARGE = "too-large"
"""The one finding of a trace that is not judged."""

ENDING_WORDS: dict[Ending, str] = {
    "failed": "failed here",
    "unclear": "unclear",
    "recovered": "recovered",
    "none": "",
}

EVIDENCE_WORDS: dict[EvidenceField, str] = {
    "input": "input",
    "output": "output",
    "message": "message",
    "status": "status",
    "exception": "exception",
    "attribute": "attribute",
    "time": "time",
    "structure": "structure",
    "usage": "usage",
}
"""Where in a span the evidence stands."""

FACTS: frozenset[EvidenceField] = frozenset({"time", "structure", "usage"})
"""Evidence that is a fact about a span, in words of the rule: nothing to quote."""


@dataclass(frozen=True, slots=True)
class Badge:
    """The worst finding of a row in two or three words."""

    severity: Severity
    label: str
    """`empty result`, or `duplicate call` with how often, where it is more than one."""
    more: int
    """Findings of other rules."""
    title: str
    """All of them, a line each."""


def badge(findings: Sequence[Finding], *, is_error_shown: bool) -> Badge | None:
    """The worst first; `is_error_shown` where the row says already what its spans reported."""
    told = [each for each in findings if not (is_error_shown and each.rule == REPORTED)]
    if not told:
        return None
    worst = told[0]
    same = sum(each.rule == worst.rule for each in told)
    return Badge(
        severity=min((each.severity for each in told if each.rule == worst.rule), key=SEVERITIES.index),
        label=rule_word(worst.rule) + (f" \N{MULTIPLICATION SIGN}{same}" if same > 1 else ""),
        more=len(told) - same,
        title="\n".join(f"{each.severity}: {each.title}" for each in told[:_IN_TITLE]),
    )


_IN_TITLE = 8


def rule_word(name: str) -> str:
    """`empty-result` as `empty result`."""
    return name.replace("-", " ")


def waste_words(waste: Waste) -> str:
    """`1.2k tok, $0.01, 3.2 s`: what it cost in vain; empty where nobody knows of any."""
    parts = (
        f"{words.short_count(waste.tokens)} tok" if waste.tokens else "",
        words.usd(waste.cost_usd) if waste.cost_usd else "",
        words.duration(waste.duration_ns) if waste.duration_ns else "",
    )
    return ", ".join(part for part in parts if part)


def rule_titles(titles: Mapping[str, str], name: str) -> str:
    """What a rule finds; of a rule that is gone, its name."""
    return titles.get(name, rule_word(name))
