"""The rules that need a whole trace: counting once, inheritance, agents, errors, and any shape of trace."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spans import read

from halo_dash.model.observation import MODEL_KINDS, Failure, Kind, Usage
from halo_dash.semconv import resolve, summarise
from halo_dash.semconv.facts import read_facts

AGENT, LLM, TOOL, CHAIN, SPAN = Kind.AGENT, Kind.LLM, Kind.TOOL, Kind.CHAIN, Kind.SPAN


def _counted(*spans) -> set[str]:
    return {span_id for span_id, found in resolve(spans).items() if found.is_counted}


def _calls(*spans) -> set[str]:
    return {span_id for span_id, found in resolve(spans).items() if found.is_llm_call}


def test_only_the_innermost_model_span_counts():
    spans = (
        read("agent", kind=AGENT, tokens=100),
        read("outer", "agent", LLM, tokens=50),
        read("plain", "outer", SPAN),
        read("inner", "plain", LLM, tokens=50),
    )
    assert _counted(*spans) == {"inner"}
    assert _calls(*spans) == {"inner"}
    assert summarise("t", spans).usage.input == 50


def test_an_outer_call_counts_where_the_inner_one_says_nothing():
    spans = (read("outer", kind=LLM, tokens=50), read("inner", "outer", LLM))
    assert _counted(*spans) == {"outer"}
    assert _calls(*spans) == {"inner"}


def test_a_run_without_model_figures_counts_by_its_topmost_report():
    spans = (
        read("root", kind=CHAIN),
        read("agent", "root", AGENT, tokens=70),
        read("step", "agent", CHAIN, tokens=30),
        read("llm", "agent", LLM),
        read("tool", "root", TOOL, tokens=5),
    )
    assert _counted(*spans) == {"agent"}


def test_an_agent_beside_counted_calls_still_counts_its_own_subtree():
    spans = (
        read("root", kind=AGENT, tokens=100),
        read("llm", "root", LLM, tokens=60),
        read("sub", "root", AGENT, tokens=40),
    )
    assert _counted(*spans) == {"llm", "sub"}


def test_one_call_recorded_by_two_instrumentations_counts_once():
    sdk = read("sdk", "agent", LLM, at=1, scope="sdk", tokens=9, response_id="r")
    wrapper = read(
        "wrapper", "agent", LLM, at=2, scope="openinference", tokens=9, response_id="r", has_messages=True
    )
    agent = read("agent", kind=AGENT)
    assert _counted(agent, sdk, wrapper) == _calls(agent, sdk, wrapper) == {"wrapper"}
    silent = replace(wrapper, observation=replace(wrapper.observation, has_messages=False))
    assert _counted(agent, sdk, silent) == {"sdk"}


def test_the_twin_without_figures_does_not_take_the_figures_with_it():
    sdk = read("sdk", kind=LLM, at=1, scope="sdk", tokens=9, response_id="r")
    wrapper = read("wrapper", kind=LLM, at=2, scope="openinference", response_id="r", has_messages=True)
    assert _counted(sdk, wrapper) == {"sdk"}
    assert _calls(sdk, wrapper) == {"wrapper"}


def test_a_scope_that_repeats_a_response_id_made_separate_calls():
    first = read("first", kind=LLM, at=1, scope="sdk", tokens=9, response_id="r")
    second = read("second", kind=LLM, at=2, scope="sdk", tokens=9, response_id="r")
    assert _counted(first, second) == {"first", "second"}


def test_a_dropped_twin_is_not_counted_again_as_a_report():
    agent = read("agent", kind=AGENT)
    first = read("first", "agent", LLM, at=1, scope="a", tokens=9, response_id="r", has_messages=True)
    wrapped = read("wrapped", kind=AGENT, at=2, tokens=9)
    second = read("second", "wrapped", LLM, at=3, scope="b", tokens=9, response_id="r")
    assert _counted(agent, first, wrapped, second) == {"first"}


def test_session_and_user_come_from_above_and_never_from_below():
    found = resolve(
        [
            read("root", user_id="u"),
            read("agent", "root", AGENT, session_id="s1"),
            read("llm", "agent", LLM),
            read("other", "root", LLM, session_id="s2", user_id="v"),
        ]
    )
    assert {span_id: (one.session_id, one.user_id) for span_id, one in found.items()} == {
        "root": (None, "u"),
        "agent": ("s1", "u"),
        "llm": ("s1", "u"),
        "other": ("s2", "v"),
    }


def test_a_trace_has_its_roots_session_else_the_first():
    spans = [
        read("root"),
        read("b", "root", at=2, session_id="late"),
        read("a", "root", at=1, session_id="early"),
    ]
    row = summarise("t", spans)
    assert (row.session_id, row.sessions) == ("early", ("early", "late"))
    spans.append(read("root2", at=9, session_id="root's"))
    assert summarise("t", [read("root", session_id="own"), *spans[1:]]).session_id == "own"


def _agents(*spans) -> dict[str, str | None]:
    return {span_id: found.agent_name for span_id, found in resolve(spans).items()}


def test_a_span_belongs_to_the_nearest_agent_above_it():
    assert _agents(
        read("root", kind=AGENT, agent_name="Triage"),
        read("llm", "root", LLM, agent_name="said by the model span"),
        read("sub", "root", AGENT, agent_name="Billing"),
        read("tool", "sub", TOOL),
    ) == {"root": "Triage", "llm": "Triage", "sub": "Billing", "tool": "Billing"}


def test_a_workflow_wrapper_is_no_agent():
    wrapper = read("run", kind=AGENT, agent_name="Research workflow", agent_name_is_derived=True)
    agent = read("agent", "run", AGENT, agent_name="Researcher")
    assert _agents(wrapper, agent) == {"run": None, "agent": "Researcher"}
    assert summarise("t", [wrapper, agent]).agents == ((None, "Researcher"),)
    assert summarise("t", [wrapper]).agents == ((None, "Research workflow"),)


def test_without_agent_spans_the_names_on_spans_count():
    root = read("root", kind=CHAIN, agent_name="researcher")
    assert _agents(root, read("llm", "root", LLM)) == {"root": "researcher", "llm": "researcher"}


def test_an_agent_with_an_id_is_listed_once():
    spans = [
        read("root", kind=AGENT, agent_name="A"),
        read("sub", "root", AGENT, agent_name="A", agent_id="7", at=1),
    ]
    assert summarise("t", spans).agents == (("7", "A"),)


def test_an_error_starts_where_nothing_below_is_in_error():
    found = resolve(
        [
            read("root", failure="up"),
            read("agent", "root", AGENT),
            read("tool", "agent", TOOL, failure="down"),
            read("other", "agent", TOOL, failure="beside"),
        ]
    )
    assert {span_id for span_id, one in found.items() if one.is_error_origin} == {"tool", "other"}


def test_an_inner_duplicate_borrows_the_outer_spans_words():
    outer = read("outer", kind=LLM, failure="Error code: 400")
    inner = read("inner", "outer", LLM, failure="")
    assert resolve([outer, inner])["inner"].failure == Failure("Oops", "Error code: 400", "Oops")
    assert resolve([read("outer", kind=AGENT, failure="m"), inner])["inner"].failure.message == ""


def test_a_run_failed_when_its_root_did_and_recovered_when_it_did_not():
    tool = read("tool", "root", TOOL, at=1, failure="down", tool_name="search")
    recovered = summarise("t", [read("root"), tool])
    assert (recovered.is_error, recovered.is_recovered, recovered.failed_name) == (False, True, "search")
    last = read("llm", "root", LLM, at=2, failure="too long")
    failed = summarise("t", [read("root", failure="too long"), tool, last])
    assert (failed.is_error, failed.failed_span_id, failed.failure.message) == (True, "llm", "too long")


def test_a_workflow_wrapper_that_reports_no_errors_does_not_hide_a_failed_run():
    wrapper = read("run", kind=AGENT, agent_name="Workflow", agent_name_is_derived=True)
    triage = read("triage", "run", AGENT, at=1, agent_name="Triage")
    broken = read("billing", "run", AGENT, at=2, agent_name="Billing", failure="boom")
    assert summarise("t", [wrapper, triage, broken]).is_error
    mended = read("again", "run", AGENT, at=3, agent_name="Billing")
    assert not summarise("t", [wrapper, triage, broken, mended]).is_error


def test_a_trace_is_open_until_its_root_has_come_and_ended():
    root, child = read("root"), read("child", "root")
    assert not summarise("t", [root, child]).is_open
    assert summarise("t", [child]).is_open
    running = summarise("t", [replace(root, end_ns=0), child])
    assert running.is_open
    assert summarise("t", [child]).orphan_count == 1
    assert summarise("t", [child]).root_span_id is None


def test_a_trace_that_never_ended_ends_where_it_starts():
    row = summarise("t", [replace(read("root"), end_ns=0)])
    assert row.end_ns == row.start_ns == 1_000


def test_a_span_without_a_start_does_not_move_the_trace_to_1970():
    row = summarise("t", [read("root"), replace(read("odd", "root"), start_ns=0, end_ns=0)])
    assert (row.start_ns, row.end_ns) == (1_000, 1_100)


def test_the_models_that_answered_come_before_those_that_embedded():
    spans = [
        read("embed", kind=Kind.EMBEDDING, model="text-embedding-3-small"),
        read("rank", kind=Kind.RERANKER, model="rerank-v3", at=1),
        read("plan", kind=LLM, model="gpt-4.1", at=2),
        read("answer", kind=LLM, model="gpt-4.1-mini", at=3),
    ]
    models = summarise("t", spans).models
    assert models == ("gpt-4.1", "gpt-4.1-mini", "text-embedding-3-small", "rerank-v3")


def test_a_partial_cost_says_so():
    priced = read("a", kind=LLM, tokens=5, cost_usd=0.5)
    unpriced = read("b", kind=LLM, tokens=5)
    assert (summarise("t", [priced]).cost_usd, summarise("t", [priced]).cost_is_partial) == (0.5, False)
    assert (
        summarise("t", [priced, unpriced]).cost_usd,
        summarise("t", [priced, unpriced]).cost_is_partial,
    ) == (0.5, True)
    assert (summarise("t", [unpriced]).cost_usd, summarise("t", [unpriced]).cost_is_partial) == (None, True)
    assert (summarise("t", [read("c")]).cost_usd, summarise("t", [read("c")]).cost_is_partial) == (
        None,
        False,
    )


def test_a_trace_is_called_what_its_sender_calls_it():
    assert summarise("t", [read("root"), read("b", "root", trace_name="nightly")]).name == "nightly"
    assert (
        summarise("t", [read("root", trace_name="own"), read("b", "root", trace_name="other")]).name == "own"
    )
    # LangSmith calls every trace as the span it stands on
    assert summarise("t", [read("root"), read("b", "root", trace_name="b")]).name == "root"


def test_the_question_and_answer_come_from_the_root_else_the_agent_else_the_calls():
    calls = [
        read("c1", "root", LLM, at=2, input_preview="first in", output_preview="first out"),
        read("c2", "root", LLM, at=3, input_preview="last in", output_preview="last out"),
    ]
    row = summarise("t", [read("root"), *calls])
    assert (row.input_preview, row.output_preview) == ("first in", "last out")
    row = summarise("t", [read("root"), read("a", "root", AGENT, at=1, input_preview="asked"), *calls])
    assert (row.input_preview, row.output_preview) == ("asked", "last out")
    row = summarise("t", [read("root", input_preview="q", output_preview="a"), *calls])
    assert (row.input_preview, row.output_preview) == ("q", "a")


def test_the_wrapper_of_a_call_lends_its_words_to_the_row():
    wrapper = read("wrapper", "root", LLM, at=1, input_preview="q", output_preview="a")
    row = summarise("t", [read("root"), wrapper, read("sdk", "wrapper", LLM, at=2, tokens=3)])
    assert (row.llm_calls, row.input_preview, row.output_preview) == (1, "q", "a")


def test_a_placeholder_counts_until_its_real_span_has_arrived():
    pending = read("pending", "real", LLM, is_placeholder=True)
    child = read("child", "real", TOOL, at=1)
    open_row = summarise("t", [pending, child])
    assert (open_row.span_count, open_row.llm_calls, open_row.orphan_count, open_row.is_open) == (
        2,
        1,
        0,
        True,
    )
    real = read("real", kind=LLM, tokens=5, session_id="s")
    row = summarise("t", [pending, child, real])
    assert (row.span_count, row.llm_calls, row.usage.input, row.is_open) == (2, 1, 5, False)
    found = resolve([pending, child, real])["pending"]
    assert (found.session_id, found.is_counted, found.is_llm_call) == ("s", False, False)


def test_of_two_copies_of_a_span_the_one_that_ended_counts():
    running = replace(read("root", kind=LLM), end_ns=0)
    ended = read("root", kind=LLM, tokens=5)
    for copies in ([running, ended], [ended, running]):
        row = summarise("t", copies)
        assert (row.span_count, row.usage.input, row.is_open) == (1, 5, False)


def test_circles_and_own_parents_are_opened_at_their_earliest_span():
    spans = [read("b", "c", at=2), read("a", "b", at=1), read("c", "a", at=3), read("self", "self", at=4)]
    spans.append(read("below", "c", LLM, at=5, tokens=3))
    row = summarise("t", spans)
    assert (row.span_count, row.orphan_count, row.usage.input, row.name) == (5, 0, 3, "a")
    assert set(resolve(spans)) == {"a", "b", "c", "self", "below"}


def test_a_placeholder_of_a_placeholder_is_none_of_our_making_but_no_trouble():
    spans = [
        read("real"),
        read("second", "first", is_placeholder=True, at=1),
        read("first", "real", is_placeholder=True),
        read("child", "second", at=2),
    ]
    assert set(resolve(spans)) == {"real", "first", "second", "child"}


def test_ten_thousand_roots_are_a_trace_like_any_other():
    spans = [
        read(f"{n}", kind=AGENT, at=n, agent_name="a", failure="" if n % 2 else None) for n in range(10_000)
    ]
    assert summarise("t", spans).error_count == 5_000


@pytest.mark.parametrize("fails", [False, True])
def test_a_chain_of_a_hundred_thousand_spans_is_a_trace_like_any_other(fails):
    failure = "" if fails else None
    spans = [
        read(f"{n}", f"{n - 1}" if n else "", LLM if n % 2 else CHAIN, at=n, failure=failure)
        for n in range(100_000)
    ]
    assert summarise("t", spans).llm_calls == 1
    assert len(resolve(spans)) == 100_000


def test_a_call_that_went_well_without_figures_makes_a_lower_bound():
    told, silent = read("told", "root", LLM, tokens=5, cost_usd=0.1), read("silent", "root", LLM, at=1)
    whole = summarise("t", [read("root", kind=CHAIN), told])
    found = summarise("t", [read("root", kind=CHAIN), told, silent])
    assert (whole.cost_usd, whole.cost_is_partial) == (0.1, False)
    assert (found.cost_usd, found.cost_is_partial, found.usage) == (0.1, True, whole.usage)
    (part,) = read_facts("t", [read("root", kind=CHAIN), told, silent]).parts
    assert part.unpriced_calls == 1


@pytest.mark.parametrize(
    "spans",
    [
        [read("a", kind=AGENT, tokens=5, cost_usd=0.1), read("b", "a", LLM, at=1)],
        [read("a", kind=LLM, tokens=5, cost_usd=0.1), read("b", "a", LLM, at=1)],
        [read("a", kind=LLM), read("b", "a", Kind.EMBEDDING, at=1, tokens=5, cost_usd=0.1)],
        [
            read("a", kind=LLM, tokens=5, cost_usd=0.1, response_id="r", scope="x"),
            read("b", kind=LLM, at=1, response_id="r", scope="y", has_messages=True),
        ],
        [read("a", kind=LLM, tokens=5, cost_usd=0.1), read("b", kind=LLM, at=1, failure="no")],
        [
            read("a", kind=LLM, tokens=5, cost_usd=0.1),
            replace(read("b", kind=LLM, at=1), end_ns=0),
        ],
    ],
    ids=["reported above", "wrapped", "reported below", "recorded twice", "failed", "goes on"],
)
def test_a_call_that_others_account_for_leaves_the_cost_exact(spans):
    found = summarise("t", spans)
    assert (found.cost_usd, found.cost_is_partial, found.usage.input) == (0.1, False, 5)


_KINDS = (AGENT, LLM, TOOL, CHAIN, SPAN, Kind.EMBEDDING)


@st.composite
def _traces(draw, *, with_placeholders=False):
    """Any shape: orphans, circles, own parents, ties in time."""
    size = draw(st.integers(1, 9))
    names = [str(n) for n in range(size)]
    return [
        read(
            name,
            draw(st.sampled_from(["", "gone", *names])),
            draw(st.sampled_from(_KINDS)),
            at=draw(st.integers(0, 3)),
            scope=draw(st.sampled_from("xy")),
            tokens=draw(st.none() | st.integers(1, 9)),
            failure=draw(st.none() | st.sampled_from(["", "words"])),
            response_id=draw(st.none() | st.sampled_from("rs")),
            has_messages=draw(st.booleans()),
            is_placeholder=with_placeholders and draw(st.booleans()),
        )
        for name in names
    ]


def _is_acyclic(spans) -> bool:
    parents = {span.span_id: span.parent_span_id for span in spans}

    def leads_out(name: str) -> bool:
        seen = set()
        while name in parents and name not in seen:
            seen.add(name)
            name = parents[name]
        return name not in seen

    return all(leads_out(name) for name in parents)


def _below(spans, top) -> list:
    names = {top.span_id}
    for _ in spans:
        names |= {span.span_id for span in spans if span.parent_span_id in names}
    return [span for span in spans if span is not top and span.span_id in names]


@given(_traces(with_placeholders=True), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(spans, random):
    shuffled = random.sample(spans, len(spans))
    assert summarise("t", shuffled) == summarise("t", spans)
    assert resolve(shuffled) == resolve(spans)
    assert set(resolve(spans)) == {span.span_id for span in spans}


@given(_traces())
def test_counting_agrees_with_the_definition(spans):
    if not _is_acyclic(spans):
        return
    found = resolve(spans)
    for span in spans:
        below = _below(spans, span)
        seen = span.observation
        has_figures = seen.usage != Usage()
        model_figures_below = any(
            one.observation.kind in MODEL_KINDS and one.observation.usage != Usage() for one in below
        )
        one = found[span.span_id]
        if one.is_counted and not has_figures:
            assert one.is_llm_call
            assert seen.failure is None
            assert not any(found[other.span_id].is_counted for other in below)
        elif one.is_counted:
            assert not model_figures_below
            assert seen.kind is not TOOL
        elif seen.kind in MODEL_KINDS and has_figures and not model_figures_below:
            twins = [
                other
                for other in spans
                if other.observation.response_id == seen.response_id and other.scope_name != span.scope_name
            ]
            assert seen.response_id is not None
            assert any(found[twin.span_id].is_counted for twin in twins)
        assert one.is_error_origin == (
            seen.is_error and not any(other.observation.is_error for other in below)
        )
        if one.is_llm_call:
            assert seen.kind is LLM
            assert not any(other.observation.kind is LLM for other in below)


@given(_traces())
def test_no_path_from_the_top_counts_twice(spans):
    if not _is_acyclic(spans):
        return
    found = resolve(spans)
    for span in spans:
        if found[span.span_id].is_counted:
            assert not any(found[one.span_id].is_counted for one in _below(spans, span))
