"""Messages in log records, span events, pydantic-ai's event lists and MLflow's chunks."""

from __future__ import annotations

import json

from reading import (
    ANSWER,
    CALL,
    PARTS,
    QUESTION,
    READ,
    RESULT,
    SYSTEM,
    content_of,
    inputs,
    log,
    outputs,
    told,
)

from halo_dash.model.message import Text, ToolResult
from halo_dash.model.observation import Kind
from halo_dash.model.span import Event

EVENTS = [
    {"event.name": "gen_ai.system.message", "role": "system", "content": "Be brief."},
    {"event.name": "gen_ai.user.message", "role": "user", "content": "q"},
    {
        "event.name": "gen_ai.assistant.message",
        "role": "assistant",
        "tool_calls": [{"id": "c1", "function": {"name": "search", "arguments": '{"q": 1}'}}],
    },
    {"event.name": "gen_ai.tool.message", "role": "tool", "content": "[1]", "id": "c1", "name": "search"},
    {"event.name": "gen_ai.assistant.message", "role": "assistant", "content": "a"},
]
PYDANTIC = [SYSTEM, QUESTION, ("assistant", CALL), ("tool", ToolResult([1], "c1", "search"))]


def test_pydantic_ai_version_1():
    choice = {"event.name": "gen_ai.choice", "index": 0, "message": {"role": "assistant", "content": "a"}}
    assert inputs({"json:events": [*EVENTS[:4], choice]}) == PYDANTIC
    assert outputs({"json:events": [*EVENTS[:4], choice]}) == [ANSWER]
    run = {"json:all_messages_events": EVENTS, "final_result": "a"}
    assert (inputs(run, Kind.AGENT), outputs(run, Kind.AGENT)) == (PYDANTIC, [ANSWER])


def test_pydantic_ai_runs_end_with_what_the_model_said_last():
    answer = {"role": "assistant", "parts": [{"type": "text", "content": "a"}]}
    run = {"json:pydantic_ai.all_messages": [*PARTS, answer], "final_result": "a"}
    assert (inputs(run, Kind.AGENT), outputs(run, Kind.AGENT)) == (READ, [ANSWER])


def test_mlflow_stream_is_joined_from_its_chunks_in_order():
    deltas = [
        {"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "search", "arguments": '{"q": '}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]},
    ]
    events = [
        Event(
            0, f"mlflow.chunk.item.{n}", {"mlflow.chunk.value": json.dumps({"choices": [{"delta": delta}]})}
        )
        for n, delta in reversed(list(enumerate(deltas)))
    ]
    empty = {"choices": [{"message": {"role": "assistant", "content": ""}, "finish_reason": "stop"}]}
    content = content_of({"json:mlflow.spanOutputs": empty}, events=events)
    assert told(content.output_messages) == [("assistant", CALL)]
    assert content.finish_reason == "tool_calls"


def test_log_records_of_the_first_generation_in_order_of_time():
    call = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": '{"q": 1}'}}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "a"}}
    logs = [
        log("gen_ai.choice", choice, observed_ns=9),
        log("gen_ai.tool.message", {"content": "[1]", "id": "c1"}, observed_ns=4),
        log("gen_ai.user.message", {"content": "q"}, observed_ns=2),
        log("gen_ai.assistant.message", {"tool_calls": [call]}, observed_ns=3),
        log("", {"content": "Be brief."}, observed_ns=1, **{"event.name": "gen_ai.system.message"}),
    ]
    content = content_of({}, logs=logs)
    assert told(content.input_messages) == [SYSTEM, QUESTION, ("assistant", CALL), RESULT]
    assert told(content.output_messages) == [ANSWER]
    assert content.finish_reason == "stop"


def test_log_records_of_the_second_generation_and_the_span_that_wins_over_them():
    details = log(
        "gen_ai.client.inference.operation.details",
        **{
            "gen_ai.input.messages": PARTS,
            "gen_ai.system_instructions": [{"type": "text", "content": "Be brief."}],
        },
    )
    assert inputs({}, logs=[details]) == [SYSTEM, *READ]
    own = [{"role": "user", "parts": [{"type": "text", "content": "own"}]}]
    assert inputs({"json:gen_ai.input.messages": own}, logs=[details])[-1] == ("user", Text("own"))


def test_span_events():
    events = [
        Event(0, "gen_ai.user.message", {"content": "q"}),
        Event(1, "gen_ai.assistant.message", {"gen_ai.event.content": json.dumps({"content": "a"})}),
        Event(
            2,
            "gen_ai.choice",
            {
                "message": json.dumps(
                    [{"text": "a"}, {"toolUse": {"toolUseId": "c1", "name": "search", "input": {"q": 1}}}]
                )
            },
        ),
    ]
    content = content_of({}, events=events)
    assert told(content.input_messages) == [QUESTION, ANSWER]
    assert told(content.output_messages) == [("assistant", Text("a"), CALL)]
    plain = [
        Event(0, "gen_ai.content.prompt", {"gen_ai.prompt": "q"}),
        Event(
            1,
            "gen_ai.content.completion",
            {"gen_ai.completion": json.dumps([{"role": "assistant", "content": "a"}])},
        ),
    ]
    content = content_of({}, events=plain)
    assert (told(content.input_messages), told(content.output_messages)) == ([QUESTION], [ANSWER])
