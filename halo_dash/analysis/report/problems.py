"""What goes back to the model: what a machine could not verify, in words it can act on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from halo_dash.model.report import Citation, Report, ReportFinding

MOST = 12_000
"""Characters."""

_HEAD = (
    "A machine has checked this. Mend what is named here and hand in the whole again; what still fails is "
    "shown as unverified."
)


def problems_of(report: Report) -> str | None:
    """All that is wrong with a proven report; None where nothing is."""
    lines = [
        *(line for each in report.findings for line in _of_finding(each)),
        *_of_citations("The answer", report.citations),
    ]
    if not lines:
        return None
    kept: list[str] = []
    length = 0
    for line in lines:
        length += len(line) + 1
        if length > MOST:
            kept.append(f"- and {len(lines) - len(kept)} more problems like these")
            break
        kept.append(line)
    return "\n".join([_HEAD, *kept])


def _of_finding(finding: ReportFinding) -> Iterator[str]:
    name = f"Finding {finding.finding_id}"
    if not finding.evidence:
        yield f"- {name} has no evidence: quote at least one place that shows it, or leave it out."
    yield from _of_citations(name, finding.evidence)
    if finding.check is not None and finding.check.problem:
        yield f"- {name}, check {finding.check.query[:200]!r}: {finding.check.problem}"
    if finding.runs is not None and finding.check is None:
        yield (
            f"- {name} says {finding.runs:,} runs and has no check to count them by: give a filter that "
            "matches the runs which show it, or leave the number out where no filter can."
        )
    if finding.is_counted_otherwise:
        of = f" of {finding.base:,}" if finding.base is not None else ""
        base = finding.check.base if finding.check is not None else None
        yield (
            f"- {name} says {finding.runs:,}{of} runs; its check matches {finding.counted_runs:,}"
            + (f" of {base:,}" if base is not None else "")
            + ". Correct the number or the check."
        )
    for place in finding.code:
        if place.problem:
            line = f":{place.line}" if place.line else ""
            yield f"- {name}, code {place.path[:200]}{line}: {place.problem}"


def _of_citations(name: str, citations: Iterable[Citation]) -> Iterator[str]:
    for number, each in enumerate(citations, 1):
        if not each.is_verified:
            at = f"{each.trace_id[:40]}/{each.span_id[:40]}"
            yield f"- {name}, evidence {number} ({at}): {each.problem}"
