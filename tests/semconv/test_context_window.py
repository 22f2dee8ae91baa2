"""The X-ray of a prompt: parts that add up, and what changed since the call before."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import CLIENTS, recorded, traces
from spans import read

from halo_dash.model.message import Media, Message, Other, Reasoning, Text, ToolCall, ToolResult
from halo_dash.model.observation import Content, Kind, ToolDefinition, Usage
from halo_dash.model.xray import Segment, Xray
from halo_dash.semconv import SpanContent, read_content, resolve
from halo_dash.semconv.call_groups import TraceSpans
from halo_dash.semconv.call_prompts import by_span, call_prompts
from halo_dash.semconv.context_window import apportion, prompt_of, xray
from halo_dash.semconv.lineage import lineage

SYSTEM = Message("system", (Text("s" * 400),))
ASKED = Message("user", (Text("u" * 100),))
CALLED = Message("assistant", (ToolCall("search", "1", {"q": "a"}),))
FOUND = Message("tool", (ToolResult("r" * 300, "1"),))
SAID = Message("assistant", (Text("a" * 200),))
AGAIN = Message("user", (Text("v" * 50),))
SEARCH = ToolDefinition("search", "d" * 92, None)
IN, CACHED = 150_000_000_000, 75_000_000_000
"""gpt-4o-mini: 0.15 and 0.075 USD a million."""


def look(
    *messages: Message,
    before: tuple[Message, ...] | None = None,
    usage: Usage = Usage(),  # noqa: B008 - frozen
    tools: tuple[ToolDefinition, ...] = (SEARCH,),
    tools_before: tuple[ToolDefinition, ...] = (SEARCH,),
    window: int | None = None,
) -> Xray:
    previous = None if before is None else prompt_of(before, tools_before)
    return xray(previous, prompt_of(messages, tools), usage, window, prices=(IN, CACHED))


def sizes(found: Xray) -> dict[str, int]:
    return {fill.segment.value: fill.characters for fill in found.fills}


def test_every_kind_of_content_has_its_part():
    mixed = Message("user", (ToolResult({"a": 1}, "1"), Text("more"), Other([1, 2])))
    thought = Message("assistant", (Reasoning("t" * 10), Text("said")))
    found = look(SYSTEM, ASKED, CALLED, FOUND, thought, mixed)
    assert sizes(found) == {
        "tools": 98,
        "system": 400,
        "earlier_user": 100,
        "assistant": len('search{"q":"a"}') + 14,
        "tool_results": 300 + len('{"a":1}'),
        "user": 4,
        "other": 5,
    }
    assert {fill.segment.value: fill.pieces for fill in found.fills}["tool_results"] == 2


def test_tokens_are_shared_out_by_characters_and_add_up_to_what_was_reported():
    found = look(SYSTEM, ASKED, FOUND, usage=Usage(input=225), window=1000, tools=())
    assert [(fill.segment.value, fill.tokens) for fill in found.fills] == [
        ("system", 113),
        ("tool_results", 84),
        ("user", 28),
    ]
    assert (found.tokens, found.is_reported, found.window_share) == (225, True, 0.225)


def test_without_reported_tokens_four_characters_are_one():
    found = look(SYSTEM, ASKED, tools=())
    assert (found.tokens, found.is_reported, found.window_share) == (125, False, None)
    assert [fill.tokens for fill in found.fills] == [100, 25]


def test_images_get_the_tokens_that_the_text_does_not_explain():
    pictured = Message("user", (Text("x" * 400), Media("image/png", None, "A" * 90_000)))
    found = look(pictured, usage=Usage(input=1_000), tools=())
    assert [(fill.segment, fill.characters, fill.tokens) for fill in found.fills] == [
        (Segment.USER, 400, 100),
        (Segment.MEDIA, 0, 900),
    ]
    assert found.media == 1


def test_no_content_is_no_parts():
    found = look(usage=Usage(input=500), tools=(), window=1000)
    assert (found.fills, found.tokens, found.window_share) == ((), 500, 0.5)
    assert look(tools=()).tokens is None


def test_a_loop_adds_the_call_and_its_result():
    found = look(
        SYSTEM, ASKED, CALLED, FOUND, before=(SYSTEM, ASKED), usage=Usage(input=1000, cache_read=500)
    )
    assert found.change is not None
    assert (found.change.kept, found.change.added) == (2, (("assistant", 1), ("tool", 1)))
    assert (found.change.dropped, found.change.changed, found.change.tools_changed) == (0, 0, False)
    # The whole call before is the beginning of this one: 98 + 400 + 100 of 913 characters.
    assert found.prefix is not None
    assert (found.prefix.messages, found.prefix.broke_at, found.prefix.tokens) == (2, None, 655)
    assert found.prefix.cached == 500
    # The question was asked in the call before already.
    assert sizes(found)["earlier_user"] == 100
    assert "user" not in sizes(found)


def test_what_was_sent_again_costs_less_what_the_cache_took_off():
    found = look(
        SYSTEM, ASKED, CALLED, FOUND, before=(SYSTEM, ASKED), usage=Usage(input=1000, cache_read=500)
    )
    again = found.repetition
    assert again is not None
    assert (again.tokens, again.cached) == (655, 500)
    assert again.usd == Decimal("0.00006075")  # 155 at 0.15 and 500 at 0.075 USD a million
    assert again.saved_usd == Decimal("0.0000375")
    unsaid = look(SYSTEM, ASKED, before=(SYSTEM,), usage=Usage(input=100)).repetition
    assert unsaid is not None
    assert (unsaid.cached, unsaid.usd, unsaid.saved_usd) == (None, Decimal("0.00001245"), Decimal(0))
    free = xray(prompt_of([SYSTEM]), prompt_of([SYSTEM]), Usage(input=100)).repetition
    assert free is not None
    assert (free.usd, free.saved_usd) == (None, None)


def test_a_changed_system_prompt_breaks_the_cache_at_once():
    other = Message("system", (Text("t" * 400),))
    found = look(other, ASKED, SAID, AGAIN, before=(SYSTEM, ASKED))
    assert found.prefix is not None
    assert (found.prefix.messages, found.prefix.broke_at, found.prefix.broke_role) == (0, 0, "system")
    assert found.change is not None
    assert (found.change.changed, found.change.kept, found.change.added_count) == (1, 1, 2)
    assert sizes(found)["user"] == 50


def test_other_tools_break_the_cache_before_the_first_message():
    found = look(SYSTEM, ASKED, before=(SYSTEM, ASKED), tools_before=())
    assert found.prefix is not None
    assert found.prefix.broke_at == -1
    assert found.change is not None
    assert found.change.tools_changed


def test_dropped_messages_are_counted_and_break_the_prefix():
    found = look(SYSTEM, SAID, AGAIN, before=(SYSTEM, ASKED, CALLED, FOUND, SAID))
    assert found.change is not None
    assert (found.change.dropped, found.change.changed, found.change.kept) == (3, 0, 2)
    assert found.change.added == (("user", 1),)
    assert found.prefix is not None
    assert (found.prefix.messages, found.prefix.broke_at) == (1, 1)


def test_a_prompt_that_became_shorter_broke_where_it_ends():
    found = look(SYSTEM, before=(SYSTEM, ASKED))
    assert found.prefix is not None
    assert (found.prefix.broke_at, found.prefix.broke_role) == (1, None)


# Properties

PARTS = st.one_of(
    st.builds(Text, st.text(max_size=20)),
    st.builds(Reasoning, st.text(max_size=20)),
    st.builds(
        ToolCall,
        st.text(max_size=5),
        st.none(),
        st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    ),
    st.builds(ToolResult, st.text(max_size=20)),
    st.builds(Media, st.just("image/png"), st.none(), st.text(max_size=50)),
    st.builds(Other, st.integers()),
)
MESSAGES = st.lists(
    st.builds(
        Message,
        st.sampled_from(["system", "user", "assistant", "tool"]),
        st.lists(PARTS, max_size=3).map(tuple),
    ),
    max_size=8,
)


@given(
    before=st.none() | MESSAGES,
    now=MESSAGES,
    carried=st.integers(0, 8),
    usage=st.builds(Usage, st.none() | st.integers(0, 10**6), cache_read=st.none() | st.integers(0, 10**6)),
)
def test_the_parts_add_up_whatever_is_sent(before, now, carried, usage):
    messages = [*(before or [])[:carried], *now]
    previous = None if before is None else prompt_of(before)
    found = xray(previous, prompt_of(messages), usage, 1000, prices=(IN, CACHED))
    if found.fills and found.tokens is not None and (found.characters or found.media):
        assert sum(fill.tokens for fill in found.fills) == found.tokens
    assert sum(fill.characters for fill in found.fills) == found.characters == prompt_of(messages).characters
    assert all(fill.tokens >= 0 for fill in found.fills)
    if found.change is not None and before is not None:
        change = found.change
        assert change.kept + change.changed + change.added_count == len(messages)
        assert change.kept + change.changed + change.dropped == len(before)
        assert found.prefix is not None
        assert found.prefix.messages <= change.kept
        assert found.repetition is not None
        assert 0 <= found.repetition.tokens <= (found.tokens or 0)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**6), max_size=9))
def test_shares_are_whole_and_add_up(total, weights):
    shares = apportion(total, weights)
    assert sum(shares) == (total if sum(weights) else 0)
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - total * weight / max(1, sum(weights))) < 1.001


# Against real clients


@pytest.mark.parametrize("client", CLIENTS)
def test_each_call_of_a_real_client_goes_on_from_the_one_before(client):
    spans, logs = recorded(client)
    sent = {(each.trace_id, each.span_id): each for each in spans}
    for trace_id, readings in traces(spans, logs).items():
        resolved = resolve(readings)
        contents = {
            each.span_id: SpanContent(
                each,
                resolved[each.span_id],
                read_content(
                    sent[trace_id, each.span_id],
                    each.observation,
                    [log for log in logs if (log.trace_id, log.span_id) == (trace_id, each.span_id)],
                ),
            )
            for each in readings
        }
        calls = list(call_prompts(TraceSpans(lineage(readings), contents)))
        assert len(calls) == sum(each.is_llm_call for each in resolved.values())
        for call in calls:
            found = xray(call.previous, call.prompt, call.usage)
            if found.characters:
                assert sum(fill.tokens for fill in found.fills) == found.tokens
            if call.previous is not None:
                assert found.change is not None
                # Nobody drops what was said: these agents only ever append.
                assert found.change.dropped == 0
        assert set(by_span(calls)) >= {call.span_id for call in calls}


def test_the_call_before_is_that_of_the_same_run_and_conversation():
    other = Message("system", (Text("write a title"),))
    said = {
        "a1": (SYSTEM, ASKED),
        "b1": (SYSTEM, AGAIN),
        "title": (other, Message("user", (Text("of this"),))),
        "a2": (SYSTEM, ASKED, CALLED, FOUND),
        "b2": (SYSTEM, AGAIN, SAID),
        "side": (SYSTEM, ASKED, SAID),
        "a3": (SYSTEM, ASKED, CALLED, FOUND, SAID, AGAIN),
    }
    readings = [read("a", kind=Kind.AGENT), read("b", kind=Kind.AGENT)]
    readings += [
        read(name, "b" if name.startswith("b") else "a", Kind.LLM, at=at) for at, name in enumerate(said, 1)
    ]
    resolved = resolve(readings)
    contents = {
        each.span_id: SpanContent(
            each, resolved[each.span_id], Content(input_messages=said.get(each.span_id, ()))
        )
        for each in readings
    }
    calls = call_prompts(TraceSpans(lineage(readings), contents))
    assert {call.span_id: call.previous_span_id for call in calls} == {
        "a1": None,
        "b1": None,
        "title": None,
        "a2": "a1",
        "b2": "b1",
        "side": "a2",
        "a3": "a2",
    }
