"""The report of the built-in analyst: at once, free, and only what can be counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from halo_dash.analysis.analyst.categories import category_of
from halo_dash.analysis.analyst.drafts import Draft, drafts
from halo_dash.analysis.analyst.examples import Shown, examples
from halo_dash.analysis.analyst.limits import not_judged
from halo_dash.analysis.analyst.wording import explanation_of, overview_of, percent, plural, title_of
from halo_dash.analysis.report.marks import escaped
from halo_dash.analysis.report.traces import verify
from halo_dash.analysis.selection import Selection
from halo_dash.model.clusters import ClusterDetail
from halo_dash.model.filter import Filter
from halo_dash.model.report import Check, Report, ReportFinding, ReportSeverity
from halo_dash.model.run import RunRequest
from halo_dash.patterns.patterns import Patterns
from halo_dash.patterns.reading import read_patterns
from halo_dash.store import Store

MOST_FINDINGS = 15
_EVIDENCE = 4
_CLOSELY = 8
"""Findings of which is asked what sets their runs apart."""
_SINGLES = 8
"""Single failures that are named."""
_IN_CHECK = 100
"""Clusters that one check names."""


def whole_of(selection: Selection) -> Selection:
    """The same selection before any of it was left out: the built-in analyst counts all of it."""
    if not selection.size.is_sampled:
        return selection
    size = replace(selection.size, read_traces=selection.size.traces, read_spans=selection.size.spans)
    return replace(selection, filter=selection.chosen, size=size, note="")


def patterns_of(store: Store, selection: Selection, least: int) -> Patterns:
    """What rules and counting say of all that was selected; `least` runs make something systemic."""
    return read_patterns(store, whole_of(selection).filter, least, selection.now_ns)


def built_in_report(store: Store, selection: Selection, patterns: Patterns, request: RunRequest) -> Report:
    """What rules and counting say of everything that was selected, proven like the report of a model.

    `patterns` are `patterns_of` the selection.
    """
    found = drafts(store, patterns)
    is_enough = patterns.insights.is_enough
    told = [each for each in found if each.share.hits > 1 or not is_enough]
    singles = [each for each in found if each.share.hits == 1 and is_enough]
    scene = _Scene(store, selection, patterns)
    findings = [_finding(scene, at, each) for at, each in enumerate(told[:MOST_FINDINGS], 1)]
    report = Report(
        title=_title(told, patterns),
        summary=_summary(store, patterns, told, singles),
        findings=tuple(findings),
        not_judged=not_judged(patterns, request, findings, left_out=len(told) - len(findings)),
        author="built_in",
        citations=tuple(shown.citation for each in singles[:_SINGLES] for shown in scene.shown(each, 1)),
    )
    return verify(report, whole_of(selection), store)


@dataclass(frozen=True, slots=True)
class _Scene:
    store: Store
    selection: Selection
    patterns: Patterns

    def shown(self, draft: Draft, limit: int) -> tuple[Shown, ...]:
        """Examples; of a sample, runs that a model may read too."""
        asked = Filter(cluster=draft.clusters)
        for selection in (self.selection, whole_of(self.selection)):
            found = examples(self.store, selection.within(asked), draft.clusters, limit, selection.now_ns)
            if found:
                return found
        return ()

    def detail(self, draft: Draft) -> ClusterDetail | None:
        """What sets its runs apart; of several clusters it would be told of the largest alone."""
        if draft.share.hits < 2 or len(draft.clusters) > 1:
            return None
        return self.store.clusters.get(draft.clusters[0], self.patterns.now_ns, self.patterns.filter)


def _finding(scene: _Scene, number: int, draft: Draft) -> ReportFinding:
    shown = scene.shown(draft, _EVIDENCE)
    detail = scene.detail(draft) if number <= _CLOSELY else None
    query = Filter(rule=(draft.rule,), cluster=draft.clusters[:_IN_CHECK])
    return ReportFinding(
        finding_id=str(number),
        title=title_of(draft),
        category=category_of(draft.rule, draft.cause),
        severity=_severity(draft),
        explanation=explanation_of(draft, shown[0].finding.explanation if shown else "", detail),
        hypothesis=escaped(draft.hypothesis),
        fix=escaped(draft.direction),
        runs=draft.share.hits,
        base=draft.share.base,
        evidence=tuple(each.citation for each in shown),
        check=Check(query=urlencode(query.pairs()), label=scene.patterns.rules.get(draft.rule, draft.rule)),
    )


def _severity(draft: Draft) -> ReportSeverity:
    return "low" if draft.severity == "info" else draft.severity


def _title(told: Sequence[Draft], patterns: Patterns) -> str:
    runs = plural(patterns.clusters.judged, "run")
    if not told:
        return f"Nothing that rules can see goes wrong in {runs}"
    systemic = sum(each.life is not None for each in told)
    if not systemic:
        return f"{plural(len(told), 'thing')} went wrong in {runs}"
    return f"{plural(systemic, 'thing')} {'goes' if systemic == 1 else 'go'} wrong again and again in {runs}"


def _summary(store: Store, patterns: Patterns, told: Sequence[Draft], singles: Sequence[Draft]) -> str:
    text = "".join(overview_of(patterns.clusters, _silent(store, patterns)))
    if told:
        first = told[0]
        text += (
            f" The greatest impact has **{escaped(title_of(first))}** ({percent(first.share)} of the runs)."
        )
        text += f" What to try: {escaped(first.direction)}" if first.direction else ""
        text += _rarer(told)
    if not singles:
        return text
    lines = [f"- {escaped(title_of(each))}" for each in singles[:_SINGLES]]
    more = len(singles) - len(lines)
    lines += [f"- and {more:,} more"] if more > 0 else []
    return "\n".join([f"{text}\n\nSeen once each, which may be chance:\n", *lines])


def _rarer(told: Sequence[Draft]) -> str:
    rarer = sum(each.life is None for each in told)
    if rarer in {0, len(told)}:
        return ""
    return f" {plural(rarer, 'more thing')} went wrong more than once, too rarely to be called a habit."


def _silent(store: Store, patterns: Patterns) -> int | None:
    """Runs that failed in effect and reported nothing; None where the selection asks for a status itself."""
    chosen = patterns.filter
    if chosen.status or chosen.effective:
        return None
    silent = replace(chosen, status=("ok",), effective=("error",))
    return store.traces.totals(silent, patterns.now_ns).traces
