"""A model was asked exactly the same twice.

Claims: two calls of one model had the same messages, word for word, and both were answered. The second
cost tokens and time for what was known.

Abstains: calls whose messages were not recorded, that failed (a retry), that ran at the same time
(sampling several answers), or that have fewer than 20 input tokens.

Known false alarms: evaluations that ask the same again to measure how much answers vary.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.naming import name_of, times
from halo_dash.detect.quoting import quote
from halo_dash.detect.rule import rule
from halo_dash.detect.waste import waste_of_calls
from halo_dash.model.finding import Finding
from halo_dash.model.subject import LlmCall, Subject

_LEAST_TOKENS = 20


@rule("redundant-call", title="A model was asked exactly the same again")
def redundant_call(subject: Subject) -> Iterator[Finding]:
    """One finding for each question that was asked again."""
    asked: dict[tuple[str, int], list[LlmCall]] = {}
    for call in subject.calls:
        if call.input and call.output and not call.span.seen.is_error:
            key = (name_of(call.span), len(call.input))
            asked.setdefault(key, []).append(call)
    for (model, _question), calls in asked.items():
        again = [call for at, call in enumerate(calls) if any(_is_again(one, call) for one in calls[:at])]
        if not again:
            continue
        yield Finding(
            rule="redundant-call",
            severity="low",
            title=f"{model} was asked the same {times(len(again) + 1)}",
            explanation="The messages were the same word for word, so the answer was known.",
            evidence=tuple(
                quote(call.span.span_id, "output", call.text or "(tool calls)", None) for call in again
            ),
            ending="none",
            subject=model,
            waste=waste_of_calls(again),
        )


def _is_again(before: LlmCall, call: LlmCall) -> bool:
    tokens = call.span.seen.usage.input
    is_large = tokens is None or tokens >= _LEAST_TOKENS
    return (
        is_large and call.span.reading.start_ns >= before.span.reading.end_ns and call.input == before.input
    )
