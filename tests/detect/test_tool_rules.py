"""Rules about tools: what they claim, and what looks alike and is none."""

from __future__ import annotations

import pytest
from agent_run import Run

HIT = [{"title": "Oslo", "url": "https://example.org"}]

ERRORS = [
    "Error: payment amount does not add up, total price is 305, but paid 255",
    "Error executing tool get_weather: timed out",
    "ValueError: could not convert string to float",
    "requests.exceptions.ConnectionError: Max retries exceeded",
    'Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: 3',
    "exitcode: 124 (execution failed)\nCode output: \nTimeout",
    "bash: line 1: foo: command not found\nexit code: 127",
    "Command '['ls']' returned non-zero exit status 2.",
    "HTTP 503 Service Unavailable",
    "404 Not Found",
    "Failed to fetch the page",
    "There is no code from the last 1 message for me to execute.",
    {"error": "city not found"},
    {"error": {"code": "E1", "message": "no such city"}},
    {"errors": [{"message": "Cannot query field"}]},
    {"success": False, "message": "out of stock"},
    {"ok": False},
    {"status": "error", "detail": "quota exceeded"},
    {"statusCode": 500, "body": "oops"},
    {"status": 404},
    {"isError": True, "content": [{"type": "text", "text": "boom"}]},
    {"exit_code": 1, "stderr": "no such file"},
    {"result": {"error": "inner"}},
    [{"type": "text", "text": "Error: no such user"}],
    '{"error": "city not found"}',
    'starting\nTraceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: bad',
    "bash: foo: command not found",
    "[Errno 2] No such file or directory: 'x'",
    'Query failed: relation "a" does not exist',
    "ERROR 1064 (42000): You have an error in your SQL syntax",
    "HTTP/1.1 502 Bad Gateway",
    "404: Not Found",
    "Timed out after 30 seconds",
    "HTTPConnectionPool(host='a', port=80): Max retries exceeded",
    "Cannot connect to host a:80",
    "**Error**: nope",
    "❌ Error: nope",
    "<tool_use_error>x</tool_use_error>",
    {"message": "Internal Server Error"},
    {"detail": "Not authenticated"},
    [{"error": "a"}, {"error": "b"}],
]

RESULTS = [
    "Errors are a part of life",
    "Error handling in Go: a guide",
    "The error rate was 3 %",
    "0 errors, 2 warnings",
    "exitcode: 0 (execution succeeded)\nCode output: ok",
    "exit code 0",
    "Failed flights: 3",
    {"error": None, "result": 5},
    {"error": "", "result": 5},
    {"errors": [], "data": {"a": 1}},
    {"success": True, "message": "Error budget left: 3"},
    {"status": "ok"},
    {"status": 200},
    {"status": "shipped", "code": 404},
    {"code": "500", "city": "Oslo"},
    [{"title": "Error: what it means", "url": "https://example.org"}, {"title": "b"}],
    {"temperature": 404},
    "HTTP is a protocol",
    {"id": 7, "status": "failed", "amount": 30},
    {"order": 5, "status": "error", "reason": "x", "total": 3},
    {"errors": ["line 3: unused import"], "file": "a.py", "lines": 20},
    {"errors": 37, "requests": 1000},
    {"error": "No errors found"},
    {"url": "https://example.org", "status": 404},
    {"type": "exception", "state": "open", "title": "Crash at start", "id": 3},
    {"result": "failure", "run": 5, "branch": "main"},
    "exit code 2 is returned when grep fails",
    {"message": "Room is free", "code": 420},
    "500 kroner",
    None,
]


@pytest.mark.parametrize("result", ERRORS, ids=str)
def test_an_error_in_disguise_is_found_and_quoted(result):
    run = Run().tool("get_weather", {"city": "Oslo"}, result).llm("It is 4 degrees.")
    (found,) = run.findings("error-result")
    assert found.ending == "unclear"
    (evidence,) = found.evidence
    tool = next(use for use in run.subject().tools if use.span_id == evidence.span_id)
    if isinstance(tool.result, str) and evidence.offset is not None:
        assert tool.result[evidence.offset :].startswith(evidence.quote)


