"""Agents that call agents."""

from __future__ import annotations

import json
import threading

import pytest

from halo_dash.model.run import RunLimits, RunRequest
from halo_dash.store import Store
from tests.analysis.engine.bench import report_of, run
from tests.analysis.engine.scripts import answer, finding, is_root, question, report
from tests.analysis.engine.shop import FAILING, TRACES
from tests.analysis.scripted import (
    Answer,
    ScriptedRequest,
    ScriptedServer,
    Use,
    call,
    calls,
    fail,
    quota_spent,
    say,
)


def deep(depth: int, **limits: object) -> RunRequest:
    return RunRequest(prompt="Why do refunds fail?", limits=RunLimits(max_depth=depth, **limits))  # type: ignore[arg-type]


def descend(request: ScriptedRequest) -> Answer:
    """Every agent that can hands the question on; the deepest one reads."""
    if request.turn == 0 and "call_subagent" in request.tools:
        return call("call_subagent", question="Read on.", filter={"status": "error"})
    if "call_subagent" in request.tools:
        cited = request.result("call_subagent")["citations"][0]
        assert cited["is_verified"]
        if is_root(request):
            return report(cited["trace_id"], quote=cited["quote"])
        return answer(
            "As my subagent says.", {name: cited[name] for name in ("trace_id", "span_id", "field", "quote")}
        )
    if request.turn == 0:
        return call("query_traces")
    found = [each["trace_id"] for each in request.result("query_traces")["traces"]]
    assert set(found) == set(FAILING)  # the narrower selection holds all the way down
    return answer("They are too old.", finding(found[0])["evidence"][0])


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_answers_come_up_from_any_depth(depth: int, store: Store, scripted: ScriptedServer) -> None:
    scripted.script = descend
    done = run(store, scripted.base_url, deep(depth))
    assert (done.state, done.usage.subagents) == ("completed", depth)
    assert report_of(store, done).findings[0].evidence[0].is_verified
    paths = ["0" + ".1" * level for level in range(depth + 1)]
    assert sorted({each.agent for each in store.runs.events(done.run_id)}) == paths
    told = [each for each in store.runs.events(done.run_id) if each.kind == "subagent"]
    assert [each.data["child"] for each in told if each.data["state"] == "started"] == paths[1:]
    assert [each.data["child"] for each in told if each.data["state"] == "ended"] == paths[:0:-1]
    assert {request.model for request in scripted.requests} == {"large", "small"}
    assert all((request.model == "large") == is_root(request) for request in scripted.requests)
    offered = {question(request): set(request.tools) for request in scripted.requests}
    assert all("synthesize_traces" in tools for tools in offered.values())


def test_subagents_of_one_turn_work_at_the_same_time(store: Store, scripted: ScriptedServer) -> None:
    together = threading.Barrier(4, timeout=20)

    def script(request: ScriptedRequest) -> Answer:
        if is_root(request):
            if request.turn == 0:
                return calls(*(Use("call_subagent", {"question": f"Question {n}"}) for n in range(4)))
            told = [each["answer"] for each in request.results]
            assert told == [f"Answer to Question {n}" for n in range(4)]
            return report(FAILING[0])
        if request.turn == 0:
            together.wait()
            return call("query_traces")
        return answer(f"Answer to {question(request)}")

    scripted.script = script
    done = run(store, scripted.base_url, deep(1))
    assert (done.state, done.usage.subagents, done.usage.tool_calls) == ("completed", 4, 8)


def test_no_more_models_are_asked_at_once_than_allowed_and_nobody_waits_for_ever(
    store: Store, scripted: ScriptedServer
) -> None:
    guard, now, most = threading.Lock(), 0, 0

    def script(request: ScriptedRequest) -> Answer:
        nonlocal now, most
        with guard:
            now += 1
            most = max(most, now)
        try:
            if request.turn == 0 and "call_subagent" in request.tools:
                return calls(*(Use("call_subagent", {"question": f"{n}"}) for n in range(3)))
            return report(FAILING[0]) if is_root(request) else answer("done")
        finally:
            with guard:
                now -= 1

    scripted.script = script
    done = run(store, scripted.base_url, deep(3, max_parallel=2))
    assert (done.state, done.usage.subagents) == ("completed", 3 + 9 + 27)
    assert most <= 2


def test_a_subagent_sees_no_more_than_it_was_given(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if is_root(request):
            if request.turn == 0:
                return call("call_subagent", question="Count.", trace_ids=list(TRACES[:2]))
            assert request.result("call_subagent")["answer"] == "2"
            return report(FAILING[0])
        if request.turn == 0:
            return call("query_traces")
        return answer(str(len(request.result("query_traces")["traces"])))

    scripted.script = script
    assert run(store, scripted.base_url, deep(1)).state == "completed"


def test_a_subagent_whose_model_fails_is_told_above(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if not is_root(request):
            return fail(400, "I do not like this", type_="invalid_request_error")
        if request.turn == 0:
            return call("call_subagent", question="Count.")
        assert "failed" in request.result("call_subagent")["ended_early"]
        return report(FAILING[0])

    scripted.script = script
    assert run(store, scripted.base_url, deep(1)).state == "completed"


def test_wrong_arguments_come_back_with_an_example(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if request.turn == 0:
            return calls(
                Use("call_subagent", {"query": "?"}), Use("synthesize_traces", {"trace_ids": []}),
                Use("get_context_item", {"id": 999}),
            )  # fmt: skip
        assert "For example" in request.tool_texts[0]
        assert "trace_ids" in request.tool_texts[1]
        assert "There is no item 999" in request.tool_texts[2]
        return report(FAILING[0])

    scripted.script = script
    done = run(store, scripted.base_url, deep(1))
    assert (done.state, done.usage.subagents) == ("completed", 0)


def test_whole_traces_are_read_by_a_model_of_their_own(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if not request.tools:
            assert "What do they share?" in request.user
            assert all(each in request.user for each in FAILING)
            return say("All are over 30 days old.")
        if request.turn == 0:
            return call("synthesize_traces", trace_ids=list(FAILING), question="What do they share?")
        assert request.tool_texts == ["All are over 30 days old."]
        return report(FAILING[0])

    scripted.script = script
    done = run(store, scripted.base_url, deep(1))
    assert done.state == "completed"
    assert [each.model for each in scripted.requests] == ["large", "small", "large"]
    roles = [each.data["role"] for each in store.runs.events(done.run_id) if each.kind == "usage"]
    assert roles == ["root", "synthesis", "root"]
    assert json.dumps(list(FAILING))


def test_a_subagent_whose_model_cannot_be_paid_has_ended(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if not is_root(request):
            return quota_spent()
        return call("call_subagent", question="Why?") if request.turn == 0 else report(FAILING[0])

    scripted.script = script
    done = run(store, scripted.base_url, deep(1))
    assert done.state == "completed", done.reason
    told = [each.data for each in store.runs.events(done.run_id) if each.kind == "subagent"]
    assert [each["state"] for each in told] == ["started", "ended"]
    assert told[1]["answer"].startswith("The model of the subagent failed: ")
