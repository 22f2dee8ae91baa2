"""Follow-ups without a model, and what a model is given to begin with."""

from __future__ import annotations

from dataclasses import replace

from halo_dash.analysis.analyst.answering import built_in_answer
from halo_dash.analysis.analyst.evidence import evidence_text
from halo_dash.model.report import Report
from halo_dash.store import Store
from tests.analysis.analyst.conftest import report_of


def test_a_follow_up_is_answered_with_findings_that_have_its_words(demo: Store) -> None:
    report = report_of(demo)
    answer = built_in_answer(report, "What about timeouts of lookup_order?")
    assert "cannot hold a conversation" in answer.summary
    first = answer.summary.split("words of your question")[1]
    assert first.index("lookup_order") < 40
    assert answer.author == "built_in"
    assert answer.citations
    assert all(each.is_verified for each in answer.citations)
    assert answer.not_judged


def test_a_question_without_known_words_gets_the_list(demo: Store) -> None:
    report = report_of(demo)
    answer = built_in_answer(report, "Qué tal?")
    assert "No finding has the words" in answer.summary
    assert all(f"{each.finding_id}. " in answer.summary for each in report.findings)
    assert "no findings" in built_in_answer(Report(title="t", summary="s"), "why?").summary


def test_the_evidence_for_a_model_is_bounded_and_says_what_is_missing(demo: Store) -> None:
    report = report_of(demo)
    whole = evidence_text(report)
    for each in report.findings[:5]:
        assert each.check is not None
        assert each.check.query in whole
        assert each.evidence[0].trace_id in whole
    many = replace(report, findings=report.findings * 20)
    for most in (2_000, 6_000, 12_000):
        text = evidence_text(many, most)
        assert len(text) <= most
        assert "more findings did not fit here" in text
