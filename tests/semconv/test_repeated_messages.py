"""Messages that are sent again are read once, and read the same: in any order, beside any others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from halo_dash.model.observation import Kind
from halo_dash.model.span import Span
from halo_dash.semconv.attributes import SaidAttributes
from halo_dash.semconv.messages import openinference
from halo_dash.semconv.messages.openinference import read_openinference
from halo_dash.semconv.messages.sources import MessageSources

PREFIX = "llm.input_messages."
values = st.one_of(
    st.sampled_from(["user", "assistant", "tool", "hello", '[{"type": "text"}]', "{"]),
    st.sampled_from([1, 1.0, True, None]),
)
fields = st.dictionaries(
    st.sampled_from(
        [
            "message.role",
            "message.content",
            "message.name",
            "message.contents.0.message_content.text",
            "message.tool_calls.0.tool_call.id",
            "message.tool_calls.0.tool_call.function.name",
            "message.tool_calls.0.tool_call.function.arguments",
            "0.role",
        ]
    ),
    values,
)
numbers = st.sampled_from(["0", "1", "2", "10", "00", "count", "1234567890123"])


def read(attributes: dict[str, object]) -> list[object]:
    said = SaidAttributes({f"{PREFIX}{key}": value for key, value in attributes.items()})  # type: ignore[misc]
    return list(read_openinference(said, PREFIX, "user"))


def flat(messages: dict[str, dict[str, object]]) -> dict[str, object]:
    return {f"{number}.{key}": value for number, each in messages.items() for key, value in each.items()}


@given(st.lists(st.dictionaries(numbers, fields, max_size=4), min_size=1, max_size=4))
def test_what_was_read_before_changes_nothing(lists):
    for messages in lists:
        openinference._memory.known.clear()
        alone = [repr(each) for each in read(flat(messages))]
        for other in lists:
            read(flat(other))
        assert [repr(each) for each in read(flat(messages))] == alone


def test_a_history_that_is_sent_again_is_the_same_messages():
    history = {
        f"{n}.message.{key}": value
        for n in range(30)
        for key, value in (("role", "user"), ("content", f"question {n}"))
    }
    before = read(history)
    again = read(history | {"30.message.role": "user", "30.message.content": "one more"})
    assert all(one is other for one, other in zip(before, again, strict=False))
    assert len(again) == 31


def test_numbers_are_put_in_their_order():
    attributes = {f"{PREFIX}{n}.message.content": f"number {n}" for n in (10, 9, 0)}
    span = Span("1" * 32, "1" * 16, attributes=dict(attributes))
    inputs, _ = MessageSources(span, SaidAttributes(span.attributes), Kind.LLM, is_error=False).read()
    assert [message.parts[0].text for message in inputs] == ["number 0", "number 9", "number 10"]
