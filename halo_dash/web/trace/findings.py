"""What rules found in a trace, as its page shows it: what went wrong, where it shows, and who else has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias
from urllib.parse import quote, urlencode

from halo_dash.model.finding import SEVERITIES, Evidence, Finding, Severity, Waste
from halo_dash.model.judged import JudgedTrace
from halo_dash.store import Store
from halo_dash.web.finding_words import (
    ENDING_WORDS,
    EVIDENCE_WORDS,
    REPORTED,
    TOO_LARGE,
    Badge,
    badge,
    rule_titles,
    waste_words,
)
from halo_dash.web.trace.address import TraceAddress
from halo_dash.web.trace.reading import TraceReading

SHOWN = 3
"""Findings that stand in the panel at once; the others are a click away."""

State: TypeAlias = Literal["waiting", "idle", "clean", "found", "too large"]
"""`waiting`: it will be judged in a moment; `idle`: nothing judges this store."""


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A place that shows it."""

    span_id: str
    span_name: str
    kind: str
    field: str
    quote: str
    href: str
    is_shown: bool
    """It is what the address leads to."""


@dataclass(frozen=True, slots=True)
class FindingView:
    """One problem, however often the run has it."""

    number: int
    """From 1, the worst first."""
    rule: str
    times: int
    """How many findings of one cluster stand here as one."""
    rule_title: str
    rule_href: str
    """The list of traces in which the same rule found something."""
    severity: Severity
    title: str
    explanation: str
    ending: str
    """In words; empty where nothing failed."""
    is_fatal: bool
    course: str
    """How far a reported error went."""
    evidence: tuple[EvidenceView, ...]
    cluster_href: str
    others: int
    """Further runs in the same cluster."""
    waste: str
    is_looked_at: bool
    """The address leads to its evidence."""


@dataclass(frozen=True, slots=True)
class Findings:
    """All of them, and how far judging is."""

    state: State
    findings: tuple[FindingView, ...] = ()
    rules: int = 0
    """How many judge."""
    spans: int = 0
    is_behind: bool = False
    """The trace has changed since it was judged."""
    is_partial: bool = False
    """Rules of one's own, or of packages, have not judged it yet."""
    badges: Mapping[str, Badge] = field(default_factory=dict)
    """Span id -> what its row says."""
    at: str = ""
    """The number of the evidence that the address leads to."""
    told: str | None = None
    """The span whose error a finding tells of, so that nothing else has to."""

    @property
    def shown(self) -> tuple[FindingView, ...]:
        """Those that stand in the panel; one that is looked at is always among them."""
        first = self.findings[:SHOWN]
        return first + tuple(each for each in self.findings[SHOWN:] if each.is_looked_at)

    @property
    def folded(self) -> tuple[FindingView, ...]:
        """The others."""
        shown = {each.number for each in self.shown}
        return tuple(each for each in self.findings if each.number not in shown)

    @property
    def total(self) -> int:
        """How many findings they are, each by itself."""
        return sum(each.times for each in self.findings)

    def of(self, span_id: str, *, is_error_shown: bool) -> tuple[FindingView, ...]:
        """Those with evidence in one span; without what it reports itself where that stands there already."""
        return tuple(
            each
            for each in self.findings
            if any(place.span_id == span_id for place in each.evidence)
            and not (is_error_shown and each.rule == REPORTED)
        )


def findings_of(
    store: Store, reading: TraceReading, address: TraceAddress, why: tuple[str, str] | None = None
) -> Findings:
    """What was found. `why` is the span of the trace's error and how far it went."""
    judged = reading.row.judged
    if judged is None:
        state = store.findings.state(reading.now_ns)
        return Findings("waiting" if state.is_ready else "idle")
    rules, _problems = store.findings.rules()
    is_behind, is_partial = judged.revision != reading.row.revision, judged.is_partial
    if any(each.rule == TOO_LARGE for each in judged.findings):
        return Findings("too large", spans=reading.row.summary.span_count, is_behind=is_behind)
    if not judged.findings:
        return Findings("clean", rules=len(rules), is_behind=is_behind, is_partial=is_partial)
    runs = store.clusters.runs_of(judged.clusters)
    together: dict[str, list[int]] = {}
    for at, cluster in enumerate(judged.clusters):
        together.setdefault(cluster, []).append(at)
    scene = _Scene(judged, reading, address, {each.name: each.title for each in rules}, runs, why)
    views = tuple(scene.view(cluster, places) for cluster, places in together.items())
    return Findings(
        "found",
        views,
        rules=len(rules),
        is_behind=is_behind,
        is_partial=is_partial,
        badges=_badges(judged.findings, reading),
        at=address.finding or "" if evidence_at(reading, address) else "",
        told=why[0] if why and any(each.course for each in views) else None,
    )


