"""What single failures are too rare to show: many different new ones, and more runs that fail at all.

Compared one by one, ten new failures of one run each may all be chance. Together they are not: how often a
run shows something that no other has is itself known from the recorded runs. Of several it is counted, run by
run, in how many traces each has failures that none of the others has. Of one run it is estimated, by Good and
Turing: the failures that one trace alone has are as frequent as those that are still to be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from halo_dash.check.baseline import Baseline
from halo_dash.check.sample import Example, Sample, Seen, worst
from halo_dash.check.variation import FEWEST, Share
from halo_dash.model.finding import SEVERITIES, Severity

TOGETHER: Final = "taken-together"
"""Stands in the place of a rule's name."""

_FEWEST_CLUSTERS = 2
"""One alone is compared by itself."""


@dataclass(frozen=True, slots=True)
class Family:
    """Failures that are counted as one."""

    name: str
    title: str
    state: Literal["new", "grown"]
    """What it is where it is more than chance."""
    severity: Severity
    recorded: tuple[Share, ...]
    now: Share
    example: Example | None = None


def families(
    baseline: Baseline, sample: Sample, unknown: Sequence[Seen], fail_on: Severity
) -> tuple[Family, ...]:
    """All there are. `unknown`: measured clusters of now, severe enough, that no recorded run has."""
    if sum(run.traces for run in baseline.runs) < FEWEST or not sample.traces:
        return ()
    found = [*_failed(baseline, sample, fail_on), *_unseen(baseline, sample, unknown, fail_on)]
    by_rule: dict[str, list[Seen]] = {}
    for each in unknown:
        by_rule.setdefault(each.rule, []).append(each)
    if len(by_rule) > 1:
        for rule, clusters in sorted(by_rule.items()):
            found += _unseen(baseline, sample, clusters, fail_on, rule)
    return tuple(found)


def _failed(baseline: Baseline, sample: Sample, fail_on: Severity) -> Iterable[Family]:
    """Runs that failed in effect, which findings of severity high and medium make of them."""
    begin = _comparable(baseline, sample.rules.items())
    if begin is not None and counts("medium", fail_on):
        recorded = tuple((run.failed, run.traces) for run in baseline.runs[begin:])
        now = (sample.failed, len(sample.traces))
        yield Family("failed", "Runs that failed in effect", "grown", "medium", recorded, now)


def _unseen(
    baseline: Baseline, sample: Sample, unknown: Sequence[Seen], fail_on: Severity, rule: str = ""
) -> Iterable[Family]:
    begin = _comparable(baseline, {(each.rule, sample.rules[each.rule]) for each in unknown})
    if begin is None or len(unknown) < _FEWEST_CLUSTERS:
        return
    known = [each for each in baseline.clusters if rule in {"", each.rule} and counts(each.severity, fail_on)]
    runs = baseline.runs[begin:]
    alone = _alone([each.runs[begin:] for each in known], len(runs))
    title = "Different new failures" + (f": {sample.titles.get(rule, rule)}" if rule else "")
    yield Family(
        name=f"new-{rule}" if rule else "new",
        title=title,
        state="new",
        severity=worst(each.severity for each in unknown),
        recorded=tuple((min(hits, run.traces), run.traces) for hits, run in zip(alone, runs, strict=True)),
        now=(len(frozenset[str]().union(*(each.traces for each in unknown))), len(sample.traces)),
        example=next((each.example for each in unknown if each.example is not None), None),
    )


def _alone(counts: Sequence[tuple[int, ...]], runs: int) -> list[int]:
    """For each run, the traces with failures that no other run has; of one run, that no other trace has."""
    found = [0] * runs
    for each in counts:
        having = [at for at, hits in enumerate(each) if hits]
        if len(having) == 1 and (runs > 1 or each[0] == 1):
            found[having[0]] += each[having[0]]
    return found


def _comparable(baseline: Baseline, rules: Iterable[tuple[str, str]]) -> int | None:
    """The first run that was judged by these versions of rules; None where none was by all of them."""
    begin = 0
    for name, version in rules:
        if not baseline.knows(name, version):
            return None
        begin = max(begin, baseline.rules[name].since)
    return begin


def counts(severity: Severity, fail_on: Severity) -> bool:
    """Whether a failure so severe may fail the check."""
    return SEVERITIES.index(severity) <= SEVERITIES.index(fail_on)
