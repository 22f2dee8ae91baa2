"""The proof over a real store: only what the run may read can be cited, and checks are counted over it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from halo_dash.analysis.reading.fields import field_texts
from halo_dash.analysis.report.reading import read_report
from halo_dash.analysis.report.traces import verify
from halo_dash.analysis.selection import Selection
from halo_dash.ingest import Ingest
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.report import Citation, Report
from halo_dash.store import Store
from halo_dash.transfer.demo import demo_traces

NOW_NS = 1_800_000_000_000_000_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("demo") / "halo.db") as opened:
        with Ingest(opened) as ingest:
            ingest.write_spans([span for trace in demo_traces(NOW_NS) for span in trace.spans], source="demo")
        yield opened


def some_trace(store: Store, agent: str) -> str:
    rows = store.traces.page(ListQuery(Filter(agent=(agent,)), limit=1), NOW_NS, facets=False).items
    return rows[0].summary.trace_id


def claims(*evidence: tuple[str, str, str, str], check: str = "") -> Report:
    return read_report(
        json.dumps(
            {
                "title": "t",
                "summary": "s",
                "findings": [
                    {
                        "title": "f",
                        "runs": 999,
                        "base": 999,
                        "check": {"filter": check},
                        "evidence": [
                            dict(zip(("trace_id", "span_id", "field", "quote"), each, strict=True))
                            for each in evidence
                        ],
                    }
                ],
            }
        )
    )


def test_every_text_of_a_run_can_be_cited_by_the_name_that_views_give_it(store: Store) -> None:
    selection = Selection.freeze(store, Filter(agent=("support",)), (), None, NOW_NS)
    trace_id = some_trace(store, "support")
    said = []
    for stored in store.spans.page(trace_id, limit=500).items:
        for name, text in field_texts(stored).items():
            said.append(
                Citation(trace_id=trace_id, span_id=stored.span.span_id, field=name, quote=text[:4_000])
            )
    whole = [each for each in said if len(each.quote) < 4_000]
    assert len(whole) > 50
    proven = verify(Report(title="t", summary="s", citations=tuple(whole)), selection, store)
    assert [each for each in proven.citations if not each.is_verified] == []


def test_a_trace_outside_of_the_selection_cannot_be_cited(store: Store) -> None:
    selection = Selection.freeze(store, Filter(agent=("support",)), (), None, NOW_NS)
    other = some_trace(store, "researcher")
    (first, *_rest) = store.spans.page(other).items
    report = claims((other, first.span.span_id, "name", first.span.name))
    (found,) = verify(report, selection, store).findings[0].evidence
    assert not found.is_verified
    assert "no trace" in found.problem
    everything = Selection.freeze(store, Filter(), (), None, NOW_NS)
    assert verify(report, everything, store).findings[0].evidence[0].is_verified


@pytest.mark.parametrize(
    "check", ["tool=lookup_order", "status=error", "agent=researcher", "agent=support&tool=refund_order"]
)
def test_checks_are_counted_over_what_is_read(store: Store, check: str) -> None:
    asked = Filter.parse([tuple(each.split("=")) for each in check.split("&")])  # type: ignore[misc]
    rows = store.traces.page(ListQuery(asked, limit=500), NOW_NS, facets=False).items
    for limit in (None, 300):
        selection = Selection.freeze(store, Filter(agent=("support",)), (), limit, NOW_NS)
        by_hand = sum(selection.contains(row.summary.trace_id) for row in rows)
        found = verify(claims(check=check), selection, store).findings[0]
        assert found.check is not None
        assert (found.counted_runs, found.check.base) == (by_hand, selection.size.read_traces), found.check
        assert found.is_counted_otherwise


def test_a_check_that_the_index_has_to_answer_is_not_counted_without_one(store: Store) -> None:
    selection = Selection.freeze(store, Filter(), (), None, NOW_NS)
    found = verify(claims(check="q=refund"), selection, store).findings[0]
    assert found.counted_runs is None
    assert found.check is not None
    assert "index is not there yet" in found.check.problem
