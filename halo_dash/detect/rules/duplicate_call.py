"""The same tool with the same arguments, which had answered already.

Claims: an earlier use of the tool in this run had exactly the same arguments (keys in any order) and the
same answer. Nothing had changed in between, so the call was for nothing.

Abstains: where the answers differ (the world had changed), where one of them is not recorded, where the
two ran for different agents, and for a first retry after an error that says it may pass (a timeout, a
rate limit, a connection).

Known false alarms: polling, and tools that are called for their effect each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from halo_dash.detect.alike import canonical
from halo_dash.detect.causes import cause_of
from halo_dash.detect.error_shape import error_shape
from halo_dash.detect.naming import times
from halo_dash.detect.quoting import arguments_of
from halo_dash.detect.rule import rule
from halo_dash.detect.waste import waste_of
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject, ToolUse

_PASSING = frozenset({"timeout", "rate limit", "connection", "server error"})
_RETRIES = 1


@rule("duplicate-call", title="A tool was called again with the same arguments", version=2)
def duplicate_call(subject: Subject) -> Iterator[Finding]:
    """One finding for each set of equal uses."""
    for name, uses in _equal_uses(subject):
        allowed = 1 + (_RETRIES if _may_pass(uses[0]) else 0)
        if len(uses) <= allowed or len({_agent(use) for use in uses}) > 1:
            continue
        again = uses[1:]
        yield Finding(
            rule="duplicate-call",
            severity="low",
            title=f"{name} was called {times(len(uses))} with the same arguments",
            explanation=f"{name} gave the same answer each time: {times(len(again))} for nothing.",
            evidence=tuple(arguments_of(use) for use in again),
            ending="none",
            subject=name,
            waste=waste_of(subject, again),
        )


def _equal_uses(subject: Subject) -> Iterator[tuple[str, list[ToolUse]]]:
    """Uses of one tool with equal arguments and answers; what was used once is not even written down."""
    names = Counter(use.name for use in subject.tools)
    asked: dict[tuple[str, str], list[ToolUse]] = {}
    for use in subject.tools:
        if names[use.name] > 1 and use.arguments is not None:
            asked.setdefault((use.name, canonical(use.arguments)), []).append(use)
    for (name, _arguments), uses in asked.items():
        answered: dict[str, list[ToolUse]] = {}
        for use in uses if len(uses) > 1 else ():
            answer = _answer(use)
            if answer is not None:
                answered.setdefault(answer, []).append(use)
        for equal in answered.values():
            yield name, equal


def _answer(use: ToolUse) -> str | None:
    if use.failure is not None:
        return f"{use.failure.type}: {use.failure.message}"
    return None if use.result is None else canonical(use.result)


def _may_pass(use: ToolUse) -> bool:
    if use.failure is not None:
        return cause_of(use.failure.line) in _PASSING
    found = error_shape(use.result)
    return found is not None and cause_of(found.message) in _PASSING


def _agent(use: ToolUse) -> str | None:
    return use.span.resolved.agent_name if use.span is not None else None
