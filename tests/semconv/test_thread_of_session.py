"""The thread of a session: its traces repeat one another or do not, and each thing is said exactly once."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from test_thread import ASK, call, conversations, parts, resolved, say, span

from halo_dash.model.message import Message, Text, ToolCall, ToolResult
from halo_dash.model.observation import Content, Failure, Kind
from halo_dash.semconv import SpanContent, parts_of_thread, thread_of_traces


def said(items) -> list[tuple[str, object]]:
    return parts(items)


def traces_of(steps: list[list[Message]], *, with_history: bool) -> list[tuple[str, list[SpanContent]]]:
    """One trace for each request of the user, with the history of the session or without it."""
    traces: list[tuple[str, list[SpanContent]]] = []
    history: list[Message] = []
    for at, step in enumerate(steps, 1):
        if any(message.role == "user" for message in step[:-1]):
            traces.append((f"{len(traces) + 1:032x}", []))
            if not with_history:
                history = []
        history += step[:-1]
        traces[-1][1].append(call(at * 10, list(history), step[-1:]))
        history += step[-1:]
    return [(trace_id, resolved(*spans)) for trace_id, spans in traces]


@given(conversations())
@settings(max_examples=150, deadline=None)
def test_traces_that_send_the_whole_session_again_make_one_conversation(steps):
    spoken = [(message.role, part) for step in steps for message in step for part in message.parts]
    assert said(thread_of_traces(traces_of(steps, with_history=True))) == spoken


@given(conversations())
@settings(max_examples=150, deadline=None)
def test_traces_that_send_nothing_again_lose_nothing_however_alike_they_are(steps):
    traces = traces_of([*steps, *steps], with_history=False)
    spoken = [(message.role, part) for step in [*steps, *steps] for message in step for part in message.parts]
    # A system text that was said before is not said again: it stands in front of every call.
    heard = [each for each in spoken if each[0] != "system"]
    assert [each for each in said(thread_of_traces(traces)) if each[0] != "system"] == heard


@given(conversations(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_what_each_trace_adds_is_the_whole_taken_apart(steps, with_history):
    traces = traces_of(steps, with_history=with_history)
    added = list(parts_of_thread(traces))
    assert len(added) == len(traces)
    assert tuple(item for items in added for item in items) == thread_of_traces(traces)
    for (trace_id, _), items in zip(traces, added, strict=True):
        assert {item.trace_id for item in items} <= {trace_id}
        assert any(item.role == "user" for item in items)


@given(conversations())
@settings(max_examples=100, deadline=None)
def test_a_client_that_sends_every_call_as_a_trace_of_its_own_is_one_conversation(steps):
    history: list[Message] = []
    traces = []
    for at, step in enumerate(steps, 1):
        history += step[:-1]
        traces.append((f"{at:032x}", resolved(call(at * 10, list(history), step[-1:]))))
        history += step[-1:]
    spoken = [(message.role, part) for step in steps for message in step for part in message.parts]
    assert said(thread_of_traces(traces)) == spoken


def one(text: str, *, start_ns: int, trace: str, ask: str = "q") -> tuple[str, list[SpanContent]]:
    return trace, resolved(call(start_ns, [say("user", Text(ask))], [say("assistant", Text(text))]))


def test_a_question_asked_twice_is_said_twice():
    items = thread_of_traces([one("a", start_ns=1, trace="t1"), one("a", start_ns=5, trace="t2")])
    assert [(item.trace_id, item.role, item.parts[0].text) for item in items] == [
        ("t1", "user", "q"), ("t1", "assistant", "a"), ("t2", "user", "q"), ("t2", "assistant", "a"),
    ]  # fmt: skip


def test_a_result_that_only_a_tool_span_held_is_not_said_again_when_the_next_trace_repeats_it():
    failed = Failure("TimeoutError", "no answer in 10 s")
    question = say("user", Text("q"))
    first = resolved(
        call(1, [question], [say("assistant", ASK)]),
        span(Kind.TOOL, 2, tool_name="search", tool_call_id="c1", failure=failed),
    )
    told = say("tool", ToolResult("Error: no answer in 10 s", "c1"))
    history = [question, say("assistant", ASK), told, say("user", Text("again"))]
    second = resolved(call(5, history, [say("assistant", Text("sorry"))]))
    items = thread_of_traces([("t1", first), ("t2", second)])
    assert [(item.trace_id, item.role, item.is_error) for item in items] == [
        ("t1", "user", False), ("t1", "assistant", False), ("t1", "tool", True),
        ("t2", "user", False), ("t2", "assistant", False),
    ]  # fmt: skip


def test_the_same_without_ids():
    asked = ToolCall("search", None, {"q": 1})
    question = say("user", Text("q"))
    first = resolved(
        call(1, [question], [say("assistant", asked)]),
        span(Kind.TOOL, 2, tool_name="search", content=Content(input={"q": 1}, output=[7])),
    )
    history = [
        question,
        say("assistant", asked),
        say("tool", ToolResult([7], None, "search")),
        say("user", Text("more")),
    ]
    second = resolved(call(5, history, [say("assistant", Text("done"))]))
    items = thread_of_traces([("t1", first), ("t2", second)])
    assert [item.role for item in items] == ["user", "assistant", "tool", "user", "assistant"]


def test_a_tool_that_ran_after_a_pause_answers_the_call_of_the_trace_before():
    question = say("user", Text("book it"))
    first = resolved(call(1, [question], [say("assistant", ASK)]))
    told = say("tool", ToolResult({"ok": True}, "c1"))
    resumed = resolved(
        span(Kind.TOOL, 5, tool_name="search", tool_call_id="c1", content=Content(output={"ok": True})),
        call(6, [question, say("assistant", ASK), told], [say("assistant", Text("booked"))]),
    )
    items = thread_of_traces([("t1", first), ("t2", resumed)])
    assert [(item.trace_id, item.role) for item in items] == [
        ("t1", "user"), ("t1", "assistant"), ("t2", "tool"), ("t2", "assistant"),
    ]  # fmt: skip
    assert items[2].span_id == resumed[0].reading.span_id


def test_tools_that_come_as_traces_of_their_own_stand_behind_their_calls():
    question = say("user", Text("q"))
    told = say("tool", ToolResult([1], "c1"))
    ran = span(Kind.TOOL, 2, tool_name="search", tool_call_id="c1", content=Content(output=[1]))
    traces = [
        ("t1", resolved(call(1, [question], [say("assistant", ASK)]))),
        ("t2", resolved(ran)),
        ("t3", resolved(call(3, [question, say("assistant", ASK), told], [say("assistant", Text("one"))]))),
    ]  # fmt: skip
    items = thread_of_traces(traces)
    assert [(item.trace_id, item.role) for item in items] == [
        ("t1", "user"), ("t1", "assistant"), ("t2", "tool"), ("t3", "assistant"),
    ]  # fmt: skip


def test_ids_that_begin_anew_with_every_trace_are_other_calls():
    def trace(number: int, answer: str) -> tuple[str, list[SpanContent]]:
        asked, question = ToolCall("search", "call_0", {"q": 1}), say("user", Text("q"))
        told = say("tool", ToolResult(answer, "call_0"))
        return f"t{number}", resolved(
            call(number * 10, [question], [say("assistant", asked)]),
            call(
                number * 10 + 2, [question, say("assistant", asked), told], [say("assistant", Text(answer))]
            ),
        )

    items = thread_of_traces([trace(1, "first"), trace(2, "second")])
    results = [part.content for _, part in said(items) if isinstance(part, ToolResult)]
    assert results == ["first", "second"]


def test_traces_that_overlap_are_told_one_after_the_other():
    first = resolved(call(1, [say("user", Text("a?"))], [say("assistant", Text("a!"))], end_ns=100))
    second = resolved(call(50, [say("user", Text("b?"))], [say("assistant", Text("b!"))], end_ns=60))
    items = thread_of_traces([("t1", first), ("t2", second)])
    assert [item.parts[0].text for item in items] == ["a?", "a!", "b?", "b!"]


def test_a_session_of_a_thousand_traces_keeps_what_was_said_and_nothing_else():
    histories = (
        (f"{at:032x}", resolved(replace_history(at)))
        for at in range(1, 1001)
    )  # fmt: skip
    total = 0
    for at, items in enumerate(parts_of_thread(histories), 1):
        assert [item.parts[0].text for item in items] == [f"question {at}", f"answer {at}"]
        total += len(items)
    assert total == 2000


def replace_history(at: int) -> SpanContent:
    """A client that sends the last ten exchanges again."""
    history = [
        say(role, Text(f"{word} {number}"))
        for number in range(max(1, at - 10), at)
        for role, word in (("user", "question"), ("assistant", "answer"))
    ]
    asked = call(
        at * 10, [*history, say("user", Text(f"question {at}"))], [say("assistant", Text(f"answer {at}"))]
    )
    return replace(asked, reading=replace(asked.reading, sequence=at))
