"""The committed file that says what is known to go wrong, and how often, over several recorded runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from halo_dash.check.sample import Seen
from halo_dash.errors import InvalidInputError
from halo_dash.model.finding import Severity

FORMAT: Final = "halo-baseline"
VERSION: Final = 1

MOST_RUNS: Final = 20
"""Runs that are kept; then the oldest goes."""

_LARGEST: Final = 16 * 1024 * 1024
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """One run that is known."""

    digest: str
    """Of its traces, so that it is not recorded twice."""
    traces: int
    failed: int


@dataclass(frozen=True, slots=True)
class KnownRule:
    """A rule as it judged the recorded runs."""

    version: str
    since: int
    """Place of the first run that this version judged; what is counted before does not count."""


@dataclass(frozen=True, slots=True)
class KnownCluster:
    """A failure that at least one recorded run has."""

    name: str
    rule: str
    subject: str
    cause: str
    template: str
    title: str
    severity: Severity
    runs: tuple[int, ...]
    """Traces that have it, for each recorded run."""

    @property
    def family(self) -> tuple[str, str, str]:
        """What stays when wordings are left aside."""
        return self.rule, self.subject, self.cause


@dataclass(frozen=True, slots=True)
class Baseline:
    """All that is known."""

    runs: tuple[RecordedRun, ...] = ()
    rules: Mapping[str, KnownRule] = field(default_factory=dict)
    clusters: tuple[KnownCluster, ...] = ()

    def has(self, digest: str) -> bool:
        """Whether a run of exactly these traces is recorded."""
        return any(run.digest == digest for run in self.runs)

    def knows(self, rule: str, version: str) -> bool:
        """Whether this version of a rule judged any recorded run."""
        known = self.rules.get(rule)
        return known is not None and known.version == version and known.since < len(self.runs)

    def shares(self, rule: str, counts: Sequence[int]) -> tuple[tuple[int, int], ...]:
        """(traces that have it, all traces) of each run that the rule of today judged."""
        known = self.rules.get(rule)
        since = known.since if known is not None else len(self.runs)
        pairs = zip(counts, self.runs, strict=True)
        return tuple((hits, run.traces) for hits, run in pairs)[since:]


def write(baseline: Baseline) -> bytes:
    """The file: a line a run, a rule and a cluster, in an order that depends on nothing but its content."""
    ordered = sorted(
        baseline.clusters, key=lambda each: (each.rule, each.subject, each.cause, each.template, each.name)
    )
    parts = (
        ("runs", [_line(_record(run)) for run in baseline.runs], "[]"),
        (
            "rules",
            [f"{_line(name)}: {_line(_record(rule))}" for name, rule in sorted(baseline.rules.items())],
            "{}",
        ),
        ("clusters", [_line(_record(each)) for each in ordered], "[]"),
    )
    body = ",\n".join(
        f'  "{name}": {ends[0]}' + ("\n    " + ",\n    ".join(lines) + "\n  " if lines else "") + ends[1]
        for name, lines, ends in parts
    )
    return f'{{\n  "format": "{FORMAT}",\n  "version": {VERSION},\n{body}\n}}\n'.encode()


def read(data: bytes, name: str) -> Baseline:
    """The inverse of `write`. Raises `InvalidInputError` that names what is wrong; `name` is the file's."""
    if len(data) > _LARGEST:
        raise _refused(name, f"it has more than {_LARGEST:,} bytes")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _refused(name, f"it is not JSON ({error})") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _refused(name, f'it does not say "format": "{FORMAT}"')
    version = document.get("version")
    if version != VERSION:
        raise _refused(name, f"it has version {version!r:.20}, and this program reads version {VERSION}")
    try:
        found = _Document.model_validate(document)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:_NAMED]]
        raise _refused(name, "; ".join(problems)) from None
    clusters = tuple(KnownCluster(**{**each.model_dump(), "runs": each.runs}) for each in found.clusters)
    for cluster in clusters:
        if len(cluster.runs) != len(found.runs):
            raise _refused(name, f"the cluster {cluster.name} has counts of {len(cluster.runs)} runs")
        if any(hits > run.traces for hits, run in zip(cluster.runs, found.runs, strict=True)):
            raise _refused(name, f"the cluster {cluster.name} is in more traces than a run has")
    return Baseline(
        tuple(RecordedRun(**each.model_dump()) for each in found.runs),
        {rule: KnownRule(**each.model_dump()) for rule, each in found.rules.items()},
        clusters,
    )


def known_of(seen: Seen, title: str, runs: tuple[int, ...]) -> KnownCluster:
    """A cluster as it will be known."""
    return KnownCluster(
        name=seen.name,
        rule=seen.rule,
        subject=seen.subject,
        cause=seen.cause,
        template=seen.template,
        title=title,
        severity=seen.severity,
        runs=runs,
    )


def _record(value: RecordedRun | KnownRule | KnownCluster) -> dict[str, object]:
    return {name: getattr(value, name) for name in type(value).__slots__}


def _line(value: object) -> str:
    return json.dumps(value)


def _refused(name: str, why: str) -> InvalidInputError:
    return InvalidInputError(
        f"{name} is no baseline that can be read: {why}.",
        hint="Take the last committed version, or delete it and make a new one with --update.",
    )


_Count = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Run(_Strict):
    digest: str
    traces: Annotated[int, Field(ge=1)]
    failed: _Count


class _Rule(_Strict):
    version: str
    since: _Count


class _Cluster(_Strict):
    name: Annotated[str, Field(pattern=r"^[0-9a-f]+$")]
    rule: str
    subject: str
    cause: str
    template: str
    title: str
    severity: Literal["high", "medium", "low", "info"]
    runs: Annotated[tuple[_Count, ...], Field(strict=False)]


class _Document(_Strict):
    format: str
    version: int
    runs: list[_Run]
    rules: dict[str, _Rule]
    clusters: list[_Cluster]
