"""What is packed into one value comes back whole, with every field that the model has."""

from __future__ import annotations

from dataclasses import fields, replace

from halo_dash.model.observation import Failure, Kind, Observation, Usage
from halo_dash.model.trace import TraceSummary
from halo_dash.store.bits import Bits
from halo_dash.store.span_rows import pack_observation, row_id, sequence_of, unpack_observation
from halo_dash.store.trace_rows import pack_summary, pack_terms, unpack_summary, unpack_terms

OBSERVATION = Observation(
    kind=Kind.LLM,
    dialect="gen_ai",
    model="m",
    request_model="rm",
    provider="p",
    usage=Usage(1, 2, 3, 4, 5, 6),
    cost_usd=0.25,
    cost_reported=True,
    agent_name="an",
    agent_name_is_derived=True,
    agent_id="ai",
    agent_role="ar",
    agent_version="av",
    session_id="si",
    user_id="ui",
    tool_name="tn",
    tool_call_id="tc",
    service="s",
    service_version="sv",
    environment="e",
    trace_name="tr",
    response_id="ri",
    has_messages=True,
    is_placeholder=True,
    failure=Failure("t", "m", "f"),
    input_preview="ip",
    output_preview="op",
)
SUMMARY = TraceSummary(
    trace_id="t",
    name="n",
    kind=Kind.AGENT,
    root_span_id="r",
    start_ns=1,
    end_ns=2,
    is_error=True,
    is_open=True,
    span_count=3,
    error_count=4,
    llm_calls=5,
    tool_calls=6,
    orphan_count=7,
    usage=Usage(1, 2, 3, 4, 5, 6),
    cost_usd=0.5,
    cost_is_partial=True,
    failure=Failure("t", "m", "f"),
    failed_span_id="fs",
    failed_name="fn",
    services=("s",),
    environment="e",
    agents=(("id", "name"), (None, "other")),
    session_id="si",
    user_id="ui",
    sessions=("s1",),
    users=("u1",),
    models=("m1",),
    providers=("p1",),
    tools=("t1",),
    kinds=(Kind.LLM, Kind.TOOL),
    names=("n1",),
    input_preview="ip",
    output_preview="op",
)


def test_every_field_of_an_observation() -> None:
    default = Observation()
    assert all(
        getattr(OBSERVATION, field.name) != getattr(default, field.name) for field in fields(Observation)
    )
    assert unpack_observation(pack_observation(OBSERVATION)) == OBSERVATION
    assert unpack_observation(pack_observation(default)) == default


def test_every_field_of_a_summary() -> None:
    empty = replace(SUMMARY, failure=None, cost_usd=None, root_span_id=None, services=(), agents=(), names=())
    assert all(getattr(SUMMARY, field.name) for field in fields(TraceSummary))
    for summary in (SUMMARY, empty):
        assert unpack_summary(pack_summary(summary)) == summary


def test_terms_are_sorted() -> None:
    assert unpack_terms(pack_terms({70_000, 1, 2**32 - 1})) == (1, 70_000, 2**32 - 1)


def test_the_order_of_arrival_is_in_a_row_id() -> None:
    early, late = row_id(10**18, 5), row_id(10**18 + 61_000_000_000, 4)
    assert early < late
    assert (sequence_of(early), sequence_of(late)) == (5, 4)
    assert row_id(2**64, 2**30 - 1) < 2**63


def test_bits_are_a_set() -> None:
    rows = {1, 2, 4095, 4096, 70_000}
    bits = Bits.of(rows)
    assert bits.size == len(rows)
    bits.put(3, is_in=True)
    bits.put(2, is_in=False)
    bits.put(99, is_in=False)
    assert bits.size == len(rows)
    assert bits.count_of(Bits.of([1, 2, 3, 70_000])) == 3
    assert bits.without(Bits.of([1])).size == 4
    assert bits.intersection([Bits.of([1, 3]), Bits.of([3, 9])]).size == 1
    assert Bits.union([bits, Bits.of([2])]).size == 6
