"""A thread says every part of a conversation exactly once, in order, however often calls repeat it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.model.message import Message, Part, Reasoning, Role, Text, ToolCall, ToolResult
from halo_dash.model.observation import Content, Failure, Kind, Observation
from halo_dash.model.trace import SpanReading
from halo_dash.semconv import resolve
from halo_dash.semconv.thread import (
    SpanContent,
    finish_reasons,
    recover_tool_io,
    thread,
    thread_of_traces,
)

NOTHING = Content()


def span(
    kind: Kind, start_ns: int, *, parent: str = "", span_id: str | None = None, end_ns: int | None = None,
    scope: str = "s", content: Content = NOTHING, **observed,
) -> SpanContent:  # fmt: skip
    """One span; give it to `resolved` with the others of its trace."""
    observation = Observation(kind=kind, has_messages=bool(content.output_messages), **observed)
    reading = SpanReading(
        span_id or f"{start_ns:016x}", parent, kind.value.lower(), start_ns, end_ns or start_ns + 1, scope,
        observation, start_ns,
    )  # fmt: skip
    return SpanContent(reading, None, content)


def resolved(*spans: SpanContent) -> list[SpanContent]:
    found = resolve([one.reading for one in spans])
    return [replace(one, resolved=found[one.reading.span_id]) for one in spans]


def call(start_ns: int, inputs: list[Message], outputs: list[Message], **kwargs) -> SpanContent:
    content = Content(input_messages=tuple(inputs), output_messages=tuple(outputs))
    return span(Kind.LLM, start_ns, content=content, **kwargs)


def say(role: Role, *parts: Part) -> Message:
    return Message(role, parts)


def parts(items) -> list[tuple[Role, Part]]:
    return [(item.role, part) for item in items for part in item.parts]


USER = say("user", Text("q"))
ASK = ToolCall("search", "c1", {"q": 1})
NONE = say("assistant", Text("none"))
BAD = say("tool", ToolResult("bad JSON"))


# A conversation as a model sees it: turns of a user, then any number of answers with tools between them.
words = st.sampled_from(["yes", "no", "Let me look.", "again", " padded "])
arguments = st.dictionaries(st.sampled_from("ab"), st.integers(0, 2), max_size=2) | st.just('{"a": ')
results = st.sampled_from(["[]", {}, [1, 2], "done", "", "Error: x"]) | st.integers()


@st.composite
def conversations(draw) -> list[list[Message]]:
    """Steps: each a list of messages that went in since the last call, ending with the call's output."""
    ids = draw(st.sampled_from(["unique", "restarting", "none"]))
    number = 0
    steps: list[list[Message]] = []
    pending: list[Message] = [say("system", Text("Be brief."))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 4))):
        pending.append(say("user", *[Text(word) for word in draw(st.lists(words, min_size=1, max_size=2))]))
        if draw(st.integers(0, 5)) == 0:
            pending.append(say("system", Text("Remember: be brief.")))
        for _ in range(draw(st.integers(0, 3))):
            calls: list[ToolCall] = []
            answers: list[Message] = []
            for place in range(draw(st.integers(1, 3))):
                number += 1
                called = {"unique": f"call_{number}", "restarting": f"call_{place}", "none": None}[ids]
                # Without an id of its own a call must differ to be told apart from one that is repeated.
                asked = draw(arguments) if ids == "unique" else {"n": number}
                calls.append(ToolCall(draw(st.sampled_from(["search", "book"])), called, asked))
                answers.append(say("tool", ToolResult(draw(results), called)))
            first: list[Part] = [Text(draw(words))] if draw(st.booleans()) else []
            steps.append([*pending, say("assistant", *first, *calls)])
            pending = answers
        steps.append([*pending, say("assistant", Text(draw(words)))])
        pending = []
    return steps


