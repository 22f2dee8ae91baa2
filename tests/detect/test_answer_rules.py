"""Rules about how a run ends."""

from __future__ import annotations

import pytest
from agent_run import RULE, Run

from halo_dash.detect import Rule, judge


def test_a_last_answer_that_was_cut_off_failed():
    run = Run().llm("The three steps are: first, open the", finish="length")
    (found,) = run.findings("cut-off")
    assert (found.ending, found.severity) == ("failed", "high")
    assert run.verdict().is_silent_failure(is_error=False)


def test_a_cut_that_was_followed_by_more_is_recovered():
    run = Run().llm("The three steps", finish="length").llm("First, second, third.")
    assert [found.ending for found in run.findings("cut-off")] == ["recovered"]
    assert not run.verdict().is_failed_in_effect


def test_a_content_filter_is_named():
    (found,) = Run().llm("", finish="content_filter").findings("cut-off")
    assert "content filter" in found.title


def test_a_limit_of_one_word_is_meant():
    assert not Run().llm("yes", finish="length", tokens=(100, 1)).findings("cut-off")


def test_an_ordinary_end_is_no_cut():
    assert not Run().llm("It is 4 degrees.").findings("cut-off")


def test_no_answer_is_found():
    run = Run().tool("get_weather", {"city": "Oslo"}, {"t": 4}).llm("")
    (found,) = run.findings("empty-answer")
    assert found.ending == "failed"
    assert run.verdict().is_silent_failure(is_error=False)


@pytest.mark.parametrize(
    "run",
    [
        Run().llm("It is 4 degrees."),
        Run().tool("get_weather", {"city": "Oslo"}, {"t": 4}),
        Run(root_error="boom").llm(""),
        Run().llm("", error="HTTP 500"),
    ],
    ids=["answer", "ends with a tool", "reported", "call failed"],
)
def test_what_is_no_empty_answer(run):
    assert not run.findings("empty-answer")


def test_a_run_that_still_grows_has_no_end_to_judge():
    run = Run().tool("get_weather", {"city": "Oslo"}, {"t": 4}).llm("")
    assert list(RULE["empty-answer"].find(run.subject()))
    assert not list(RULE["empty-answer"].find(run.subject(is_quiet=False)))


def test_a_reported_error_that_ended_the_run():
    run = Run(root_error="boom").tool("get_weather", {"city": "Oslo"}, error="boom")
    (found,) = run.findings("error-status")
    assert (found.ending, found.severity) == ("failed", "high")
    verdict = run.verdict()
    assert verdict.is_failed_in_effect
    assert not verdict.is_silent_failure(is_error=True)


def test_a_reported_error_that_the_run_got_over():
    run = Run().tool("get_weather", {"city": "Oslo"}, error="timed out after 10 s")
    run.tool("get_weather", {"city": "Oslo"}, {"t": 4}).llm("4 degrees.")
    (found,) = run.findings("error-status")
    assert (found.ending, found.cause) == ("recovered", "timeout")
    assert not run.verdict().is_failed_in_effect


def test_findings_come_worst_first():
    run = (
        Run()
        .tool("get_user", {"id": 7}, {"n": 1})
        .tool("get_user", {"id": 7}, {"n": 1})
        .llm("", finish="length")
    )
    verdict = run.verdict()
    assert [found.rule for found in verdict.findings][-1] == "duplicate-call"
    assert verdict.findings[0].ending == "failed"


def test_a_rule_that_raises_is_named_and_the_others_go_on():
    def breaks(_subject):
        yield from ()
        raise ZeroDivisionError("no")

    broken = Rule("broken", "Breaks", 1, breaks, "claims nothing")
    judged = judge(Run().llm("", finish="length").subject(), [broken, RULE["cut-off"]])
    assert [(error.rule, error.message) for error in judged.errors] == [("broken", "ZeroDivisionError: no")]
    assert [found.rule for found in judged.verdict.findings] == ["cut-off"]