def evidence_at(reading: TraceReading, address: TraceAddress) -> Evidence | None:
    """The evidence that the address leads to, if it is in the span that the address names."""
    judged = reading.row.judged
    numbers = (address.finding or "").split(".")
    if judged is None or len(numbers) != 2 or not all(_is_number(each) for each in numbers):
        return None
    finding, place = (int(each) - 1 for each in numbers)
    if not 0 <= finding < len(judged.findings):
        return None
    evidence = judged.findings[finding].evidence
    found = evidence[place] if 0 <= place < len(evidence) else None
    # After the rules changed a number may be another finding's.
    return found if found is not None and found.span_id == address.span_id else None


def failed_in_effect(reading: TraceReading) -> str | None:
    """The span that shows what a run failed in, whatever it reported."""
    found = reading.row.judged.findings if reading.row.judged else ()
    return next((each.evidence[0].span_id for each in found if each.ending == "failed"), None)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 6


@dataclass(frozen=True, slots=True)
class _Scene:
    """What has to be known to show a finding."""

    judged: JudgedTrace
    reading: TraceReading
    address: TraceAddress
    titles: Mapping[str, str]
    runs: Mapping[str, int]
    why: tuple[str, str] | None

    def view(self, cluster: str, places: Sequence[int]) -> FindingView:
        """The findings at these places, which are of one cluster, as one."""
        found = [self.judged.findings[at] for at in places]
        first, why = found[0], self.why
        evidence = tuple(
            self._evidence(f"{at + 1}.{number}", each)
            for at in places
            for number, each in enumerate(self.judged.findings[at].evidence, 1)
        )
        is_why = why is not None and first.rule == REPORTED and why[0] in {each.span_id for each in evidence}
        return FindingView(
            number=places[0] + 1,
            rule=first.rule,
            times=len(found),
            rule_title=rule_titles(self.titles, first.rule),
            rule_href=f"/traces?{urlencode({'rule': first.rule})}",
            severity=min((each.severity for each in found), key=SEVERITIES.index),
            title=first.title,
            explanation=first.explanation,
            ending=ENDING_WORDS[first.ending],
            is_fatal=first.ending == "failed",
            course=why[1] if why and is_why else "",
            evidence=evidence,
            cluster_href=f"/clusters/{quote(cluster, safe='')}",
            others=max(0, self.runs.get(cluster, 1) - 1),
            waste=waste_words(_sum_of(each.waste for each in found)),
            is_looked_at=any(each.is_shown for each in evidence),
        )

    def _evidence(self, number: str, found: Evidence) -> EvidenceView:
        row = self.reading.tree.row(found.span_id)
        address = self.address
        return EvidenceView(
            span_id=found.span_id,
            span_name=row.reading.name or "(no name)" if row else "",
            kind=row.reading.observation.kind.value if row else "",
            field=EVIDENCE_WORDS[found.field],
            quote=" ".join(found.quote.split()),
            href=address.at_evidence(number, found.span_id) if row else address.url,
            is_shown=number == address.finding and found.span_id == address.span_id,
        )


def _sum_of(wastes: Iterable[Waste]) -> Waste:
    kept = list(wastes)
    return Waste(
        sum(each.tokens for each in kept),
        sum(each.cost_usd for each in kept),
        sum(each.duration_ns for each in kept),
    )


def _badges(findings: Sequence[Finding], reading: TraceReading) -> dict[str, Badge]:
    by_span: dict[str, list[Finding]] = {}
    for each in findings:
        for span_id in dict.fromkeys(place.span_id for place in each.evidence):
            by_span.setdefault(span_id, []).append(each)
    badges: dict[str, Badge] = {}
    for span_id, found in by_span.items():
        row = reading.tree.row(span_id)
        if row is not None and (made := badge(found, is_error_shown=row.reading.observation.is_error)):
            badges[span_id] = made
    return badges
