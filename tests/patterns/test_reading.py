"""All who tell of patterns read the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from halo_dash.detect import RULES
from halo_dash.ingest import Ingest
from halo_dash.jobs.judge import Judge
from halo_dash.model.cluster_note import ClusterNoteChange
from halo_dash.model.filter import Filter
from halo_dash.patterns.reading import read_patterns
from halo_dash.store import Store
from halo_dash.transfer.demo import demo_traces
from halo_dash.web.clusters.query import ClusterQuery
from halo_dash.web.clusters.reading import read_clusters
from halo_dash.web.insights.reading import read_insights

NOW_NS = 1_800_000_000_000_000_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("demo") / "halo.db") as opened:
        with Ingest(opened) as ingest:
            ingest.write_spans([span for trace in demo_traces(NOW_NS) for span in trace.spans], source="demo")
        Judge(opened, RULES, clock=lambda: NOW_NS).catch_up()
        yield opened


@pytest.mark.parametrize("chosen", [Filter(), Filter(agent=("support",)), Filter(status=("error",))])
def test_pages_and_reports_name_and_count_alike(store: Store, chosen: Filter) -> None:
    patterns = read_patterns(store, chosen, 10, NOW_NS)
    page = read_insights(store, chosen, 10, NOW_NS).page
    shown = [(each.name, each.title, each.share) for each in page.items]
    assert [(each.name, each.title, each.share) for each in patterns.insights.items] == shown
    listed = read_clusters(store, ClusterQuery(chosen, "fine"), NOW_NS)
    titles = {row.identity.name: listed.names.title(row) for row in listed.page.items}
    assert patterns.titles.keys() == titles.keys()
    assert patterns.subjects.keys() == titles.keys()


def test_what_somebody_muted_is_not_told(store: Store) -> None:
    first = read_patterns(store, Filter(), 10, NOW_NS).told()[0].identity
    with store.writing() as tx:
        tx.note_cluster(first.name, ClusterNoteChange(is_muted=True), NOW_NS)
    try:
        patterns = read_patterns(store, Filter(), 10, NOW_NS)
        assert first.name in patterns.muted
        assert first.name not in {row.identity.name for row in patterns.told()}
        assert not any(first.name in each.clusters for each in patterns.insights.items)
    finally:
        with store.writing() as tx:
            tx.note_cluster(first.name, ClusterNoteChange(is_muted=False), NOW_NS)
