"""The same tool again and again with nearly the same arguments.

Claims: at least three uses of one tool whose arguments ask the same in nearly the same words (see
`detect/alike.py`), each after the one before had failed or found nothing. Where all of them found nothing, or
failed for one reason, it is enough that the query was only reworded (see `detect/rewording.py`): half of its
words stayed, and no other number or name came in. The model repeats itself instead of changing its question,
its tool or its plan. The cause is `nothing found` where each came back
empty, else the class of the error where all have the same.

Abstains: uses that asked something new (another name, number, page, cursor), that ran at the same time, that
followed a result one could go on with, or between which another tool changed something or let time pass:
reading the next page, waiting for a job, and testing again after a change are no loops. Nor is asking the
same until what was not there has come, or again where there is no query to reformulate. Two uses are a retry
(`duplicate-call`).

Known false alarms: names written small that were exchanged while the query was turned round; a tool that
waits without a name that says so, and is asked again until something comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from halo_dash.detect.alike import are_near, parsed
from halo_dash.detect.causes import cause_of
from halo_dash.detect.effects import changed_at, follows
from halo_dash.detect.endings import failure_words
from halo_dash.detect.naming import times
from halo_dash.detect.quoting import arguments_of
from halo_dash.detect.results import found_nothing, has_worked, question_of
from halo_dash.detect.rewording import are_reworded
from halo_dash.detect.rule import rule
from halo_dash.detect.verbs import acts, is_running, waits
from halo_dash.detect.waste import waste_of
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject, ToolUse

LEAST = 3
NOTHING_FOUND = "nothing found"
_COMPARED = 4
"""Tries, the last ones and the first, that a reworded one is compared with."""


@rule("retry-loop", title="A tool was tried again without a changed query", version=5)
def retry_loop(subject: Subject) -> Iterator[Finding]:
    """One finding for each loop."""
    for loop in loops(subject.tools):
        first, last = loop[0], loop[-1]
        same = len({question_of(use) for use in loop}) == 1
        worked = last.result is not None and has_worked(last)
        if _is_waiting(loop, is_same=same, has_worked=worked):
            continue
        how = _how(loop, is_same=same)
        ended = "the last try worked" if worked else "no try worked"
        cause = _cause(loop[:-1] if worked else loop)
        came = "It found nothing" if cause == NOTHING_FOUND else "Nothing came of it"
        yield Finding(
            rule="retry-loop",
            severity="medium",
            title=f"{first.name} was called {times(len(loop))} with {how}",
            explanation=f"{came} and the query was not reformulated; {ended}.",
            evidence=tuple(arguments_of(use) for use in loop),
            ending="recovered" if worked else "none",
            subject=first.name,
            cause=cause,
            waste=waste_of(subject, loop[1:] if not worked else loop[1:-1]),
        )


def _how(loop: Sequence[ToolUse], *, is_same: bool) -> str:
    if is_same:
        return "the same arguments"
    is_near = all(are_near(one.arguments, other.arguments) for one, other in pairwise(loop))
    return "nearly the same arguments" if is_near else "the same query in other words"


def _is_waiting(loop: Sequence[ToolUse], *, is_same: bool, has_worked: bool) -> bool:
    """Whether there was no query to reformulate, or asking the same until something was there went well."""
    if not is_same:
        return False
    vain = loop[:-1] if has_worked else loop
    if any(use.is_error or not found_nothing(use) for use in vain):
        return False
    return has_worked or parsed(loop[0].arguments) in ({}, "", [])


def loops(uses: Sequence[ToolUse], least: int = LEAST) -> list[list[ToolUse]]:
    """Runs of one tool in which each use asks what the one before asked in vain, nothing having changed."""
    names = Counter(use.name for use in uses)
    if all(count < least for count in names.values()):
        return []
    found: list[list[ToolUse]] = []
    open_loops: dict[str, tuple[list[ToolUse], int]] = {}
    for use, changes in zip(uses, changed_at(uses), strict=True):
        loop, before = open_loops.get(use.name, ([], changes))
        if loop and changes == before and not waits(use.name) and _repeats(use, loop):
            loop.append(use)
        else:
            found += [loop] if loop else []
            loop = [use]
        open_loops[use.name] = loop, changes
    found += [loop for loop, _changes in open_loops.values()]
    return [loop for loop in found if len(loop) >= least]


def _cause(vain: Sequence[ToolUse]) -> str | None:
    """Why the tries came to nothing, where all of them did for one reason."""
    if all(not use.is_error and use.result is not None and found_nothing(use) for use in vain):
        return NOTHING_FOUND
    causes = {_error_cause(use) for use in vain}
    return causes.pop() if len(causes) == 1 else None


def _error_cause(use: ToolUse) -> str | None:
    words = failure_words(use)
    return None if words is None else cause_of(words)


def _repeats(use: ToolUse, loop: Sequence[ToolUse]) -> bool:
    before = loop[-1]
    # What is not recorded cannot be shown to have worked; three such questions are a loop all the same.
    is_in_vain = (before.result is None and not before.is_error) or not has_worked(before)
    if not is_in_vain or not follows(use, before):
        return False
    return are_near(before.arguments, use.arguments) or _rewords(use, loop)


def _rewords(use: ToolUse, loop: Sequence[ToolUse]) -> bool:
    """Whether it asks in vain what all before it had asked in vain, for the same reason, in other words.

    What found something is the end of a loop, and makes none.
    """
    vain = _in_vain(loop[-1])
    if vain is None or is_running(use.name) or acts(use.name):
        return False
    if _in_vain(use) != vain and not (has_worked(use) and len(loop) >= LEAST):
        return False
    compared = (loop[0], *loop[-_COMPARED:])
    return all(are_reworded(each.arguments, use.arguments) for each in compared)


def _in_vain(use: ToolUse) -> str | None:
    """Why nothing came of it; None where something did or nothing tells why."""
    if not use.is_error and use.result is not None and found_nothing(use):
        return NOTHING_FOUND
    words = failure_words(use)
    return None if words is None else cause_of(words) or words