@pytest.mark.parametrize("result", RESULTS, ids=str)
def test_a_result_that_speaks_of_errors_is_none(result):
    assert not Run().tool("get_weather", {"city": "Oslo"}, result).llm("4 degrees.").findings("error-result")


def test_a_reported_error_is_not_named_twice():
    run = Run().tool("get_weather", {"city": "Oslo"}, "Error: x", error="x failed").llm("Sorry.")
    assert not run.findings("error-result")
    assert [found.subject for found in run.findings("error-status")] == ["get_weather"]


def test_a_search_that_finds_a_traceback_found_it():
    text = "Results:\n1. How to read this\n  exit code: 1\n"
    assert not Run().tool("web_search", {"q": "exit codes"}, text).llm("Here.").findings("error-result")
    assert Run().tool("run_tests", {"q": "all"}, text).llm("Here.").findings("error-result")


@pytest.mark.parametrize(
    "text", ["Failed to launch: how it got stuck", "500 Internal Server Error means that"]
)
def test_an_article_that_a_search_found_may_begin_like_an_error(text):
    assert not Run().tool("web_search", {"q": "x"}, text).llm("Here.").findings("error-result")
    assert Run().tool("deploy", {"q": "x"}, text).llm("Here.").findings("error-result")


def test_a_failed_tool_with_another_that_works_is_recovered():
    run = Run().tool("get_weather", {"city": "Oslo"}, "Error: timed out")
    run.tool("get_weather", {"city": "Oslo"}, {"temperature": 4}).llm("It is 4 degrees.")
    (found,) = run.findings("error-result")
    assert found.ending == "recovered"
    assert not run.verdict().is_failed_in_effect


def test_a_failed_tool_and_an_apology_is_a_silent_failure():
    run = Run().tool("get_weather", {"city": "Oslo"}, "Error: timed out").llm("Sorry, I could not find out.")
    assert [found.ending for found in run.findings("error-result")] == ["failed"]
    assert [found.subject for found in run.findings("unrecovered-tool")] == ["get_weather"]
    assert run.verdict().is_silent_failure(is_error=False)


@pytest.mark.parametrize(
    "answer", ["It is 4 degrees in Oslo.", "The train left at nine; apologise to nobody."[:20]], ids=str
)
def test_an_answer_that_does_not_give_up_is_believed(answer):
    run = Run().tool("get_weather", {"city": "Oslo"}, "Error: timed out").llm(answer)
    assert not run.findings("unrecovered-tool")


def test_near_queries_in_vain_are_a_loop():
    run = Run()
    for query in ("Lisbon cup 2031 winner", "Lisbon cup 2031 winners", "winner Lisbon cup 2031"):
        run.tool("web_search", {"query": query}, [])
    (found,) = run.llm("I could not find it.").findings("retry-loop")
    assert found.title == "web_search was called 3 times with nearly the same arguments"
    assert len(found.evidence) == 3
    assert found.waste.tokens == 2 * 120
    assert found.cause == "nothing found"


REWORDED = [
    ("Lisbon robotics cup 2031 winner", "who won Lisbon robotics cup 2031",
     "2031 Lisbon robotics cup champion"),
    ("history of the Lisbon tram network", "Lisbon tram network history", "Lisbon trams history overview"),
    ("population of Reykjavik", "Reykjavik population", "current population of Reykjavik"),
    ("Acme Corp Q3 revenue", "Acme Corp third quarter revenue", "Acme Corp Q3 earnings revenue"),
    ("latest news about solar energy storage", "solar energy storage latest news",
     "news solar energy storage recent"),
    ("CEO of Zylker Inc", "Zylker Inc CEO", "Zylker Inc chief executive officer"),
    ("refund policy", "policy for refunds", "refund policies"),
    ("flights from OSL to LIS", "OSL LIS flights", "flights OSL to LIS"),
    ('"Zyx Corp" revenue', "Zyx Corp revenue", "zyx corp revenue 2025"),
]  # fmt: skip


