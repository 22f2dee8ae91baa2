"""Stores with judged runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from halo_dash.analysis.analyst.composing import built_in_report, patterns_of
from halo_dash.analysis.selection import Selection
from halo_dash.detect import RULES
from halo_dash.ingest import Ingest
from halo_dash.jobs.judge import Judge
from halo_dash.model.filter import NO_FILTER, Filter
from halo_dash.model.report import Report
from halo_dash.model.run import RunRequest
from halo_dash.model.span import Span
from halo_dash.store import Store
from halo_dash.transfer.demo import demo_traces

NOW_NS = 1_800_000_000_000_000_000
LEAST = 10


@contextmanager
def judged(path: Path, spans: Iterable[Span], *, is_judged: bool = True) -> Iterator[Store]:
    with Store.open(path) as opened:
        with Ingest(opened) as ingest:
            ingest.write_spans(list(spans), source="import")
        if is_judged:
            Judge(opened, RULES, clock=lambda: NOW_NS).catch_up()
        yield opened


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    spans = [span for trace in demo_traces(NOW_NS) for span in trace.spans]
    with judged(tmp_path_factory.mktemp("demo") / "halo.db", spans) as store:
        yield store


def report_of(
    store: Store, chosen: Filter = NO_FILTER, *, prompt: str = "", span_limit: int | None = None
) -> Report:
    selection = Selection.freeze(store, chosen, (), span_limit, NOW_NS)
    return built_in_report(store, selection, patterns_of(store, selection, LEAST), RunRequest(prompt=prompt))
