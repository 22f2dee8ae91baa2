"""Going in circles: what is taken for it, and what is not."""

from __future__ import annotations

import pytest

from halo_dash.analysis.engine.carrying import carries_on
from halo_dash.analysis.engine.context import Context, Entry
from halo_dash.analysis.provider.wire import AssistantItem, SystemItem, ToolCall, ToolItem, UserItem
from halo_dash.model.run import RunLimits, RunRequest
from halo_dash.store import Store
from tests.analysis.engine.bench import CODE, execute, run
from tests.analysis.engine.scripts import answer, report
from tests.analysis.engine.shop import FAILING
from tests.analysis.scripted import Answer, ScriptedRequest, ScriptedServer, call

ASK = RunRequest(prompt="Why?", limits=RunLimits(max_depth=0, max_turns=40))


def test_the_same_call_again_and_again_ends_a_run(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if request.tools == ("final_answer",):
            return report(FAILING[0])
        return call("run_code", code="found = count()\nprint(found)")

    scripted.script = script
    done = run(store, scripted.base_url, ASK, **CODE)
    assert (done.state, done.usage.turns) == ("completed", 7)
    assert "6 times with one answer" in done.reason


def test_the_same_call_now_and_then_is_no_circle(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if request.turn == 30:
            return report(FAILING[0])
        return call("count_traces", filter={} if request.turn % 4 == 0 else {"q": f"w{request.turn}"})

    scripted.script = script
    done = run(store, scripted.base_url, ASK)
    assert (done.state, done.reason, done.usage.turns) == ("completed", "", 31)


def test_a_cell_that_goes_on_each_time_is_no_circle(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if request.turn == 0:
            return call("run_code", code="page = 0")
        if request.turn < 12:
            return call("run_code", code="page += 1")
        if request.turn == 12:
            return call("run_code", code="page")
        assert request.tool_texts == ["11"]
        return report(FAILING[0])

    scripted.script = script
    done = run(store, scripted.base_url, ASK, **CODE)
    assert (done.state, done.reason, done.usage.turns) == ("completed", "", 14)


def test_a_follow_up_is_not_held_to_what_was_called_before_it(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if sum(len(each.get("tool_calls") or ()) for each in request.messages) in {4, 9}:
            return answer("So it is.") if "And?" in str(request.users) else report(FAILING[0])
        return call("count_traces", filter={})

    scripted.script = script
    first = run(store, scripted.base_url, ASK)
    assert (first.state, first.usage.turns) == ("completed", 5)
    with store.writing() as tx:
        follow = tx.runs.follow_up(first.conversation_id, "And?", 2)
    done = execute(store, scripted.base_url, follow.run_id)
    assert (done.state, done.reason, done.usage.turns) == ("completed", "", 5)


@pytest.mark.parametrize(
    "code",
    ["i += 1", "rest = rest[50:]", "found.append(1)", "seen['x'] = 1", "x = next(pages)", "a, b = b, a + b",
     "page = query(cursor=at)\nat = page['next_cursor']", "for each in rest:\n    total = total + each",
     "x.y[0].update({})", "del rest[0]", "[found.append(x) for x in r]"],
)  # fmt: skip
def test_what_goes_on_from_where_it_was(code: str) -> None:
    assert carries_on(code)


@pytest.mark.parametrize(
    "code",
    ["print(7)", "a = 1", "r = query()\nprint(len(r))", "found = []\nfor t in r:\n    found.append(t)",
     "n = 0\nn += 1", "i +", "(" * 100_000, "\0", "def f(x):\n    x += 1\nprint(f(2))", "[x for x in r]",
     "print({k: v for k, v in r})"],
)  # fmt: skip
def test_what_does_the_same_each_time(code: str) -> None:
    assert not carries_on(code)


def test_a_summary_is_no_turn() -> None:
    context = Context([Entry(0, SystemItem("s")), Entry(1, UserItem("q"), 0, "question")])
    context.add(Entry(2, AssistantItem("a", ()), 1))
    # The process may end between the summary that makes room for a turn and that turn.
    context.add(Entry(3, UserItem("sum"), 2, "summary", 2))
    assert context.turns == 1


def test_who_reads_a_context_is_not_disturbed_by_what_is_added() -> None:
    context = Context([Entry(0, SystemItem("s")), Entry(2, ToolItem("b", "2"), 1)])
    before = context.entries
    context.add(Entry(1, AssistantItem("a", (ToolCall("b", "c", "{}"),)), 1))
    assert [each.position for each in before] == [0, 2]
    assert [each.position for each in context.entries] == [0, 1, 2]
