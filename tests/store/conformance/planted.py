"""Findings planted in some traces, as the judge would keep them."""

from __future__ import annotations

from collections.abc import Sequence

from halo_dash.detect.signature import signature
from halo_dash.model.finding import Ending, Evidence, Finding, Verdict
from halo_dash.store import Store
from halo_dash.store.findings.clustering import name_of
from halo_dash.store.findings.judging import Judgement
from tests.store.conformance.runs import NOW, random_trace


def found(rule: str, detail: str = "", ending: Ending = "none") -> Finding:
    return Finding(rule, "high", rule, "", (Evidence("a", "output", "x"),), ending, detail=detail)


PLANTED = (
    found("planted", "no such city"),
    found("planted", "out of stock", "recovered"),
    found("other", ending="unclear"),
)
CLUSTERS = tuple(name_of(signature(each)) for each in PLANTED)


def judge(store: Store, trace_ids: Sequence[str]) -> None:
    """Give these traces, in turn: nothing, one finding each, all of them; every fifth failed in effect."""
    judging = store.findings.judging("planted")
    while judging.follow():
        pass
    rows = {trace_id: row for row, trace_id in judging.due(2**62, 10**6)}
    kept = []
    for number, trace_id in enumerate(trace_ids):
        findings = (PLANTED[:0], PLANTED[:1], PLANTED[1:2], PLANTED[2:], PLANTED)[number % 5]
        verdict = Verdict(trace_id, findings, number % 5 == 1 or number % 7 == 0)
        kept.append(Judgement(rows[trace_id], trace_id, 1, verdict))
    judging.keep(kept)
    judging.close()


def fill_and_judge(store: Store, traces: int) -> None:
    """Write so many random traces, and give them those findings."""
    with store.writing() as tx:
        for seed in range(traces):
            tx.write(random_trace(seed), source="import", received_ns=NOW)
    judge(store, [random_trace(seed)[0].trace_id for seed in range(traces)])
