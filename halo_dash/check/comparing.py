"""Telling what is new, and what grew, from what was always so; and recording a run as known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from halo_dash.check.baseline import MOST_RUNS, Baseline, KnownCluster, KnownRule, RecordedRun, known_of
from halo_dash.check.sample import Example, Sample, Seen, label_of, worst
from halo_dash.check.together import TOGETHER, Family, counts, families
from halo_dash.check.variation import ALARM, FEWEST, Share, beyond_chance, surprise
from halo_dash.detect.templates import Templates
from halo_dash.model.finding import SEVERITIES, Severity

State: TypeAlias = Literal["new", "grown", "rare", "unmeasured", "same", "gone", "absent"]
STATES: tuple[State, ...] = ("new", "grown", "rare", "unmeasured", "same", "gone", "absent")
"""`new` and `grown` are more than chance, or nothing is known yet that could explain them. `rare`: no
recorded run has it, and it shows so seldom that this may be chance. `unmeasured`: the recorded runs were
judged without its rule, or by another version of it. `gone` is more than chance, `absent` may be chance."""


@dataclass(frozen=True, slots=True)
class Change:
    """One cluster, now and in the recorded runs."""

    state: State
    is_failing: bool
    """It is why the check fails."""
    name: str
    rule: str
    title: str
    cause: str
    template: str
    severity: Severity
    now: Share
    """(traces that have it, all traces)."""
    recorded: tuple[Share, ...]
    """The same of each recorded run that can be compared."""
    chance: float | None
    """Probability that chance alone shows it so often (for `gone` and `absent`: so seldom); None where it
    cannot be told."""
    example: Example | None = None
    traces: frozenset[str] = frozenset()
    """Those of now that have it; none where several failures are taken together."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answer."""

    changes: tuple[Change, ...]
    """What fails first; then by state, severity and share."""
    sample: Sample
    baseline: Baseline
    fail_on: Severity

    @property
    def undecided(self) -> tuple[Change, ...]:
        """What no recorded run has and nothing proves to be more than chance: somebody has to look."""
        return tuple(
            each
            for each in self.changes
            if each.state in {"rare", "unmeasured"} and each.now[0] and counts(each.severity, self.fail_on)
        )

    @property
    def failing(self) -> tuple[Change, ...]:
        """What the check fails for."""
        return tuple(each for each in self.changes if each.is_failing)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A cluster of now and the known one it is; either may be missing."""

    subject: Seen | KnownCluster
    """The one of now, where it is there."""
    seen: Seen | None
    known: KnownCluster | None


def compare(
    baseline: Baseline, sample: Sample, *, fail_on: Severity = "medium", is_strict: bool = False
) -> Comparison:
    """What a run has that the recorded ones do not explain.

    `fail_on`: less severe clusters never fail. `is_strict`: what no recorded run has fails, however rare.
    """
    pairs = _paired(baseline.clusters, sample.seen)
    total = len(sample.traces)
    cases = {
        at: (_recorded(baseline, each), (_hits(each), total))
        for at, each in enumerate(pairs)
        if each.seen is not None
        and counts(each.seen.severity, fail_on)
        and _is_measured(baseline, sample, each.seen.rule)
    }
    unknown = [
        pairs[at].seen for at, (recorded, _now) in cases.items() if not any(hits for hits, _all in recorded)
    ]
    together = families(baseline, sample, [each for each in unknown if each is not None], fail_on)
    alarms = beyond_chance([*cases.values(), *((each.recorded, each.now) for each in together)])
    alarmed = dict(zip(cases, alarms[: len(cases)], strict=True))
    changes = [
        _change(baseline, sample, each, is_alarm=alarmed.get(at, False), is_strict=is_strict, fail_on=fail_on)
        for at, each in enumerate(pairs)
    ]
    changes += [
        _taken_together(each)
        for each, is_alarm in zip(together, alarms[len(cases) :], strict=True)
        if is_alarm
    ]
    changes.sort(key=_place)
    return Comparison(tuple(changes), sample, baseline, fail_on)


def record(baseline: Baseline, sample: Sample) -> Baseline:
    """The baseline with one more run. A run of the same traces is recorded once."""
    if baseline.has(sample.digest):
        return baseline
    runs = (*baseline.runs, RecordedRun(sample.digest, len(sample.traces), sample.failed))
    earlier = (0,) * len(baseline.runs)
    clusters = []
    for pair in _paired(baseline.clusters, sample.seen):
        hits = (*(pair.known.runs if pair.known else earlier), _hits(pair))
        if pair.seen is not None:
            title = label_of(sample.titles.get(pair.seen.rule, pair.seen.rule), pair.seen.subject)
            made = known_of(pair.seen, title, hits)
            clusters.append(replace(made, name=pair.known.name) if pair.known else made)
        elif pair.known is not None:
            clusters.append(replace(pair.known, runs=hits))
    rules = dict(baseline.rules)
    for name, version in sample.rules.items():
        if name not in rules or rules[name].version != version:
            rules[name] = KnownRule(version, len(baseline.runs))
    return _newest(Baseline(runs, rules, tuple(clusters)))


def _newest(baseline: Baseline) -> Baseline:
    """Without the oldest runs beyond `MOST_RUNS`, and without clusters that none of the others has."""
    over = max(0, len(baseline.runs) - MOST_RUNS)
    rules = {
        name: KnownRule(each.version, max(0, each.since - over)) for name, each in baseline.rules.items()
    }
    clusters = (replace(each, runs=each.runs[over:]) for each in baseline.clusters)
    return Baseline(baseline.runs[over:], rules, tuple(each for each in clusters if any(each.runs)))


def _paired(known: Sequence[KnownCluster], seen: Sequence[Seen]) -> list[_Pair]:
    """Clusters of now with the known ones: of one family, and with the same wording or a near one."""
    families: dict[tuple[str, str, str], list[KnownCluster]] = {}
    for cluster in known:
        families.setdefault(cluster.family, []).append(cluster)
    wordings = {
        family: Templates.of(cluster.template for cluster in members) for family, members in families.items()
    }
    found: dict[str, list[Seen]] = {}
    words: dict[str, str] = {}
    unknown: list[_Pair] = []
    for each in sorted(seen, key=lambda one: (one.family, one.template)):
        templates = wordings.get(each.family)
        if templates is not None and templates.knows(each.template):
            at = templates.place(each.template)
            name = families[each.family][at].name
            found.setdefault(name, []).append(each)
            words[name] = templates.wording(at)
        else:
            unknown.append(_Pair(each, each, None))
    by_name = {cluster.name: cluster for cluster in known}
    joined = [_joined(each, words[name]) for name, each in found.items()]
    pairs = [_Pair(each, each, by_name[name]) for name, each in zip(found, joined, strict=True)]
    missing = [_Pair(cluster, None, cluster) for cluster in known if cluster.name not in found]
    return [*unknown, *pairs, *missing]


def _joined(seen: Sequence[Seen], wording: str) -> Seen:
    """Clusters of now that one known cluster is."""
    traces = frozenset[str]().union(*(each.traces for each in seen))
    return replace(seen[0], traces=traces, template=wording, severity=worst(each.severity for each in seen))


def _change(
    baseline: Baseline, sample: Sample, pair: _Pair, *, is_alarm: bool, is_strict: bool, fail_on: Severity
) -> Change:
    subject = pair.subject
    recorded = _recorded(baseline, pair)
    is_measured = _is_measured(baseline, sample, subject.rule)
    now = (_hits(pair), len(sample.traces))
    state: State
    chance = surprise(recorded, now) if is_measured else None
    if not is_measured:
        state = "unmeasured"
    elif pair.seen is None:
        chance = _seldom(recorded, now)
        state = "gone" if chance <= ALARM else "absent"
    elif not any(hits for hits, _traces in recorded):
        is_new = is_alarm or is_strict or sum(traces for _hits, traces in recorded) < FEWEST
        state = "new" if is_new else "rare"
    else:
        state = "grown" if is_alarm else "same"
    return Change(
        state=state,
        is_failing=state in {"new", "grown"} and counts(subject.severity, fail_on),
        name=pair.known.name if pair.known else subject.name,
        rule=subject.rule,
        title=label_of(sample.titles.get(subject.rule, subject.rule), subject.subject),
        cause=subject.cause,
        template=subject.template,
        severity=subject.severity,
        now=now,
        recorded=recorded,
        chance=chance,
        example=pair.seen.example if pair.seen else None,
        traces=pair.seen.traces if pair.seen else frozenset(),
    )


def _taken_together(family: Family) -> Change:
    return Change(
        state=family.state,
        is_failing=True,
        name=f"{TOGETHER}-{family.name}",
        rule=TOGETHER,
        title=family.title,
        cause="",
        template="",
        severity=family.severity,
        now=family.now,
        recorded=family.recorded,
        chance=surprise(family.recorded, family.now),
        example=family.example,
    )


def _seldom(recorded: Sequence[Share], now: Share) -> float:
    """Probability that chance alone keeps it out of this run: those without it show as often as that."""
    return surprise([(traces - hits, traces) for hits, traces in recorded], (now[1] - now[0], now[1]))


def _recorded(baseline: Baseline, pair: _Pair) -> tuple[Share, ...]:
    hits = pair.known.runs if pair.known else (0,) * len(baseline.runs)
    return baseline.shares(pair.subject.rule, hits)


def _hits(pair: _Pair) -> int:
    return len(pair.seen.traces) if pair.seen is not None else 0


def _is_measured(baseline: Baseline, sample: Sample, rule: str) -> bool:
    version = sample.rules.get(rule)
    return version is not None and baseline.knows(rule, version)


def _place(change: Change) -> tuple[bool, int, int, float, str]:
    share = change.now[0] / change.now[1] if change.now[1] else 0.0
    return (
        not change.is_failing,
        STATES.index(change.state),
        SEVERITIES.index(change.severity),
        -share,
        change.name,
    )


def counted(changes: Iterable[Change]) -> Mapping[State, int]:
    """How many clusters there are of each state."""
    found = dict.fromkeys(STATES, 0)
    for each in changes:
        found[each.state] += 1
    return found
