"""The same tool with the same arguments, which had answered already.

Claims: an earlier use of the tool in this run had exactly the same arguments (keys in any order) and the
same answer, and no other tool had changed anything in between (or this one had been refused, for the same
reason): the call was for nothing. For information: a single retry, unchanged, that failed for another
reason than the first time.

Where the tool does something that is two things when it is done twice (it pays, books, sends), it is enough
that it had succeeded with these arguments, whatever ids and times the answers differ in, also side by side.

Abstains: where the answers differ in more than times and ids of the request (the world had changed), where
one of them is not recorded, where the two ran for different agents or side by side, where the answer says
"not yet" or the tool waits, for tools that one calls again for their effect (`append_…`, `write_…`,
`scroll`), and for a first retry after an error that says it may pass (a timeout, a rate limit,
a connection). Where a person spoke in between, where another tool had taken it back, and where both carry one
idempotency key, it was not done twice: only an equal answer is told of.

Known false alarms: people who want two of something, and tools that are called for their effect each time,
and whose names do not say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from halo_dash.detect.causes import cause_of
from halo_dash.detect.effects import changed_at, deed_of, follows
from halo_dash.detect.endings import failure_words
from halo_dash.detect.naming import times
from halo_dash.detect.quoting import arguments_of
from halo_dash.detect.results import has_worked, is_pending, question_of, settled
from halo_dash.detect.rule import rule
from halo_dash.detect.rules.retry_loop import loops
from halo_dash.detect.twice import done_twice
from halo_dash.detect.verbs import is_repeatable, is_running, may_change
from halo_dash.detect.waste import waste_of
from halo_dash.model.finding import Finding, Severity
from halo_dash.model.subject import Subject, ToolUse

MOST_POLLS = 10
"""So often "not yet" is waiting; more often somebody should have slept in between."""
_PASSING = frozenset({"timeout", "rate limit", "connection", "server error"})
_RETRIES = 1
_PAIR = 2


@rule("duplicate-call", title="A tool was called again with the same arguments", version=4)
def duplicate_call(subject: Subject) -> Iterator[Finding]:
    """One finding for each set of equal uses."""
    told: set[str] = set()
    for uses in done_twice(subject):
        name = uses[0].name
        told.add(name)
        why = f"{name} had succeeded with these arguments and was called again: what it does was done twice."
        title = f"{name} was called {times(len(uses))} with the same arguments"
        yield _found(subject, uses[1:], "medium", title, why)
    for name, uses in _equal_uses(subject):
        allowed = 1 + (_RETRIES if _may_pass(uses[0]) else 0)
        if (
            name in told
            or len(uses) <= allowed
            or len({_agent(use) for use in uses}) > 1
            or _is_polling(uses)
        ):
            continue
        told.add(name)
        again = uses[1:]
        why = f"{name} gave the same answer each time: {times(len(again))} for nothing."
        title = f"{name} was called {times(len(uses))} with the same arguments"
        yield _found(subject, again, "low", title, why)
    for loop in loops(subject.tools, least=_PAIR):
        if len(loop) == _PAIR and loop[0].name not in told and _is_unchanged(loop):
            name = loop[0].name
            why = f"{name} had failed, was tried again with the same arguments, and failed once more."
            yield _found(subject, loop[1:], "info", f"{name} was tried again unchanged", why)


def _found(subject: Subject, again: Sequence[ToolUse], severity: Severity, title: str, why: str) -> Finding:
    return Finding(
        rule="duplicate-call",
        severity=severity,
        title=title,
        explanation=why,
        evidence=tuple(arguments_of(use) for use in again),
        ending="none",
        subject=again[0].name,
        waste=waste_of(subject, again),
    )


def _equal_uses(subject: Subject) -> Iterator[tuple[str, list[ToolUse]]]:
    """Uses of one tool with equal arguments and answers, between which nothing changed."""
    names = Counter(use.name for use in subject.tools)
    if all(count == 1 for count in names.values()):
        return
    asked: dict[tuple[str, str, int], list[ToolUse]] = {}
    for use, changes in zip(subject.tools, changed_at(subject.tools), strict=True):
        if names[use.name] > 1 and use.arguments is not None and not is_repeatable(deed_of(use)):
            since = 0 if _was_refused(use) else changes
            asked.setdefault((use.name, question_of(use), since), []).append(use)
    for (name, _arguments, _changes), uses in asked.items():
        answered: dict[str, list[ToolUse]] = {}
        for use in uses if len(uses) > 1 else ():
            answer = _answer(use)
            if answer is not None:
                answered.setdefault(answer, []).append(use)
        if sum(has_worked(equal[0]) for equal in answered.values()) > 1:
            continue
        for answer, equal in answered.items():
            # Where asking on brought something else, it was worth asking.
            if not (_answer(uses[-1]) != answer and has_worked(uses[-1])):
                yield name, _one_after_another(equal)


def _was_refused(use: ToolUse) -> bool:
    """Whether it was to change something and failed: what others changed is no reason to ask the same."""
    return may_change(use.name) and not is_running(use.name) and failure_words(use) is not None


def _one_after_another(uses: Sequence[ToolUse]) -> list[ToolUse]:
    """Without those that ran beside the one before."""
    kept = list(uses[:1])
    kept += (use for use in uses[1:] if follows(use, kept[-1]))
    return kept


def _is_polling(uses: Sequence[ToolUse]) -> bool:
    return len(uses) <= MOST_POLLS and is_pending(uses[0].result)


def _is_unchanged(loop: Sequence[ToolUse]) -> bool:
    """Whether both failed, for reasons of which none passes, and were asked the same word for word."""
    first, second = loop
    is_same = first.arguments is not None and question_of(first) == question_of(second)
    if not is_same or is_repeatable(first.name) or _agent(first) != _agent(second):
        return False
    return None not in (failure_words(first), failure_words(second)) and not _may_pass(first)


def _answer(use: ToolUse) -> str | None:
    if use.failure is not None:
        return f"{use.failure.type}: {use.failure.message}"
    return None if use.result is None else settled(use.result, use.name)


def _may_pass(use: ToolUse) -> bool:
    words = failure_words(use)
    return words is not None and cause_of(words) in _PASSING


def _agent(use: ToolUse) -> str | None:
    return use.span.resolved.agent_name if use.span is not None else None
