"""Everything a trace says is found, once, and filed under who said it."""

from __future__ import annotations

import json

import pytest
from fulltext import Index
from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.model.search_field import SCOPES, SEARCH_FIELDS
from halo_dash.model.span import Attributes, Event, Link, LogRecord, Resource, Scope, Span
from halo_dash.search.document import COLUMNS, TraceTexts
from halo_dash.search.marks import EVERY_TRACE, fact, key_start, pair, pair_start, read_pair
from halo_dash.search.text import words
from halo_dash.semconv import observe

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def read(*spans: Span, logs: tuple[LogRecord, ...] = ()) -> TraceTexts:
    found = TraceTexts()
    for span in spans:
        found.add(span, observe(span, logs), logs)
    return found


def said(attributes: Attributes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field, text in read(Span("t" * 32, "s" * 16, attributes=attributes)).texts():
        found.setdefault(field, []).append(text)
    return found


@pytest.mark.parametrize(
    ("attributes", "field", "text"),
    [
        ({"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "hi"}, "user", "hi"),
        (
            {"llm.input_messages.3.message.role": "tool", "llm.input_messages.3.message.content": "42 C"},
            "tool_result",
            "42 C",
        ),
        ({"llm.output_messages.0.message.contents.0.message_content.text": "yes"}, "assistant", "yes"),
        (
            {
                "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": (
                    '{"city": "Reykjav\\u00edk"}'
                )
            },
            "tool_call",
            "Reykjavík",
        ),
        ({"gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": "be kind"}, "system", "be kind"),
        ({"gen_ai.completion.0.content": "done"}, "assistant", "done"),
        ({"gen_ai.system_instructions": '[{"type": "text", "content": "be brief"}]'}, "system", "be brief"),
        (
            {"gen_ai.input.messages": '[{"role": "user", "parts": [{"type": "text", "content": "moin"}]}]'},
            "user",
            "moin",
        ),
        (
            {
                "gen_ai.output.messages": json.dumps(
                    [{"role": "assistant", "parts": [{"type": "tool_call", "arguments": {"q": "cats"}}]}]
                )
            },
            "tool_call",
            "cats",
        ),
        ({"openinference.span.kind": "TOOL", "input.value": '{"q": "dogs"}'}, "tool_call", "dogs"),
        ({"openinference.span.kind": "TOOL", "output.value": "no dogs"}, "tool_result", "no dogs"),
        (
            {"openinference.span.kind": "RETRIEVER", "output.value": '[{"content": "page"}]'},
            "document",
            "page",
        ),
        ({"openinference.span.kind": "CHAIN", "input.value": "step"}, "input", "step"),
        ({"retrieval.documents.0.document.content": "a page"}, "document", "a page"),
        ({"input.value": '{"messages": [{"type": "human", "content": "moin"}]}'}, "user", "moin"),
        ({"input.value": json.dumps({"a": json.dumps({"b": json.dumps(["ground"])})})}, "input", "ground"),
        ({"session.id": "sess-1"}, "id", "sess-1"),
        ({"gen_ai.request.model": "gpt-4o"}, "name", "gpt-4o"),
        ({"error.message": "boom"}, "error", "boom"),
        ({"my.own": "thing"}, "attribute", "thing"),
        ({"my.own": "thing"}, "attribute", "my.own"),
        ({"my.own": 12}, "attribute", "12"),
        ({"my.own": True}, "attribute", "true"),
        ({"my.own": [1.5, {"k": b"bytes"}]}, "attribute", "bytes"),
        ({"input.value": '{"price": 19.90}'}, "input", "19.90"),
        ({"input.value": '{"n": 12345678901234567890123}'}, "input", "12345678901234567890123"),
        ({"input.value": '{"cut off": "here'}, "input", '{"cut off": "here'),
    ],
)  # fmt: skip
def test_whose_words(attributes: Attributes, field: str, text: str) -> None:
    assert text in said(attributes)[field]


def test_a_text_counts_once_however_often_it_is_sent() -> None:
    history = {
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "refund me",
    }
    both: Attributes = {**history, "input.value": '{"messages": [{"role": "user", "content": "refund me"}]}'}
    root = Span("t" * 32, "a", attributes={"openinference.span.kind": "AGENT", "input.value": "refund me"})
    found = read(root, *(Span("t" * 32, str(number), attributes=dict(both)) for number in range(5)))
    assert [text for _, text in found.texts()].count("refund me") == 1


def test_each_span_gives_what_it_was_the_first_to_say() -> None:
    def call(span_id: str, *said: str) -> Span:
        attributes: Attributes = {}
        for number, text in enumerate(said):
            attributes |= {f"gen_ai.prompt.{number}.role": "user", f"gen_ai.prompt.{number}.content": text}
        return Span("t" * 32, span_id, attributes=attributes)

    found = TraceTexts()
    given = []
    for span in (call("a", "one"), call("b", "one", "two"), call("c", "one", "two", "three")):
        found.add(span, observe(span, ()))
        given.append(found.added())
    assert [[text for field, text in each if field == "user"] for each in given] == [
        ["one"],
        ["two"],
        ["three"],
    ]
    assert sorted(text for each in given for text in each) == sorted(found.texts())
    assert found.added() == []


def test_what_two_said_is_filed_under_both() -> None:
    found = said(
        {
            "llm.input_messages.0.message.role": "user",
            "llm.input_messages.0.message.content": "yes",
            "llm.output_messages.0.message.content": "yes",
        }
    )
    assert found["user"] == ["yes"]
    assert found["assistant"] == ["yes"]


def test_the_whole_span_is_searched() -> None:
    span = Span(
        "0af7651916cd43dd8448eb211c80319c",
        "b7ad6b7169203331",
        name="answer",
        status_message="it broke",
        trace_state="vendor=x",
        events=(
            Event(1, "exception", {"exception.message": "no route", "exception.stacktrace": "File x.py"}),
            Event(2, "gen_ai.user.message", {"content": "from an event"}),
            Event(3, "progress", {"percent": 40}),
        ),
        links=(Link("1" * 32, "2" * 16, attributes={"why": "retry"}),),
        resource=Resource({"service.name": "shop", "host.name": "box"}, schema_url="https://schema"),
        scope=Scope("tracer", "1.2", {"lib": "y"}),
    )
    log = LogRecord(
        span.trace_id,
        span.span_id,
        severity_text="WARN",
        event_name="gen_ai.choice",
        body={"message": "logged"},
    )
    found = set(read(span, logs=(log,)).texts())
    assert found >= {
        ("id", span.trace_id), ("id", span.span_id), ("name", "answer"), ("error", "it broke"),
        ("attribute", "vendor=x"), ("error", "no route"), ("error", "File x.py"), ("user", "from an event"),
        ("event", "progress"), ("event", "40"), ("id", "1" * 32), ("id", "2" * 16), ("attribute", "retry"),
        ("name", "shop"), ("attribute", "box"), ("attribute", "https://schema"), ("name", "tracer"),
        ("attribute", "1.2"), ("attribute", "y"), ("event", "WARN"), ("assistant", "logged"),
    }  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=12) | st.sampled_from(["input.value", "metadata", "events"]), VALUES, max_size=5
    )
)
def test_no_attribute_is_too_strange_for_the_index(attributes: Attributes) -> None:
    found = read(Span("t" * 32, "s" * 16, attributes=attributes))
    index = Index(COLUMNS)
    index.add(1, found.columns())
    everything = {token.text for _, text in found.texts() for token in words(text)}
    for key, value in attributes.items():
        assert {token.text for token in words(key)} <= everything
        if isinstance(value, str) and not value.lstrip().startswith(("[", "{", '"')):
            assert {token.text for token in words(value)} <= everything
    for mark in found.marks():
        assert index.match(f'mark : "{mark}"') == {1}


