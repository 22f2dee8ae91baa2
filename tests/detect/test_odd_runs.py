"""Odd runs, healthy and broken: what rules say of each, and of its neighbour that differs in one thing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from agent_run import MS, RULE, Run

RUNS = json.loads((Path(__file__).parents[1] / "fixtures" / "odd_runs.json").read_text(encoding="utf-8"))


def told(*steps, answer="Done.") -> Run:
    run = Run()
    for name, arguments, result in steps:
        run.tool(name, arguments, result)
    return run.llm(answer)


@pytest.mark.parametrize("each", RUNS, ids=lambda each: each["name"])
def test_an_odd_run_is_judged_as_people_would(each):
    verdict = told(*each["steps"], answer=each["answer"]).verdict()
    found = [[one.rule, one.severity, one.ending] for one in verdict.findings]
    assert found == each["found"]
    assert verdict.is_failed_in_effect is each["failed"]


def polled(*states: str, by: str = "get_job") -> list[tuple]:
    return [(by, {"id": "j1"}, {"status": state}) for state in states]


def between(steps: list[tuple], step: tuple) -> list[tuple]:
    return [each for one in steps for each in (one, step)]


SLEEP = ("sleep", {"seconds": 5}, "ok")


@pytest.mark.parametrize(
    "steps",
    [
        polled("running", "running", "running", "done"),
        polled("running", "running", "running"),
        between(polled("pending", "pending", "pending", "done"), SLEEP),
        between(polled("pending", "pending", "pending"), SLEEP),
        [("wait_for_job", {"id": 1}, "not ready")] * 4,
        [("job_state", {"id": 1}, "still running")] * 4,
    ],
    ids=["until done", "until given up", "with sleep", "with sleep in vain", "waiting tool", "in words"],
)
def test_waiting_for_a_job_is_no_circle_and_no_repetition(steps):
    assert not told(*steps).verdict().findings


def test_asking_for_ever_is_more_than_waiting():
    assert told(*polled(*["running"] * 11)).findings("duplicate-call")
    assert told(*between(polled(*["running"] * 11), SLEEP)).findings("cycle")


@pytest.mark.parametrize("result", ["ok", {"success": True}, "Done, 1 row inserted"], ids=str)
@pytest.mark.parametrize(
    "name", ["append_line", "writeFile", "sleep", "scroll", "press_key", "browser_click"]
)
def test_what_is_done_twice_for_its_effect_is_no_repetition(name, result):
    assert not told(*[(name, {"a": "x"}, result)] * 3).verdict().findings


@pytest.mark.parametrize("name", ["refund_order", "send_email", "get_user", "search_orders", "getPost"])
def test_what_should_be_done_once_is_a_repetition(name):
    assert told(*[(name, {"id": 7}, {"id": 7})] * 2).findings("duplicate-call")


READ = ("read_file", {"path": "a"}, "1")


def test_reading_again_after_a_change_is_no_repetition():
    assert not told(READ, ("write_file", {"path": "a", "text": "1"}, "ok"), READ).verdict().findings
    assert told(READ, ("get_time", {}, "12:00"), READ).findings("duplicate-call")
    refused = told(READ, ("write_file", {"path": "a", "text": "1"}, "Error: read-only"), READ)
    assert refused.findings("duplicate-call")


def test_equal_calls_side_by_side_are_no_repetition():
    run = Run().llm(calls=[("get_user", {"id": 7})] * 2)
    for _ in range(2):
        run.span(
            "execute_tool get_user",
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": "get_user",
                "gen_ai.tool.call.arguments": '{"id": 7}',
                "gen_ai.tool.call.result": "Ada",
            },
            start_ns=run.clock if _ == 0 else run.clock - 100 * MS,
        )
    assert not run.llm("Ada.").findings("duplicate-call")


FAILING = ("run_tests", {"cmd": "pytest"}, "ERROR: cannot import a\nexit code: 2")


def test_testing_again_after_an_edit_is_no_loop():
    edits = [("edit_file", {"path": "a.py", "new": str(number)}, "ok") for number in range(3)]
    steps = [step for edit in edits for step in (FAILING, edit)]
    assert not told(*steps, FAILING).findings("retry-loop")
    assert told(FAILING, FAILING, FAILING).findings("retry-loop")
    assert not told(*[FAILING, edits[0]] * 2).findings("cycle")
    assert told(*[FAILING, ("edit_file", {"path": "a.py"}, "Error: no match")] * 3).findings("cycle")


def test_the_next_page_by_a_cursor_of_many_words_is_no_loop():
    cursors = ["orders open late", "late orders open", "open late orders"]
    paged = [("list_orders", {"filter": "open orders", "cursor": each}, []) for each in cursors]
    assert not told(*paged).findings("retry-loop")
    worded = [("list_orders", {"filter": "open orders", "sort": each}, []) for each in cursors]
    assert told(*worded).findings("retry-loop")


def drafted(*texts: str) -> Run:
    run = Run()
    for number, text in enumerate(texts):
        name = ("writer", "critic")[number % 2]
        said = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name}
        run.span(f"invoke_agent {name}", {**said, "output.value": text} if text else said)
    return run.llm("Here it is.")


def test_agents_that_improve_a_draft_are_no_circle():
    assert not drafted("a", "shorter", "b", "shorter still", "c", "good").findings("cycle")
    assert drafted("a", "shorter", "a", "shorter", "a", "shorter").findings("cycle")
    assert drafted("", "", "", "", "", "").findings("cycle")


def test_clicking_and_looking_is_no_circle():
    click = ("computer", {"action": "left_click", "coordinate": [10, 20]}, "ok")
    look = ("computer", {"action": "screenshot"}, "[image]")
    assert not told(*[click, look] * 4).verdict().findings
    assert told(*[click, ("computer", {"action": "screenshot"}, "Page 1 of 9")] * 4).findings("cycle")


def handed(*texts: str) -> Run:
    run = Run()
    for number, text in enumerate(texts):
        name = ("transfer_to_reviewer", "transfer_to_writer")[number % 2]
        run.llm(text, calls=[(name, {})]).tool(name, {}, "Transferred", is_asked=False)
        run.say("user", "Go on.")
    return run.llm("Final text.")


def test_handing_on_what_was_improved_is_no_circle():
    work = [words for n in range(3) for words in (f"Draft {n}", f"Please improve part {n}")]
    assert not handed(*work).findings("cycle")
    assert handed(*["I hand you over to billing.", "Support will help you."] * 3).findings("cycle")
    assert handed(*[""] * 6).findings("cycle")


def test_one_unchanged_retry_in_vain_is_told_for_information():
    run = told(("get_user", {"id": 7}, "Error: no such user"), ("get_user", {"id": 7}, "Error: unknown id"))
    (found,) = run.findings("duplicate-call")
    assert (found.severity, found.title) == ("info", "get_user was tried again unchanged")
    assert not run.findings("retry-loop")
    passing = told(
        ("get_user", {"id": 7}, "Error: timed out"), ("get_user", {"id": 7}, "Error: no such user")
    )
    assert not passing.findings("duplicate-call")
    changed = told(
        ("get_user", {"id": 7}, "Error: no such user"), ("get_user", {"id": 8}, "Error: unknown id")
    )
    assert not changed.findings("duplicate-call")


def stalled(name: str, **more) -> Run:
    run = Run().tool(name, {"q": 1}, "yes", **more)
    run.clock += 60_000 * MS
    return run.llm("Done.")


@pytest.mark.parametrize(
    "name",
    ["ask", "ask_user", "request_approval", "human_input", "getUserInput", "wait_for_event", "confirm"],
)
def test_waiting_for_a_person_is_no_stall(name):
    assert not stalled(name).findings("stall")


@pytest.mark.parametrize("name", ["get_user", "ask_database", "list_customers", "update_user"])
def test_waiting_for_nobody_is_a_stall(name):
    assert stalled(name).findings("stall")


def test_an_interrupt_for_a_person_is_no_stall():
    assert not stalled("book", exception="GraphInterrupt: approve?").findings("stall")
    assert stalled("book", exception="ValueError: no").findings("stall")


def test_what_was_cancelled_did_not_fail():
    run = Run().tool("api", {"a": 1}, error="CancelledError: client closed stream").llm("Fine.")
    (found,) = run.findings("error-status")
    assert (found.severity, found.ending, found.cause) == ("low", "none", "cancelled")
    assert not run.verdict().is_failed_in_effect
    (found,) = Run().tool("api", {"a": 1}, error="order 7 is cancelled").llm("Fine.").findings("error-status")
    assert (found.severity, found.cause) == ("medium", None)


def test_an_error_without_a_type_is_quoted_without_one():
    (found,) = Run().tool("api", {"a": 1}, error="boom").llm("Fine.").findings("error-status")
    assert (found.title, found.evidence[0].quote, found.detail) == ("api failed: boom", "boom", "boom")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("My SSN is 078-05-1120.", True),
        ("social security number: 078-05-1120", True),
        ('{"ssn": "078-05-1120"}', True),
        ("Part 078-05-1120 is out of stock.", False),
        ("hash and 192-16-1001", False),
        ("The station is at 078-05-1120", False),
    ],
)
def test_a_social_security_number_is_one_where_words_say_so(text, is_one):
    found = Run(question=text).llm("Fine.").findings("personal-data")
    assert ("social security number" in [each.subject for each in found]) is is_one


def retrieved(output: object, *, has_question: bool = True) -> Run:
    run = Run()
    said = {"openinference.span.kind": "RETRIEVER", **({"input.value": "mars"} if has_question else {})}
    run.span("vector_store", {**said, "output.value": json.dumps(output)} if output is not None else said)
    return run


def test_a_retriever_that_found_nothing_is_told_of():
    (found,) = retrieved([]).llm("It is so.").findings("empty-result")
    assert (found.subject, found.severity) == ("vector_store", "low")
    assert not retrieved([]).llm("There are no documents about that.").findings("empty-result")
    assert not retrieved(["a"]).llm("It is so.").findings("empty-result")
    assert retrieved(None).llm("It is so.").findings("empty-result")
    assert not retrieved(None, has_question=False).llm("It is so.").findings("empty-result")


@pytest.mark.parametrize("answer", ["No, there are none.", "Nein, es gibt keine.", "It isn't used anywhere."])
def test_an_answer_that_says_that_nothing_is_there_went_by_it(answer):
    assert not told(("list_incidents", {"state": "open"}, []), answer=answer).findings("empty-result")
    made_up = "Two incidents are open."
    assert told(("list_incidents", {"state": "open"}, []), answer=made_up).findings("empty-result")


def test_the_loop_is_named_as_the_cause_of_what_was_not_found():
    queries = ("mars news", "news mars", "the mars news")
    run = told(*[("web_search", {"query": each}, []) for each in queries], answer="It is so.")
    (found,) = run.findings("empty-result")
    assert "primary cause is `retry-loop`" in found.explanation
    (found,) = told(("web_search", {"query": "mars"}, []), answer="It is so.").findings("empty-result")
    assert "retry-loop" not in found.explanation


PAGE = "Error: what it means\n\n" + "An error is what a program says when it cannot go on. " * 10


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("search_docs", PAGE),
        ("read_page", {"url": "https://example.org", "content": "Error: what it means"}),
        ("retrieve", [{"content": "Timeouts happen", "score": 0.9}, {"content": "Error: x", "score": 0.8}]),
        ("retrieve", [{"content": "How to handle a 404"}]),
        ("get_setting", {"message": "Network settings saved"}),
        ("get_setting", {"message": "Schema updated"}),
        ("lint", {"message": "No error"}),
        ("iperf", {"output": "network is 5 Gbit"}),
        ("check_password", {"ok": False}),
        ("run_tests", "2 failed, 3 passed\nexit code: 1"),
        ("run_tests", {"exit_code": 1, "stdout": "2 failed, 3 passed"}),
        ("run_linter", {"exit_code": 1, "stdout": "a.py:1 unused import", "stderr": ""}),
        ("lint", "a.py:1 unused import\nexit code: 1"),
        ("validate_email", {"success": False, "reason": "no @"}),
        ("translate", "Error: file is missing"),
        ("get_docs", "ConnectionError: raised when a network problem occurs.\nTimeout: raised when late."),
        ("sentry_issue", {"error": "TypeError: x is undefined", "count": 12, "level": "error"}),
    ],
    ids=str,
)
def test_what_talks_about_errors_is_none(name, result):
    assert not told((name, {"q": 1}, result), answer="Here.").findings("error-result")
    assert not told((name, {"q": 1}, result), answer="Sorry, it is bad.").findings("unrecovered-tool")


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("search_docs", "Error: index not found"),
        ("search_docs", "Traceback (most recent call last):\n" + "  File a\n" * 50 + "KeyError: 3"),
        ("deploy", PAGE),
        ("retrieve", {"error": "no such index"}),
        ("get_setting", {"message": "Access denied"}),
        ("login", "Failed to reach the server"),
        ("locate_user", "Could not connect to host a"),
        ("save_password", {"ok": False}),
        ("run_tests", "pytest: file not found\nexit code: 4"),
        ("run_tests", {"exit_code": 2, "stderr": "usage"}),
        ("fetch_page", "<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>"),
        ("run_linter", {"exit_code": 1, "stdout": "", "stderr": "no such file"}),
        ("run_linter", {"exit_code": 2, "stdout": "a.py:1 unused import"}),
        ("validate_email", {"success": False, "reason": "connection refused"}),
        ("save_email", {"success": False, "reason": "no @"}),
        ("translate", "Error: rate limit exceeded"),
        ("translate", {"error": "unknown language"}),
        ("get_docs", "ConnectionError: host docs is down"),
        ("get_issue", {"error": "TypeError: x is undefined", "id": 5}),
        ("grep", "Error: bad pattern"),
    ],
    ids=str,
)
def test_what_is_an_error_still_is_one(name, result):
    assert told((name, {"q": 1}, result), answer="Here.").findings("error-result")


@pytest.mark.parametrize(
    ("command", "is_one"),
    [("diff a b", False), ("cd src && grep -rn foo .", False), ("ruff check src | head", False),
     ("make", True), ("diff a b && make", True)],
)  # fmt: skip
def test_exit_code_1_of_a_program_that_found_something_is_none(command, is_one):
    step = ("bash", {"command": command}, {"exit_code": 1, "stdout": "< a\n> b"})
    assert bool(told(step, answer="They differ.").findings("error-result")) is is_one


def test_what_was_searched_for_or_asked_about_is_no_error():
    lines = "Error: disk full (app.log:12)\nError: disk full (app.log:19)"
    assert not told(("grep", {"pattern": "Error:"}, lines)).findings("error-result")
    assert told(("grep", {"pattern": "disk"}, lines)).findings("error-result")
    raised = (
        "run_python",
        {"code": "1/0"},
        'Traceback (most recent call last):\n  File "a.py"\nZeroDivisionError: x',
    )

    def asked(question: str, answer: str) -> list:
        return Run(question=question).tool(*raised).llm(answer).findings("error-result")

    assert not asked("What does 1/0 raise in Python?", "It raises ZeroDivisionError.")
    assert asked("What does 1/0 raise in Python?", "It is 5.")
    assert asked("Compute the average.", "It raises ZeroDivisionError.")


def test_a_refusal_beside_something_done_is_none():
    done = "I can't help with that, but I have opened a ticket for you."
    assert not Run().llm(done).findings("refusal")
    assert (
        Run().llm("I can't help with that. However, I can help you with something else.").findings("refusal")
    )


def test_every_rule_that_runs_here_exists():
    assert {found[0] for each in RUNS for found in each["found"]} <= RULE.keys()


@pytest.mark.parametrize("name", ["bash", "execute_cell", "goto"])
def test_a_shell_asked_the_same_after_another_command_is_no_repetition(name):
    status, make = (name, {"cmd": "git status"}, "clean"), (name, {"cmd": "make"}, "built")
    assert not told(status, make, status).findings("duplicate-call")
    assert told(status, status).findings("duplicate-call")
    assert told(status, (name, {"cmd": "make"}, "Error: no rule"), status).findings("duplicate-call")


def test_asking_until_it_is_there_is_no_loop():
    empty, mail = ("check_inbox", {"box": "a"}, []), ("check_inbox", {"box": "a"}, ["Hello"])
    assert not told(empty, empty, empty, mail).verdict().findings
    assert told(empty, empty, empty).findings("retry-loop")
    nothing_to_change = [("check_inbox", {}, [])] * 3
    assert not told(*nothing_to_change).findings("retry-loop")
    failing = ("check_inbox", {"box": "a"}, "Error: no such box")
    assert told(failing, failing, failing, mail).findings("retry-loop")


def test_a_log_that_begins_with_an_error_was_read():
    log = "ERROR: disk full\nstarted\nstopped"
    assert not told(("read_log", {"file": "a"}, log)).findings("error-result")
    assert told(("read_log", {"file": "a"}, "ERROR: no such file a")).findings("error-result")