def _calls(steps: list[list[Message]], start: int = 1) -> list[SpanContent]:
    history: list[Message] = []
    spans = []
    for at, step in enumerate(steps, start):
        history += step[:-1]
        spans.append(call(at * 10, list(history), step[-1:]))
        history += step[-1:]
    return spans


def _spoken(steps: list[list[Message]]) -> list[tuple[Role, Part]]:
    return [(message.role, part) for step in steps for message in step for part in message.parts]


@given(conversations())
@settings(max_examples=300, deadline=None)
def test_calls_that_repeat_their_history_make_the_conversation(steps):
    assert parts(thread(resolved(*_calls(steps)))) == _spoken(steps)


@given(conversations(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_arrival_does_not_matter(steps, random):
    spans = _calls(steps)
    random.shuffle(spans)
    assert parts(thread(resolved(*spans))) == _spoken(steps)


@given(conversations())
@settings(max_examples=100, deadline=None)
def test_a_history_split_into_one_message_a_part_is_known(steps):
    spans = _calls(steps)
    split = [
        replace(
            one,
            content=replace(
                one.content,
                input_messages=tuple(
                    say(m.role, part) for m in one.content.input_messages for part in m.parts
                ),
            ),
        )
        for one in spans
    ]
    assert parts(thread(resolved(*split))) == _spoken(steps)


@given(conversations())
@settings(max_examples=100, deadline=None)
def test_a_history_that_differs_in_white_space_every_time_is_known(steps):
    spans = _calls(steps)
    padded = [
        replace(one, content=replace(one.content, input_messages=_padded(one.content.input_messages, at)))
        for at, one in enumerate(spans)
    ]
    said = [(role, _stripped(part)) for role, part in parts(thread(resolved(*padded)))]
    assert said == [(role, _stripped(part)) for role, part in _spoken(steps)]


def _padded(messages: tuple[Message, ...], width: int) -> tuple[Message, ...]:
    return tuple(
        replace(m, parts=tuple(Text(" " * width + p.text) if isinstance(p, Text) else p for p in m.parts))
        for m in messages
    )


def _stripped(part: Part) -> Part:
    return Text(part.text.strip()) if isinstance(part, Text) else part


@given(conversations(), st.integers(1, 6))
@settings(max_examples=100, deadline=None)
def test_a_session_whose_traces_repeat_one_another_is_one_conversation(steps, cut):
    spans = _calls(steps)
    traces = [(None, resolved(*some)) for some in (spans[:cut], spans[cut:]) if some]
    assert parts(thread_of_traces(traces)) == _spoken(steps)


@given(st.lists(conversations(), min_size=2, max_size=3))
@settings(max_examples=100, deadline=None)
def test_no_call_is_ever_repeated(several):
    spans = [one for at, steps in enumerate(several) for one in _calls(steps, 1 + 100 * at)]
    said = [
        repr(part) for _, part in parts(thread(resolved(*spans))) if isinstance(part, ToolCall) and part.id
    ]
    assert len(said) == len(set(said))


@given(conversations(), conversations())
@settings(max_examples=100, deadline=None)
def test_two_agents_at_once_are_both_said_whole(first, second):
    second = [[_as_second(message) for message in step] for step in second]
    others = [
        replace(one, reading=replace(one.reading, span_id="b" + one.reading.span_id))
        for one in _calls(second)
    ]
    said = parts(thread(resolved(*_calls(first), *others)))
    assert sorted(map(repr, said)) == sorted(map(repr, [*_spoken(first), *_spoken(second)]))
    own = set(map(repr, _spoken(first)))
    assert [one for one in said if repr(one) in own] == _spoken(first)


def _as_second(message: Message) -> Message:
    """The same message in words and ids that the first agent does not use."""

    def told(part: Part) -> Part:
        match part:
            case Text(text):
                return Text(f"{text} (second)")
            case ToolCall(name, called, asked):
                return ToolCall(name, called and "second_" + called, {"second": asked})
            case ToolResult(content, called):
                return ToolResult(["second", content], called and "second_" + called)
            case _:
                return part

    return replace(message, parts=tuple(told(part) for part in message.parts))


def test_a_part_said_with_no_id_answers_the_calls_before_it():
    asked = say("assistant", ToolCall("a", None, {}), ToolCall("b", None, {}))
    answers = [say("tool", ToolResult("of b", None, "b")), say("tool", ToolResult("of a"))]
    tools = [
        span(Kind.TOOL, 2, tool_name="a", content=Content(input={}, output="of a")),
        span(Kind.TOOL, 3, tool_name="b", content=Content(input={}, output="of b")),
    ]
    items = thread(resolved(call(1, [USER], [asked]), *tools, call(4, [USER, asked, *answers], [])))
    assert [(item.parts, item.span_id) for item in items[2:]] == [
        ((ToolResult("of b", None, "b"),), tools[1].reading.span_id),
        ((ToolResult("of a"),), tools[0].reading.span_id),
    ]


def test_one_output_that_comes_back_as_two_messages_is_known():
    second = ToolCall("search", "c2", {"q": 2})
    items = thread(resolved(
        call(1, [USER], [say("assistant", ASK, second)]),
        call(2, [USER, say("assistant", ASK), say("assistant", second)], [say("assistant", Text("done"))]),
    ))  # fmt: skip
    assert parts(items) == [
        ("user", Text("q")),
        ("assistant", ASK),
        ("assistant", second),
        ("assistant", Text("done")),
    ]


def test_malformed_arguments_that_come_back_empty_are_the_same_call():
    broken = ToolCall("search", None, '{"q": ')
    items = thread(resolved(
        call(1, [USER], [say("assistant", broken)]),
        call(2, [USER, say("assistant", ToolCall("search", None, {})), say("tool", ToolResult("bad"))], []),
    ))  # fmt: skip
    assert parts(items) == [("user", Text("q")), ("assistant", broken), ("tool", ToolResult("bad"))]


def test_reasoning_is_in_the_thread_and_is_not_missed_where_it_does_not_come_back():
    items = thread(resolved(
        call(1, [USER], [say("assistant", Reasoning("hm"), ASK)]),
        call(2, [USER, say("assistant", ASK), say("tool", ToolResult([], "c1"))], [NONE]),
    ))  # fmt: skip
    assert [part for _, part in parts(items)] == [
        Text("q"), Reasoning("hm"), ASK, ToolResult([], "c1"), *NONE.parts,
    ]  # fmt: skip


def test_reasoning_that_only_comes_back_in_the_history_is_not_said_out_of_place():
    items = thread(resolved(
        call(1, [USER], [say("assistant", ASK)]),
        call(2, [USER, say("assistant", Reasoning("a summary")), say("assistant", ASK)], []),
        call(3, [USER, say("assistant", Reasoning("a summary"), ASK)], []),
    ))  # fmt: skip
    assert parts(items) == [("user", Text("q")), ("assistant", ASK)]


def test_a_handoff_keeps_one_thread():
    moved = ToolCall("transfer_to_billing", "c1", {})
    triage, billing = say("system", Text("Route.")), say("system", Text("Bill."))
    answer = say("tool", ToolResult({"assistant": "Billing"}, "c1"))
    reply = say("assistant", Text("Paid."))
    history = [billing, USER, say("assistant", moved), answer, reply, say("user", Text("thanks"))]
    items = thread(resolved(
        call(1, [triage, USER], [say("assistant", moved)]),
        call(2, history[:4], [reply]),
        call(3, history, [say("assistant", Text("Bye."))]),
    ))  # fmt: skip
    assert [item.role for item in items] == [
        "system",
        "user",
        "assistant",
        "system",
        "tool",
        "assistant",
        "user",
        "assistant",
    ]


def test_a_note_put_in_front_of_the_history_is_not_followed_by_the_history_again():
    note = say("user", Text("(memory: likes tea)"))
    hello = say("assistant", Text("hello"))
    history = [
        note,
        USER,
        hello,
        say("user", Text("more")),
        say("assistant", Text("a")),
        say("user", Text("b")),
    ]
    items = thread(resolved(
        call(1, [USER], [hello]),
        call(2, history[:4], history[4:5]),
        call(3, history, [say("assistant", Text("c"))]),
    ))  # fmt: skip
    assert [part.text for _, part in parts(items)] == [
        "q", "hello", "(memory: likes tea)", "more", "a", "b", "c",
    ]  # fmt: skip


def test_a_call_nobody_answered_takes_the_result_of_its_tool():
    failed = Failure("TimeoutError", "no answer in 10 s")
    other = ToolCall("search", "c2", {"q": 2})
    items = thread(resolved(
        call(1, [USER], [say("assistant", ASK, other)]),
        span(Kind.TOOL, 2, tool_name="search", tool_call_id="c2", failure=failed),
        span(Kind.TOOL, 3, tool_name="search", tool_call_id="c1", content=Content(output=[1])),
    ))  # fmt: skip
    assert [(item.parts[0], item.is_error) for item in items[2:]] == [
        (ToolResult([1], "c1", "search"), False),
        (ToolResult("no answer in 10 s", "c2", "search"), True),
    ]


def test_tools_without_ids_are_matched_by_arguments_before_order():
    broken, good = ToolCall("search", None, "{"), ToolCall("search", None, {"q": 1})
    items = thread(resolved(
        call(1, [USER], [say("assistant", broken)]),
        call(2, [USER, say("assistant", broken), BAD], [say("assistant", good)]),
        span(Kind.TOOL, 3, tool_name="search", content=Content(input={"q": 1}, output="found")),
    ))  # fmt: skip
    assert [part for _, part in parts(items)][1:] == [
        broken, *BAD.parts, good, ToolResult("found", None, "search"),
    ]  # fmt: skip


def test_tools_are_placed_by_time_where_the_messages_hold_no_call():
    model = call(1, [USER], [say("assistant", Text("330 m"))], end_ns=100)
    tool = span(Kind.TOOL, 50, tool_name="search", content=Content(input={"q": 1}, output=[]))
    handoff = span(Kind.TOOL, 60, tool_name="handoff to Billing", content=Content(output="Billing"))
    items = thread(resolved(model, tool, handoff))
    assert [part for _, part in parts(items)] == [
        Text("q"), ToolCall("search", None, {"q": 1}), ToolResult([], None, "search"), Text("330 m"),
    ]  # fmt: skip


def test_no_messages_make_no_thread_whatever_tools_ran():
    tool = span(Kind.TOOL, 2, tool_name="search", content=Content(input={}, output=[]))
    assert thread(resolved(span(Kind.LLM, 1), tool)) == ()


def test_the_innermost_agent_speaks_where_no_model_call_does():
    inner = Content(input_messages=(USER, say("assistant", ASK)), output_messages=())
    outer = Content(
        input_messages=(say("user", Text("outer")),), output_messages=(say("assistant", Text("x")),)
    )
    items = thread(resolved(
        span(Kind.AGENT, 1, span_id="a", content=outer),
        span(Kind.AGENT, 2, parent="a", content=inner),
        span(Kind.CHAIN, 3, parent="a", content=outer),
        span(Kind.LLM, 4, parent="a"),
    ))  # fmt: skip
    assert parts(items) == [("user", Text("q")), ("assistant", ASK)]


def test_a_chain_whose_output_is_the_whole_conversation_says_it_once():
    answer = say("assistant", Text("a"))
    chain = Content(input_messages=(USER,), output_messages=(USER, say("assistant", ASK), answer))
    items = thread(resolved(span(Kind.CHAIN, 1, content=chain)))
    assert parts(items) == [("user", Text("q")), ("assistant", ASK), ("assistant", Text("a"))]


def test_text_after_a_call_and_each_text_are_items_of_their_own():
    output = say("assistant", Text("one"), Text("two"), ASK, ToolCall("search", "c2"), Text("three"))
    items = thread(resolved(call(1, [USER], [output])))
    assert [item.parts for item in items[1:]] == [
        (Text("one"),), (Text("two"), ASK, ToolCall("search", "c2")), (Text("three"),),
    ]  # fmt: skip


def test_a_wrapped_call_is_said_once_and_the_wrapper_lends_what_the_call_lacks():
    output = say("assistant", Text("a"))
    wrapper = call(1, [USER], [output], span_id="outer", end_ns=9, scope="outer")
    inner = span(Kind.LLM, 2, parent="outer", scope="sdk", content=Content(finish_reason="stop"))
    spans = resolved(wrapper, inner)
    assert parts(thread(spans)) == [("user", Text("q")), ("assistant", Text("a"))]
    assert {item.span_id for item in thread(spans)} == {"outer"}
    assert finish_reasons(spans) == {inner.reading.span_id: "stop"}


def test_a_call_recorded_side_by_side_is_one_call():
    content = Content(input_messages=(USER,), output_messages=(say("assistant", ASK),))
    spans = resolved(
        span(Kind.LLM, 1, scope="a", response_id="r", content=content),
        span(Kind.LLM, 2, scope="b", response_id="r", content=Content(finish_reason="stop")),
    )
    assert parts(thread(spans)) == [("user", Text("q")), ("assistant", ASK)]
    assert list(finish_reasons(spans).values()) == ["tool_calls"]


def test_a_model_that_runs_an_agent_as_its_tool_still_speaks():
    outer = call(1, [USER], [say("assistant", Text("outer answer"))], span_id="outer", end_ns=90)
    tool = span(Kind.TOOL, 2, parent="outer", span_id="tool", tool_name="agent")
    inner = call(3, [say("user", Text("sub"))], [say("assistant", Text("sub answer"))], parent="tool")
    texts = [part.text for _, part in parts(thread(resolved(outer, tool, inner))) if isinstance(part, Text)]
    assert texts == ["q", "outer answer", "sub", "sub answer"]


def test_missing_arguments_are_those_the_model_asked_for():
    first, second, third = (ToolCall("search", None, {"q": n}) for n in range(3))
    tools = [
        span(Kind.TOOL, start, tool_name="search", content=Content(input=given, output=[]))
        for start, given in ((3, None), (4, ""), (7, {}))
    ]
    spans = resolved(
        call(1, [USER], [say("assistant", first, second)]), *tools[:2],
        call(5, [USER], [say("assistant", third)]), tools[2],
    )  # fmt: skip
    assert [arguments for arguments, _ in recover_tool_io(spans).values()] == [{"q": 0}, {"q": 1}, {"q": 2}]


def test_arguments_are_unknown_where_no_model_call_is_known():
    tool = span(Kind.TOOL, 1, tool_name="search", content=Content(input="", output=[]))
    assert recover_tool_io(resolved(tool)) == {tool.reading.span_id: (None, [])}


def test_a_long_run_is_read_in_time_that_grows_with_it():
    history = [say("system", Text("s"))]
    spans = []
    for at in range(2_000):
        history += [say("user", Text(f"question {at}"))]
        asked = ToolCall("search", f"c{at}", {"n": at})
        spans.append(call(at * 10 + 1, list(history), [say("assistant", asked)]))
        spans += [
            span(
                Kind.TOOL,
                at * 10 + 2 + n,
                tool_name="search",
                tool_call_id=f"c{at}",
                content=Content(output=n),
            )
            for n in range(4)
        ]
        history += [say("assistant", asked), say("tool", ToolResult(0, f"c{at}"))]
    assert len(thread(resolved(*spans))) == 1 + 3 * 2_000
