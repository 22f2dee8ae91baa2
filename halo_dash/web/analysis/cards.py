"""A report as its page shows it: a card for each finding, with its proof and ways to hand it on."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup

from halo_dash.analysis.report.plain import one_line, visible
from halo_dash.analysis.report.prose import safe_html
from halo_dash.analysis.selection import without_own
from halo_dash.model.filter import Filter
from halo_dash.model.report import Check, Citation, CodePlace, Report, ReportFinding
from halo_dash.web.analysis.paths import citation_address, cursor_address
from halo_dash.web.words import percent, plural

_QUOTES = 2
"""Of a finding, that stand in its card at once."""


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """A citation."""

    quote: str
    href: str
    trace: str
    """The beginning of its id."""
    field: str
    is_verified: bool
    problem: str


@dataclass(frozen=True, slots=True)
class CheckLine:
    """What tells whether it is gone."""

    label: str
    href: str
    """The traces that match now, in the whole store and at any time; empty where it is no filter."""
    count: str
    """How many of the run's selection match."""
    problem: str


@dataclass(frozen=True, slots=True)
class FindingCard:
    """One finding."""

    finding_id: str
    title: str
    category: str
    severity: str
    share: str
    """`21 of 140 runs, 15 %`, by the machine's count where there is one; empty where nobody counted."""
    said: str
    """What the report said, where the machine counts another number."""
    explanation: Markup
    hypothesis: Markup
    fix: Markup
    brief: str
    evidence: tuple[EvidenceLine, ...]
    more_evidence: tuple[EvidenceLine, ...]
    """Verified too; folded away, so that a report can be skimmed."""
    unverified: tuple[EvidenceLine, ...]
    check: CheckLine | None
    code: tuple[CodePlace, ...]
    cursor_href: str
    command: str
    """Prints the brief; what a coding agent on the command line is started with."""

    @property
    def is_proven(self) -> bool:
        """At least one citation holds."""
        return bool(self.evidence)


@dataclass(frozen=True, slots=True)
class Proof:
    """The table of verification in one line."""

    verified: int
    unverified: int
    counts: int
    """Findings whose number the machine counted."""
    differing: int
    """Of these, those it counts otherwise."""


def finding_cards(report: Report, filter_: Filter, conversation_id: str) -> tuple[FindingCard, ...]:
    """The findings in their order. `filter_` is the run's selection, which checks narrow."""
    return tuple(_card(each, filter_, conversation_id) for each in report.findings)


def proof_of(report: Report) -> Proof | None:
    """What the machine made of the report's claims; None where it makes none that can be looked up."""
    citations = [each for finding in report.findings for each in finding.evidence] + list(report.citations)
    counted = [each for each in report.findings if each.counted_runs is not None and each.runs is not None]
    if not citations and not counted:
        return None
    return Proof(
        verified=sum(each.is_verified for each in citations),
        unverified=sum(not each.is_verified for each in citations),
        counts=len(counted),
        differing=sum(each.is_counted_otherwise for each in counted),
    )


def citation_lines(citations: tuple[Citation, ...]) -> tuple[EvidenceLine, ...]:
    """Citations as links to their places."""
    return tuple(
        EvidenceLine(
            quote=visible(each.quote),
            href=citation_address(each),
            trace=one_line(each.trace_id[:8]),
            field=one_line(each.field),
            is_verified=each.is_verified,
            problem=each.problem,
        )
        for each in citations
    )


def _card(finding: ReportFinding, filter_: Filter, conversation_id: str) -> FindingCard:
    lines = citation_lines(finding.evidence)
    verified = tuple(each for each in lines if each.is_verified)
    counted = finding.counted_runs if finding.counted_runs is not None else finding.runs
    base = finding.check.base if finding.check and finding.check.base is not None else finding.base
    return FindingCard(
        finding_id=finding.finding_id,
        title=finding.title,
        category=finding.category,
        severity=finding.severity,
        share=_share(counted, base),
        said=_share(finding.runs, finding.base) if finding.is_counted_otherwise else "",
        explanation=prose(finding.explanation),
        hypothesis=prose(finding.hypothesis),
        fix=prose(finding.fix),
        brief=finding.brief,
        evidence=verified[:_QUOTES],
        more_evidence=verified[_QUOTES:],
        unverified=tuple(each for each in lines if not each.is_verified),
        check=_check(finding.check, filter_) if finding.check else None,
        code=finding.code,
        cursor_href=cursor_address(finding.brief) if finding.brief else "",
        command=f"halo conversation get {conversation_id} --brief {finding.finding_id}",
    )


def prose(text: str) -> Markup:
    """Markdown of others as HTML of a few tags."""
    return Markup(safe_html(text, below=3))  # noqa: S704 - made of a few tags, all words in it are escaped


def _share(runs: int | None, base: int | None) -> str:
    if runs is None:
        return ""
    if not base:
        return plural(runs, "run")
    return f"{runs:,} of {plural(base, 'run')}, {percent(runs / base)}"


def _check(check: Check, filter_: Filter) -> CheckLine:
    count = "" if check.hits is None else _share(check.hits, check.base)
    scope = [pair for pair in without_own(filter_).pairs() if pair[0] not in {"trace", "from", "to", "range"}]
    narrowed = urlencode(scope)
    joined = "&".join(part for part in (narrowed, check.query) if part)
    href = "" if check.problem or not check.query else f"/traces?{joined}"
    return CheckLine(check.label or check.query, href, count, check.problem)
