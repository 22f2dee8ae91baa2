"""Model -> bytes -> model gives the same spans, in both encodings, whatever they hold."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.errors import InvalidInputError
from halo_dash.model.exporter import Encoding
from halo_dash.model.span import EntityRef, Event, Link, Resource, Scope, Span
from halo_dash.otlp import decode_traces, encode_traces

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(-(2**63), 2**63 - 1)
counts = st.integers(0, 2**32 - 1)
times = st.integers(0, 2**63 - 1)
scalars = st.none() | st.booleans() | numbers | st.floats(allow_nan=False) | texts | st.binary(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
attributes = st.dictionaries(texts, values, max_size=4)


def ids(size: int) -> Any:
    return st.binary(min_size=size, max_size=size).filter(any).map(bytes.hex)


resources = st.builds(
    Resource,
    attributes=attributes,
    dropped_attributes_count=counts,
    entity_refs=st.lists(
        st.builds(
            EntityRef,
            type=texts,
            schema_url=texts,
            id_keys=st.lists(texts, max_size=2).map(tuple),
            description_keys=st.lists(texts, max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    schema_url=texts,
)
scopes = st.builds(
    Scope, name=texts, version=texts, attributes=attributes, dropped_attributes_count=counts, schema_url=texts
)
spans = st.builds(
    Span,
    trace_id=ids(16),
    span_id=ids(8),
    parent_span_id=st.just("") | ids(8),
    name=texts,
    kind=st.integers(-(2**31), 2**31 - 1),
    start_ns=times,
    end_ns=times,
    status_code=st.integers(0, 5),
    status_message=texts,
    trace_state=texts,
    flags=counts,
    attributes=attributes,
    dropped_attributes_count=counts,
    events=st.lists(
        st.builds(Event, time_ns=times, name=texts, attributes=attributes, dropped_attributes_count=counts),
        max_size=2,
    ).map(tuple),
    dropped_events_count=counts,
    links=st.lists(
        st.builds(
            Link,
            trace_id=st.just("") | ids(16),
            span_id=st.just("") | ids(8),
            trace_state=texts,
            attributes=attributes,
            dropped_attributes_count=counts,
            flags=counts,
        ),
        max_size=2,
    ).map(tuple),
    dropped_links_count=counts,
)


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
@given(
    batch=st.lists(spans, min_size=1, max_size=3),
    resource=resources,
    scope=scopes,
)
@settings(max_examples=100, deadline=None)
def test_what_is_encoded_is_decoded(
    batch: list[Span], resource: Resource, scope: Scope, encoding: Encoding
) -> None:
    batch = [replace(span, resource=resource, scope=scope) for span in batch]
    decoded = decode_traces(encode_traces(batch, encoding), encoding)
    # Compared as written out: 1 == True == 1.0 must not pass for the same, nor another order of attributes.
    assert [repr(span) for span in decoded] == [repr(span) for span in batch]
    assert decoded.issues.message() == ""


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_numbers_that_are_not_finite_survive(encoding: Encoding) -> None:
    span = Span("0a" * 16, "0b" * 8, attributes={"a": math.nan, "b": math.inf, "c": -math.inf, "d": -0.0})
    (again,) = decode_traces(encode_traces([span], encoding), encoding)
    assert repr(again.attributes) == "{'a': nan, 'b': inf, 'c': -inf, 'd': -0.0}"


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_spans_keep_their_own_resource_and_scope(encoding: Encoding) -> None:
    batch = [
        Span("0a" * 16, f"{n:016x}", resource=Resource({"service.name": name, "n": flag}), scope=Scope(scope))
        for n, (name, flag, scope) in enumerate(
            [("a", 1, "x"), ("b", 1, "x"), ("a", True, "x"), ("a", 1, "y"), ("a", 1, "x")], start=1
        )
    ]
    again = list(decode_traces(encode_traces(batch, encoding), encoding))
    assert sorted(map(repr, again)) == sorted(map(repr, batch))
    assert again[0].resource is again[1].resource, "spans of a group share one resource object"


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_what_otlp_cannot_carry_as_such_is_still_written(encoding: Encoding) -> None:
    span = Span(
        "0a" * 16, "0b" * 8, name="lone \ud800", attributes={"big": 2**70, "text": "half \udc00 pair"}
    )
    (again,) = decode_traces(encode_traces([span], encoding), encoding)
    assert again.attributes["big"] == str(2**70)
    assert again.name.startswith("lone ")
    assert "\udc00" not in str(again.attributes["text"])


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (Span("0a" * 16, "0b" * 12), "span_id must be 16 hexadecimal digits"),
        (Span("0a" * 15, "0b" * 8), "trace_id must be 32 hexadecimal digits"),
        (Span("zz" * 16, "0b" * 8), "trace_id must be 32 hexadecimal digits"),
        (Span("0a" * 16, "0b" * 8, parent_span_id="root"), "parent_span_id that is not hexadecimal"),
        (Span("0a" * 16, "0b" * 8, links=(Link("x", "y"),)), "link whose ids are not hexadecimal"),
    ],
)
def test_ids_that_otlp_cannot_carry_are_named(span: Span, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        encode_traces([span], "json")


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_the_deepest_value_comes_back_and_one_deeper_is_refused(encoding: Encoding) -> None:
    def lists(levels: int) -> Any:
        value: Any = "x"
        for _ in range(levels):
            value = [value]
        return value

    def maps(levels: int) -> Any:
        value: Any = "x"
        for _ in range(levels):
            value = {"k": value}
        return value

    for deepest in (lists(48), maps(32)):
        span = Span("0a" * 16, "0b" * 8, attributes={"a": deepest})
        (again,) = decode_traces(encode_traces([span], encoding), encoding)
        assert again.attributes["a"] == deepest
    for too_deep in (lists(50), maps(34)):
        with pytest.raises(InvalidInputError, match="nested too deeply"):
            encode_traces([Span("0a" * 16, "0b" * 8, attributes={"a": too_deep})], encoding)
