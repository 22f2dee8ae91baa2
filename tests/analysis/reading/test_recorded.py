"""What real clients sent, as the engine is shown it: true, within bounds, its evidence to be cited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from halo_dash.analysis.reading.shown import VIEW_BYTES, size
from halo_dash.analysis.reading.workspace import Workspace
from halo_dash.analysis.report.quotes import is_meaningful, is_whole, stands_in
from halo_dash.analysis.selection import Selection
from halo_dash.detect import RULES
from halo_dash.jobs.judge import Judge
from halo_dash.model.filter import NO_FILTER
from halo_dash.store import Store
from tests.semconv.recorded import CLIENTS, recorded

NOW_NS = 1_900_000_000_000_000_000


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    path: Path = tmp_path_factory.mktemp("recorded") / "halo.db"
    with Store.open(path) as store:
        for client in CLIENTS[::2]:
            spans, logs = recorded(client)
            with store.writing() as tx:
                tx.write(list(spans), list(logs), source="import", received_ns=NOW_NS)
        Judge(store, RULES, clock=lambda: NOW_NS + 10**12).catch_up()
        yield Workspace(store, Selection.freeze(store, NO_FILTER, (), None, NOW_NS))


def test_views_show_what_stands_there(workspace: Workspace) -> None:
    for row in workspace.query(limit=100)["traces"]:
        trace_id = row["trace_id"]
        view = workspace.trace(trace_id)
        assert size(view) <= VIEW_BYTES
        for span in view["spans"]:
            texts = workspace.reader.fields(trace_id, span["span_id"])
            assert texts is not None
            for name, value in span["fields"].items():
                text = value if isinstance(value, str) else value.get("text")
                assert text is None or texts[name].startswith(text)
            named = [
                (span_id, name) for span_id, names in span.get("as_before", {}).items() for name in names
            ]
            for span_id, name in named:
                before = workspace.reader.fields(trace_id, span_id)
                assert before is not None
                assert before[name] == texts[name]


def test_evidence_can_be_cited_as_it_is(workspace: Workspace) -> None:
    found = workspace.findings(limit=100)["findings"]
    evidence = [(each["trace_id"], one) for each in found for one in each["evidence"]]
    cited = [(trace_id, one) for trace_id, one in evidence if "field" in one]
    assert len(cited) > 0.9 * len(evidence)
    for trace_id, one in cited:
        texts = workspace.reader.fields(trace_id, one["span_id"])
        assert texts is not None
        text = texts[one["field"]]
        if is_meaningful(one["quote"]):
            assert stands_in(one["quote"], text), one
        else:
            assert one["quote"] in text or is_whole(one["quote"], text)
