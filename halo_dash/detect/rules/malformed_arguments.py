"""The model wrote tool arguments that are no JSON.

Claims: the arguments of a tool call look like JSON (they begin with a brace) and cannot be parsed.

Abstains: tools that take plain text, code or a number, and calls whose arguments were not recorded.

Known false alarms: recorders that cut long arguments; those are told by their length and left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from halo_dash.detect.endings import ending_of_use
from halo_dash.detect.quoting import arguments_of, short
from halo_dash.detect.results import has_worked
from halo_dash.detect.rule import rule
from halo_dash.model.finding import Ending, Finding
from halo_dash.model.subject import Subject, ToolUse

_CUT_LENGTHS = frozenset(
    {1_000, 1_024, 2_000, 2_048, 4_000, 4_096, 8_000, 8_192, 10_000, 16_384, 32_768, 65_536}
)


@rule("malformed-arguments", title="Tool arguments are not valid JSON", version=5)
def malformed_arguments(subject: Subject) -> Iterator[Finding]:
    """One finding for each such call."""
    for use in subject.tools:
        if (why := _malformed(use)) is not None:
            yield Finding(
                rule="malformed-arguments",
                severity="medium",
                title=f"{use.name} was called with malformed JSON",
                explanation=f"The model's arguments for {use.name} cannot be parsed ({why}): "
                f"{short(str(use.arguments), 60)}",
                evidence=(arguments_of(use),),
                ending=_ending(subject, use),
                subject=use.name,
                detail=why,
                cause="invalid arguments",
            )


def _ending(subject: Subject, use: ToolUse) -> Ending:
    """A tool that took them all the same gave something to go on with."""
    took_them = use.result is not None and has_worked(use)
    return "recovered" if took_them else ending_of_use(subject, use)


def _malformed(use: ToolUse) -> str | None:
    text = use.arguments
    if not isinstance(text, str) or text.lstrip()[:1] not in {"{", "["} or len(text) in _CUT_LENGTHS:
        return None
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.msg
    except RecursionError:
        return None
    return None
