"""Comparing two traces: what counts as a difference, and where they part."""

from __future__ import annotations

from dataclasses import replace

from halo_dash.model.comparison import Aspect, Comparison, Imprint, RowState, compare, imprint
from halo_dash.model.message import Message, Text, ToolCall, ToolResult
from halo_dash.model.observation import Content, Failure, Kind, Observation, ToolDefinition, Usage
from halo_dash.model.trace import SpanReading
from halo_dash.model.tree import Tree, build_tree
from halo_dash.model.valuediff import Entry, compare_json, digest


def span(number: int, kind: Kind, label: str, parent: int | None = 0, **more: object) -> SpanReading:
    seen = Observation(
        kind=kind,
        tool_name=label if kind == Kind.TOOL else None,
        model=label if kind == Kind.LLM else None,
        agent_name=label if kind == Kind.AGENT else None,
    )
    return SpanReading(
        span_id=f"{number:016x}",
        parent_span_id="" if parent is None else f"{parent:016x}",
        name=f"{kind.value} {label}",
        start_ns=1_000 + number,
        end_ns=5_000 - number,
        scope_name="",
        observation=replace(seen, **more),  # type: ignore[arg-type] # whatever a test wants
    )


def tree(*spans: SpanReading) -> Tree:
    return build_tree(spans, {})


def states(found: Comparison) -> list[RowState]:
    return [row.state for row in found.rows]


RUN = (
    span(0, Kind.AGENT, "a", None),
    span(1, Kind.LLM, "m"),
    span(2, Kind.TOOL, "t"),
    span(3, Kind.LLM, "m"),
)


def said(**by_number: Imprint) -> dict[str, Imprint]:
    return {f"{int(number[1:]):016x}": each for number, each in by_number.items()}


def test_a_trace_compared_with_itself_is_the_same_throughout() -> None:
    imprints = said(s0=Imprint("q", "a"), s2=Imprint("x", "y"))
    found = compare(tree(*RUN), tree(*RUN), imprints, imprints)
    assert states(found) == ["same"] * 4
    assert (found.first, found.differences, found.shared, found.is_read) == (None, (), 4, True)


def test_time_is_no_difference_and_tokens_are() -> None:
    later = [replace(each, start_ns=each.start_ns + 500, end_ns=each.end_ns + 900) for each in RUN]
    assert compare(tree(*RUN), tree(*later)).differences == ()
    more = [*RUN[:3], span(3, Kind.LLM, "m", usage=Usage(1, 2, 3))]
    assert compare(tree(*RUN), tree(*more)).rows[3].aspects == (Aspect.TOKENS,)


def test_they_part_where_a_step_first_went_otherwise_not_at_the_answer_around_it() -> None:
    left = said(s0=Imprint("q", "one"), s2=Imprint("x", "found"), s3=Imprint("h", "one"))
    right = said(s0=Imprint("q", "two"), s2=Imprint("x", "nothing"), s3=Imprint("i", "two"))
    found = compare(tree(*RUN), tree(*RUN), left, right)
    assert states(found) == ["changed", "same", "changed", "changed"]
    assert [row.aspects for row in found.rows if row.aspects] == [
        (Aspect.OUTPUT,),
        (Aspect.OUTPUT,),
        (Aspect.INPUT, Aspect.OUTPUT),
    ]
    assert found.first == 2


def test_another_question_parts_them_at_once() -> None:
    found = compare(tree(*RUN), tree(*RUN), said(s0=Imprint("q")), said(s0=Imprint("p")))
    assert found.first == 0


def test_a_wrapper_that_ends_otherwise_comes_after_what_happened_in_it() -> None:
    failed = span(0, Kind.AGENT, "a", None, failure=Failure("TimeoutError"))
    found = compare(tree(*RUN), tree(failed, *RUN[1:3]))
    assert states(found) == ["changed", "same", "same", "left"]
    assert found.first == 3


