"""What one span is read as: kinds, names, people, and that no value can upset the reading."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spans import exception, span

from halo_dash.model.observation import Kind, Observation
from halo_dash.model.span import LogRecord
from halo_dash.semconv import observe
from halo_dash.semconv.fields import FIELDS, RULES

NUMERIC = {name for name in FIELDS if name.endswith(("_tokens", "_cost", "level")) or name == "cost"} - {
    "level"
}
OBSERVED = {
    "model": "model",
    "request_model": "request_model",
    "provider": "provider",
    "agent_name": "agent_name",
    "agent_id": "agent_id",
    "agent_role": "agent_role",
    "agent_version": "agent_version",
    "session_id": "session_id",
    "user_id": "user_id",
    "tool_name": "tool_name",
    "tool_call_id": "tool_call_id",
    "response_id": "response_id",
    "trace_name": "trace_name",
    "cost": "cost_usd",
}
"""Fields of the table that an observation shows unchanged."""


def _neighbours() -> list[tuple[str, str, str]]:
    found = []
    for field in OBSERVED:
        keys = [key for key in FIELDS[field] if key != "metadata"]
        found += [(field, better, worse) for better, worse in itertools.pairwise(keys)]
    return found


@pytest.mark.parametrize(("field", "better", "worse"), _neighbours())
def test_the_first_key_of_a_field_wins(field, better, worse):
    values = (0.5, 0.25) if field in NUMERIC else ("first", "second")
    for attributes in ({better: values[0], worse: values[1]}, {worse: values[1], better: values[0]}):
        seen = observe(span({"openinference.span.kind": "TOOL"} | attributes))
        assert getattr(seen, OBSERVED[field]) == values[0]


@pytest.mark.parametrize(("field", "better", "worse"), _neighbours())
@pytest.mark.parametrize("nothing", ["", None, float("nan"), [], {}], ids=repr)
def test_a_key_that_says_nothing_leaves_the_word_to_the_next(field, better, worse, nothing):
    value = 0.25 if field in NUMERIC else "second"
    seen = observe(span({"openinference.span.kind": "TOOL", better: nothing, worse: value}))
    assert getattr(seen, OBSERVED[field]) == value


TOKEN_FIELDS = [name for name in FIELDS if name.endswith("_tokens")]


@pytest.mark.parametrize("field", TOKEN_FIELDS)
def test_tokens_are_taken_from_the_first_key_that_has_a_number(field):
    name = field.removesuffix("_tokens")
    for better, worse in itertools.pairwise(FIELDS[field]):
        usage = observe(span({better: "40", worse: 7, "gen_ai.usage.details.unrelated": 3})).usage
        assert getattr(usage, name) == 40
        usage = observe(span({better: float("nan"), worse: 7.0})).usage
        assert getattr(usage, name) == 7


def _kind_of(key: str, value: object) -> Kind:
    return observe(span({key: value})).kind


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("inference.observation_kind", "GUARDRAIL", Kind.GUARDRAIL),
        ("inference.observation.kind", "llm", Kind.LLM),
        ("inference.observation_kind", "UNKNOWN", Kind.SPAN),
        ("openinference.span.kind", "reranker", Kind.RERANKER),
        ("openinference.span.kind", "PROMPT", Kind.SPAN),
        ("langfuse.observation.type", "generation", Kind.LLM),
        ("langfuse.observation.type", "event", Kind.SPAN),
        ("langfuse.observation.type", "evaluator", Kind.EVALUATOR),
        ("langsmith.span.kind", "llm", Kind.LLM),
        ("langsmith.span.kind", "parser", Kind.SPAN),
        ("mlflow.spanType", '"CHAT_MODEL"', Kind.LLM),
        ("mlflow.spanType", '"WORKFLOW"', Kind.CHAIN),
        ("mlflow.spanType", '"MEMORY"', Kind.SPAN),
        ("ai.operationId", "ai.generateText", Kind.AGENT),
        ("ai.operationId", "ai.streamObject.doStream", Kind.LLM),
        ("ai.operationId", "ai.embedMany.doEmbed", Kind.EMBEDDING),
        ("ai.operationId", "ai.embedMany", Kind.CHAIN),
        ("ai.operationId", "ai.rerank.doRerank", Kind.RERANKER),
        ("ai.operationId", "ai.toolCall", Kind.TOOL),
        ("gen_ai.operation.name", "generate_content", Kind.LLM),
        ("gen_ai.operation.name", "agent_step", Kind.CHAIN),
        ("gen_ai.operation.name", "create_agent", Kind.AGENT),
        ("gen_ai.operation.name", "run_mcp_tool", Kind.TOOL),
        ("gen_ai.operation.name", "embed_documents", Kind.EMBEDDING),
        ("gen_ai.operation.name", "handoff", Kind.CHAIN),
        ("gen_ai.operation.name", "retrieval", Kind.RETRIEVER),
        ("gen_ai.operation.name", "something_new", Kind.SPAN),
        ("traceloop.span.kind", "task", Kind.CHAIN),
        ("traceloop.span.kind", "agent", Kind.AGENT),
        ("llm.request.type", "completion", Kind.LLM),
        ("llm.request.type", "rerank", Kind.RERANKER),
        ("langchain.run_type", "chat_model", Kind.LLM),
        ("braintrust.span_type", "score", Kind.EVALUATOR),
        ("braintrust.span_attributes", '{"type": "function"}', Kind.CHAIN),
        ("lmnr.span.type", "CACHED", Kind.LLM),
    ],
)
def test_each_dialect_names_kinds_in_its_own_words(key, value, kind):
    assert _kind_of(key, value) is kind


def test_an_unknown_kind_leaves_the_word_to_the_next_rule():
    assert (
        observe(span({"openinference.span.kind": "WIZARD", "gen_ai.operation.name": "chat"})).kind is Kind.LLM
    )


def test_langsmiths_retrievers_are_no_embeddings():
    attributes = {"langsmith.span.kind": "retriever", "gen_ai.operation.name": "embeddings"}
    assert observe(span(attributes)).kind is Kind.RETRIEVER


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({"tool.name": "search"}, Kind.TOOL),
        ({"gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": 3}, Kind.LLM),
        ({"gen_ai.request.model": "gpt-5", "gen_ai.response.id": "r"}, Kind.LLM),
        ({"llm.model_name": "gpt-5", "llm.input_messages.3.message.role": "user"}, Kind.LLM),
        ({"gen_ai.request.model": "gpt-5"}, Kind.SPAN),
        ({"retrieval.documents.0.document.id": "d"}, Kind.RETRIEVER),
        ({"http.request.method": "GET"}, Kind.SPAN),
    ],
)
def test_without_a_kind_the_shape_of_a_span_decides(attributes, kind):
    assert observe(span(attributes)).kind is kind


def test_the_scope_alone_makes_no_llm_span():
    assert observe(span({}, scope="openinference.instrumentation.openai")).kind is Kind.SPAN


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("agent run", Kind.AGENT),
        ("running tools", Kind.CHAIN),
        ("running tool", Kind.TOOL),
        ("other", Kind.SPAN),
    ],
)
def test_pydantic_ai_names_its_first_spans(name, kind):
    assert observe(span({}, name=name, scope="pydantic-ai")).kind is kind


@pytest.mark.parametrize(
    ("name", "agent"),
    [("invoke_agent Scout", "Scout"), ("agent.Scout", "Scout"), ("Scout.run", "Scout"), ("agent.run", "run")],
)
def test_an_agent_without_a_name_is_called_as_its_span(name, agent):
    seen = observe(span({"openinference.span.kind": "AGENT"}, name=name))
    assert (seen.agent_name, seen.agent_name_is_derived) == (agent, True)


@pytest.mark.parametrize("name", ["invoke_agent", "invoke_agent ", "create_agent", "agent.", ".run"])
def test_the_operation_alone_is_no_name_of_an_agent(name):
    seen = observe(span({"openinference.span.kind": "AGENT"}, name=name))
    assert seen.agent_name is None


def test_an_agent_that_is_called_unnamed_has_no_name():
    """That is the key of all runs in which no agent says who it is."""
    said = {"openinference.span.kind": "AGENT", "agent.name": " (unnamed) ", "agent.id": "(unnamed)"}
    seen = observe(span(said, name="invoke_agent (unnamed)"))
    assert (seen.agent_name, seen.agent_id) == (None, None)


@pytest.mark.parametrize("name", ["execute_tool", "running tool:", "tool."])
def test_the_operation_alone_is_no_name_of_a_tool(name):
    assert observe(span({"openinference.span.kind": "TOOL"}, name=name)).tool_name is None


def test_vercels_function_id_names_the_agent_but_not_on_embeddings():
    named = {"ai.telemetry.functionId": "scout"}
    assert observe(span({"ai.operationId": "ai.generateText"} | named)).agent_name == "scout"
    assert observe(span({"ai.operationId": "ai.embed"} | named)).agent_name is None


@pytest.mark.parametrize(
    ("name", "tool"),
    [("execute_tool search", "search"), ("function.search", "search"), ("search.tool", "search")],
)
def test_a_tool_without_a_name_is_called_as_its_span(name, tool):
    assert observe(span({"openinference.span.kind": "TOOL"}, name=name)).tool_name == tool


def test_the_metadata_object_ranks_where_the_table_says():
    metadata = '{"session_id": "from metadata", "user_id": 7, "lc_agent_name": "scout"}'
    seen = observe(
        span({"metadata": metadata, "thread.id": "late", "user_id": "late", "graph.node.name": "late"})
    )
    assert (seen.session_id, seen.user_id, seen.agent_name) == ("from metadata", "7", "scout")
    seen = observe(
        span({"metadata": metadata, "session.id": "early", "user.id": "early", "agent.name": "early"})
    )
    assert (seen.session_id, seen.user_id, seen.agent_name) == ("early", "early", "early")


def test_the_number_of_an_operating_system_thread_is_no_session():
    assert observe(span({"thread.id": 140_023})).session_id is None
    assert observe(span({"thread.id": "thread_abc"})).session_id == "thread_abc"


def test_langsmiths_project_is_no_session():
    assert observe(span({"langsmith.trace.session_name": "my project"})).session_id is None


def test_the_model_of_a_call_that_failed_is_found_in_its_request():
    request = '{"messages": [{"role": "user", "content": "model"}], "model": "gpt-5"}'
    seen = observe(span({"mlflow.spanType": '"CHAT_MODEL"', "mlflow.spanInputs": request}))
    assert (seen.model, seen.request_model) == ("gpt-5", "gpt-5")
    assert observe(span({"mlflow.spanType": '"TOOL"', "mlflow.spanInputs": request})).model is None


def test_the_response_id_is_found_in_the_response_of_a_model_call():
    response = '{"choices": [{"id": "no"}], "id": "resp_1"}'
    assert observe(span({"openinference.span.kind": "LLM", "output.value": response})).response_id == "resp_1"
    assert observe(span({"openinference.span.kind": "CHAIN", "output.value": response})).response_id is None


def test_where_a_span_comes_from():
    resource = {
        "service.name": "api",
        "service.version": "1.2",
        "deployment.environment.name": "staging",
        "deployment.environment": "old",
    }
    seen = observe(span({"langfuse.environment": "span"}, resource=resource))
    assert (seen.service, seen.service_version, seen.environment) == ("api", "1.2", "staging")
    seen = observe(
        span(
            {"langfuse.environment": "span", "resource.name": "fn", "langfuse.release": "r1"},
            resource={
                "service.name": "unknown_service:node",
                "langfuse.environment": "resource",
                "env": "dev",
            },
        )
    )
    assert (seen.service, seen.service_version, seen.environment) == ("fn", "r1", "span")
    assert observe(span({}, resource={"env": "dev"})).environment == "dev"


@pytest.mark.parametrize(
    ("attributes", "provider"),
    [
        ({"gen_ai.system": "openai.responses"}, "openai"),
        ({"gen_ai.provider.name": "Anthropic.messages"}, "anthropic"),
        ({"gen_ai.system": "gcp.gen_ai"}, "google"),
        ({"gen_ai.system": "google.generative-ai"}, "google"),
        ({"gen_ai.system": "google.vertex.chat"}, "google.vertex"),
        ({"gen_ai.system": "vertex_ai"}, "google.vertex"),
        ({"gen_ai.system": "az.ai.openai"}, "azure.openai"),
        ({"gen_ai.system": "aws.bedrock"}, "aws.bedrock"),
        ({"gen_ai.system": "mistral_ai"}, "mistral"),
        ({"gen_ai.system": "x_ai"}, "xai"),
        ({"gen_ai.system": "langchain", "langsmith.metadata.ls_provider": "openai"}, "openai"),
        ({"gen_ai.system": "pydantic-ai", "gen_ai.request.model": "claude-sonnet-4-5"}, "anthropic"),
        ({"gen_ai.request.model": "gemini-2.5-pro"}, "google"),
        ({"gen_ai.request.model": "us.anthropic.claude-sonnet-4-20250514-v1:0"}, "aws.bedrock"),
        ({"gen_ai.request.model": "openrouter/anthropic/claude-3-5-haiku"}, "anthropic"),
        ({"gen_ai.request.model": "my-own-model"}, None),
        ({"mlflow.llm.provider": '"openai"'}, "openai"),
    ],
)
def test_a_provider_has_one_name(attributes, provider):
    assert observe(span(attributes)).provider == provider


def test_a_placeholder_is_marked():
    assert observe(span({"logfire.span_type": "pending_span"})).is_placeholder
    assert not observe(span({"logfire.span_type": "span"})).is_placeholder


def test_log_records_and_flattened_messages_are_messages():
    call = {"gen_ai.operation.name": "chat"}
    record = LogRecord("0" * 32, "0" * 16, event_name="gen_ai.user.message", body={"content": "Hi"})
    assert observe(span(call), [record]).has_messages
    assert observe(span(call | {"llm.input_messages.4.message.role": "user"})).has_messages
    assert not observe(span(call)).has_messages


def test_names_are_cut_before_they_fill_the_index():
    seen = observe(span({"session.id": "s" * 100_000, "gen_ai.request.model": "m" * 100_000}))
    assert len(seen.session_id) == len(seen.model) == 512


_any_text = st.text(st.characters(codec=None, categories=("L", "N", "Cs", "Cc", "Z", "P")), max_size=20)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _any_text | st.binary(max_size=8)
    | st.sampled_from(['{"a":', '{"id":{}}', "[[[", '"\\ud800"', '{"input": 1e999}', "[]", "9" * 5000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(sorted(RULES)) | st.text(max_size=12), _values, max_size=12),
    st.booleans(),
)
def test_no_attribute_value_upsets_the_reading(attributes, is_root):
    seen = observe(
        span(attributes, parent_span_id="" if is_root else "ab", status_code=2, events=(exception("E", "m"),))
    )
    assert isinstance(seen, Observation)
    for name in (
        "model",
        "agent_name",
        "session_id",
        "user_id",
        "tool_name",
        "input_preview",
        "output_preview",
    ):
        value = getattr(seen, name)
        assert value is None or (isinstance(value, str) and value.encode())
    assert seen.cost_usd is None or seen.cost_usd >= 0
