"""A model said the same again, word for word.

Claims: at least three calls of one agent gave the same text (of at least 40 characters, without tool
calls). It is stuck: what came in between changed nothing.

Abstains: short texts ("OK"), calls that ask for tools, and different agents.

Known false alarms: classifiers and formatters that are called many times on purpose; their prompts
differ, so calls are only compared within one agent whose prompt goes on growing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from halo_dash.detect.naming import name_of, times
from halo_dash.detect.quoting import quote, short
from halo_dash.detect.rule import rule
from halo_dash.detect.waste import waste_of_calls
from halo_dash.model.finding import Finding
from halo_dash.model.subject import LlmCall, Subject

LEAST = 3
LEAST_CHARACTERS = 40


@rule("repeated-output", title="A model repeats itself")
def repeated_output(subject: Subject) -> Iterator[Finding]:
    """One finding for each text that is repeated."""
    said: dict[tuple[str | None, str], list[LlmCall]] = {}
    for call in subject.calls:
        text = " ".join(call.text.split())
        if len(text) >= LEAST_CHARACTERS and not call.tool_calls:
            said.setdefault((call.span.resolved.agent_name, text), []).append(call)
    for (_agent, text), calls in said.items():
        if len(calls) < LEAST or not _grows(calls):
            continue
        yield Finding(
            rule="repeated-output",
            severity="medium",
            title=f"{name_of(calls[0].span)} said the same {times(len(calls))}",
            explanation=f"What came in between changed nothing: “{short(text, 100)}”",
            evidence=tuple(quote(call.span.span_id, "output", call.text) for call in calls),
            ending="none",
            subject=name_of(calls[0].span),
            waste=waste_of_calls(calls[1:]),
        )


def _grows(calls: list[LlmCall]) -> bool:
    """Whether each call went on from the one before: one conversation, not many small ones."""
    sizes = [len(call.input) for call in calls]
    return all(later > earlier for earlier, later in pairwise(sizes))
