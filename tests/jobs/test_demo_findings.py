"""The demo shows what its truth says: planted failures are found where they are, and nothing else is."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from halo_dash.detect import RULES
from halo_dash.ingest import Ingest
from halo_dash.jobs.judge import Judge
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.store import Store
from halo_dash.transfer.demo import CUT_RUNS, DEMO_TRUTH, demo_traces

NOW_NS = 1_800_000_000_000_000_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory):
    path: Path = tmp_path_factory.mktemp("demo") / "halo.db"
    with Store.open(path) as opened:
        with Ingest(opened) as ingest:
            spans = [span for trace in demo_traces(NOW_NS) for span in trace.spans]
            ingest.write_spans(spans, source="demo")
        Judge(opened, RULES, clock=lambda: NOW_NS).catch_up()
        yield opened


def test_every_planted_failure_is_found_as_often_as_the_truth_says(store: Store) -> None:
    found: dict[str | None, Counter[str]] = defaultdict(Counter)
    in_effect: Counter[str | None] = Counter()
    for trace in demo_traces(NOW_NS):
        judged = store.findings.of(trace.trace_id)
        assert judged is not None
        found[trace.planted].update({each.rule for each in judged.findings} - {"outlier"})
        in_effect[trace.planted] += judged.is_failed_in_effect
    for failure in DEMO_TRUTH:
        assert dict(found[failure.name]) == dict(failure.found), failure.name
        assert in_effect[failure.name] == failure.failed_in_effect, failure.name
    # What is left are clean runs, of which one never finished.
    assert found[None] == {"unfinished": CUT_RUNS - 1}
    assert in_effect[None] == CUT_RUNS - 1


def test_the_figures_and_the_list_tell_the_silent_failures(store: Store) -> None:
    silent = Filter(status=("ok",), effective=("error",))
    expected = sum(each.failed_in_effect for each in DEMO_TRUTH if each.outcome != "failed") + CUT_RUNS - 1
    assert store.traces.page(ListQuery(silent), NOW_NS).totals.traces == expected
    total = store.figures.total(Filter(), NOW_NS)
    assert total.effectively_failed == total.failed + expected


def test_there_are_clusters_to_look_at_for_most_planted_failures(store: Store) -> None:
    page = store.clusters.page(Filter(), NOW_NS)
    rules = {each.identity.rule for each in page.items}
    assert {rule for failure in DEMO_TRUTH for rule in failure.found} <= rules
