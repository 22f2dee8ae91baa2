"""A run is a trace, too."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from halo_dash.analysis.engine.root import Access
from halo_dash.ingest import Ingest
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.observation import Kind
from halo_dash.model.run import Run, RunLimits, RunOptions, RunRequest
from halo_dash.model.span import Span
from halo_dash.semconv.pricing import TABLE_PRICES
from halo_dash.store import Store
from halo_dash.transfer.importing import import_file
from tests.analysis.engine import recursion
from tests.analysis.engine.bench import CODE, provider_of, run
from tests.analysis.engine.scripts import report
from tests.analysis.engine.shop import FAILING, NOW
from tests.analysis.scripted import Answer, ScriptedRequest, ScriptedServer, Use, calls, say


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


@pytest.mark.parametrize(
    "arguments",
    ["[" * 20_000, '{"a":' * 20_000, '{"text": "\\ud800"}', '{"text": "' + "9" * 5_000 + '"}', "9" * 5_000],
    ids=["lists", "objects", "half a pair", "digits in a text", "a number"],
)
def test_arguments_that_nobody_can_read_end_neither_run_nor_trace(
    store: Store, scripted: ScriptedServer, arguments: str
) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if request.turn == 0:
            return calls(Use("search_traces", arguments))
        return report(FAILING[0])

    scripted.script = script
    done = run(store, scripted.base_url, RunRequest(prompt="Why?", limits=RunLimits(max_depth=0)))
    assert (done.state, done.reason) == ("completed", "")
    assert done.trace_id is not None
    kinds = [each.observation.kind for each in store.spans.outline(done.trace_id)]
    assert kinds.count(Kind.LLM) == done.usage.model_calls
    assert kinds.count(Kind.TOOL) == 1


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_half_a_character_in_what_a_model_says_is_replaced(
    store: Store, scripted: ScriptedServer, api: Literal["chat", "responses"]
) -> None:
    scripted.script = lambda request: (
        say("what \ud83d\ude00 is \ud800 this?") if request.turn == 0 else report(FAILING[0])
    )
    limits, options = RunLimits(max_depth=0), RunOptions(api=api)
    done = run(store, scripted.base_url, RunRequest(prompt="Why?", limits=limits, options=options))
    assert (done.state, done.reason) == ("completed", "")
    texts = [str(each.data) for each in store.runs.events(done.run_id)]
    assert any("what \N{GRINNING FACE} is \N{REPLACEMENT CHARACTER} this?" in text for text in texts)


def test_a_trace_that_cannot_be_written_ends_no_run(
    store: Store, scripted: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_run: Run) -> Any:
        def sink(_spans: Sequence[Span]) -> None:
            raise ValueError("nobody takes it")

        return sink

    scripted.script = lambda _request: report(FAILING[0])
    done = run(store, scripted.base_url, RunRequest(prompt="Why?"), sink=broken)
    assert (done.state, done.reason) == ("completed", "")
    assert caplog.text.count("nobody takes it") == 1


@pytest.mark.parametrize("price_provider", ["vllm", None])
def test_the_trace_costs_what_the_run_costs_and_names_the_model_that_was_asked(
    store: Store, scripted: ScriptedServer, price_provider: str | None
) -> None:
    scripted.script = lambda _request: replace(report(FAILING[0]), model="gpt-4o-2024-08-06")
    with closing(provider_of(scripted.base_url)) as provider:
        access = Access(provider=provider, model="gpt-4o", price_provider=price_provider)
        done = run(
            store,
            scripted.base_url,
            RunRequest(prompt="Why?"),
            access=lambda _run: access,
            prices=TABLE_PRICES,
        )
    assert done.trace_id is not None
    assert (done.usage.cost_usd is None) == (price_provider is not None)
    row = store.traces.get(done.trace_id)
    assert row is not None
    assert row.summary.cost_usd == done.usage.cost_usd
    (call,) = [
        each.span.attributes
        for each in store.spans.page(done.trace_id).items
        if each.span.attributes.get("gen_ai.operation.name") == "chat"
    ]
    assert call["gen_ai.request.model"] == "gpt-4o"
    assert call["gen_ai.response.model"] == "gpt-4o-2024-08-06"