def test_another_model_and_another_name_are_told_apart() -> None:
    left = (span(0, Kind.AGENT, "a", None), span(1, Kind.LLM, "small"))
    right = (span(0, Kind.AGENT, "b", None), span(1, Kind.LLM, "large"))
    assert [row.aspects for row in compare(tree(*left), tree(*right)).rows] == [
        (Aspect.NAME,),
        (Aspect.MODEL,),
    ]


def test_traces_with_equal_span_ids_are_still_two_traces() -> None:
    left = tree(span(0, Kind.AGENT, "a", None), span(1, Kind.TOOL, "t"))
    right = tree(span(1, Kind.AGENT, "a", None), span(0, Kind.TOOL, "t", 1))
    assert states(compare(left, right)) == ["same", "same"]


def test_a_loop_is_folded_with_what_stands_for_it() -> None:
    head = span(0, Kind.AGENT, "a", None)
    rounds = [span(at, kind, "x") for at, kind in enumerate([Kind.LLM, Kind.TOOL] * 4, 1)]
    found = compare(tree(head, *rounds), tree(head, *rounds[:2]))
    assert found.folds == ((1, 8),)
    assert states(found).count("left") == 6


def test_ids_made_anew_are_no_difference_and_all_else_is() -> None:
    def content(call_id: str, city: str, system: str = "Be brief.") -> Content:
        call = ToolCall("get_weather", call_id, {"city": city})
        return Content(
            input_messages=(Message("system", (Text(system),)), Message("user", (Text("Weather?"),))),
            output_messages=(Message("assistant", (call,)),),
        )

    first = imprint(content("call_1", "Oslo"))
    assert imprint(content("call_2", "Oslo")) == first
    assert imprint(content("call_1", "Rome")).said != first.said
    other = imprint(content("call_1", "Oslo", "Be long."))
    assert (other.given, other.said) == (first.given, first.said)
    assert other.system != first.system
    assert digest({"tool_call_id": "a", "x": 1}) == digest({"x": 1, "tool_call_id": "b"})
    assert digest({"id": "run-0123456789abcdef01"}) == digest({"id": "run-fedcba9876543210aa"})
    assert digest({"id": "order 7"}) != digest({"id": "order 8"})
    assert digest({"order_id": "run-0123456789abcdef01"}) != digest({"order_id": "run-fedcba9876543210aa"})


def test_json_text_and_json_are_one_value() -> None:
    assert digest('{"b": 1, "a": 2}') == digest({"a": 2, "b": 1})
    assert digest("{not json") != digest("{not json either")
    deep = "[" * 5_000 + "]" * 5_000
    assert digest(deep) == digest(deep)


def test_an_imprint_names_tools_parameters_and_the_last_word() -> None:
    found = imprint(
        Content(
            input_messages=(
                Message("user", (Text("hello  \n there"),)),
                Message("tool", (ToolResult({"ok": True}),)),
            ),
            output="fine",
            tool_definitions=(ToolDefinition("search", "Searches."),),
            parameters={"temperature": 0.5, "tools": [{"name": "search"}], "model": "m"},
        )
    )
    assert found.parameters == (("temperature", "0.5"),)
    assert [name for name, _ in found.tools] == ["search"]
    assert found.line == '← result: { "ok": true }'
    assert found.answer == "fine"


def test_json_is_compared_by_key() -> None:
    left = {"city": "Oslo", "days": 3, "tags": ["a", "b"], "gone": None, "tool_call_id": "1"}
    right = '{"city": "Rome", "days": 3, "tags": ["a", "c", "d"], "new": {"x": 1}, "tool_call_id": "2"}'
    assert compare_json(left, right) == (  # type: ignore[arg-type] # a plain dictionary is a value
        Entry("city", "changed", "Oslo", "Rome"),
        Entry("days", "same", "3", "3"),
        Entry("tags.0", "same", "a", "a"),
        Entry("tags.1", "changed", "b", "c"),
        Entry("tags.2", "right", None, "d"),
        Entry("gone", "left", "null", None),
        Entry("tool_call_id", "same", "1", "2"),
        Entry("new", "right", None, '{"x":1}'),
    )
    assert compare_json("plain", {"a": 1}) is None
