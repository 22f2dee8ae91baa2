"""A list that continues the one read before it reads as if it were read alone, whatever stands in either."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.semconv.embedded_json import parse
from halo_dash.semconv.messages import conversation
from halo_dash.semconv.messages.conversation import read_list

LONG = "long enough to be looked at again " * 80

texts = st.sampled_from(["", "hi", LONG, '[{"role": "user", "content": "in a string"}]', "]", ",", '"', "\\"])
roles = st.sampled_from(["user", "assistant", "system", "tool", "robot"])
part = st.fixed_dictionaries({"type": st.just("text"), "content": texts})
human = {"content": "x", "type": "human"}
message = st.one_of(
    st.fixed_dictionaries({"role": roles, "content": texts}),
    st.fixed_dictionaries({"role": st.just("user"), "parts": st.lists(part)}),
    st.just({"type": "function_call", "name": "f", "arguments": "{}", "call_id": "c"}),
    st.just({"lc": 1, "type": "constructor", "id": ["HumanMessage"], "kwargs": human}),
    st.just({"odd": 1.0}),
    st.just({"odd": 1}),
    texts,
    st.none(),
    st.integers(0, 3),
)
lists = st.lists(st.one_of(message, st.lists(message, max_size=2)), max_size=4)


@st.composite
def histories(draw) -> list[str]:
    """Texts as calls send them: mostly the one before with something after it, in one way of writing."""
    said: list[object] = [{"role": "user", "content": LONG}] if draw(st.booleans()) else []
    sent = []
    for more in draw(st.lists(lists, min_size=1, max_size=5)):
        said = [*said, *more] if draw(st.integers(0, 3)) else [*more]
        text = json.dumps(said, indent=draw(st.sampled_from([None, None, 1])))
        cut = draw(st.integers(0, 12))
        sent.append(text[: len(text) - cut] if cut < 3 else draw(st.sampled_from(["", " ", "\n"])) + text)
    return sent


@given(histories())
@settings(max_examples=400, deadline=None)
def test_what_was_read_before_changes_nothing(sent):
    together = [read_list(text, "user") for text in sent]
    alone = []
    for text in sent:
        conversation._memory.last.clear()
        alone.append(read_list(text, "user"))
    assert together == alone
    parsed = [read_list(parse(text), "user") for text in sent if isinstance(parse(text), list)]
    assert parsed == [found for text, found in zip(sent, alone, strict=True) if isinstance(parse(text), list)]


def test_the_result_is_the_callers_own():
    text = json.dumps([{"role": "user", "content": LONG}])
    first = read_list(text, "user")
    first.clear()
    assert len(read_list(text, "user")) == 1


def test_a_number_is_never_taken_for_an_equal_one_of_another_type():
    for number in ("1", "1.0", "true"):
        head = f'[{{"role": "user", "content": "{LONG}"}}, {{"odd": {number}}}'
        (_, odd) = read_list(head + "]", "user")
        assert repr(odd.parts[0].raw["odd"]) == {"1": "1", "1.0": "1.0", "true": "True"}[number]


def test_what_stands_before_is_not_read_again():
    said = [{"role": "user", "content": LONG}, {"role": "assistant", "content": "yes"}]
    first = read_list(json.dumps(said), "user")
    second = read_list(json.dumps([*said, {"role": "user", "content": "more"}]), "user")
    assert [one is two for one, two in zip(first, second[:2], strict=True)] == [True, True]
    assert len(second) == 3
