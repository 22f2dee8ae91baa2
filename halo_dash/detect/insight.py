"""Insights from failure clusters: what is systemic, and how much it weighs. Pure.

An insight is all clusters of one rule and one subject. It takes at least `LEAST_RUNS` runs, and a share of
the runs of the agents it happens to whose 95 % interval lies above `FLOOR`: a few bad runs among many are
clusters, not a habit. Where one rule tells of what another names the cause of and most runs have both, the
cause alone is an insight. Insights are ranked by impact: the share of all judged runs x the weight of the
severity x (1 + the share of what these runs spent that was spent in vain).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, TypeAlias

from halo_dash.detect.hypotheses import hypothesis
from halo_dash.detect.lifecycle import life
from halo_dash.model.clusters import ClusterHistory, ClusterRow
from halo_dash.model.finding import SEVERITIES, Severity, Waste
from halo_dash.model.insight import Impact, Insight, Share

Naming: TypeAlias = Callable[[ClusterRow], tuple[str, str]]
"""(the title of a cluster, what it is about), in plain words: both are masked in its identity."""

LEAST_RUNS: Final = 3
FLOOR: Final = 0.05
WEIGHTS: Final[Mapping[Severity, float]] = {"high": 1.0, "medium": 0.6, "low": 0.3, "info": 0.1}
MOST_CANDIDATES: Final = 100
"""Those with the most runs are looked at."""


_CAUSED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "empty-result": ("retry-loop",),
    "duplicate-call": ("retry-loop", "cycle"),
    "unrecovered-tool": ("error-result", "error-status"),
}
"""Rule -> those that say more of the same: the loop says why nothing was found, the error why it gave up."""
_MOST: Final = 0.5
"""Share of its runs from which a problem is told by its cause."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The clusters of one rule and subject."""

    rows: tuple[ClusterRow, ...]
    """Most runs first."""

    @property
    def rule(self) -> str:
        """The rule of all of them."""
        return self.rows[0].identity.rule

    @property
    def subject(self) -> str:
        """What all of them are about."""
        return self.rows[0].identity.subject

    @property
    def clusters(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(row.identity.name for row in self.rows)

    @property
    def waste(self) -> Waste:
        """Of all of them."""
        return Waste(
            sum(row.waste.tokens for row in self.rows),
            sum(row.waste.cost_usd for row in self.rows),
            sum(row.waste.duration_ns for row in self.rows),
        )

    @property
    def severity(self) -> Severity:
        """The worst of them."""
        return min((row.severity for row in self.rows), key=SEVERITIES.index)


def name_of(rule: str, subject: str) -> str:
    """The same for the same problem in every store, so that an address can be sent to somebody else."""
    content = f"insight\0{rule}\0{subject}"
    return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()


def candidates(rows: Iterable[ClusterRow]) -> tuple[Candidate, ...]:
    """What may be systemic: clusters of one rule and subject, folded."""
    together: dict[tuple[str, str], list[ClusterRow]] = {}
    for row in rows:
        together.setdefault((row.identity.rule, row.identity.subject), []).append(row)
    found = [
        Candidate(tuple(sorted(each, key=lambda row: (-row.runs, row.identity.name))))
        for each in together.values()
        # The runs of several clusters may be the same ones; the history counts them once.
        if sum(row.runs for row in each) >= LEAST_RUNS
    ]
    found.sort(key=lambda each: (-sum(row.runs for row in each.rows), each.rule, each.subject))
    return tuple(found[:MOST_CANDIDATES])


def is_systemic(history: ClusterHistory) -> bool:
    """Whether it is a habit of the agents it happens to."""
    runs = sum(history.has_it)
    return runs >= LEAST_RUNS and Share(runs, len(history.has_it)).interval[0] > FLOOR


def insight(
    candidate: Candidate,
    history: ClusterHistory,
    judged: int,
    naming: Naming,
    fixed_ns: int | None = None,
) -> Insight:
    """One insight; `judged` are all judged runs of the selection, `fixed_ns` is when somebody said that it
    is fixed. Where nothing is known of the rule, its title is all that is said.
    """
    first = candidate.rows[0]
    runs = sum(history.has_it)
    title, subject = naming(first)
    words = hypothesis(candidate.rule, first.identity.cause, subject)
    share = Share(runs, max(judged, runs))
    return Insight(
        name=name_of(candidate.rule, candidate.subject),
        rule=candidate.rule,
        subject=subject,
        cause=first.identity.cause,
        title=title,
        hypothesis=words.why if words else f"{title}.",
        direction=words.direction if words else "",
        share=share,
        agent_share=Share(runs, len(history.has_it)),
        agents=history.agents,
        clusters=candidate.clusters,
        impact=impact(share, candidate.severity, candidate.waste, history.spent),
        life=life(history, fixed_ns),
        first_ns=min(row.first_ns for row in candidate.rows),
        last_ns=max(row.last_ns for row in candidate.rows),
        waste=candidate.waste,
    )


def impact(share: Share, severity: Severity, waste: Waste, spent: Waste) -> Impact:
    """What it weighs. The part in vain is of tokens where its runs say how many they used, else of time."""
    if spent.tokens:
        part = waste.tokens / spent.tokens
        return Impact(share.value, severity, WEIGHTS[severity], min(1.0, part), "tokens")
    part = waste.duration_ns / spent.duration_ns if spent.duration_ns else 0.0
    return Impact(share.value, severity, WEIGHTS[severity], min(1.0, part), "time")


def ranked(found: Iterable[Insight]) -> tuple[Insight, ...]:
    """The greatest impact first; what is fixed comes last."""
    return tuple(sorted(found, key=lambda each: (each.life.state == "fixed", -each.impact.value, each.name)))


def insights(
    rows: Iterable[ClusterRow],
    judged: int,
    histories: Callable[[Sequence[tuple[str, ...]]], Sequence[ClusterHistory]],
    naming: Naming,
    fixed_ns: Callable[[Candidate], int | None],
) -> tuple[Insight, ...]:
    """All insights of a selection. `histories` answers for several groups of clusters at once."""
    found = candidates(rows)
    known = histories([each.clusters for each in found])
    systemic = [(each, history) for each, history in zip(found, known, strict=True) if is_systemic(history)]
    runs_of = {(each.rule, each.subject): _runs_with(history) for each, history in systemic}
    return ranked(
        insight(each, history, judged, naming, fixed_ns(each))
        for each, history in systemic
        if not _is_told_by_cause(each, runs_of)
    )


def _is_told_by_cause(candidate: Candidate, runs_of: Mapping[tuple[str, str], frozenset[int]]) -> bool:
    """Whether most of its runs have what caused it, about the same thing."""
    mine = runs_of[candidate.rule, candidate.subject]
    causes = (runs_of.get((rule, candidate.subject)) for rule in _CAUSED_BY.get(candidate.rule, ()))
    return any(runs is not None and len(runs & mine) >= _MOST * len(mine) for runs in causes)


def _runs_with(history: ClusterHistory) -> frozenset[int]:
    """When the runs that have it began."""
    return frozenset(start for start, has_it in zip(history.starts_ns, history.has_it, strict=True) if has_it)
