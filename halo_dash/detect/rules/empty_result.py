"""A tool or a retriever found nothing, and the run went on as if it had.

Claims: a tool returned an empty list, object or text, or a retriever no documents, and the model was called
again after it.

Abstains: where the next use of a tool asks in other words or of another tool, which is what one should do
(a loop of such tries is `retry-loop`, and the primary cause); for tools that change something, run commands
or wait, which return nothing where all is well (their names say so: `send_…`, `bash`), with which a model
notes something for itself (`think`), and which never return anything but an empty text; where the answer says
that there is nothing; and where nothing tells what came back.

Known false alarms: answers that are right without what was looked for, and retrievers that record what they
were asked and never what they found. So it is low, and no failure.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.answers import says_nothing
from halo_dash.detect.effects import deed_of
from halo_dash.detect.naming import name_of
from halo_dash.detect.quoting import arguments_of, quote, result_of, text_of
from halo_dash.detect.results import found_nothing, is_empty
from halo_dash.detect.rule import rule
from halo_dash.detect.rules.retry_loop import loops
from halo_dash.detect.verbs import may_change, reads
from halo_dash.model.finding import Evidence, Finding
from halo_dash.model.observation import Kind
from halo_dash.model.subject import Subject, SubjectSpan, ToolUse


@rule("empty-result", title="A tool found nothing and the run went on", version=5)
def empty_result(subject: Subject) -> Iterator[Finding]:
    """One finding for each tool, and each retriever, whose last answer was empty."""
    if subject.answer is not None and says_nothing(subject.answer):
        return
    last = {use.name: use for use in subject.tools}
    for name, use in last.items():
        if _is_in_vain(subject, use) and _went_on(subject, use.start_ns):
            yield _found(name, text_of(use.result), (result_of(use), arguments_of(use)), _why(subject, use))
    retrieved = {name_of(span): span for span in subject.spans if span.seen.kind is Kind.RETRIEVER}
    for name, span in retrieved.items():
        if name not in last and _is_vain(span) and _went_on(subject, span.reading.start_ns):
            asked = quote(span.span_id, "input", text_of(span.content.input), None)
            told = quote(span.span_id, "output", text_of(span.content.output or "(no documents)"), None)
            yield _found(name, "no documents", (told, asked), "")


def _found(name: str, returned: str, evidence: tuple[Evidence, ...], why: str) -> Finding:
    return Finding(
        rule="empty-result",
        severity="low",
        title=f"{name} found nothing",
        explanation=f"The last use of {name} returned nothing ({returned:.20}), "
        f"and the model answered without it.{why}",
        evidence=evidence,
        ending="none",
        subject=name,
    )


def _is_in_vain(subject: Subject, use: ToolUse) -> bool:
    if use.is_error or not found_nothing(use) or may_change(deed_of(use)):
        return False
    # One that is called again and again and never says anything has nothing to say.
    texts = [each.result for each in subject.tools if each.name == use.name]
    is_silent = len(texts) > 1 and all(isinstance(text, str) and not text.strip() for text in texts)
    return reads(use.name) or not is_silent


def _why(subject: Subject, use: ToolUse) -> str:
    is_in_loop = any(use is each for loop in loops(subject.tools) for each in loop)
    return " The primary cause is `retry-loop`: the query was not reformulated." if is_in_loop else ""


def _is_vain(span: SubjectSpan) -> bool:
    """Whether a retriever found nothing: an empty output, or a question and no document beside it.

    No attribute can hold an empty list of documents, so whoever records them leaves it out.
    """
    content = span.content
    if span.seen.is_error or content.documents or not span.reading.end_ns:
        return False
    return content.input is not None if content.output is None else is_empty(content.output)


def _went_on(subject: Subject, start_ns: int) -> bool:
    return any(call.span.reading.start_ns > start_ns for call in subject.calls)