def test_a_vector_is_not_text() -> None:
    assert said({"embedding": [0.5] * 33}).get("attribute", []) == ["embedding"]
    assert "0.5" in said({"embedding": [0.5] * 3})["attribute"]


def test_nesting_without_end_is_read() -> None:
    deep: list[object] = ["bottom"]
    for _ in range(5000):
        deep = [deep]
    assert "bottom" in said({"deep": deep})["attribute"]  # type: ignore[dict-item] # a list of lists


def test_facts_and_values_can_be_asked_for() -> None:
    span = Span(
        "t" * 32,
        "s" * 16,
        attributes={
            "openinference.span.kind": "TOOL", "customer.tier": "Gold", "n": 3, "tags": ["a b", "c"],
            "ok": True,
            "metadata": {"Region": "eu"}, "input.value": "x" * 300,
        },
        events=(Event(1, "exception", {}),),
        status_code=2,
    )  # fmt: skip
    marks = read(span).marks()
    expected = [
        ("customer.tier", "Gold"),
        ("n", "3"),
        ("tags", "a b"),
        ("ok", "true"),
        ("metadata.Region", "eu"),
    ]
    assert marks >= {pair(key, value) for key, value in expected}
    assert marks >= {EVERY_TRACE, fact("tool"), fact("exception"), fact("error"), fact("tool_call")}
    assert pair("customer.tier", "gold") not in marks
    assert {read_pair(mark) for mark in marks} >= set(expected)
    assert all(
        mark.startswith(key_start("cust")) for mark in marks if read_pair(mark) == ("customer.tier", "Gold")
    )


def test_marks_are_no_words() -> None:
    index = Index(COLUMNS)
    index.add(1, read(Span("t" * 32, "s" * 16, attributes={"customer": "gold"})).columns())
    assert index.match('attribute : "customer"') == {1}
    assert index.match('mark : "customer" *') == set()
    assert index.match('mark : "gold" *') == set()


def test_every_scope_names_fields() -> None:
    assert {each for fields in SCOPES.values() for each in fields} == set(SEARCH_FIELDS)
    assert set(SCOPES) == set(SEARCH_FIELDS)


def test_an_attribute_is_there_whatever_its_value() -> None:
    attributes: Attributes = {
        "input.value": "hello",
        "exception.stacktrace": "x" * 300,
        "empty": "",
        "bytes": b"ab",
        "null": None,
        "list": [1.5] * 3,
        "object": {"a": 1},
        "llm.input_messages.0.message.content": "hi",
        "k" * 201: "v",
        "score": float("nan"),
        "least": float("-inf"),
    }
    marks = read(Span("t" * 32, "s" * 16, attributes=attributes)).marks()
    found = {asked[0] for mark in marks if (asked := read_pair(mark))}
    for key in ("input.value", "exception.stacktrace", "empty", "bytes", "null", "list", "object"):
        assert any(mark.startswith(pair_start(key)) for mark in marks), key
    assert pair("input.value", "hello") not in marks
    assert "llm.input_messages.0.message.content" not in found
    assert {pair("object.a", "1"), pair("score", "NaN"), pair("least", "-Infinity")} <= marks
