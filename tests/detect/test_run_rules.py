"""Rules about the course of a run: circles, repetitions, tools that do not exist, things left open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from agent_run import MS, RULE, START, Run

from halo_dash.model.observation import Kind
from halo_dash.model.subject import Baseline

SEARCH = {
    "name": "web_search",
    "description": "Search.",
    "parameters": {
        "type": "object",
        "properties": {"query": {"type": "string"}, "limit": {"type": "integer"}},
        "required": ["query"],
        "additionalProperties": False,
    },
}
LONG = "I am still working on it and will get back to you with the result soon."


def around(*steps: str, rounds: int, gets_on: bool = False) -> Run:
    run = Run()
    for number in range(rounds):
        for step in steps:
            run.tool(step, {"id": 7}, {"round": number} if gets_on else {"left": 3})
    return run.llm("Done.")


def test_a_circle_of_tools_is_found():
    (found,) = around("read", "check", rounds=3).findings("cycle")
    assert found.title == "read → check: 3 times in a row"
    assert len(found.evidence) == 6


@pytest.mark.parametrize(
    "run",
    [
        around("read", "check", rounds=2),
        around("read", rounds=5),
        around("read", "check", rounds=4, gets_on=True),
        Run().tool("read", {"id": 1}, 1).tool("check", {"id": 1}, 1).tool("read", {"id": 2}, 1),
    ],
    ids=["two rounds", "one step", "other results", "other arguments"],
)
def test_what_is_no_circle(run):
    assert not run.findings("cycle")


def test_a_list_that_is_worked_through_is_no_circle():
    run = Run()
    for number in range(5):
        run.tool("read", {"id": number}, 1).tool("check", {"id": number}, 1)
    assert not run.findings("cycle")


def test_a_model_that_repeats_itself_is_found():
    run = Run()
    for _ in range(3):
        run.llm(LONG).say("user", "Go on.")
    (found,) = run.findings("repeated-output")
    assert found.waste.tokens == 2 * 120


@pytest.mark.parametrize("texts", [[LONG] * 2, ["OK"] * 5, [LONG, LONG + "!", LONG + "?"]], ids=str)
def test_what_is_no_repetition(texts):
    run = Run()
    for text in texts:
        run.llm(text).say("user", "Go on.")
    assert not run.findings("repeated-output")


def test_one_prompt_sent_many_times_is_no_repetition_of_a_conversation():
    run = Run()
    for _ in range(4):
        run.history = run.history[:1]
        run.llm(LONG)
    assert not run.findings("repeated-output")
    assert run.findings("redundant-call")


def test_a_question_that_was_asked_before_is_redundant():
    run = Run().llm(LONG)
    run.history = run.history[:1]
    (found,) = run.llm(LONG).findings("redundant-call")
    assert found.waste.tokens == 120


def test_a_retry_after_an_error_is_not_redundant():
    assert not Run().llm(error="HTTP 503").llm("It is 4 degrees.").findings("redundant-call")
    assert not Run().llm("a").say("user", "b").llm("c").findings("redundant-call")


def test_a_tool_that_was_not_offered_is_found():
    run = Run(tools=[SEARCH]).tool("get_weather", {"city": "Oslo"}, "Error: unknown tool").llm("Sorry.")
    (found,) = run.findings("undeclared-tool")
    assert (found.subject, found.explanation) == ("get_weather", "It was offered web_search.")


@pytest.mark.parametrize("tools", [[SEARCH], []], ids=["offered", "not recorded"])
def test_a_tool_that_was_offered_is_fine(tools):
    assert not Run(tools=tools).tool("web_search", {"query": "x"}, "a").llm("b").findings("undeclared-tool")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"quary": "x"}, "Additional properties are not allowed ('quary' was unexpected)"),
        ({}, "'query' is a required property"),
        ({"query": "x", "limit": "three"}, "limit: 'three' is not of type 'integer'"),
    ],
    ids=str,
)
def test_arguments_that_break_the_schema_are_found(arguments, why):
    (found,) = Run(tools=[SEARCH]).tool("web_search", arguments, "Error: x").findings("schema-violation")
    assert found.detail == why


@pytest.mark.parametrize(
    ("tools", "arguments"),
    [
        ([SEARCH], {"query": "x", "limit": 3}),
        ([SEARCH], '{"query": "x'),
        ([{"name": "web_search", "parameters": {"type": "nonsense"}}], {"a": 1}),
        ([{"name": "web_search"}], {"a": 1}),
        ([{"name": "web_search", "parameters": {"$ref": "http://127.0.0.1:9/x"}}], {"a": 1}),
        ([{"name": "web_search", "parameters": {"type": "object"}}], {"more": 1}),
    ],
    ids=["valid", "no JSON", "no schema", "none given", "remote", "open"],
)
def test_arguments_that_break_no_schema(tools, arguments):
    assert not Run(tools=tools).tool("web_search", arguments, "a").llm("b").findings("schema-violation")


def test_a_call_without_an_answer_is_found():
    run = Run().tool("get_user", {"id": 7}, "Ada").llm(calls=[("get_order", {"id": 9})]).say("user", "Well?")
    (found,) = run.llm("No idea.").findings("unanswered-call")
    assert found.subject == "get_order"


def test_what_is_no_call_without_an_answer():
    handed = Run().tool("get_user", {"id": 7}, "Ada").llm(calls=[("transfer_to_billing", {})]).llm("Hello.")
    assert not handed.findings("unanswered-call")
    last = Run().tool("get_user", {"id": 7}, "Ada").llm(calls=[("get_order", {"id": 9})])
    assert not last.findings("unanswered-call")
    none_recorded = Run().llm(calls=[("get_order", {"id": 9})]).llm("Here.")
    assert not none_recorded.findings("unanswered-call")


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't assist with that request.",
        "I\u2019m sorry, I cannot help with this.",
        "I must decline.",
    ],
)
def test_a_refusal_is_found(text):
    (found,) = Run().llm(text).findings("refusal")
    assert found.ending == "failed"


def test_a_refusal_after_something_was_done_is_none():
    run = Run().tool("open_ticket", {"id": 7}, {"ticket": 12})
    assert not run.llm("I can't help with that, but I have opened a ticket.").findings("refusal")


@pytest.mark.parametrize(
    "text", ["Sorry for the delay: it is 4 degrees.", "I can't wait!", "She said: I must go."]
)
def test_politeness_is_no_refusal(text):
    assert not Run().llm(text).findings("refusal")


@pytest.mark.parametrize(
    "words", ["MaxTurnsExceeded: Max turns (10) exceeded", "GraphRecursionError: Recursion limit of 25"]
)
def test_a_used_up_budget_is_found(words):
    (found,) = Run(root_error=words).llm("Let me see.").findings("budget-exhausted")
    assert (found.cause, found.ending) == ("budget exhausted", "failed")
    assert not Run(root_error="HTTP 429: rate limit").llm("a").findings("budget-exhausted")


def test_an_answer_that_is_the_end_of_a_budget():
    assert Run().llm("Agent stopped due to iteration limit or time limit.").findings("budget-exhausted")
    assert not Run().llm("The agent stopped due to rain.").findings("budget-exhausted")


def test_a_gap_in_which_nothing_happens():
    run = Run().llm("a", calls=[("get_user", {"id": 7})])
    run.clock += 30_000 * MS
    run.tool("get_user", {"id": 7}, "Ada", is_asked=False).llm("Ada.")
    (found,) = run.findings("stall")
    assert found.waste.duration_ns == 30_000 * MS


def test_a_gap_before_a_person_speaks_is_none():
    run = Run().llm("Which one?")
    run.clock += 30_000 * MS
    assert not run.say("user", "The blue one.").llm("Fine.").findings("stall")
    short = Run().llm("a", calls=[("get_user", {"id": 7})])
    short.clock += 5_000 * MS
    assert not short.tool("get_user", {"id": 7}, "Ada", is_asked=False).findings("stall")


def test_a_span_that_never_ends():
    run = Run(root_ends=False).llm("a")
    (found,) = run.findings("unfinished")
    assert (found.detail, found.ending) == ("never ended", "failed")
    assert not list(RULE["unfinished"].find(run.subject(is_quiet=False)))
    assert not Run().llm("a").findings("unfinished")


def test_a_span_whose_parent_never_came():
    run = Run().llm("a")
    run.span("lost", {}, parent_span_id="f" * 16)
    (found,) = run.findings("unfinished")
    assert found.detail == "parent missing"


def test_history_that_was_dropped():
    run = Run()
    for number in range(4):
        run.llm(f"answer {number}").say("user", f"question {number}")
    run.history = [run.history[0], *run.history[-3:]]
    (found,) = run.llm("the last").findings("history-truncated")
    assert found.title.startswith("5 messages were dropped") or "messages were dropped" in found.title


def test_history_that_was_summed_up_or_begun_anew_is_none():
    whole = Run()
    for number in range(4):
        whole.llm(f"answer {number}").say("user", f"question {number}")
    assert not whole.findings("history-truncated")
    whole.history = [{"role": "user", "parts": [{"type": "text", "content": "Something else."}]}]
    assert not whole.llm("b").findings("history-truncated")


USUAL = {(Kind.TOOL, "get_user"): Baseline(calls=40, p50_ns=100 * MS, p95_ns=400 * MS)}


@pytest.mark.parametrize(
    ("took_ms", "calls", "is_found"), [(5_000, 40, True), (1_200, 40, False), (5_000, 10, False)]
)
def test_a_step_that_is_far_slower_than_usual(took_ms, calls, is_found):
    subject = Run().tool("get_user", {"id": 7}, "Ada", ms=took_ms).llm("Ada.").subject()
    usual = {key: replace(each, calls=calls) for key, each in USUAL.items()}
    assert bool(list(RULE["outlier"].find(replace(subject, baselines=usual)))) is is_found


def test_a_window_that_fills_up():
    run = Run().llm("a", tokens=(1_000, 5)).say("user", "b").llm("c", tokens=(7_000, 5))
    subject = replace(run.subject(), windows={"gpt-4o-mini": 8_000})
    (found,) = RULE["context-filling"].find(subject)
    assert found.evidence[0].quote == "7,000 of 8,000 tokens"
    assert not list(RULE["context-filling"].find(replace(subject, windows={"gpt-4o-mini": 128_000})))
    assert not run.findings("context-filling")


def test_times_in_a_run_are_as_told():
    assert Run().llm("a").subject().summary.start_ns == START
