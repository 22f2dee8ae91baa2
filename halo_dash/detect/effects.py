"""The order of a run's uses of tools: who could know of whom, and what may have changed in between."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from halo_dash.detect.alike import parsed
from halo_dash.detect.results import is_empty, question_of, shape_of
from halo_dash.detect.verbs import is_running, may_change
from halo_dash.model.subject import ToolUse

_DEEDS: Final = ("action", "command", "operation", "method")
"""Arguments with which a tool of many uses is told what to do."""
_DEED: Final = re.compile(r"[A-Za-z][A-Za-z_-]{1,40}")


def deed_of(use: ToolUse) -> str:
    """The name of a tool, after the verb that its arguments give: `left_click computer`."""
    arguments = None if is_running(use.name) else parsed(use.arguments)
    if isinstance(arguments, dict):
        for key in _DEEDS:
            verb = arguments.get(key)
            if isinstance(verb, str) and _DEED.fullmatch(verb):
                return f"{verb} {use.name}"
    return use.name


def follows(use: ToolUse, before: ToolUse) -> bool:
    """Whether whoever asked could know how the use before had ended: it was not started beside it."""
    ended = before.span.reading.end_ns if before.span is not None else before.start_ns
    if use.asked_by is not None and use.asked_by == before.asked_by:
        return False
    return use.start_ns >= ended


def changed_at(uses: Sequence[ToolUse]) -> list[int]:
    """For each use, how many before it may have changed something: other tools, and its own asked otherwise.

    Equal numbers of two uses mean that nothing was done in between but asking. What failed changed nothing;
    of the tool itself, an empty list is one try more (an empty text is what commands answer that went well).
    """
    counts: list[int] = []
    total = 0
    by_tool: Counter[str] = Counter()
    by_question: Counter[tuple[str, str]] = Counter()
    for use in uses:
        if not may_change(deed_of(use)):
            counts.append(total)
            continue
        question = (use.name, question_of(use))
        counts.append(total - by_question[question] - by_tool[use.name])
        if use.is_error or shape_of(use) is not None:
            continue
        total += 1
        if is_empty(use.result) and use.result != "":
            by_tool[use.name] += 1
        else:
            by_question[question] += 1
    return counts
