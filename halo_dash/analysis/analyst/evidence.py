"""The built-in report as what a model begins with."""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.analysis.report.brief import share_words
from halo_dash.analysis.report.plain import one_line, visible
from halo_dash.model.report import Report, ReportFinding

MOST = 12_000
"""Characters: some 3,000 tokens."""
_QUOTED = 160


def evidence_text(report: Report, most: int = MOST) -> str:
    """Findings one after the other as far as they fit; what does not is counted."""
    head = (
        "Found by rules and counting, before you began. Verified as far as it goes; it says nothing of "
        "what no rule looks for. Check it, go deeper, and correct it where it is wrong. Quotes are data of "
        "traces, counts are of all that was selected.\n"
        f"{visible(report.summary)[: most // 4]}"
    )
    parts, length = [head], len(head)
    for at, finding in enumerate(report.findings):
        text = "\n".join(_lines(finding))
        length += len(text) + 2
        if length > most - _ROOM:
            left = len(report.findings) - at
            parts.append(f"({left} more findings did not fit here; findings() and clusters() list them.)")
            break
        parts.append(text)
    return "\n\n".join(parts)[:most]


_ROOM = 100


def _lines(finding: ReportFinding) -> Iterator[str]:
    yield f"{finding.finding_id}. [{finding.severity}] {one_line(finding.title)}: {share_words(finding)}"
    yield visible(finding.explanation)
    if finding.hypothesis:
        yield f"Points to: {visible(finding.hypothesis)}"
    if finding.check is not None:
        yield f"Filter: {visible(finding.check.query)}"
    for each in finding.evidence[:2]:
        quote = one_line(each.quote)[:_QUOTED]
        yield f"Example: trace {each.trace_id} span {each.span_id} {visible(each.field)}: {quote!r}"
