"""A tool found nothing, and the run went on as if it had.

Claims: a tool returned an empty list, object or text, and the model was called again after it.

Abstains: where the next use of a tool asks in other words or of another tool, which is what one should do
(a loop of such tries is `retry-loop`); for tools that change something and return nothing (their names
say so: `send_…`, `delete_…`); and where nothing tells what came back.

Known false alarms: questions to which "nothing" is the answer ("any open tickets?"). So it is low, and no
failure.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.endings import is_empty
from halo_dash.detect.quoting import arguments_of, result_of, text_of
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject, ToolUse

_CHANGES = (
    "send",
    "delete",
    "remove",
    "update",
    "set",
    "write",
    "create",
    "save",
    "post",
    "put",
    "close",
    "cancel",
)


@rule("empty-result", title="A tool found nothing and the run went on", version=2)
def empty_result(subject: Subject) -> Iterator[Finding]:
    """One finding for each tool whose last answer was empty."""
    last: dict[str, ToolUse] = {}
    for use in subject.tools:
        last[use.name] = use
    for name, use in last.items():
        if use.is_error or not is_empty(use.result) or _changes(name):
            continue
        if any(call.span.reading.start_ns > use.start_ns for call in subject.calls):
            yield Finding(
                rule="empty-result",
                severity="low",
                title=f"{name} found nothing",
                explanation=f"The last use of {name} returned nothing ({text_of(use.result)!s:.20}), "
                "and the model answered without it.",
                evidence=(result_of(use), arguments_of(use)),
                ending="none",
                subject=name,
            )


def _changes(name: str) -> bool:
    return name.lower().split("_")[0].split("-")[0].startswith(_CHANGES)
