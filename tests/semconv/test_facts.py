"""Facts of a trace: each agent counted for its own part, and nothing counted twice or lost."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import CLIENTS, expected, recorded, traces
from spans import read

from halo_dash.model.facts import CALL, ERROR, FIRST_OF_AGENT, FIRST_OF_TRACE, Part, TraceFacts
from halo_dash.model.figures import UNNAMED
from halo_dash.model.observation import Kind, Usage
from halo_dash.model.trace import SpanReading, TraceSummary
from halo_dash.semconv import resolve, summarise
from halo_dash.semconv.facts import read_facts
from halo_dash.semconv.frameworks import framework_of

AGENT, LLM, TOOL, CHAIN, SPAN = Kind.AGENT, Kind.LLM, Kind.TOOL, Kind.CHAIN, Kind.SPAN


def parts(*spans: SpanReading) -> dict[str | None, Part]:
    return {part.agent: part for part in read_facts("t", spans).parts}


def ended(span: SpanReading, at: int | None) -> SpanReading:
    return replace(span, end_ns=0 if at is None else 1_000 + at)


def added(found: TraceFacts) -> Usage:
    sums = {}
    for each in fields(Usage):
        known = [said for part in found.parts if (said := getattr(part.usage, each.name)) is not None]
        sums[each.name] = sum(known) if known else None
    return Usage(**sums)


def assert_adds_up(found: TraceFacts, summary: TraceSummary) -> None:
    """Parts have all that the trace has, and nothing twice."""
    costs = [part.cost_usd for part in found.parts if part.cost_usd is not None]
    assert added(found) == summary.usage
    assert (fsum(costs) if costs else None) == (summary.cost_usd and pytest.approx(summary.cost_usd))
    assert sum(part.llm_calls for part in found.parts) == summary.llm_calls
    assert sum(part.tool_calls for part in found.parts) == summary.tool_calls
    assert (sum(part.unpriced_calls for part in found.parts) > 0) == summary.cost_is_partial
    keys = [identity or name for identity, name in summary.agents] or [UNNAMED]
    runs = [part.agent for part in found.parts if part.is_run]
    assert sorted(runs) == sorted(set(keys))
    assert {part.agent for part in found.parts} <= {*keys, None}
    assert {part.session for part in found.parts} - {None} == set(summary.sessions)
    assert {part.user for part in found.parts} - {None} == set(summary.users)
    for part, call in ((found.parts[call.part], call) for call in found.calls):
        assert part.usage.total is None or (call.usage.total or 0) <= part.usage.total
    calls = [step for step in found.steps if step.marks & CALL]
    assert len([step for step in calls if step.kind is LLM]) == summary.llm_calls
    assert len([step for step in calls if step.kind is TOOL]) == summary.tool_calls
    firsts = {(step.kind, step.named) for step in calls}
    assert len([step for step in calls if step.marks & FIRST_OF_TRACE]) == len(firsts)
    of_agents = {(found.parts[step.part].agent, step.kind, step.named) for step in calls}
    assert len([step for step in calls if step.marks & FIRST_OF_AGENT]) == len(of_agents)


@pytest.mark.parametrize("client", CLIENTS)
def test_parts_of_recorded_traces_add_up(client: str) -> None:
    agents, sessions = set(), set()
    for trace_id, readings in traces(*recorded(client)).items():
        found = read_facts(trace_id, readings)
        assert_adds_up(found, summarise(trace_id, readings))
        shuffled = random.Random(5).sample(readings, len(readings))  # noqa: S311 - a shuffle that repeats
        assert read_facts(trace_id, shuffled) == found
        counted = {readings_id for readings_id, one in resolve(readings).items() if one.is_counted}
        numbers = {span.sequence: span.span_id for span in readings}
        assert {numbers[call.sequence] for call in found.calls} == counted
        steps = {span.sequence for span in readings if span.observation.kind is not SPAN}
        assert {step.sequence for step in found.steps} <= steps
        agents |= {part.name for part in found.parts if part.name}
        sessions |= {part.session for part in found.parts if part.session}
    assert sorted(agents) == expected(client)["agents"]
    assert sorted(sessions) == expected(client)["sessions"]


def test_a_trace_without_identity_is_one_run_of_nobody() -> None:
    found = parts(read("root", kind=CHAIN, tokens=None), read("call", "root", LLM, at=1, tokens=5))
    (part,) = found.values()
    assert (part.agent, part.agent_id, part.name) == (UNNAMED, None, None)
    assert (part.is_run, part.llm_calls, part.usage.input) == (True, 1, 5)


def test_what_no_agent_did_is_kept_apart() -> None:
    found = parts(
        read("root", kind=CHAIN),
        read("agent", "root", AGENT, at=1, agent_name="A"),
        read("inside", "agent", LLM, at=2, tokens=3),
        read("beside", "root", LLM, at=3, tokens=4),
    )
    assert found["A"].usage.input == 3
    assert (found[None].usage.input, found[None].is_run, found[None].llm_calls) == (4, False, 1)


def test_the_head_ends_as_its_trace_and_others_as_their_last_own_span() -> None:
    spans = [
        read("root", kind=AGENT, agent_name="head", failure="too long"),
        read("first", "root", AGENT, at=1, agent_name="helper", failure="no"),
        read("again", "root", AGENT, at=2, agent_name="helper"),
        read("other", "root", AGENT, at=3, agent_name="other", failure="no"),
    ]
    found = parts(*spans)
    assert {key: part.is_failed for key, part in found.items()} == {
        "head": True,
        "helper": False,
        "other": True,
    }
    assert {key: part.has_errors for key, part in found.items()} == dict.fromkeys(found, True)


def test_a_workflow_around_agents_speaks_through_the_first_of_them() -> None:
    found = parts(
        read("flow", kind=AGENT, agent_name="Flow", agent_name_is_derived=True),
        read("triage", "flow", AGENT, at=1, agent_name="Triage"),
        read("billing", "flow", AGENT, at=2, agent_name="Billing", failure="no"),
    )
    # The trace failed because its last agent did.
    assert (found["Triage"].is_failed, found["Billing"].is_failed) == (True, True)
    assert found[None].is_run is False


def test_how_long_an_agent_ran() -> None:
    found = parts(
        ended(read("root", kind=AGENT, at=10, agent_name="A"), 100),
        ended(read("b", "root", AGENT, at=20, agent_name="B"), 60),
        ended(read("a", "b", AGENT, at=30, agent_name="A"), 40),
        ended(read("b2", "root", AGENT, at=50, agent_name="B"), 70),
        ended(read("b3", "root", AGENT, at=80, agent_name="B"), 90),
    )
    assert found["A"].duration_ns == 90
    assert found["B"].duration_ns == 50 + 10
    running = parts(ended(read("root", kind=AGENT, at=10, agent_name="A"), None))
    assert running["A"].duration_ns == -1
    graph = parts(
        ended(read("root", kind=CHAIN, at=10, agent_name="graph"), 40),
        ended(read("llm", "root", LLM, at=20, agent_name="graph"), 45),
    )
    assert graph["graph"].duration_ns == 35


def test_a_rename_and_a_name_without_its_id_are_the_same_agent() -> None:
    found = parts(
        read("root", kind=CHAIN),
        read("a", "root", AGENT, at=1, agent_id="7", agent_name="Old", agent_version="1"),
        read("b", "root", AGENT, at=2, agent_id="7", agent_name="New", agent_version="2", agent_role="r"),
        read("c", "root", AGENT, at=3, agent_name="New"),
    )
    part = found["7"]
    assert set(found) == {"7", None}
    assert (part.agent_id, part.name, part.version, part.role) == ("7", "New", "2", "r")


def test_parts_by_session_and_user_share_one_run() -> None:
    found = read_facts(
        "t",
        [
            read("root", kind=AGENT, agent_name="A", session_id="s1"),
            read("x", "root", LLM, at=1, tokens=1),
            read("y", "root", CHAIN, at=2, session_id="s2", user_id="u"),
            read("z", "y", LLM, at=3, tokens=2),
            read("loose", "gone", LLM, at=4, tokens=4, agent_name="A"),
        ],
    )
    by_session = {part.session: part for part in found.parts}
    assert {name: part.usage.input for name, part in by_session.items()} == {"s1": 1 + 4, "s2": 2}
    assert [part.is_run for part in found.parts] == [True, False]
    assert {part.user for part in found.parts} == {"u"}


def test_an_llm_span_that_wraps_a_call_is_a_step_and_no_call() -> None:
    found = read_facts(
        "t",
        [
            read("outer", kind=LLM, tokens=5, model="gpt", failure="no"),
            read("inner", "outer", LLM, at=1, model="gpt-1"),
        ],
    )
    assert [(step.named, bool(step.marks & CALL), bool(step.marks & ERROR)) for step in found.steps] == [
        (("model", "gpt"), False, True),
        (("model", "gpt-1"), True, False),
    ]
    assert [call.named for call in found.calls] == [("model", "gpt")]


@pytest.mark.parametrize(
    ("scopes", "framework"),
    [
        ({"openinference.instrumentation.langchain", "openinference.instrumentation.openai"}, "LangChain"),
        ({"opentelemetry.instrumentation.openai_v2", "my-app"}, "OpenAI SDK"),
        ({"catalyst_tracing", "catalyst_tracing.openai_agents"}, "OpenAI Agents"),
        ({"logfire", "pydantic-ai"}, "Pydantic AI"),
        ({"ai"}, "Vercel AI SDK"),
        ({"traceloop.tracer", "opentelemetry.instrumentation.crewai"}, "CrewAI"),
        ({"my.ai.thing", ""}, None),
    ],
)
def test_frameworks_by_scope(scopes: set[str], framework: str | None) -> None:
    assert framework_of(frozenset(scopes)) == framework


names = st.sampled_from([None, "A", "B", "C"])


@st.composite
def any_trace(draw: st.DrawFn) -> list[SpanReading]:
    spans: list[SpanReading] = []
    for number in range(draw(st.integers(1, 9))):
        name = draw(names)
        span = read(
            f"s{number}",
            draw(st.sampled_from(["", "gone", *(one.span_id for one in spans)])),
            draw(st.sampled_from([AGENT, AGENT, LLM, TOOL, CHAIN, SPAN])),
            at=draw(st.integers(1, 30)),
            tokens=draw(st.none() | st.integers(0, 9)),
            failure=draw(st.none() | st.just("no")),
            agent_name=name,
            agent_id=draw(st.sampled_from([None, "7", "8"])) if name else None,
            agent_name_is_derived=draw(st.booleans()),
            session_id=draw(st.sampled_from([None, None, "s1", "s2"])),
            user_id=draw(st.sampled_from([None, None, "u1", "u2"])),
            model=draw(st.sampled_from([None, "m1", "m2"])),
            cost_usd=draw(st.none() | st.sampled_from([0.1, 0.2, 0.7])),
        )
        spans.append(replace(span, end_ns=draw(st.sampled_from([0, 1_025, 1_040])), sequence=number))
    return spans


@given(any_trace(), st.randoms(use_true_random=False))
def test_parts_of_any_trace_add_up(spans: list[SpanReading], chance: random.Random) -> None:
    found = read_facts("t", spans)
    assert_adds_up(found, summarise("t", spans))
    assert read_facts("t", chance.sample(spans, len(spans))) == found


def test_deep_and_wide_traces_take_no_recursion_and_no_square() -> None:
    deep = [
        read(f"s{n}", f"s{n - 1}" if n else "", AGENT, at=n + 1, agent_name="ABC"[n % 3])
        for n in range(20_000)
    ]
    assert {part.agent for part in read_facts("t", deep).parts} == {"A", "B", "C"}
