"""Senders that were never recorded, read by the same rules: spans as their documentation describes them."""

from __future__ import annotations

import json
from dataclasses import replace

from recorded import reading
from spans import exception, span

from halo_dash.model.observation import Kind, Usage
from halo_dash.semconv import observe, resolve, summarise


def test_langfuse():
    generation = observe(
        span(
            {
                "langfuse.observation.type": "generation",
                "langfuse.observation.model.name": "gpt-4o",
                "langfuse.observation.usage_details": '{"input": 100, "output": 20, "total": 120}',
                "langfuse.observation.cost_details": '{"input": 0.00025, "output": 0.0002, "total": 0.00045}',
                "langfuse.observation.input": '[{"role": "user", "content": "Hi"}]',
                "langfuse.environment": "production",
                "langfuse.release": "v7",
                "langfuse.trace.name": "checkout",
                "langfuse.user.id": "u",
                "langfuse.session.id": "s",
            },
            scope="langfuse-sdk",
        )
    )
    assert (generation.kind, generation.dialect, generation.model) == (Kind.LLM, "langfuse", "gpt-4o")
    assert generation.usage == Usage(100, 20, 120)
    assert (generation.cost_usd, generation.cost_reported) == (0.00045, True)
    assert (generation.session_id, generation.user_id, generation.trace_name) == ("s", "u", "checkout")
    assert (generation.environment, generation.service_version) == ("production", "v7")
    assert generation.provider == "openai"


def test_langfuse_says_errors_in_its_level():
    failed = observe(
        span(
            {
                "langfuse.observation.level": "ERROR",
                "langfuse.observation.status_message": "RateLimitError: slow",
            }
        )
    )
    assert (failed.failure.type, failed.failure.message) == ("RateLimitError", "RateLimitError: slow")
    for level in ("WARNING", "DEBUG", "DEFAULT"):
        assert not observe(span({"langfuse.observation.level": level})).is_error


def test_openlit():
    seen = observe(
        span(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.system": "anthropic",
                "gen_ai.request.model": "claude-sonnet-4-5",
                "gen_ai.usage.input_tokens": 10,
                "gen_ai.usage.output_tokens": 5,
                "gen_ai.usage.total_tokens": 15,
                "gen_ai.usage.cost": 0.000105,
            },
            scope="openlit.otel.tracing",
            resource={"service.name": "app", "deployment.environment": "dev"},
        )
    )
    assert (seen.kind, seen.dialect, seen.usage) == (Kind.LLM, "openlit", Usage(10, 5, 15))
    assert (seen.cost_usd, seen.cost_reported, seen.environment) == (0.000105, True, "dev")


def test_langchain_and_braintrust_name_types_of_runs():
    assert observe(span({"langchain.run_type": "retriever"})).kind is Kind.RETRIEVER
    assert observe(span({"braintrust.span_type": "llm"})).kind is Kind.LLM
    seen = observe(
        span(
            {
                "braintrust.span_attributes": '{"name": "call", "type": "llm"}',
                "braintrust.metrics": '{"prompt_tokens": 10, "completion_tokens": 5}',
            }
        )
    )
    assert (seen.kind, seen.dialect, seen.usage) == (Kind.LLM, "braintrust", Usage(10, 5, 15))


def test_laminar():
    seen = observe(
        span(
            {
                "lmnr.span.type": "LLM",
                "lmnr.association.properties.session_id": "s",
                "lmnr.association.properties.user_id": "u",
                "gen_ai.response.model": "gpt-5.1",
                "gen_ai.usage.input_tokens": 1000,
                "gen_ai.usage.output_tokens": 500,
                "gen_ai.usage.cache_read_input_tokens": 800,
                "gen_ai.usage.cost": 0.05,
            }
        )
    )
    assert (seen.kind, seen.dialect, seen.session_id, seen.user_id) == (Kind.LLM, "laminar", "s", "u")
    assert seen.usage == Usage(1000, 500, 1500, cache_read=800)
    assert seen.cost_usd == 0.05


def test_elevenlabs_says_its_conversation_on_the_resource():
    resource = {
        "service.name": "elevenlabs-convai",
        "elevenlabs.conversation_id": "conv",
        "elevenlabs.user_id": "u",
    }
    seen = observe(span({}, resource=resource))
    assert (seen.session_id, seen.user_id, seen.service) == ("conv", "u", "elevenlabs-convai")
    assert observe(span({"session.id": "own"}, resource=resource)).session_id == "own"
    assert observe(span({"elevenlabs.conversation_id": "conv"})).session_id == "conv"


