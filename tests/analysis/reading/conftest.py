"""The demo's traces, judged and indexed, as runs read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from halo_dash.analysis.selection import Selection
from halo_dash.detect import RULES
from halo_dash.ingest import Ingest
from halo_dash.jobs import indexer
from halo_dash.jobs.judge import Judge
from halo_dash.model.filter import NO_FILTER, Filter
from halo_dash.store import Store
from halo_dash.transfer.demo import demo_traces

NOW_NS = 1_800_000_000_000_000_000


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path: Path = tmp_path_factory.mktemp("reading") / "halo.db"
    with Store.open(path) as opened:
        with Ingest(opened) as ingest:
            spans = [span for trace in demo_traces(NOW_NS) for span in trace.spans]
            ingest.write_spans(spans, source="demo")
        Judge(opened, RULES, clock=lambda: NOW_NS).catch_up()
        indexer.catch_up(opened)
        yield opened


def freeze(
    store: Store,
    chosen: Filter = NO_FILTER,
    trace_ids: tuple[str, ...] = (),
    span_limit: int | None = None,
) -> Selection:
    return Selection.freeze(store, chosen, trace_ids, span_limit, NOW_NS)
