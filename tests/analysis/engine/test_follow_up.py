"""Questions to what was found."""

from __future__ import annotations

from dataclasses import replace

from halo_dash.model.run import RunLimits, RunRequest
from halo_dash.model.span import Span
from halo_dash.store import Store
from tests.analysis.engine.bench import CODE, execute, report_of, run
from tests.analysis.engine.scripts import answer, finding, report
from tests.analysis.engine.shop import FAILING, NOW
from tests.analysis.scripted import Answer, ScriptedRequest, ScriptedServer, Use, call, calls, hang

ASK = RunRequest(prompt="Why do refunds fail?", limits=RunLimits(max_depth=0))


def asked(store: Store, conversation_id: str, prompt: str) -> str:
    with store.writing() as tx:
        return tx.runs.follow_up(conversation_id, prompt, 10).run_id


def counted_then_reported(request: ScriptedRequest) -> Answer:
    if request.turn == 0:
        return call("run_code", code="found = query({'status': 'error'})['traces']\nlen(found)")
    return report(FAILING[0])


def test_a_follow_up_has_the_whole_history_and_the_variables(store: Store, scripted: ScriptedServer) -> None:
    def follow(request: ScriptedRequest) -> Answer:
        # Two messages of the model are in the history: the first run's.
        if request.turn == 2:
            assert "run_code" in request.tools
            assert "And which?" in str(request.messages)
            return call("run_code", code="print(sorted(each['trace_id'] for each in found)[1])")
        trace_id = request.tool_texts[0].strip()
        assert trace_id == FAILING[1]
        return answer(f"{trace_id}, for one.", finding(trace_id)["evidence"][0])

    scripted.script = counted_then_reported
    first = run(store, scripted.base_url, ASK, **CODE)
    before = [dict(each) for each in scripted.requests[-1].messages]
    scripted.script = follow
    run_id = asked(store, first.conversation_id, "And which?")
    done = execute(store, scripted.base_url, run_id, **CODE)
    assert (done.state, done.usage.turns) == ("completed", 2), done.reason
    found = report_of(store, done)
    assert found.citations[0].is_verified
    assert found.summary == f"{FAILING[1]}, for one."
    sent = [dict(each) for each in scripted.requests[-1].messages]
    assert sent[: len(before) - 1] == before[:-1]  # all but the line on the budget, which is the last
    conversation = store.runs.conversation(done.conversation_id)
    assert [each.role for each in conversation.messages] == ["user", "assistant"] * 2
    assert conversation.title == "Refunds"


def test_what_arrives_later_is_no_part_of_it(store: Store, scripted: ScriptedServer) -> None:
    scripted.script = counted_then_reported
    first = run(store, scripted.base_url, ASK, **CODE)
    with store.writing() as tx:
        tx.write([Span("e" * 32, "a" * 16, start_ns=NOW, end_ns=NOW + 1)], source="live", received_ns=NOW)
    scripted.script = lambda request: (
        answer(request.tool_texts[0])
        if request.turn == 3
        else call("run_code", code="print(count()['traces'])")
    )
    done = execute(store, scripted.base_url, asked(store, first.conversation_id, "How many?"), **CODE)
    assert report_of(store, done).summary.strip() == "12"
    assert done.size == first.size


def test_a_run_that_was_cut_short_can_be_asked(store: Store, scripted: ScriptedServer) -> None:
    """Calls that were never answered are answered: no server takes a history with open ones."""

    def script(request: ScriptedRequest) -> Answer:
        if request.turn == 0:
            return calls(Use("run_code", {"code": "x = 3"}), Use("query_traces", {}))
        with store.writing() as tx:
            (now,) = store.runs.list(states=("running",))
            tx.runs.cancel(now.run_id, "", 5)
        return hang()

    scripted.script = script
    first = run(store, scripted.base_url, ASK, **CODE)
    assert (first.state, first.reason) == ("cancelled", "It was cancelled.")
    scripted.script = lambda _request: answer("Three.")
    done = execute(store, scripted.base_url, asked(store, first.conversation_id, "What is x?"), **CODE)
    assert done.state == "completed", done.reason
    open_calls: set[str] = set()
    for message in scripted.requests[-1].messages:
        open_calls |= {each["id"] for each in message.get("tool_calls") or ()}
        open_calls -= {message.get("tool_call_id")}
    assert not open_calls


def test_a_question_to_the_built_in_report_starts_a_model_with_what_was_said(
    store: Store, scripted: ScriptedServer
) -> None:
    first = run(store, scripted.base_url, replace(ASK, analyst="built_in"))
    with store.writing() as tx:
        follow = tx.runs.follow_up(first.conversation_id, "Is that all?", 10, analyst="model")
    scripted.script = lambda _request: answer("Yes.")
    done = execute(store, scripted.base_url, follow.run_id)
    assert done.state == "completed", done.reason
    assert "Is that all?" in scripted.requests[0].users[0]
    assert "By machine." in scripted.requests[0].users[0]


def test_without_a_model_the_report_answers(store: Store, scripted: ScriptedServer) -> None:
    first = run(store, scripted.base_url, replace(ASK, analyst="built_in"))
    done = execute(store, scripted.base_url, asked(store, first.conversation_id, "Which?"))
    assert (done.state, report_of(store, done).title) == ("completed", "Which?")
    assert scripted.requests == []
