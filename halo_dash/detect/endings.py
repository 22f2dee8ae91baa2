"""Whether a run ended in a failure, got over it, or went on without anything that shows it."""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.answers import gives_up, says_not_there
from halo_dash.detect.causes import cause_of
from halo_dash.detect.effects import follows
from halo_dash.detect.recovery import makes_up
from halo_dash.detect.results import has_worked, shape_of
from halo_dash.model.finding import Ending
from halo_dash.model.observation import Kind
from halo_dash.model.subject import Subject, SubjectSpan, ToolUse

_STEPS = frozenset({Kind.LLM, Kind.AGENT, Kind.RETRIEVER, Kind.EMBEDDING})
"""What an answer rests on; whether it could do without another span nobody can tell."""

AFTER: dict[Ending, str] = {
    "failed": "the run ended in it",
    "unclear": "the run went on, and nothing shows that it got over it",
    "recovered": "the run got over it",
    "none": "no failure came of it",
}
"""An ending in words, for explanations."""


def ending_of(subject: Subject, span: SubjectSpan) -> Ending:
    """What came of the failure of a span; that of a tool, or of a part of one, is the tool's."""
    if _is_why(subject, span):
        return "failed"
    use = _use_around(subject, span)
    if use is not None:
        return "recovered" if has_worked(use) and use.result is not None else ending_of_use(subject, use)
    if _went_well_later(subject, span) or _went_well_around(subject, span):
        return "recovered"
    if _ended_run(subject, span):
        return "failed"
    return _by_answer(subject) if span.seen.kind in _STEPS else "unclear"


def ending_of_use(subject: Subject, use: ToolUse) -> Ending:
    """What came of the failure of a tool.

    A later use may have made up for it (see `detect/recovery.py`). Else the run ended in it where it reported
    it, where no tool worked afterwards and there is no answer, or where the answer says that it is none.
    """
    if use.span is not None and _is_why(subject, use.span):
        return "failed"
    answer = subject.answer or ""
    worked = [other for other in _later(subject, use) if has_worked(other) and follows(other, use)]
    words = failure_words(use) or ""
    if any(makes_up(use, words, other, answer, subject.question) for other in worked):
        return "recovered"
    if use.is_error and use.span is not None and _ended_run(subject, use.span):
        return "failed"
    if worked or (says_not_there(answer) and _was_not_there(use)):
        return "unclear"
    return _by_answer(subject)


def failure_words(use: ToolUse) -> str | None:
    """The words with which a tool failed, reported or as its result; None where it did not."""
    if use.failure is not None:
        return use.failure.line
    found = shape_of(use)
    return None if found is None else found.message


def _is_why(subject: Subject, span: SubjectSpan) -> bool:
    """Whether this is the error that the run reported."""
    return subject.summary.is_error and subject.summary.failed_span_id == span.span_id


def _ended_run(subject: Subject, span: SubjectSpan) -> bool:
    """Whether the run failed, and what stands above the span with it."""
    if not subject.summary.is_error:
        return False
    around = subject.above(span)
    return (around[-1] if around else span).seen.is_error


def _by_answer(subject: Subject) -> Ending:
    answer = subject.answer
    if answer is None:
        return "failed" if subject.thread else "unclear"
    return "failed" if not answer.strip() or gives_up(answer) else "unclear"


def _later(subject: Subject, use: ToolUse) -> Iterator[ToolUse]:
    is_later = False
    for other in subject.tools:
        if is_later:
            yield other
        is_later = is_later or other is use


def _was_not_there(use: ToolUse) -> bool:
    words = failure_words(use)
    return words is not None and cause_of(words) == "not found"


def _use_around(subject: Subject, span: SubjectSpan) -> ToolUse | None:
    """The use of a tool that a span is, or is a part of."""
    around = {each.span_id for each in (span, *subject.above(span)) if each.seen.kind is Kind.TOOL}
    return next(
        (use for use in reversed(subject.tools) if use.span is not None and use.span_id in around), None
    )


def _went_well_later(subject: Subject, span: SubjectSpan) -> bool:
    """Whether the same step, or for a call of a model any of the same agent, went well afterwards."""
    seen, end_ns = span.seen, span.reading.end_ns
    for other in subject.spans:
        if other.reading.start_ns < end_ns or other.seen.kind is not seen.kind or other.seen.is_error:
            continue
        is_same = (
            other.resolved.agent_name == span.resolved.agent_name
            if seen.kind is Kind.LLM
            else other.reading.name == span.reading.name
        )
        if is_same and other.reading.end_ns:
            return True
    return False


def _went_well_around(subject: Subject, span: SubjectSpan) -> bool:
    """Whether the call that a span is a part of went well: it was tried again inside."""
    around = next(
        (each for each in subject.above(span) if each.seen.kind in {Kind.LLM, Kind.RETRIEVER}), None
    )
    if around is None or around.seen.is_error:
        return False
    content = around.content
    return bool(content.output or content.output_messages or content.documents)
