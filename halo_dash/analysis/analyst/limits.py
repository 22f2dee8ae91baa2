"""What the built-in analyst cannot judge, and says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from halo_dash.analysis.analyst.answering import fitting
from halo_dash.analysis.analyst.wording import plural
from halo_dash.analysis.report.plain import one_line
from halo_dash.model.report import ReportFinding
from halo_dash.model.run import RunRequest
from halo_dash.patterns.patterns import Patterns

_ASKED = 200


def not_judged(
    patterns: Patterns, request: RunRequest, findings: Sequence[ReportFinding], *, left_out: int
) -> tuple[str, ...]:
    """Each in a sentence or two, what matters most first."""
    return tuple(
        filter(None, (*_of_the_runs(patterns, left_out), _question(request.prompt, findings), *_ALWAYS))
    )


_ALWAYS = (
    (
        "Whether answers are right, complete, polite or well put: no model read them. Rules compute from "
        "what was recorded: errors, repetitions, empty and cut answers, arguments, sizes and times."
    ),
    "Root causes are what a rule's findings point to; nobody has read the code.",
)


def _of_the_runs(patterns: Patterns, left_out: int) -> Iterator[str]:
    page = patterns.clusters
    if not patterns.insights.is_enough:
        yield (
            f"Whether any of it is systemic: {plural(page.judged, 'run was', 'runs were')} judged, and it "
            f"takes {patterns.insights.least:,}. Each finding may be chance."
        )
    waiting = page.traces - page.judged
    if waiting > 0:
        yield (
            f"{plural(waiting, 'run')} of {page.traces:,} {'is' if waiting == 1 else 'are'} not judged yet "
            "(a run is judged when it has been quiet for a second); run the report again for them."
        )
    unexplained = page.troubled - page.covered
    if unexplained > 0:
        yield f"{plural(unexplained, 'run')} failed or had an error on the way, and no rule says why."
    if left_out > 0:
        yield f"{plural(left_out, 'more pattern')} with less impact: the list of failures has them."
    fixed = [each.title for each in patterns.insights.items if each.life.state == "fixed"]
    if fixed:
        yield f"Left out because counting says that it is fixed: {one_line('; '.join(fixed[:5]))}."
    if patterns.muted:
        yield f"Left out because somebody muted it: {plural(len(patterns.muted), 'failure cluster')}."
    if patterns.broken:
        yield f"Rules that are switched off: {one_line(', '.join(patterns.broken))}."


def _question(prompt: str, findings: Sequence[ReportFinding]) -> str:
    asked = one_line(prompt)
    if not asked:
        return ""
    shown = asked if len(asked) <= _ASKED else f"{asked[: _ASKED - 1]}…"
    numbers = [each.finding_id for each in fitting(findings, prompt)]
    near = f" Its words occur in {_listed(numbers)}." if numbers else ""
    return (
        f"What was asked (“{shown}”): the built-in analyst reads no language and always tells the same.{near}"
    )


def _listed(numbers: Sequence[str]) -> str:
    return f"finding {numbers[0]}" if len(numbers) == 1 else f"findings {', '.join(numbers)}"
