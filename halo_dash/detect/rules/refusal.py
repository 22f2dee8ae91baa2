"""The model refused.

Claims: the last words of the run begin with one of the formulas that models refuse with ("I'm sorry, but
I can't assist with that"), and the call asked for no tool.

Abstains: apologies for something that failed (`unrecovered-tool`), and refusals in the middle of a run,
and runs in which a tool worked or the answer tells what was done: they did something for whoever asked.

Known false alarms: answers that quote such a formula at their beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from halo_dash.detect.naming import name_of
from halo_dash.detect.quoting import quote, short
from halo_dash.detect.results import has_worked
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject

_CANNOT = r"(?:can(?:no|['\u2019])?t|cannot|won['\u2019]t)"
_REFUSAL = re.compile(
    rf"""^\W*(?:
        (?:i['\u2019]?m|i\ am)\ (?:very\ |really\ )?sorry,?\ (?:but\ )?i\ {_CANNOT}
        \ (?:assist|help|comply|provide|do\ that|discuss|fulfill|continue)
      | (?:sorry,?\ (?:but\ )?)?i\ (?:{_CANNOT}|am\ unable\ to|['\u2019]m\ unable\ to)
        \ (?:assist|help|comply)\ (?:you\ )?(?:with|in)\ (?:that|this|your\ request)
      | as\ an\ ai(?:\ language)?\ model,?\ i\ (?:{_CANNOT}|am\ not\ able)
      | i\ must\ (?:decline|refuse)
    )""",
    re.IGNORECASE | re.VERBOSE,
)


_DID = re.compile(
    r"\b(?:i have|i['\u2019]ve) (?:already |now |also )?(?!been\b)[a-z]+(?:ed|ent|ade|one|et)\b"
    r"|\b(?:is|has been|was) (?:now )?(?:done|completed|opened|created|cancelled|booked|refunded|sent)\b",
    re.IGNORECASE,
)
"""Words for something that was done for whoever asked."""


@rule("refusal", title="The model refused", version=3)
def refusal(subject: Subject) -> Iterator[Finding]:
    """At most one finding."""
    call = subject.last_call
    if call is None or call.tool_calls or subject.summary.is_error:
        return
    match = _REFUSAL.match(call.text)
    if match is None or _DID.search(call.text) or any(has_worked(use) for use in subject.tools):
        return
    yield Finding(
        rule="refusal",
        severity="medium",
        title=f"{name_of(call.span)} refused",
        explanation=f"The run ended with a refusal: “{short(call.text, 120)}”",
        evidence=(quote(call.span.span_id, "output", call.text),),
        ending="failed",
        subject=name_of(call.span),
    )
