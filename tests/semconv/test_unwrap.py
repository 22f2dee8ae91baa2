"""Wrappers come off tool arguments and results; what is malformed stays raw."""

from __future__ import annotations

import pytest

from halo_dash.semconv.embedded_json import canonical, compact, parse
from halo_dash.semconv.unwrap import unwrap_arguments, unwrap_result


@pytest.mark.parametrize(
    ("sent", "arguments"),
    [
        ('{"q": 1}', {"q": 1}),
        ('"{\\"q\\": 1}"', {"q": 1}),
        ('{"q": ', '{"q": '),
        ("Eiffel Tower height", "Eiffel Tower height"),
        ({"args": [], "kwargs": {"q": 1}}, {"q": 1}),
        ({"args": [], "kwargs": '{"q": 1}', "sanitize_inputs_outputs": True}, {"q": 1}),
        ({"args": [2], "kwargs": {"q": 1}}, {"args": [2], "kwargs": {"q": 1}}),
        ({"args": ["a"]}, {"args": ["a"]}),
        ({"inputs": {"q": 1}}, {"q": 1}),
        ({"inputs": "plain"}, {"inputs": "plain"}),
        ('{"INVALID_JSON": "{\\"q\\": "}', '{"q": '),
        ("{'a': 1}", "{'a': 1}"),
        ("42", "42"),
        ("null", None),
        (None, None),
        ({}, {}),
    ],
)
def test_arguments(sent, arguments):
    assert unwrap_arguments(sent) == arguments


@pytest.mark.parametrize(
    ("sent", "result"),
    [
        ("[]", []),
        ('"[]"', []),
        ("", ""),
        ('{"output": "[1]"}', [1]),
        ({"output": {"content": "[1]", "type": "tool", "tool_call_id": "c"}}, [1]),
        ({"type": "tool", "data": {"content": "x", "tool_call_id": "c", "status": "success"}}, "x"),
        ({"lc": 1, "type": "constructor", "id": ["ToolMessage"], "kwargs": {"content": "x"}}, "x"),
        ({"type": "json", "value": [1]}, [1]),
        ({"type": "error-text", "value": "no"}, "no"),
        ({"type": "json", "value": 1, "size": 3}, {"type": "json", "value": 1, "size": 3}),
        ([{"type": "text", "text": '{"a":1}'}], {"a": 1}),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "a\nb"),
        ([{"type": "json_invalid", "msg": "x"}], [{"type": "json_invalid", "msg": "x"}]),
        ({"output": 1, "more": 2}, {"output": 1, "more": 2}),
        ("ChatMessage(content='x')", "ChatMessage(content='x')"),
        ({"type": ["tool"]}, {"type": ["tool"]}),
    ],
)
def test_results(sent, result):
    assert unwrap_result(sent) == result


def test_numbers_in_text_stay_what_was_written():
    assert [parse(text) for text in ("1e5", "007", "true", " 42 ")] == ["1e5", "007", "true", " 42 "]


def test_a_huge_integer_keeps_its_digits():
    assert parse('{"id": 123456789012345678901234567890}') == {"id": 123456789012345678901234567890}


def test_written_json_keeps_key_order_and_letters_and_a_canonical_one_does_not_depend_on_them():
    assert compact({"b": "é", "a": [1, None]}) == '{"b":"é","a":[1,null]}'
    assert compact(b"\x00\xff") == '"AP8="'
    assert canonical({"b": 1, "a": 2}) == canonical('{"a": 2, "b": 1}')
