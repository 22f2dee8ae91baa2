"""The question and the answer that a list shows."""

from __future__ import annotations

import json

import pytest
from spans import span

from halo_dash.semconv import observe

LLM = {"openinference.span.kind": "LLM"}


def _previews(attributes, **fields):
    seen = observe(span(attributes, **fields))
    return seen.input_preview, seen.output_preview


def test_white_space_is_collapsed_and_long_texts_are_cut():
    question, answer = _previews(
        {"input.value": "a\n\n  b\tc ", "output.value": "w " * 5_000}, parent_span_id=""
    )
    assert question == "a b c"
    assert len(answer) <= 200
    assert answer.endswith("…")


def test_only_roots_agents_and_model_calls_have_previews():
    said = {"input.value": "in", "output.value": "out"}
    assert _previews({"openinference.span.kind": "TOOL"} | said) == (None, None)
    for kind in ("AGENT", "LLM"):
        assert _previews({"openinference.span.kind": kind} | said) == ("in", "out")
    assert _previews({"openinference.span.kind": "TOOL"} | said, parent_span_id="") == ("in", "out")


def test_the_question_is_the_last_one_the_user_asked():
    attributes = LLM | {
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": "Be brief.",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.content": "First?",
        "llm.input_messages.2.message.role": "assistant",
        "llm.input_messages.3.message.role": "user",
        "llm.input_messages.3.message.content": "Second?",
        "llm.output_messages.0.message.contents.0.message_content.text": "Yes.",
    }
    assert _previews(attributes) == ("Second?", "Yes.")


def test_a_model_that_only_calls_a_tool_answers_with_the_call():
    call = {"type": "tool_call", "id": "c", "name": "search", "arguments": {"q": "Oslo"}}
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.input.messages": json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]),
        "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [call]}]),
    }
    assert _previews(attributes) == ("Hi", '→ search({"q":"Oslo"})')


@pytest.mark.parametrize(
    ("attributes", "question", "answer"),
    [
        (
            {"traceloop.entity.input": '{"args": ["Hi"], "kwargs": {}}', "traceloop.entity.output": '"Yes"'},
            "Hi",
            "Yes",
        ),
        ({"mlflow.spanInputs": '{"question": "Hi"}', "mlflow.spanOutputs": '"Yes"'}, "Hi", "Yes"),
        ({"ai.prompt": '{"system": "s", "prompt": "Hi"}', "ai.response.text": "Yes"}, "Hi", "Yes"),
        ({"langfuse.trace.input": "Hi", "langfuse.trace.output": "Yes"}, "Hi", "Yes"),
    ],
)
def test_a_root_is_read_deeply_where_its_words_are_wrapped(attributes, question, answer):
    assert _previews({"openinference.span.kind": "AGENT"} | attributes, parent_span_id="") == (
        question,
        answer,
    )


def test_megabytes_are_not_taken_apart_for_a_preview():
    huge = json.dumps({"messages": [{"role": "user", "content": "x" * 2_000_000}]})
    question, _ = _previews({"openinference.span.kind": "AGENT", "input.value": huge}, parent_span_id="")
    assert question.startswith('{"messages": [{"role": "user"')
    assert len(question) == 200


def test_an_empty_result_is_no_answer():
    said = {"gen_ai.prompt": '{"q": "Hi"}', "gen_ai.completion": "{}", "langsmith.span.kind": "chain"}
    assert _previews(said, parent_span_id="") == ("Hi", None)