@pytest.mark.parametrize("queries", REWORDED, ids=lambda each: each[0])
def test_a_query_that_is_only_reworded_is_a_loop_where_none_finds_anything(queries):
    def asked(*results) -> Run:
        run = Run()
        for query, result in zip(queries, results, strict=True):
            run.tool("web_search", {"query": query, "max_results": 5}, {"results": result})
        return run.llm("I could not find it.")

    (found,) = asked([], [], []).findings("retry-loop")
    assert (found.cause, found.ending, len(found.evidence)) == ("nothing found", "none", 3)
    assert not asked(HIT, HIT, HIT).findings("retry-loop")


def test_a_rewording_that_finds_something_makes_no_loop_and_ends_one():
    queries = ("CEO of Zylker Inc", "Zylker Inc CEO", "Zylker Inc chief executive officer")
    run = Run()
    for query in queries[:2]:
        run.tool("web_search", {"query": query}, [])
    assert not run.tool("web_search", {"query": queries[2]}, HIT).llm("Ada.").findings("retry-loop")
    run = Run()
    for query in queries:
        run.tool("web_search", {"query": query}, [])
    run.tool("web_search", {"query": "chief executive officer of Zylker Inc Ltd"}, HIT)
    (found,) = run.llm("Ada.").findings("retry-loop")
    assert (found.ending, len(found.evidence)) == ("recovered", 4)
    assert found.title == "web_search was called 4 times with the same query in other words"


def test_failing_alike_is_a_loop_of_rewordings_and_failing_otherwise_is_none():
    def failed(*errors: str) -> Run:
        run = Run()
        for query, error in zip(REWORDED[0], errors, strict=True):
            run.tool("web_search", {"query": query}, error=error)
        return run.llm("Sorry.")

    assert failed("HTTP 503", "503 unavailable", "HTTP 503").findings("retry-loop")
    assert not failed("HTTP 503", "query too long", "HTTP 429").findings("retry-loop")


@pytest.mark.parametrize(
    "asked",
    [
        [{"q": "weather in Oslo today"}, {"q": "today's weather Bergen"}, {"q": "Tromsø weather today"}],
        [{"q": "contract of John Smith"}, {"q": "Jane Smith contract"}, {"q": "Joe Smith's contract"}],
        [{"q": "invoice 17 of May"}, {"q": "May invoice 18"}, {"q": "the invoice 19, May"}],
        [{"q": "free slots monday morning"}, {"q": "morning slots free tuesday"},
         {"q": "wednesday morning slots"}],
        [{"q": "open orders late", "page": page} for page in (1, 2, 3)],
        [{"folder": each, "q": "unread mail"} for each in ("inbox", "work mail", "old mail")],
        [{"path": each} for each in ("src/app/main.py", "tests/app/main.py", "lib/app/main_app.py")],
        [{"q": "users with a plan"}, {"q": "plan, users without"}, {"q": "users who have no plan"}],
        [{"q": "cup winner 2029"}, {"q": "cup winner"}, {"q": "winner of the cup 2030"}],
        [{"q": f"open slots for {each} please"} for each in ("yoga", "pilates", "judo")],
    ],
    ids=str,
)  # fmt: skip
def test_asking_for_something_else_in_vain_is_no_loop(asked):
    run = Run()
    for arguments in asked:
        run.tool("find", arguments, [])
    assert not run.llm("None.").findings("retry-loop")


@pytest.mark.parametrize(
    ("errors", "cause"),
    [
        (("timed out", "timed out", "timed out"), "timeout"),
        (("timed out", None, "timed out"), None),
        (("timed out", "429 rate limit", "timed out"), None),
        ((None, None, None), "nothing found"),
    ],
)
def test_a_retry_loop_says_why_its_tries_came_to_nothing(errors, cause):
    run = Run()
    for error in errors:
        run.tool("web_search", {"query": "world cup final"}, None if error else [], error=error)
    (found,) = run.llm("I do not know.").findings("retry-loop")
    assert found.cause == cause


@pytest.mark.parametrize(
    ("queries", "result"),
    [
        (("Oslo population", "Bergen population", "Tromsø population"), []),
        (("cup 2029 winner", "cup 2030 winner", "cup 2031 winner"), []),
        (("cup winner", "cup winners"), []),
        (("Lisbon cup winner", "Lisbon cup winners", "winner Lisbon cup"), HIT),
        (("Lisbon robotics cup", "sports results portugal", "2031 competitions"), []),
    ],
    ids=["names", "numbers", "twice", "found", "reworded"],
)
def test_asking_something_new_is_no_loop(queries, result):
    run = Run()
    for query in queries:
        run.tool("web_search", {"query": query}, result)
    assert not run.llm("Done.").findings("retry-loop")


