"""The context window is nearly full.

Claims: the input of a call takes up more than four fifths of its model's context window, and the run's
calls have grown towards it. The next answers will be cut, dear and worse.

Abstains: models whose window is not known, and calls without token counts.

Known false alarms: a single long document that is read on purpose; that grows no further, so it is not
claimed.
"""

from __future__ import annotations

from collections.abc import Iterator

from halo_dash.detect.naming import name_of
from halo_dash.detect.quoting import quote
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject

FULL = 0.8
_GROWN = 2


@rule("context-filling", title="The context window is nearly full", version=2)
def context_filling(subject: Subject) -> Iterator[Finding]:
    """At most one finding for each model: its fullest call."""
    calls = [call for call in subject.calls if call.span.seen.usage.input is not None]
    for model in dict.fromkeys(call.span.seen.model for call in calls):
        window = subject.windows.get(model or "")
        mine = [call for call in calls if call.span.seen.model == model]
        sizes = [call.span.seen.usage.input or 0 for call in mine]
        fullest = mine[sizes.index(max(sizes))]
        if not window or max(sizes) < FULL * window or max(sizes) < _GROWN * sizes[0]:
            continue
        words = f"{max(sizes):,} of {window:,} tokens"
        yield Finding(
            rule="context-filling",
            severity="medium",
            title=f"{name_of(fullest.span)}: {words}",
            explanation=f"The prompt grew from {sizes[0]:,} tokens to {max(sizes) / window:.0%} of it.",
            evidence=(quote(fullest.span.span_id, "usage", words, None),),
            ending="none",
            subject=name_of(fullest.span),
        )
