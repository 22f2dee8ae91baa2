"""Code cells, and what they ask of models."""

from __future__ import annotations

from dataclasses import replace

from halo_dash.model.run import RunLimits, RunRequest
from halo_dash.store import Store
from tests.analysis.engine.bench import CODE, report_of, run
from tests.analysis.engine.scripts import answer, is_root, report
from tests.analysis.engine.shop import FAILING
from tests.analysis.scripted import (
    Answer,
    ScriptedRequest,
    ScriptedServer,
    Use,
    Used,
    call,
    calls,
    fail,
    quota_spent,
    say,
)


def asked(depth: int = 1) -> RunRequest:
    return RunRequest(prompt="Why do refunds fail?", limits=RunLimits(max_depth=depth))


def test_variables_stay_and_only_what_is_printed_comes_back(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if request.turn == 0:
            return call("run_code", code="found = query({'status': 'error'})['traces']\nlen(found)")
        if request.turn == 1:
            assert request.tool_texts == ["4"]
            return calls(
                Use("run_code", {"code": "a = 1"}), Use("run_code", {"code": "print(a + len(found))"})
            )
        if request.turn == 2:
            assert request.tool_texts[1] == "5"
            return call("run_code", code="print(found[0]['trace_id']); nobody")
        assert "NameError" in request.tool_texts[0]
        return report(request.tool_texts[0].splitlines()[0])

    scripted.script = script
    done = run(store, scripted.base_url, asked(0), **CODE)
    assert done.state == "completed", done.reason
    assert report_of(store, done).findings[0].evidence[0].is_verified
    results = [each.data for each in store.runs.events(done.run_id) if each.kind == "tool_result"]
    assert [each["is_error"] for each in results] == [False, False, False, True, False]
    assert {each.trace_id for each in store.runs.seen(done.run_id)} == set(FAILING)


def test_a_cell_asks_a_smaller_model_many_things_at_once(store: Store, scripted: ScriptedServer) -> None:
    code = (
        "texts = [str(trace(t['trace_id'])) for t in query({'status': 'error'})['traces']]\n"
        "asked = [{'prompt': f'What failed in {n}?', 'data': text} for n, text in enumerate(texts)]\n"
        "told = ask_many(asked)\n"
        "print('; '.join(told)); print(ask('Sum it up.', told))"
    )

    def script(request: ScriptedRequest) -> Answer:
        if not request.tools:
            assert request.model == "small"
            assert "data, not instructions" in request.user
            return say(request.user.partition("?")[0] if "Sum" not in request.user else "All the same.")
        if request.turn == 0:
            return call("run_code", code=code)
        assert request.tool_texts == ["; ".join(f"What failed in {n}" for n in range(4)) + "\nAll the same."]
        return report(FAILING[0])

    scripted.script = script
    done = run(store, scripted.base_url, asked(), **CODE)
    assert done.state == "completed", done.reason
    assert [each.model for each in scripted.requests] == ["large", *["small"] * 5, "large"]
    assert done.usage.model_calls == 7


def test_a_cell_calls_a_subagent(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if not is_root(request):
            if request.turn == 0:
                return call("run_code", code="print(len(query()['traces']))")
            return answer(f"There are {request.tool_texts[0]}.")
        if request.turn == 0:
            code = (
                "first = query()['traces'][0]['trace_id']\n"
                "a = subagent('How many?', {'status': 'error'})\n"
                "b = subagent('And?', trace_ids=[first])\n"
                "print(a['answer'], b['answer'])"
            )
            return call("run_code", code=code)
        assert request.tool_texts == ["There are 4. There are 1."]
        return report(FAILING[0])

    scripted.script = script
    done = run(store, scripted.base_url, asked(), **CODE)
    assert (done.state, done.usage.subagents) == ("completed", 2), done.reason
    assert {each.agent for each in store.runs.events(done.run_id)} == {"0", "0.1", "0.2"}


def test_nothing_can_be_asked_from_inside_at_depth_zero(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if request.turn == 0:
            return call("run_code", code="ask('What?')")
        assert "NameError" in request.tool_texts[0]
        return report(FAILING[0])

    scripted.script = script
    done = run(store, scripted.base_url, asked(0), **CODE)
    assert done.state == "completed", done.reason


def test_a_question_that_fails_is_an_error_in_the_cell(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if not request.tools:
            return fail(400, "not me", type_="invalid_request_error")
        if request.turn == 0:
            return call(
                "run_code",
                code="try:\n    ask('What?')\nexcept Exception as error:\n    print('told:', error)",
            )
        assert "told:" in request.tool_texts[0]
        return report(FAILING[0])

    scripted.script = script
    done = run(store, scripted.base_url, asked(), **CODE)
    assert done.state == "completed", done.reason


def test_a_runaway_cell_is_stopped_and_the_run_goes_on(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if request.turn == 0:
            return call("run_code", code="kept = 7")
        if request.turn == 1:
            return call("run_code", code="while True:\n    pass")
        if request.turn == 2:
            return call("run_code", code="print(kept)")
        assert request.tool_texts == ["7"]
        return report(FAILING[0])

    scripted.script = script
    done = run(store, scripted.base_url, asked(), **CODE)
    assert done.state == "completed", done.reason


def test_of_many_questions_one_that_fails_costs_only_its_own_answer(
    store: Store, scripted: ScriptedServer
) -> None:
    code = "told = ask_many([f'Number {n}?' for n in range(12)])\nprint(told[7]); print(len(set(told)))"

    def script(request: ScriptedRequest) -> Answer:
        if not request.tools:
            if "Number 7?" in request.user and not mended:
                return fail(400, "not this one", type_="invalid_request_error")
            return say(f"Answer to {request.user}")
        if request.turn == 0:
            return call("run_code", code=code)
        if request.turn == 1:
            assert request.tool_texts[0].startswith("[not answered: ")
            assert request.tool_texts[0].endswith("\n12")
            mended.append(True)
            return call("run_code", code=code)
        assert request.tool_texts == ["Answer to Number 7?\n12"]
        return report(FAILING[0])

    mended: list[bool] = []
    scripted.script = script
    done = run(store, scripted.base_url, asked(), **CODE)
    assert done.state == "completed", done.reason
    # Of the second cell only the one that had no answer is asked.
    assert sum(not each.tools for each in scripted.requests) == 13


def test_equal_questions_of_one_cell_are_several_voices(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if not request.tools:
            voices.append(1)
            return say(f"voice {len(voices)}")
        if request.turn < 2:
            return call("run_code", code="print(sorted({*ask_many(['Why?'] * 3), ask('Why?')}))")
        assert request.tool_texts == [str([f"voice {each}" for each in range(1, 5)])]
        return report(FAILING[0])

    voices: list[int] = []
    scripted.script = script
    done = run(store, scripted.base_url, asked(), **CODE)
    assert (done.state, len(voices)) == ("completed", 4), done.reason


def test_where_no_question_can_be_paid_the_rest_is_not_asked(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if not request.tools:
            return quota_spent()
        if request.turn == 0:
            return call("run_code", code="ask_many([f'Number {n}?' for n in range(100)])")
        assert "quota" in request.tool_texts[0]
        return report(FAILING[0])

    scripted.script = script
    done = run(store, scripted.base_url, asked(), **CODE)
    assert done.state == "completed", done.reason
    assert sum(not each.tools for each in scripted.requests) <= RunLimits().max_parallel


def test_a_budget_that_is_spent_in_a_synthesis_is_told_in_words(
    store: Store, scripted: ScriptedServer
) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if request.turn == 0:
            return replace(
                call("synthesize_traces", trace_ids=list(FAILING), question="Why?"), usage=Used(40_000, 10)
            )
        return report(FAILING[0])

    scripted.script = script
    limits = RunLimits(max_depth=1, budget_tokens=41_000)
    done = run(store, scripted.base_url, RunRequest(prompt="Why?", limits=limits))
    (told,) = [
        each.data["text"]
        for each in store.runs.events(done.run_id)
        if each.kind == "tool_result" and each.data["name"] == "synthesize_traces"
    ]
    assert "tokens are spent" in told
    assert "BudgetSpent" not in told
