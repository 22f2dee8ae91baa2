"""Trace files, read and judged in a store of their own that is gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from halo_dash.check.sample import Example, Sample, Seen, worst
from halo_dash.detect.rule import Rule, RuleError
from halo_dash.errors import InvalidInputError
from halo_dash.ingest import Ingest
from halo_dash.jobs.judge import Judge
from halo_dash.jobs.rule_guard import TOO_SLOW
from halo_dash.jobs.rule_health import version_of
from halo_dash.model.finding import Finding, Severity
from halo_dash.model.judged import ClusterIdentity, JudgedTrace
from halo_dash.semconv.pricing import PriceBook
from halo_dash.store import Store
from halo_dash.transfer.importing import import_file

_TOGETHER = 200
"""Traces whose findings are in memory at once."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Files in a store."""

    store: Store
    files: dict[str, str]
    """Trace id -> the file it was found in first, as it was named."""


@contextmanager
def gathered(files: Sequence[Path], prices: PriceBook, *, skip_bad: bool = False) -> Iterator[Gathered]:
    """Read files of any known kind. Raises `InvalidInputError` and `NotFoundError` as an import does."""
    with (
        TemporaryDirectory(prefix="halo-check-") as folder,
        Store.open(Path(folder) / "halo.db", prices=prices) as store,
    ):
        found: dict[str, str] = {}
        with Ingest(store) as ingest:
            for file in files:
                report = import_file(ingest, file, skip_bad=skip_bad)
                for trace_id in report.traces:
                    found.setdefault(trace_id, str(file))
        yield Gathered(store, found)


def judged(gathered: Gathered, rules: Sequence[Rule]) -> Sample:
    """Judge every trace. Raises `InvalidInputError` where there is none, or a rule does not come to an end.

    One that takes longer than `LIMIT_S` for a trace judges no other: what is compared then proves little.
    """
    if not gathered.files:
        raise InvalidInputError("The files hold no trace.", hint="Name files that hold spans.")
    store = gathered.store
    Judge(store, rules).catch_up()
    _refuse_endless(store, rules)
    clusters: dict[str, _Cluster] = {}
    failed = 0
    ids = sorted(gathered.files)
    for begin in range(0, len(ids), _TOGETHER):
        found = store.findings.of_traces(ids[begin : begin + _TOGETHER])
        for trace_id in sorted(found):
            failed += found[trace_id].is_failed_in_effect
            _add(clusters, found[trace_id], gathered.files[trace_id])
    errors = [RuleError(each.rule, each.trace_id, each.message) for each in store.findings.health()]
    return Sample(
        traces=tuple(ids),
        failed=failed,
        seen=tuple(
            _seen(identity, each)
            for name, each in sorted(clusters.items())
            if (identity := store.clusters.identity(name)) is not None
        ),
        rules={rule.name: version_of(rule) for rule in rules},
        titles={rule.name: rule.title for rule in rules},
        errors=tuple(errors),
        files=len(set(gathered.files.values())),
    )


def _refuse_endless(store: Store, rules: Sequence[Rule]) -> None:
    sources = {rule.name: rule.source for rule in rules}
    for each in store.findings.health():
        if each.message.startswith(TOO_SLOW):
            raise InvalidInputError(
                f"The rule {each.rule} of {sources[each.rule]} cannot be used: on trace {each.trace_id} "
                f"{each.message.removeprefix('TimeoutError: ')}.",
                hint=f"Mend it, and try it with `halo rule test {sources[each.rule]} FILE`.",
            )


@dataclass(slots=True)
class _Cluster:
    example: Example
    traces: set[str] = field(default_factory=set)
    severities: set[Severity] = field(default_factory=set)


def _add(clusters: dict[str, _Cluster], trace: JudgedTrace, file: str) -> None:
    for found, name in zip(trace.findings, trace.clusters, strict=True):
        kept = clusters.setdefault(name, _Cluster(_example(found, trace.trace_id, file)))
        kept.traces.add(trace.trace_id)
        kept.severities.add(found.severity)


def _example(found: Finding, trace_id: str, file: str) -> Example:
    shown = found.evidence[0]
    return Example(trace_id, shown.span_id, file, found.title, found.explanation, shown.quote)


def _seen(identity: ClusterIdentity, cluster: _Cluster) -> Seen:
    return Seen(
        name=identity.name,
        rule=identity.rule,
        subject=identity.subject,
        cause=identity.cause,
        template=identity.template,
        severity=worst(cluster.severities),
        traces=frozenset(cluster.traces),
        example=cluster.example,
    )
