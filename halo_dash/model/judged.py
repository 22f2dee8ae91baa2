"""What the store answers about findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from halo_dash.model.finding import Finding


@dataclass(frozen=True, slots=True)
class JudgedTrace:
    """What was found in one trace, as it was when it was judged."""

    trace_id: str
    revision: int
    """Of the trace then; the trace has changed since where its row says another."""
    is_failed_in_effect: bool
    findings: tuple[Finding, ...]
    """The worst first."""
    clusters: tuple[str, ...] = ()
    """The name of the cluster of each of them."""
    is_partial: bool = False
    """Rules of one's own, or of packages, have not judged it yet."""


@dataclass(frozen=True, slots=True)
class JudgeState:
    """How far judging has come."""

    is_ready: bool
    """There are findings at all."""
    judged: int = 0
    waiting: int = 0
    """Traces that are due and not judged yet."""


@dataclass(frozen=True, slots=True)
class ClusterIdentity:
    """One failure, whatever runs it happens in."""

    name: str
    """In addresses."""
    rule: str
    subject: str
    cause: str
    template: str
    """The wording of its error, with what differs masked; empty where rule and subject say it all."""
    title: str

    @property
    def group(self) -> str:
        """Name of the group it is in: all clusters of one rule and one cause, whatever they are about."""
        return f"{self.rule}:{'-'.join(self.cause.split())}" if self.cause else self.rule


def identity_of(name: str, members: Sequence[ClusterIdentity]) -> ClusterIdentity:
    """Of what is called so: a cluster itself, or a group of clusters (at least one)."""
    first = members[0]
    if name == first.name:
        return first
    subjects = {each.subject for each in members}
    return ClusterIdentity(
        name=name,
        rule=first.rule,
        subject=first.subject if len(subjects) == 1 else "",
        cause=first.cause,
        template=first.template if len(members) == 1 else "",
        title=first.title if len(members) == 1 else "",
    )


@dataclass(frozen=True, slots=True)
class ListedRule:
    """A rule as the list of rules shows it."""

    name: str
    title: str
    version: str
    claim: str
    """What it claims, when it abstains, its known false alarms."""
    source: str
    """File or package; empty for ours."""


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """A file or package whose rules cannot be used."""

    source: str
    """The file, or the name of the entry point."""
    message: str