def test_tools_that_ran_side_by_side_are_no_loop():
    run = Run().llm(calls=[("web_search", {"query": "a b c"})] * 3)
    for _ in range(3):
        run.tool("web_search", {"query": "a b c"}, [], is_asked=False)
    assert not run.llm("Done.").findings("retry-loop")


def test_a_call_that_was_answered_before_is_a_duplicate():
    run = Run().tool("get_user", {"id": 7, "full": True}, {"name": "Ada"})
    run.tool("get_user", {"full": True, "id": 7}, {"name": "Ada"}).llm("Ada.")
    (found,) = run.findings("duplicate-call")
    assert found.title == "get_user was called twice with the same arguments"
    assert [each.span_id for each in found.evidence] == [run.subject().tools[1].span_id]
    assert found.waste.tokens == 120


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (({"id": 7}, {"name": "Ada"}), ({"id": 8}, {"name": "Ada"})),
        (({"id": 7}, {"state": "open"}), ({"id": 7}, {"state": "closed"})),
        (({"id": 7}, "Error: timed out"), ({"id": 7}, "Error: timed out")),
        (({"id": 7}, None), ({"id": 7}, None)),
    ],
    ids=["other arguments", "other answer", "retry of what may pass", "not recorded"],
)
def test_what_is_no_duplicate(first, second):
    run = Run().tool("get_user", *first).tool("get_user", *second).llm("Done.")
    assert not run.findings("duplicate-call")


@pytest.mark.parametrize(
    "result",
    [
        [],
        {},
        "",
        "[]",
        {"results": []},
        "No results found.",
        {"organic": [], "query": "x"},
        "No documents found.",
    ],
    ids=str,
)
def test_nothing_found_and_carried_on(result):
    (found,) = Run().tool("web_search", {"q": "x"}, result).llm("It is so.").findings("empty-result")
    assert (found.severity, found.ending) == ("low", "none")


def test_nothing_found_is_mended_by_finding_something():
    run = Run().tool("web_search", {"q": "x"}, []).tool("web_search", {"q": "y"}, HIT).llm("It is so.")
    assert not run.findings("empty-result")
    assert not Run().tool("delete_file", {"path": "x"}, {}).llm("Deleted.").findings("empty-result")
    assert not Run().tool("web_search", {"q": "x"}, []).findings("empty-result")


def test_a_swallowed_exception_is_found():
    run = Run().tool("get_weather", {"city": "Oslo"}, exception="TimeoutError: after 10 s").llm("4 degrees.")
    (found,) = run.findings("swallowed-exception")
    assert (found.cause, found.evidence[0].field) == ("timeout", "exception")


def test_an_exception_that_was_handled_or_reported_is_not():
    raised = "TimeoutError: after 10 s"
    retried = Run().tool("get_weather", {"city": "Oslo"}, {"t": 4}, exception=raised).llm("4 degrees.")
    assert not retried.findings("swallowed-exception")
    reported = Run().tool("get_weather", {"city": "Oslo"}, exception=raised, error="timed out").llm("Sorry.")
    assert not reported.findings("swallowed-exception")
    control = Run().tool("get_weather", {"city": "Oslo"}, exception="CancelledError: ").llm("4 degrees.")
    assert not control.findings("swallowed-exception")


def test_malformed_arguments_are_found():
    run = Run().tool("web_search", '{"query": "30 miles in kilom', "Error: bad JSON")
    run.tool("web_search", {"query": "30 miles in kilometres"}, HIT).llm("48 km.")
    (found,) = run.findings("malformed-arguments")
    assert (found.ending, found.detail) == ("recovered", "Unterminated string starting at")


@pytest.mark.parametrize("arguments", ["print(1)", "SELECT 1", '{"a": 1}', {"a": "{"}, "", "42"], ids=str)
def test_arguments_that_are_no_json_on_purpose(arguments):
    assert not Run().tool("run", arguments, "ok").llm("Done.").findings("malformed-arguments")
