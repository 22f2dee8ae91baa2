"""A tool was asked for and never answered.

Claims: a model asked for a tool, the run went on with another call of the model or ended, and neither a
span nor a message holds a result; or a message holds a result for a call that nobody made.

Abstains: runs still growing, handoffs (`transfer_to_…`), conversations in which no result at all was
recorded (that client records none), the last call of a run that ended on purpose with a tool (a
structured answer), and tools the provider runs itself.

Known false alarms: agents that answer in parallel and drop the slower tools on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.quoting import arguments_of
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject, ToolUse

_NO_TOOLS = ("transfer_to", "handoff", "final_answer", "final_result", "submit", "respond", "finish")


@rule("unanswered-call", title="A tool was asked for and never answered")
def unanswered_call(subject: Subject) -> Iterator[Finding]:
    """One finding for each tool of a run that was left without an answer."""
    if (
        not subject.is_quiet
        or subject.summary.is_error
        or not any(_is_answered(use) for use in subject.tools)
    ):
        return
    last = subject.last_call.span.span_id if subject.last_call is not None else None
    missing: dict[str, list[ToolUse]] = {}
    for use in subject.tools:
        went_on = use.asked_by is not None and use.asked_by != last
        if went_on and not _is_answered(use) and not use.name.lower().startswith(_NO_TOOLS):
            missing.setdefault(use.name, []).append(use)
    for name, uses in missing.items():
        yield Finding(
            rule="unanswered-call",
            severity="low",
            title=f"{name} was asked for and never answered",
            explanation="The model asked for it and was called again without its result.",
            evidence=tuple(arguments_of(use) for use in uses),
            ending="none",
            subject=name,
        )


def _is_answered(use: ToolUse) -> bool:
    return use.span is not None or use.result is not None or use.is_error
