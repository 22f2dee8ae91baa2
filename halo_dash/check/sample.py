"""What was found in the traces of one run of a test suite."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from halo_dash.detect.rule import RuleError
from halo_dash.model.finding import SEVERITIES, Severity

_MASKED = re.compile(r"<[a-z*]+>")


@dataclass(frozen=True, slots=True)
class Example:
    """One place where a failure can be seen."""

    trace_id: str
    span_id: str
    file: str
    """The file of the trace, as it was named."""
    title: str
    explanation: str
    quote: str


@dataclass(frozen=True, slots=True)
class Seen:
    """One failure cluster of a run."""

    name: str
    """In addresses and reports; see `ClusterIdentity.name`."""
    rule: str
    subject: str
    cause: str
    template: str
    severity: Severity
    """The worst of its findings."""
    traces: frozenset[str]
    example: Example | None = None

    @property
    def family(self) -> tuple[str, str, str]:
        """What stays when wordings are left aside."""
        return self.rule, self.subject, self.cause


@dataclass(frozen=True, slots=True)
class Sample:
    """One run."""

    traces: tuple[str, ...]
    """The ids of all its traces, sorted."""
    failed: int
    """Of these, those that failed in effect."""
    seen: tuple[Seen, ...]
    rules: Mapping[str, str]
    """Name of every rule that judged -> its version."""
    titles: Mapping[str, str]
    """Name of a rule -> what it finds."""
    errors: tuple[RuleError, ...] = ()
    """Of each rule that raised, the first."""
    files: int = 1

    @property
    def digest(self) -> str:
        """The same for the same traces."""
        return blake2b("\n".join(sorted(self.traces)).encode(), digest_size=8).hexdigest()


def worst(severities: Iterable[Severity]) -> Severity:
    """The worst of some severities."""
    return min(severities, key=SEVERITIES.index, default="info")


def label_of(title: str, subject: str) -> str:
    """What a cluster is called: what the rule finds, and what it is about unless that is masked whole."""
    return f"{title}: {subject}" if subject and not _MASKED.fullmatch(subject) else title
