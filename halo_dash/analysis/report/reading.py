"""From what a model wrote to a `Report`. Nothing in it is verified yet."""

from __future__ import annotations

import re
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from halo_dash.analysis.report.checks import query_of
from halo_dash.analysis.report.form import (
    AnswerForm,
    CheckForm,
    CitationForm,
    CodeForm,
    FindingForm,
    ReportForm,
    problems_in_words,
)
from halo_dash.analysis.report.mending import read_object
from halo_dash.analysis.report.plain import one_line, visible
from halo_dash.errors import InvalidInputError
from halo_dash.model.report import Check, Citation, CodePlace, Report, ReportFinding

Form = TypeVar("Form", bound=BaseModel)

_COMMIT = re.compile(r"[0-9a-f]{6,64}")
_TITLE = 120
_MOST_WORDS = 40_000
"""Characters of an answer that came without its form, which has a limit of its own."""


def read_report(arguments_json: str) -> Report:
    """The report that `final_answer` was called with. Raises InvalidInputError with words to act on."""
    form = _read(arguments_json, ReportForm)
    return Report(
        title=one_line(form.title),
        summary=form.summary,
        findings=tuple(_finding(number, each) for number, each in enumerate(form.findings, 1)),
        not_judged=tuple(filter(None, map(visible, form.not_judged))),
        citations=tuple(map(_citation, form.citations)),
    )


def read_answer(arguments_json: str) -> Report:
    """The answer of a follow-up or a subagent: `summary` is the whole of it. Raises InvalidInputError."""
    form = _read(arguments_json, AnswerForm)
    return plain_answer(
        form.answer,
        citations=tuple(map(_citation, form.citations)),
        findings=tuple(_finding(number, each) for number, each in enumerate(form.findings, 1)),
        not_judged=tuple(filter(None, map(visible, form.not_judged))),
    )


def plain_answer(
    text: str,
    *,
    citations: tuple[Citation, ...] = (),
    findings: tuple[ReportFinding, ...] = (),
    not_judged: tuple[str, ...] = (),
) -> Report:
    """Words alone as a report, as when a model answers without the tool."""
    if len(text) > _MOST_WORDS:
        more = f"{len(text) - _MOST_WORDS:,} more characters were written"
        text = f"{text[:_MOST_WORDS]}…\n\n({more}; they stand in the steps of the run.)"
    first = next((line for line in text.splitlines() if line.strip()), "Answer")
    title = one_line(re.sub(r"[*_`#>]+", "", first))
    return Report(
        title=title if len(title) <= _TITLE else title[: _TITLE - 1].rstrip() + "…",
        summary=text,
        findings=findings,
        not_judged=not_judged,
        citations=citations,
    )


def _read(text: str, form: type[Form]) -> Form:
    try:
        return form.model_validate(read_object(text))
    except ValidationError as error:
        raise InvalidInputError(
            f"The answer is not accepted: {problems_in_words(error.errors(include_url=False))}.",
            hint="Correct what is named here and call the tool again with the whole answer.",
        ) from error


def _finding(number: int, form: FindingForm) -> ReportFinding:
    return ReportFinding(
        finding_id=str(number),
        title=one_line(form.title),
        category=one_line(form.category),
        severity=form.severity,
        explanation=form.explanation,
        hypothesis=form.hypothesis,
        fix=form.fix,
        runs=form.runs,
        base=form.base,
        evidence=tuple(map(_citation, form.evidence)),
        # Copied into other programs: what nobody sees in it must not get there unseen.
        brief=visible(form.brief),
        check=_check(form.check),
        code=tuple(map(_code, form.code)),
    )


def _citation(form: CitationForm) -> Citation:
    return Citation(
        trace_id=form.trace_id.lower(),
        span_id=form.span_id.lower(),
        field=form.field,
        quote=form.quote,
    )


def _check(form: CheckForm | None) -> Check | None:
    if form is None:
        return None
    query = query_of(form.filter, ("rule", form.rule), ("cluster", form.cluster))
    return Check(query=query, label=one_line(form.label)) if query or form.label else None


def _code(form: CodeForm) -> CodePlace:
    commit = form.commit.lower()
    return CodePlace(
        path=one_line(form.path.removeprefix("./")),
        line=form.line or None,
        commit=commit if _COMMIT.fullmatch(commit) else None,
    )
