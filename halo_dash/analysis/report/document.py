"""A report as a document that somebody would send: Markdown, safe wherever it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote, urlencode

from halo_dash.analysis.report.brief import share_words
from halo_dash.analysis.report.checks import read_check
from halo_dash.analysis.report.marks import cell, code, escaped, fence
from halo_dash.analysis.report.plain import one_line
from halo_dash.analysis.report.prose import safe_markdown
from halo_dash.analysis.report.provenance import Provenance
from halo_dash.errors import UsageError
from halo_dash.model.report import Check, Citation, CodePlace, Report, ReportFinding

_SHORT_ID = 8


def render_markdown(report: Report, provenance: Provenance | None = None) -> str:
    """The whole document. Raw HTML, images and links that leave the dashboard cannot occur in it."""
    return "\n\n".join(part for part in _parts(report, provenance) if part) + "\n"


def citation_path(cited: Citation) -> str:
    """The place in the dashboard."""
    return f"/traces/{quote(cited.trace_id, safe='')}?{urlencode({'span': cited.span_id})}"


def check_path(check: Check) -> str:
    """The list of the runs that match; empty where the check is no filter."""
    try:
        return f"/traces?{urlencode(read_check(check.query).pairs())}"
    except UsageError:
        return ""


def _parts(report: Report, provenance: Provenance | None) -> Iterator[str]:
    yield f"# {_title(report.title)}"
    if report.is_partial:
        yield "**Partial report:** the run was stopped before it was done; this is what it had found."
    yield safe_markdown(report.summary)
    if report.findings:
        yield "## Findings"
        yield _table(report.findings)
        for finding in report.findings:
            yield from _finding(finding)
    sources = [each for each in report.citations if each.is_verified]
    if sources:
        yield "## Sources of the summary" if report.findings else "## Sources"
        yield from map(_cited, sources)
    yield from _unverified(report)
    if report.not_judged:
        yield "## Not judged"
        yield "\n".join(f"- {escaped(one_line(each))}" for each in report.not_judged)
    briefs = [each for each in report.findings if each.brief]
    if briefs:
        yield "## Briefs for a coding agent"
        for each in briefs:
            yield f"{each.finding_id}. {_title(each.title)}"
            yield fence(each.brief.rstrip("\n"), "text")
    if provenance is not None:
        yield "---"
        yield escaped(provenance.words())


def _table(findings: Iterable[ReportFinding]) -> str:
    rows = ["| # | Finding | Severity | Runs | Evidence |", "|---|---|---|---|---|"]
    for each in findings:
        verified = sum(cited.is_verified for cited in each.evidence)
        proof = f"{verified} of {len(each.evidence)} verified" if each.evidence else "none"
        cells = (
            each.finding_id,
            _title(each.title),
            each.severity,
            share_words(each) or "not counted",
            proof,
        )
        rows.append(f"| {' | '.join(map(cell, cells))} |")
    return "\n".join(rows)


def _finding(finding: ReportFinding) -> Iterator[str]:
    yield f"### {finding.finding_id}. {_title(finding.title)}"
    facts = [
        f"**{finding.severity.capitalize()}**",
        escaped(one_line(finding.category)),
        share_words(finding),
    ]
    yield " · ".join(filter(None, facts))
    yield safe_markdown(finding.explanation, below=3)
    proven = [each for each in finding.evidence if each.is_verified]
    if proven:
        yield "**Evidence**"
        yield from map(_cited, proven)
    else:
        yield "**Nothing that is quoted for this finding could be verified.**"
    for name, text in (("Root cause (hypothesis)", finding.hypothesis), ("Fix", finding.fix)):
        if text:
            yield f"**{name}**"
            yield safe_markdown(text, below=3)
    if finding.code:
        yield "**Code**"
        yield "\n".join(map(_code, finding.code))
    if finding.check is not None:
        yield _check(finding.check)


def _cited(cited: Citation) -> str:
    words = f"{code(cited.field)} of span {code(cited.span_id)} in trace {code(cited.trace_id[:_SHORT_ID])}"
    lines = [
        f"- [{words}]({citation_path(cited)})",
        "",
        *(f"  {line}" for line in fence(cited.quote, "text").splitlines()),
    ]
    return "\n".join(lines)


def _check(check: Check) -> str:
    words, path = code(check.query), check_path(check)
    shown = f"[{words}]({path})" if path else words
    label = f" ({escaped(one_line(check.label))})" if check.label else ""
    if check.problem:
        return f"**Check** {shown}{label}: {escaped(one_line(check.problem))}"
    if check.hits is None:
        return f"**Check** {shown}{label}: not counted"
    counted = f"{check.hits:,} of {check.base or 0:,} runs of the selection match; none should."
    return f"**Check** {shown}{label}: {counted}"


def _code(place: CodePlace) -> str:
    line = f":{place.line}" if place.line else ""
    since = f", since commit {code(place.commit)}" if place.commit else ""
    doubt = (
        ""
        if place.is_verified
        else f" (not verified{': ' if place.problem else ''}{escaped(one_line(place.problem))})"
    )
    return f"- {code(f'{place.path}{line}')}{since}{doubt}"


def _unverified(report: Report) -> Iterator[str]:
    """What did not stand up to the proof, apart and marked as such."""
    found = [(f"Finding {each.finding_id}", cited) for each in report.findings for cited in each.evidence]
    found += [("Summary", cited) for cited in report.citations]
    doubted = [(where, cited) for where, cited in found if not cited.is_verified]
    if doubted:
        yield "## Unverified evidence"
        yield "What follows was cited, and could not be found as it was cited. Do not rely on it."
    for where, cited in doubted:
        place = f"{code(cited.field) or 'no field'} of span {code(cited.span_id) or 'unnamed'}"
        trace, problem = code(cited.trace_id) or "unnamed", escaped(one_line(cited.problem))
        head = f"- {where}: {place} in trace {trace}. {problem}"
        yield "\n".join([head, "", *(f"  {line}" for line in fence(cited.quote, "text").splitlines())])


def _title(text: str) -> str:
    return escaped(one_line(text))
