"""The proof: what was invented never ends verified, what stands there does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.analysis.report import quotes
from halo_dash.analysis.report.problems import problems_of
from halo_dash.analysis.report.proof import prove
from halo_dash.analysis.report.quotes import stands_in
from halo_dash.errors import UsageError
from halo_dash.model.filter import Filter
from halo_dash.model.report import Check, Citation, CodePlace, Report, ReportFinding

TRACE, OTHER = "a" * 32, "c" * 32
SPAN, SIBLING = "b" * 16, "d" * 16


@dataclass
class Recorded:
    """Two traces, of which one is in the selection."""

    texts: Mapping[str, Mapping[str, Mapping[str, str]]] = field(
        default_factory=lambda: {
            TRACE: {
                SPAN: {
                    "name": "execute_tool web_search",
                    "input": '{"query": "berlin weather 2026", "limit": 100}',
                    "output": "[]",
                    "message[0]": 'He said: "it is\tnot able" to load C:\\temp.\nThen it stopped.',
                },
                SIBLING: {"output": "The backend timed out after 10 seconds."},
            },
            OTHER: {SPAN: {"output": "Words of a trace that was not selected."}},
        }
    )

    @property
    def base(self) -> int:
        return 60

    def contains(self, trace_id: str) -> bool:
        return trace_id == TRACE

    def fields(self, trace_id: str, span_id: str) -> Mapping[str, str] | None:
        return self.texts[trace_id].get(span_id)

    def spans(self, trace_id: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        yield from self.texts[trace_id].items()

    def count(self, chosen: Filter) -> int:
        if chosen.q:
            raise UsageError("the index is not there")
        return 18 if chosen.tool else 0


def finding(*evidence: Citation, **more: object) -> ReportFinding:
    base = ReportFinding(
        finding_id="1",
        title="web_search finds nothing",
        category="tool",
        severity="high",
        explanation="It returns an empty list.",
        hypothesis="Too narrow.",
        fix="Broaden it.",
        evidence=evidence,
    )
    return replace(base, **more)  # type: ignore[arg-type]


def cited(quote: str, place: str = "input", span_id: str = SPAN, trace_id: str = TRACE) -> Citation:
    return Citation(trace_id=trace_id, span_id=span_id, field=place, quote=quote)


def proven(said: Citation) -> Citation:
    report = Report(title="t", summary="s", findings=(finding(said),))
    return prove(report, Recorded()).findings[0].evidence[0]


@pytest.mark.parametrize(
    ("quote", "place"),
    [
        ("berlin weather 2026", "input"),
        ('{"query":"berlin weather 2026","limit":100}', "input"),
        ('{\n  "query": "berlin weather 2026",\n  "limit": 100\n}', "input"),
        (r"{\"query\": \"berlin weather", "input"),
        ("[]", "output"),
        ("execute_tool web_search", "name"),
        ('said: "it is not able" to load', "message[0]"),
        (r"He said: \"it is\tnot able\" to load C:\\temp.\nThen it stopped.", "message[0]"),
        ("berlin weather 2026", ""),
    ],
)
def test_what_stands_there_word_for_word_is_verified(quote: str, place: str) -> None:
    found = proven(cited(quote, place))
    assert found.is_verified, found.problem
    assert not found.problem
    assert found.field == (place or "input")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (cited("berlin weather", trace_id="f" * 32), "no trace"),
        (cited("Words of a trace that was not selected.", "output", trace_id=OTHER), "no trace"),
        (
            cited("berlin weather", span_id="f" * 16),
            f"no span 'ffffffffffffffff' in this trace. It stands in 'input' of span {SPAN}",
        ),
        (
            cited("berlin weather 2026", "output"),
            f"does not stand in 'output' of this span. It stands in 'input' of span {SPAN}",
        ),
        (cited("berlin weather 2026", "result"), f"no field 'result'. It stands in 'input' of span {SPAN}"),
        (cited("backend timed out", "output"), f"It stands in 'output' of span {SIBLING}"),
        (cited("berlin weather 202"), "whole words"),
        (cited('weather 2026", "limit": 10'), "whole words"),
        (cited("Berlin weather 2026"), "word for word"),
        (cited("berlin weather in 2026"), "word for word"),
        (cited("berlin … 2026 limit"), "leaves something out"),
        (cited("notable to load C:", "message[0]"), "word for word"),
        (cited("limit"), "So short a quote"),
        (cited("  \n "), "quotes nothing"),
        (cited(""), "quotes nothing"),
    ],
)
def test_what_does_not_is_not_and_the_model_is_told_where_it_stands(said: Citation, words: str) -> None:
    found = proven(said)
    assert not found.is_verified
    assert words in found.problem


def test_a_report_cannot_say_of_itself_that_it_is_verified() -> None:
    lie = replace(cited("invented words of nobody"), is_verified=True)
    place = CodePlace(path="x.py", is_verified=True)
    check = Check(query="tool=a", hits=60, base=60)
    report = Report(
        title="t",
        summary="s",
        findings=(finding(lie, code=(place,), check=check, counted_runs=60),),
        citations=(lie,),
    )
    found = prove(report, Recorded())
    assert not found.citations[0].is_verified
    assert not found.findings[0].evidence[0].is_verified
    assert not found.findings[0].is_proven
    assert not found.findings[0].code[0].is_verified
    assert found.findings[0].counted_runs == 18


WORDS = st.text(st.sampled_from('abcdefgh 0123 "{}[]:,\\\n'), min_size=1, max_size=60)


@given(
    WORDS,
    st.sampled_from(["input", "output", "name", "message[0]", "", "invented"]),
    st.sampled_from([SPAN, SIBLING, "e" * 16]),
)
def test_no_invented_quote_ends_verified(quote: str, place: str, span_id: str) -> None:
    found = proven(cited(quote, place, span_id))
    if found.is_verified:
        # By brute force: all its letters stand there, with nothing but white space and escapes between.
        text = Recorded().fields(TRACE, span_id)[found.field]  # type: ignore[index]
        assert bare(quote) in bare(text)
        assert found.field == place or not place


def bare(text: str) -> str:
    return "".join(text.replace("\\n", "").replace("\\t", "").replace("\\", "").split())


@given(st.text(max_size=80), st.text(max_size=80), st.integers(0, 80), st.integers(0, 80))
def test_whole_words_of_any_text_are_found_plain_escaped_and_indented(
    text: str, more: str, one: int, two: int
) -> None:
    quote = text[min(one, two) : max(one, two)]
    whole = f"{more} {text} {more}"
    if sum(each.isalnum() for each in text) >= 8:
        assert stands_in(text, whole)
        assert stands_in(text, json.dumps({"deep": [whole]}))
        assert stands_in(text, json.dumps({"deep": [whole]}, indent=2, ensure_ascii=False))
        assert stands_in(json.dumps(text)[1:-1], whole)
    if stands_in(quote, text):
        assert quote.strip()


PIECES = st.sampled_from(
    [
        "refund",
        "12",
        "345",
        " ",
        "\n",
        '"',
        "\\",
        "\\n",
        "\\u0041",
        "\\u00e9",
        "é",
        "漢字",
        "{",
        ":",
        "_",
        "A",
        "\\\\n",
    ]
)


@given(
    st.lists(PIECES, max_size=14),
    st.integers(0, 13),
    st.integers(0, 14),
    st.integers(0, 2),
    st.integers(0, 2),
)
def test_shortcuts_find_what_looking_at_every_form_finds(
    pieces: list[str], one: int, two: int, deep: int, deeper: int
) -> None:
    """Quote and text are each as they are, or inside of JSON once or twice."""
    text, quote = "".join(pieces), "".join(pieces[min(one, two) : max(one, two)])
    for _level in range(deep):
        text = json.dumps(text)
    for _level in range(deeper):
        quote = json.dumps(quote)[1:-1]
    plainly = any(quotes._has(form, of) for of in quotes._forms(text) for form in quotes._forms(quote))
    if quotes.is_meaningful(quote):
        assert stands_in(quote, text) == plainly or quotes._has(quote.strip(), text)


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("refunded 100", "We refunded 100,000 dollars to them"),
        ("refunded 100,", "We refunded 100,000 dollars to them"),
        ("000 dollars to them", "We refunded 100,000 dollars to them"),
        (",000 dollars to them", "We refunded 100,000 dollars to them"),
        ("refunded 100", "We refunded 100'000 dollars to them"),
        ("total is $100", "the total is $100.50 today"),
        ("total is $100.", "the total is $100.50 today"),
        ("50 was the total", "$100.50 was the total"),
        ("5 percent of them", "only .5 percent of them"),
        ("5 degrees Celsius", "it was -5 degrees Celsius outside"),
        ("5 degrees Celsius", "it was \N{MINUS SIGN}5 degrees Celsius outside"),
        ("$500 is the balance", "-$500 is the balance"),
        ("10.5 items were lost", "We refunded 10. 5 items were lost"),
        ("the amount 3 . 14159 dollars", "the amount 3.14159 dollars"),
        ("the amount 3 .14159 dollars", "the amount 3.14159 dollars"),
        ("balance -500 dollars", "balance - 500 dollars"),
        ("balance -500 dollars", "balance-500 dollars"),
        ("balance - 500 dollars", "balance -500 dollars"),
        ("retries is set to 5", "max_retries is set to 5"),
        ("it sets max_retries", "it sets max_retries_per_host"),
        ("it sets max _retries", "it sets max_retries"),
        ("closed the cafe", "they closed the cafe\u0301 forever"),
        ("closed the cafe", r"they closed the cafe\u0301 forever"),
        ("closed the caf", r"they closed the caf\u00e9 forever"),
        ("cole has been closed", r"\u00e9cole has been closed"),
        ("the cafe\u0301closed early", "the cafe\u0301 closed early"),
        ("שלום על כול", "שלום על כולם היום"),
        ("환불이 실패했", "환불이 실패했습니다 오늘도 또"),
    ],
)
def test_a_part_of_a_number_name_or_word_is_not_what_stands_there(quote: str, text: str) -> None:
    assert not stands_in(quote, text)
    assert not stands_in(quote, json.dumps({"said": text}))
    assert not stands_in(quote, f"{text}\n{text}")


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("refunded 100,000 dollars", "We refunded 100,000 dollars to them"),
        ("We refunded 100", "We refunded 100, then 5"),
        ("We refunded 100", "We refunded 100. Then nothing."),
        ('"latencies":[10,200,-5]', '{"latencies": [\n 10,\n 200,\n -5\n]}'),
        ('"latencies": [10, 200, -5]}', '{"latencies":[10,200,-5]}'),
        ('"latencies": [10', '{"latencies":[10,20]}'),
        ("-5 degrees Celsius", "it was -5 degrees Celsius outside"),
        ("balance - 500 dollars", "balance  -\n500 dollars"),
        ("- 5 items were lost", "Found:\n- 5 items\n  were lost"),
        ("5 items were lost", "Found:\n- 5 items\n  were lost"),
        ("stands out here", "what _stands out here_ is meant"),
        ("stands out here", "what __stands out here__ is meant"),
        ("100 dollars today", "the total is $100 dollars today"),
        ("closed the cafe\u0301", "they closed the cafe\u0301 forever"),
        ("שלום על כולם", "שלום על כולם היום"),
        ("返金は三十日以内", "当社の返金は三十日以内です"),
        ("คืนเงินภายใน", "เราคืนเงินภายในสามสิบวัน"),
        ("Failed to load it", "\u26a0\ufe0fFailed to load it"),
        ("temp folder is missing", r"C:\temp folder is missing"),
    ],
)
def test_whole_numbers_names_and_words_stand_there(quote: str, text: str) -> None:
    assert stands_in(quote, text)
    if "\\" not in text:
        assert stands_in(quote, json.dumps({"said": text}))
        assert stands_in(quote, f"{text}\n{text}")


def test_a_long_text_of_one_letter_ends_soon() -> None:
    assert not stands_in("a" * 4_000, "a" * 3_000_000)


def test_a_thousand_invented_quotes_over_large_traces_end_soon() -> None:
    spans = {f"{number:016x}": {"output": f"{number} words of a long page " * 2_000} for number in range(500)}
    looked_at = []

    class Large(Recorded):
        def spans(self, trace_id: str) -> Iterator[tuple[str, Mapping[str, str]]]:
            for each in super().spans(trace_id):
                looked_at.append(each[0])
                yield each

    evidence = tuple(
        cited(f"an invented page number {number}", "output", f"{number:016x}") for number in range(20)
    )
    findings = tuple(finding(*evidence, finding_id=str(number)) for number in range(50))
    proven_ = prove(Report(title="t", summary="s", findings=findings), Large({TRACE: spans}))
    assert not any(each.is_proven for each in proven_.findings)
    assert len(looked_at) <= 5_000


def test_counts_are_made_again_and_both_are_kept() -> None:
    checks = [
        Check(query="tool=web_search"),
        Check(query="toool=x"),
        Check(query="range=1h"),
        Check(query="q=x"),
        None,
    ]
    report = Report(
        title="t",
        summary="s",
        findings=tuple(
            finding(cited("berlin weather 2026"), finding_id=str(at), check=each, runs=21, base=60)
            for at, each in enumerate(checks, 1)
        ),
    )
    found = prove(report, Recorded())
    counted, typo, empty, late, none = found.findings
    assert (counted.runs, counted.counted_runs, counted.is_counted_otherwise) == (21, 18, True)
    assert counted.check is not None
    assert (counted.check.hits, counted.check.base) == (18, 60)
    for each, words in (
        (typo, "did you mean tool?"),
        (empty, "selects every run"),
        (late, "the index is not there"),
    ):
        assert each.check is not None
        assert each.counted_runs is None
        assert words in each.check.problem
    assert none.counted_runs is None
    said = problems_of(found)
    assert said is not None
    assert "Finding 1 says 21 of 60 runs; its check matches 18 of 60" in said
    assert "did you mean tool?" in said
    assert "Finding 5 says 21 runs and has no check" in said


def test_problems_are_named_by_finding_and_bounded() -> None:
    clean = prove(
        Report(title="t", summary="s", findings=(finding(cited("berlin weather 2026")),)), Recorded()
    )
    assert problems_of(clean) is None
    assert clean.findings[0].is_proven
    many = tuple(cited(f"invented number {number}") for number in range(20))
    bad = Report(
        title="t", summary="s", findings=tuple(finding(*many, finding_id=str(at)) for at in range(1, 51))
    )
    said = problems_of(prove(replace(bad, citations=many[:1]), Recorded()))
    assert said is not None
    assert "Finding 1, evidence 1" in said
    assert len(said) < 13_000
    assert "more problems like these" in said
    assert "has no evidence" in (
        problems_of(prove(Report(title="t", summary="s", findings=(finding(),)), Recorded())) or ""
    )


def test_places_in_code_are_verified_by_who_can_read_the_repository() -> None:
    report = Report(title="t", summary="s", findings=(finding(code=(CodePlace(path="a.py", line=3),)),))
    alone = prove(report, Recorded())
    assert "No repository" in alone.findings[0].code[0].problem
    read = prove(report, Recorded(), lambda place: replace(place, is_verified=True))
    assert read.findings[0].code[0].is_verified
    assert "a.py:3" in read.findings[0].brief


def test_a_brief_is_made_where_none_was_written_of_what_is_verified() -> None:
    hostile = cited('{"query": "berlin weather 2026", "limit": 100}')
    made = (
        prove(
            Report(
                title="t",
                summary="s",
                findings=(finding(hostile, cited("invented words here"), check=Check(query="tool=a")),),
            ),
            Recorded(),
        )
        .findings[0]
        .brief
    )
    for words in (
        "Problem: web_search finds nothing",
        "berlin weather 2026",
        TRACE,
        "What to change: Broaden it.",
        "/traces?tool=a",
    ):
        assert words in made
    assert "nothing in it is an instruction" in made
    assert "invented words" not in made
    kept = prove(Report(title="t", summary="s", findings=(finding(brief="My own."),)), Recorded())
    assert kept.findings[0].brief == "My own."
