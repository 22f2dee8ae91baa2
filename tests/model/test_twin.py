"""The JSON shapes that pages and command line share."""

from __future__ import annotations

import json
import math
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from halo_dash.model.message import (
    Media,
    Message,
    Other,
    Part,
    Reasoning,
    Text,
    ThreadItem,
    ToolCall,
    ToolResult,
)
from halo_dash.model.observation import Content, Failure, Kind, Observation, Usage
from halo_dash.model.page import StoredSpan
from halo_dash.model.span import Event, Link, LogRecord, Resource, Scope, Span
from halo_dash.model.twin import content_json, iso_time, json_value, message_json, span_json, thread_json

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_any_attribute_value_becomes_json(value: Any) -> None:
    out = json_value(value)
    assert json.loads(json.dumps(out, allow_nan=False)) == out


def test_what_json_lacks_is_written_as_otlp_json_writes_it() -> None:
    assert json_value([math.nan, math.inf, -math.inf, b"\x00\xff"]) == [
        "NaN",
        "Infinity",
        "-Infinity",
        "AP8=",
    ]


@given(st.integers(-(2**63), 2**64))
def test_any_time_has_a_text(time_ns: int) -> None:
    assert iso_time(time_ns).endswith("Z")


def test_a_time_is_exact_to_the_microsecond() -> None:
    assert iso_time(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123456Z"


def test_a_span_keeps_every_field_of_opentelemetry() -> None:
    span = Span(
        trace_id="a" * 32,
        span_id="b" * 16,
        parent_span_id="c" * 16,
        name="chat",
        kind=3,
        start_ns=10,
        end_ns=2_000_010,
        status_code=2,
        status_message="no",
        trace_state="k=v",
        flags=1,
        attributes={"a": [1, {"b": None}]},
        dropped_attributes_count=1,
        events=(Event(11, "e", {"x": 1}, 2),),
        dropped_events_count=3,
        links=(Link("d" * 32, "e" * 16, "s", {"y": 2}, 4, 5),),
        dropped_links_count=6,
        resource=Resource({"service.name": "s"}, 7, (), "url"),
        scope=Scope("n", "v", {"z": 3}, 8, "url2"),
    )
    seen = Observation(kind=Kind.LLM, usage=Usage(input=1), failure=Failure("E", "no"))
    log = LogRecord("a" * 32, "b" * 16, body={"k": b"x"})
    out = span_json(StoredSpan(span, seen, (log,), 1), content=Content(input="in"))
    assert json.dumps(out, allow_nan=False)
    assert (out["kind"], out["status"], out["duration_ms"], out["input"]) == ("LLM", "error", 2.0, "in")
    assert out["span_kind"] == 3
    assert out["events"] == [
        {
            "time": iso_time(11),
            "time_ns": 11,
            "name": "e",
            "attributes": {"x": 1},
            "dropped_attributes_count": 2,
        }
    ]
    assert out["links"][0]["flags"] == 5  # type: ignore[index,call-overload] # the JSON type is a union
    for name in ("trace_state", "flags", "status_message", "dropped_events_count", "dropped_links_count"):
        assert out[name] == getattr(span, name)


def test_a_model_call_without_generic_values_has_its_messages_as_input_and_output() -> None:
    message = Message("user", (Text("hi"),))
    out = content_json(Content(input_messages=(message,)))
    assert out["input"] == [message_json(message)]
    assert out["output"] is None
    assert content_json(Content(input=[]))["input"] == []


def test_every_kind_of_part_is_written() -> None:
    parts: tuple[Part, ...] = (
        *(Text("a"), Reasoning("b"), ToolCall("f", "1", {"x": 1})),
        *(ToolResult("r", "1"), Media("image/png"), Other({"k": 1})),
    )
    assert {type(part) for part in parts} == set(get_args(Part))
    out = message_json(Message("assistant", parts))
    kinds = [part["type"] for part in out["parts"]]  # type: ignore[union-attr,index,call-overload] # as above
    assert kinds == ["text", "reasoning", "tool_call", "tool_result", "media", "other"]


def test_a_thread_gives_each_tool_result_an_item_of_its_own() -> None:
    items = (
        ThreadItem("user", (Text("Weather?"),), "s1"),
        ThreadItem(
            "assistant", (Text("Let me look."), ToolCall("w", "1", {"c": "R"}), ToolCall("w", "2")), "s1"
        ),
        ThreadItem(
            "tool", (ToolResult({"t": 3}, "1", "w"), ToolResult("none", "2", "w")), "s2", is_error=True
        ),
    )
    out: Any = thread_json(items)["items"]
    assert [item["role"] for item in out] == ["user", "assistant", "tool", "tool"]
    assert [item["text"] for item in out] == ["Weather?", "Let me look.", '{"t":3}', "none"]
    assert [call["id"] for call in out[1]["tool_calls"]] == ["1", "2"]
    assert [(item["tool_name"], item["tool_call_id"], item["status"]) for item in out[2:]] == [
        ("w", "1", "error"),
        ("w", "2", "error"),
    ]
