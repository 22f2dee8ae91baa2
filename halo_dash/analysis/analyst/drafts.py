"""From patterns to what a report tells of, ranked by impact; what happens in the same runs is one thing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from halo_dash.detect.hypotheses import hypothesis
from halo_dash.detect.insight import impact
from halo_dash.model.clusters import ClusterHistory, ClusterRow
from halo_dash.model.finding import SEVERITIES, Severity, Waste
from halo_dash.model.insight import Insight, Life, Share
from halo_dash.patterns.patterns import Patterns
from halo_dash.patterns.titles import OPEN
from halo_dash.store import Store

MOST_DRAFTS = 60
"""Patterns that are looked at closely, those with the most runs."""
_OVERLAP = 0.8
"""Of the runs of the smaller one, those that show both."""
_TIMES = 3
"""How many times as many runs the larger one may have."""
_LEAST_WORDS = 2
"""With which the titles of several clusters begin alike to be called by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One thing that goes wrong: all clusters of one rule and one subject."""

    rule: str
    subject: str
    cause: str
    title: str
    rows: tuple[ClusterRow, ...]
    """Its clusters, most runs first."""
    wordings: tuple[str, ...]
    """What each of them is called."""
    share: Share
    """Of the judged runs of the selection."""
    agent_share: Share
    agents: tuple[str, ...]
    severity: Severity
    impact: float
    waste: Waste
    hypothesis: str
    direction: str
    life: Life | None
    """None where it is not systemic."""
    starts: frozenset[int] = frozenset()
    """Starts of its runs, which tell runs apart."""
    beside: tuple[Draft, ...] = field(default=())
    """What else goes wrong with the same thing in the same runs."""

    @property
    def clusters(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(row.identity.name for row in self.rows)


def drafts(store: Store, patterns: Patterns) -> tuple[Draft, ...]:
    """Everything that somebody may want to know, the greatest impact first; what is fixed is left out."""
    rows = {row.identity.name: row for row in patterns.told()}
    insights = [each for each in patterns.insights.items if each.life.state != "fixed"]
    systemic = {name for each in patterns.insights.items for name in each.clusters}
    groups: list[tuple[Insight | None, tuple[ClusterRow, ...]]] = [
        (each, tuple(rows[name] for name in each.clusters if name in rows)) for each in insights
    ]
    groups += [(None, each) for each in _together(row for name, row in rows.items() if name not in systemic)]
    groups = [(known, each) for known, each in groups if each][:MOST_DRAFTS]
    names = [[row.identity.name for row in each] for _known, each in groups]
    histories = store.clusters.histories(names, patterns.now_ns, patterns.filter)
    found = [
        _of_insight(patterns, known, each, history) if known else _of_clusters(patterns, each, history)
        for (known, each), history in zip(groups, histories, strict=True)
    ]
    found.sort(key=lambda each: (-each.impact, each.rule, each.subject))
    return _folded(found)


def _together(rows: Iterable[ClusterRow]) -> list[tuple[ClusterRow, ...]]:
    groups: dict[tuple[str, str], list[ClusterRow]] = {}
    for row in rows:
        groups.setdefault((row.identity.rule, row.identity.subject), []).append(row)
    found = [tuple(sorted(each, key=lambda row: -row.runs)) for each in groups.values()]
    return sorted(found, key=lambda each: -sum(row.runs for row in each))


def _of_insight(
    patterns: Patterns, known: Insight, rows: tuple[ClusterRow, ...], history: ClusterHistory
) -> Draft:
    return Draft(
        rule=known.rule,
        subject=known.subject,
        cause=known.cause,
        title=_title(patterns, rows, known.title),
        rows=rows,
        wordings=tuple(_own(patterns, row) for row in rows),
        share=known.share,
        agent_share=known.agent_share,
        agents=known.agents,
        severity=known.impact.severity,
        impact=known.impact.value,
        waste=known.waste,
        hypothesis=known.hypothesis,
        direction=known.direction,
        life=known.life,
        starts=_starts(history),
    )


def _of_clusters(patterns: Patterns, rows: tuple[ClusterRow, ...], history: ClusterHistory) -> Draft:
    first = rows[0]
    rule, cause = first.identity.rule, first.identity.cause
    subject = patterns.subjects[first.identity.name]
    runs = sum(history.has_it)
    share = Share(runs, max(1, patterns.clusters.judged, runs))
    severity = min((row.severity for row in rows), key=SEVERITIES.index)
    waste = Waste(
        sum(row.waste.tokens for row in rows),
        sum(row.waste.cost_usd for row in rows),
        sum(row.waste.duration_ns for row in rows),
    )
    words = hypothesis(rule, cause, subject)
    return Draft(
        rule=rule,
        subject=subject,
        cause=cause,
        title=_title(patterns, rows, _own(patterns, first)),
        rows=rows,
        wordings=tuple(_own(patterns, row) for row in rows),
        share=share,
        agent_share=Share(runs, max(1, len(history.has_it))),
        agents=history.agents,
        severity=severity,
        impact=impact(share, severity, waste, history.spent).value,
        waste=waste,
        hypothesis=words.why if words else "",
        direction=words.direction if words else "",
        life=None,
        starts=_starts(history),
    )


def _starts(history: ClusterHistory) -> frozenset[int]:
    return frozenset(start for start, has_it in zip(history.starts_ns, history.has_it, strict=True) if has_it)


def _own(patterns: Patterns, row: ClusterRow) -> str:
    return patterns.titles.get(row.identity.name, row.identity.title)


def _title(patterns: Patterns, rows: Sequence[ClusterRow], title: str) -> str:
    """Of several wordings what they begin with alike: the most frequent one is not said of all runs."""
    titles = [_own(patterns, row).split() for row in rows]
    columns = takewhile(lambda words: len(set(words)) == 1, zip(*titles, strict=False))
    alike = [words[0] for words in columns]
    if len(rows) == 1 or len(alike) < _LEAST_WORDS or len(alike) == len(titles[0]):
        return title
    return f"{' '.join(alike).rstrip(':,;')} ({len(rows)} kinds)"


def _folded(found: Sequence[Draft]) -> tuple[Draft, ...]:
    """What goes wrong with one thing in much the same runs is told once, by what weighs most."""
    kept: list[Draft] = []
    for draft in found:
        at = next((at for at, each in enumerate(kept) if _is_same(each, draft)), None)
        if at is None:
            kept.append(draft)
        else:
            first = kept[at]
            severity = min((first.severity, draft.severity), key=SEVERITIES.index)
            kept[at] = replace(first, beside=(*first.beside, draft), severity=severity)
    return tuple(kept)


def _is_same(one: Draft, other: Draft) -> bool:
    if not one.subject or OPEN in one.subject or one.subject != other.subject:
        return False
    small, large = sorted((len(one.starts), len(other.starts)))
    is_like = bool(small) and large <= _TIMES * small
    return is_like and len(one.starts & other.starts) >= _OVERLAP * small
