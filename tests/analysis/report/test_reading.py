"""What a model may write for a report: form is forgiven, meaning is not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.analysis.report.reading import read_answer, read_report
from halo_dash.analysis.report.tools import ANSWER_TOOL, REPORT_TOOL
from halo_dash.errors import InvalidInputError, TooLargeError
from halo_dash.model.report import Check, CodePlace, Report

WHOLE: dict[str, Any] = {
    "title": "Searches come back empty",
    "summary": "18 of 60 runs search in vain.",
    "findings": [
        {
            "title": "web_search finds nothing",
            "category": "tool failure",
            "severity": "high",
            "runs": 18,
            "base": 60,
            "explanation": "It returns an empty list.",
            "evidence": [
                {"trace_id": "a" * 32, "span_id": "b" * 16, "field": "output", "quote": "nothing was found"}
            ],
            "hypothesis": "The query is too narrow.",
            "fix": "Broaden it.",
            "check": {"filter": "rule=empty-result&tool=web_search", "label": "empty searches"},
            "code": [{"path": "agent/search.py", "line": 12, "commit": "abcdef1"}],
        }
    ],
    "not_judged": ["Whether the answers are right."],
}


def with_finding(**changes: Any) -> str:
    return json.dumps({**WHOLE, "findings": [{**WHOLE["findings"][0], **changes}]})


def refused(text: str) -> str:
    with pytest.raises(InvalidInputError) as caught:
        read_report(text)
    return f"{caught.value.message} {caught.value.hint}"


def test_a_whole_report_is_read_as_it_is_written() -> None:
    report = read_report(json.dumps(WHOLE))
    (found,) = report.findings
    assert (report.title, report.summary) == (WHOLE["title"], WHOLE["summary"])
    assert (found.finding_id, found.severity, found.runs, found.base) == ("1", "high", 18, 60)
    assert found.check == Check(query="tool=web_search&rule=empty-result", label="empty searches")
    assert found.code == (CodePlace(path="agent/search.py", line=12, commit="abcdef1"),)
    assert not found.evidence[0].is_verified
    assert report.not_judged == ("Whether the answers are right.",)


@pytest.mark.parametrize(
    "wording",
    [
        "```json\n{}\n```",
        "Here is the report:\n{}\nI hope it helps.",
        '{{"report": {}}}',
        "[{}]",
        "\N{ZERO WIDTH NO-BREAK SPACE}{}",
    ],
)
def test_what_stands_around_the_object_does_not_matter(wording: str) -> None:
    plain = json.dumps(WHOLE)
    assert read_report(wording.replace("{{", "{").replace("}}", "}").replace("{}", plain)) == read_report(
        plain
    )


def test_json_in_json_python_and_trailing_commas_are_read() -> None:
    plain = json.dumps(WHOLE)
    expected = read_report(plain)
    assert read_report(json.dumps(plain)) == expected
    assert read_report(repr(WHOLE)) == expected
    assert read_report(plain.replace("]", ",]").replace("}", ", }")) == expected
    kept = json.loads(with_finding(explanation="a list [1,] in words, }"))
    assert (
        read_report(json.dumps(kept).replace('"}]', '",}]')).findings[0].explanation
        == "a list [1,] in words, }"
    )


@pytest.mark.parametrize(
    ("written", "runs", "base"),
    [
        ({"runs": "18", "base": "60"}, 18, 60),
        ({"runs": "1,234", "base": 2000.0}, 1234, 2000),
        ({"runs": "18 of 60 runs", "base": None}, 18, 60),
        ({"runs": "18/60"}, 18, 60),
        ({"runs": {"runs": 18, "base": 60}}, 18, 60),
        ({"runs": None, "base": None}, None, None),
        ({"runs": "", "base": 60}, None, 60),
    ],
)
def test_numbers_are_read_in_the_ways_they_are_written(
    written: Any, runs: int | None, base: int | None
) -> None:
    (found,) = read_report(with_finding(**written)).findings
    assert (found.runs, found.base) == (runs, base)


def test_one_thing_where_a_list_is_asked_for_is_a_list_of_one() -> None:
    one = {**WHOLE, "findings": {**WHOLE["findings"][0], "evidence": WHOLE["findings"][0]["evidence"][0]}}
    one["not_judged"] = "Tone."
    report = read_report(json.dumps(one))
    assert len(report.findings) == len(report.findings[0].evidence) == 1
    assert report.not_judged == ("Tone.",)


@pytest.mark.parametrize(
    ("check", "query"),
    [
        ("/traces?tool=a&range=1h&sort=-cost", "tool=a"),
        ("?tool=a", "tool=a"),
        ("http://127.0.0.1:8600/traces?tool=a&limit=5", "tool=a"),
        ({"tool": ["a", "b"], "status": "error"}, "status=error&tool=a&tool=b"),
        ({"filter": {"attr": {"http.code": 500}}}, "attr.http.code=500"),
        ({"rule": "retry-loop"}, "rule=retry-loop"),
        ({"cluster": "ab12", "label": "x"}, "cluster=ab12"),
        ({"query": "tokens=10..", "rule": "stall"}, "rule=stall&tokens=10.."),
    ],
)
def test_a_check_is_a_filter_however_it_is_written(check: Any, query: str) -> None:
    (found,) = read_report(with_finding(check=check)).findings
    assert found.check is not None
    assert found.check.query == query


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"severity": "terrible"}, "findings[0].severity must be one of 'high', 'medium' or 'low'"),
        ({"runs": 61}, "runs (61) is more than base (60)"),
        ({"runs": -1}, "findings[0].runs"),
        ({"runs": True}, "truth value"),
        ({"runs": "most"}, "must be a whole number, not 'most'"),
        ({"title": ""}, "findings[0].title is empty"),
        ({"title": "x" * 301}, "findings[0].title is longer than 300 characters"),
        ({"evidence": [{"trace_id": "a"}] * 21}, "findings[0].evidence has more than 20 items"),
        ({"evidence": [{"span_id": "b"}]}, "findings[0].evidence[0].trace_id is missing"),
        ({"evidence": "see above"}, "findings[0].evidence[0] must be an object"),
    ],
)
def test_what_means_nothing_is_refused_by_name(changes: Any, words: str) -> None:
    assert words in refused(with_finding(**changes))


def test_what_is_no_report_is_refused_with_what_to_do() -> None:
    assert "empty" in refused("  ")
    assert "no JSON object" in refused("I am done.")
    assert "breaks off" in refused(json.dumps(WHOLE)[:-30])
    assert "a list, not an object" in refused("[1, 2]")
    assert "title is missing; summary is missing; findings is missing" in refused("{}")
    assert "cannot be read" in refused('{"title": 1' + "0" * 5000 + "}")
    assert "cannot be read" in refused('{"a":' * 100_000)
    with pytest.raises(TooLargeError):
        read_report(json.dumps({**WHOLE, "summary": "x" * 1_000_001}))


def test_an_answer_has_words_and_citations() -> None:
    cited = {"trace_id": "A" * 32, "span_id": "B" * 16, "field": "output", "quote": "word for word"}
    answer = read_answer(json.dumps({"answer": "**No.** It was the tool.\nMore.", "citations": cited}))
    assert answer.title == "No. It was the tool."
    assert answer.summary.endswith("More.")
    assert answer.citations[0].trace_id == "a" * 32
    assert answer.findings == ()


def test_the_tools_ask_for_what_is_read() -> None:
    properties = REPORT_TOOL.parameters["properties"]
    assert set(properties) == {"title", "summary", "findings", "not_judged"}
    assert set(WHOLE["findings"][0]) <= set(properties["findings"]["items"]["properties"])
    assert set(ANSWER_TOOL.parameters["properties"]) == {"answer", "citations", "not_judged"}
    json.dumps([dict(REPORT_TOOL.parameters), dict(ANSWER_TOOL.parameters)])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "title",
                    "summary",
                    "findings",
                    "evidence",
                    "runs",
                    "base",
                    "check",
                    "filter",
                    "severity",
                    "trace_id",
                    "x",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)


@given(JSON | st.text())
def test_whatever_is_written_is_a_report_or_refused(value: Any) -> None:
    text = value if isinstance(value, str) else json.dumps(value)
    try:
        assert isinstance(read_report(text), Report)
    except InvalidInputError as error:
        said = error
    else:
        return
    assert said.message
    assert said.hint
