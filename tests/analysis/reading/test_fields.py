"""Every text of a span has a name, and a quote of what a view shows is found under it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.analysis.reading.fields import field_texts
from halo_dash.analysis.report.quotes import stands_in
from halo_dash.model.page import StoredSpan
from halo_dash.model.span import Event, LogRecord, Resource, Scope, Span
from halo_dash.semconv import observe
from tests.semconv.recorded import CLIENTS, recorded


def stored(span: Span, logs: tuple[LogRecord, ...] = ()) -> StoredSpan:
    return StoredSpan(span, observe(span, logs), logs, 0)


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def decoded(value: object) -> Iterator[str]:
    """The strings of a value, and those inside of strings that are JSON."""
    for text in strings(value):
        yield text
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(inner, dict | list):
            yield from decoded(inner)


words = st.text(st.characters(categories=("Lu", "Ll", "Lo", "Nd")), min_size=9, max_size=30)
as_json = words.map(lambda text: json.dumps({"querywords": text}))
values = st.recursive(
    words | st.integers() | st.booleans() | st.none() | as_json,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(words, children, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(
    [
        *("input.value", "output.value", "gen_ai.input.messages", "gen_ai.output.messages", "mine"),
        *("llm.input_messages.0.message.content", "llm.input_messages.0.message.role", "metadata"),
        *("gen_ai.tool.call.arguments", "exception.message", "openinference.span.kind", "tag.tags"),
    ]
)
attributes = st.dictionaries(keys, values, max_size=6)


@settings(max_examples=60, deadline=None)
@given(attributes, attributes, attributes, attributes, values)
def test_every_string_occurs_under_some_name(on_span, on_event, on_resource, on_log, body) -> None:
    span = Span(
        "a" * 32,
        "b" * 16,
        name="chat with the model",
        attributes=on_span,
        events=(Event(1, "what happened", on_event),),
        resource=Resource(on_resource),
        scope=Scope("the scope", "version one"),
    )
    logs = (LogRecord(span.trace_id, span.span_id, 1, event_name="log event", body=body, attributes=on_log),)
    texts = field_texts(stored(span, logs))
    said = [*on_span.values(), *on_event.values(), *on_resource.values(), *on_log.values(), body]
    for each in (*said, span.name, "what happened", "the scope", "log event"):
        for text in decoded(each):
            assert any(stands_in(text, found) for found in texts.values()), text


def test_the_names_of_a_model_call() -> None:
    arguments = {"query": 'Where is "A-17"?', "limit": 5}
    asked = [{"role": "system", "parts": [{"type": "text", "content": "You are a clerk."}]}]
    asked += [{"role": "user", "parts": [{"type": "text", "content": "Where is my order?\nIt is late."}]}]
    call = {"type": "tool_call", "id": "c1", "name": "search_orders", "arguments": arguments}
    answer = [{"role": "assistant", "parts": [{"type": "text", "content": "I look."}, call]}]
    texts = field_texts(
        stored(
            Span(
                "a" * 32,
                "b" * 16,
                name="chat gpt-4o",
                attributes={
                    "gen_ai.operation.name": "chat",
                    "gen_ai.input.messages": json.dumps(asked),
                    "gen_ai.output.messages": json.dumps(answer),
                },
            )
        )
    )
    assert texts["system"] == texts["message[0]"] == "You are a clerk."
    assert texts["input"] == texts["message[1]"] == "Where is my order?\nIt is late."
    assert texts["message[2]"] == "I look."
    assert texts["tool_call[0].name"] == texts["message[2].tool_call[0].name"] == "search_orders"
    assert json.loads(texts["tool_call[0].arguments"]) == arguments
    # However it was shown: compact, pretty, decoded; and as it was sent.
    for quote in (json.dumps(arguments), json.dumps(arguments, indent=2), 'Where is "A-17"?'):
        assert stands_in(quote, texts["tool_call[0].arguments"])
        assert stands_in(quote, texts["attribute.gen_ai.output.messages"])
    assert stands_in("Where is my order? It is late.", texts["input"])


def test_the_names_of_a_failed_tool() -> None:
    span = Span(
        "a" * 32,
        "b" * 16,
        name="web_search",
        status_code=2,
        status_message="it broke",
        attributes={
            "openinference.span.kind": "TOOL",
            "tool.name": "web_search",
            "input.value": '{"query": "refund"}',
            "output.value": "nothing found here",
        },
        events=(
            Event(1, "exception", {"exception.type": "TimeoutError", "exception.stacktrace": "File x.py"}),
        ),
    )
    texts = field_texts(stored(span))
    assert texts["input"] == '{"query": "refund"}'
    assert texts["output"] == texts["tool_result"] == "nothing found here"
    assert texts["status_message"] == "it broke"
    assert texts["error"].startswith("TimeoutError")
    assert texts["event[0].exception.stacktrace"] == texts["stack"] == "File x.py"


@pytest.mark.parametrize("client", CLIENTS)
def test_recorded_spans_say_everything_under_some_name(client: str) -> None:
    for span in recorded(client)[0][:25]:
        whole = "\n".join(field_texts(stored(span)).values())
        for key, value in span.attributes.items():
            for text in strings(value):
                assert text in whole or json.dumps(text, ensure_ascii=False)[1:-1] in whole, key