def test_cursor_and_codex():
    seen = observe(
        span({"cursor.run_id": "run", "cursor.agent_id": "bc-1", "openinference.span.kind": "AGENT"})
    )
    assert (seen.session_id, seen.agent_id) == ("run", "bc-1")
    seen = observe(span({"conversation_id": "c", "model": "gpt-5-codex", "gen_ai.operation.name": "chat"}))
    assert (seen.session_id, seen.model, seen.provider) == ("c", "gpt-5-codex", "openai")


def test_google_adk():
    seen = observe(
        span(
            {
                "gen_ai.system": "gcp.vertex.agent",
                "gen_ai.request.model": "gemini-2.5-flash",
                "gen_ai.usage.input_tokens": 107,
                "gen_ai.usage.output_tokens": 6,
                "gcp.vertex.agent.session_id": "s",
                "gcp.vertex.agent.llm_request": "{}",
            },
            name="call_llm",
            scope="gcp.vertex.agent",
        )
    )
    assert (seen.kind, seen.provider, seen.session_id) == (Kind.LLM, "google", "s")
    tool = observe(span({"gen_ai.operation.name": "execute_tool"}, name="execute_tool get_weather"))
    assert (tool.kind, tool.tool_name) == (Kind.TOOL, "get_weather")


def test_livekit():
    seen = observe(
        span({"lk.function_tool.name": "lookup", "lk.function_tool.id": "call_1"}, name="function_tool")
    )
    assert (seen.kind, seen.tool_name, seen.tool_call_id) == (Kind.TOOL, "lookup", "call_1")


def test_an_agent_of_the_genai_conventions_with_its_usage_above_its_calls():
    """Strands and others report the run's tokens on `invoke_agent` and each call's on `chat`."""
    agent = span(
        {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.agent.name": "Strands Agent",
            "gen_ai.system": "strands-agents",
            "gen_ai.usage.prompt_tokens": 300,
            "gen_ai.usage.completion_tokens": 40,
        },
        parent_span_id="",
        name="invoke_agent Strands Agent",
    )
    chats = [
        span(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": "us.anthropic.claude-sonnet-4-20250514-v1:0",
                "gen_ai.usage.prompt_tokens": tokens,
                "gen_ai.usage.completion_tokens": 20,
            },
            parent_span_id=agent.span_id,
            name="chat",
        )
        for tokens in (100, 200)
    ]
    readings = [reading(agent, observe(agent))]
    readings += [
        replace(reading(chat, observe(chat), n), span_id=f"{n:016x}") for n, chat in enumerate(chats, start=1)
    ]
    row = summarise("t", readings)
    assert (row.llm_calls, row.usage.input, row.usage.output) == (2, 300, 40)
    assert row.agents == ((None, "Strands Agent"),)
    assert row.cost_usd is not None


def test_openai_agents_through_another_exporter_keep_their_handoffs():
    handoff = observe(span({"openinference.span.kind": "TOOL"}, name="handoff to Billing agent"))
    assert (handoff.kind, handoff.tool_name) == (Kind.TOOL, "handoff to Billing agent")


def test_a_plain_span_gives_its_people_time_and_errors_and_nothing_is_guessed():
    attributes = {
        "session.id": "s",
        "prompt": "Hi",
        "completion": "Yes",
        "prompt_tokens": 7,
        "model": "gpt-4o",
    }
    seen = observe(span(attributes, status_code=2, events=(exception("ValueError", "no"),)))
    assert (seen.kind, seen.dialect, seen.session_id) == (Kind.SPAN, "plain", "s")
    assert (seen.model, seen.usage, seen.cost_usd) == (None, Usage(), None)
    assert seen.failure.type == "ValueError"


def test_attributes_may_be_structured_instead_of_json_text():
    structured = {"input": 10, "output": 5}
    for value in (structured, json.dumps(structured)):
        seen = observe(span({"langfuse.observation.usage_details": value}))
        assert seen.usage == Usage(10, 5, 15)
    assert observe(span({"metadata": {"thread_id": "t"}})).session_id == "t"


def test_an_agents_session_reaches_the_calls_of_another_dialect_below_it():
    agent = span(
        {"openinference.span.kind": "AGENT", "session.id": "s", "agent.name": "A"}, parent_span_id=""
    )
    call = replace(span({"gen_ai.operation.name": "chat"}, parent_span_id=agent.span_id), span_id="c" * 16)
    found = resolve([reading(agent, observe(agent)), reading(call, observe(call), 1)])
    assert (found["c" * 16].session_id, found["c" * 16].agent_name) == ("s", "A")
