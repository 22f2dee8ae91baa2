"""What a rule found wrong in one trace, and what all findings together say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low", "info")

EvidenceField: TypeAlias = Literal[
    "input", "output", "message", "status", "exception", "attribute", "time", "structure", "usage"
]
"""Where in a span the evidence stands. The last three are facts about it, not texts, and have no offset."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place that shows it."""

    span_id: str
    field: EvidenceField
    quote: str
    """Word for word as the field has it, at most `QUOTE` characters; for facts, the fact in words."""
    offset: int | None = None
    """Of the quote in the field's text; None where the field is no text."""


QUOTE = 300


Ending: TypeAlias = Literal["failed", "unclear", "recovered", "none"]
"""What came of it, the worst first: the run ended in it; the run went on and nothing shows that it got over
it; something that came later made up for it (the same step worked, or the answer uses another result); no
failure at all (waste, a risk, something odd)."""


@dataclass(frozen=True, slots=True)
class Waste:
    """What it cost in vain."""

    tokens: int = 0
    cost_usd: float = 0.0
    duration_ns: int = 0


NO_WASTE = Waste()


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of one trace."""

    rule: str
    severity: Severity
    title: str
    """Short, with the thing it is about: `web_search called 3 times with the same query`."""
    explanation: str
    """One plain sentence: what happened and why it matters."""
    evidence: tuple[Evidence, ...]
    """In order of time; never empty."""
    ending: Ending
    subject: str = ""
    """What it is about (a tool, a model, a step): part of the signature."""
    cause: str | None = None
    """The class of the error (`rate limit`, `timeout`, …), where its words tell."""
    detail: str = ""
    """Words that tell one cause from another (an error text); masked before they are part of a signature."""
    waste: Waste = NO_WASTE


@dataclass(frozen=True, slots=True)
class Verdict:
    """All findings of one trace."""

    trace_id: str
    findings: tuple[Finding, ...]
    """The worst first."""
    is_failed_in_effect: bool
    """It did not do what it was asked for, whatever it reported."""

    def is_silent_failure(self, *, is_error: bool) -> bool:
        """Reported fine (`is_error` is what it reported), failed in effect."""
        return self.is_failed_in_effect and not is_error
