"""What was done twice: paid, booked or sent again with the same arguments, though it had gone well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from halo_dash.detect.alike import canonical, parsed
from halo_dash.detect.effects import deed_of
from halo_dash.detect.results import question_of, shape_of
from halo_dash.detect.verbs import is_once, undoes
from halo_dash.model.message import Text
from halo_dash.model.subject import Subject, ToolUse

_KEYS = ("idempotency_key", "idempotencykey", "request_id", "requestid", "client_request_id")
"""With the same key a service does it once, however often it is asked; another key is no other question."""

_COMPARED = 4
"""Earlier uses that a use may be another recording of."""


def done_twice(subject: Subject) -> list[list[ToolUse]]:
    """Uses that did the same, two or more of each, in order.

    What a user asked for again, and what was taken back in between, is done anew.
    """
    often = Counter(use.name for use in subject.tools if is_once(deed_of(use)))
    if all(count == 1 for count in often.values()):
        return []
    done: dict[tuple[str, str, int], list[ToolUse]] = {}
    found: list[list[ToolUse]] = []
    turns = _turns(subject)
    for use in subject.tools:
        deed = deed_of(use)
        if use.result is None or use.is_error or shape_of(use) is not None:
            continue
        if undoes(deed):
            found += [done.pop(key) for key in [key for key in done if key[0] != use.name]]
        question = _question(use) if is_once(deed) and use.arguments is not None else None
        if question is None:
            continue
        before = done.setdefault((use.name, question, turns.get(use.asked_by or "", 0)), [])
        if not any(_is_same(subject, use, other) for other in before[-_COMPARED:]):
            before.append(use)
    return [uses for uses in (*found, *done.values()) if len(uses) > 1]


def _turns(subject: Subject) -> Mapping[str, int]:
    """Span id of a call of a model -> how often a person had spoken."""
    return {
        call.span.span_id: sum(
            message.role == "user" and any(isinstance(part, Text) for part in message.parts)
            for message in call.input
        )
        for call in subject.calls
    }


def _question(use: ToolUse) -> str:
    """What was to be done; the key of a request belongs to it only where it makes it one request."""
    arguments = parsed(use.arguments)
    if not isinstance(arguments, dict) or not any(key in arguments for key in _KEYS):
        return question_of(use)
    return canonical({key: value for key, value in arguments.items() if key.lower() not in _KEYS})


def _is_same(subject: Subject, use: ToolUse, other: ToolUse) -> bool:
    """Whether both are one: recorded twice, one inside the other, or one request by its key."""
    if use.call_id is not None and use.call_id == other.call_id:
        return True
    one, two = parsed(use.arguments), parsed(other.arguments)
    if isinstance(one, dict) and isinstance(two, dict):
        keys = [key for key in one if key.lower() in _KEYS]
        if keys and all(one[key] == two.get(key) for key in keys):
            return True
    if use.span is None or other.span is None:
        return use.span_id == other.span_id and use.call_id is None
    return other.span in subject.above(use.span) or use.span in subject.above(other.span)
