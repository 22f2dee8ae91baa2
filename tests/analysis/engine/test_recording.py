"""A run is a trace, too."""

from __future__ import annotations

from pathlib import Path

from halo_dash.ingest import Ingest
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.observation import Kind
from halo_dash.model.run import RunRequest
from halo_dash.store import Store
from halo_dash.transfer.importing import import_file
from tests.analysis.engine import recursion
from tests.analysis.engine.bench import CODE, run
from tests.analysis.engine.shop import NOW
from tests.analysis.scripted import ScriptedServer


def test_a_run_is_an_agent_trace_with_all_it_did(store: Store, scripted: ScriptedServer) -> None:
    scripted.script = recursion.script
    done = run(store, scripted.base_url, recursion.REQUEST, **CODE)
    assert done.trace_id is not None
    row = store.traces.get(done.trace_id)
    assert row is not None
    outline = {each.span_id: each for each in store.spans.outline(done.trace_id)}
    kinds = [each.observation.kind for each in outline.values()]
    assert kinds.count(Kind.AGENT) == 5
    assert kinds.count(Kind.LLM) == done.usage.model_calls
    # The answer tool is no use of a tool: it ends the agent.
    assert kinds.count(Kind.TOOL) == done.usage.tool_calls
    assert row.summary.usage.input == done.usage.input_tokens
    assert row.summary.usage.output == done.usage.output_tokens
    assert row.summary.cost_usd is not None
    assert abs(row.summary.cost_usd - (done.usage.cost_usd or 0)) < 1e-9
    assert set(row.summary.sessions) == {done.conversation_id}
    assert not row.summary.is_open
    roots = [each for each in outline.values() if each.parent_span_id not in outline]
    assert len(roots) == 1
    for each in outline.values():
        if each.observation.kind is Kind.AGENT and each is not roots[0]:
            assert outline[each.parent_span_id].observation.kind is Kind.TOOL


def test_traces_of_runs_are_marked_and_not_read_by_the_next(store: Store, scripted: ScriptedServer) -> None:
    scripted.script = recursion.script
    first = run(store, scripted.base_url, recursion.REQUEST, **CODE)
    second = run(store, scripted.base_url, recursion.REQUEST, **CODE)
    assert second.size == first.size
    page = store.traces.page(ListQuery(Filter(source=("engine",))), NOW)
    assert {each.summary.trace_id for each in page.items} == {first.trace_id, second.trace_id}


def test_the_trace_of_a_run_can_go_to_a_file_instead(
    store: Store, scripted: ScriptedServer, tmp_path: Path
) -> None:
    scripted.script = recursion.script
    for name in ("run.jsonl", "run.pb"):
        path = tmp_path / name
        request = RunRequest(prompt="Why?", limits=recursion.REQUEST.limits, telemetry_path=str(path))
        done = run(store, scripted.base_url, request, **CODE)
        assert done.trace_id is not None
        assert store.traces.get(done.trace_id) is None
        with Store.open(tmp_path / f"{name}.db") as other, Ingest(other) as ingest:
            import_file(ingest, path)
            kinds = [each.observation.kind for each in other.spans.outline(done.trace_id)]
        assert kinds.count(Kind.LLM) == done.usage.model_calls
        assert kinds.count(Kind.AGENT) == 5
