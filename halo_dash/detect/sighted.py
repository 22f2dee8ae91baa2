"""Where in a trace secrets and personal data stand: each text once, although calls repeat their history."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator, Mapping
from functools import lru_cache

from halo_dash.detect.quoting import text_of
from halo_dash.detect.secrets import Sighting, Sort, is_named, kinds_worth_a_look, masked, sightings
from halo_dash.model.finding import Evidence, EvidenceField, Finding, Severity
from halo_dash.model.message import Reasoning, Text, ToolCall, ToolResult
from halo_dash.model.subject import Subject

Place = tuple[str, EvidenceField, str, int | None]
"""Span, field, the secret itself, where it begins in the text."""

MOST_PLACES = 10
"""Of one kind in one trace; more say nothing more."""


def sighted(subject: Subject, sort: Sort) -> Mapping[str, tuple[Place, ...]]:
    """Kind -> the places where it stands."""
    found: dict[str, dict[str, Place]] = {}
    for span_id, field, text, each in _all(subject):
        secret = text[each.start : each.end]
        if each.sort == sort and len(found.get(each.kind, ())) < MOST_PLACES:
            found.setdefault(each.kind, {}).setdefault(secret, (span_id, field, secret, each.start))
    return {kind: tuple(places.values()) for kind, places in found.items()}


def in_the_open(
    subject: Subject, sort: Sort, *, rule: str, severity: Severity, explanation: str
) -> Iterator[Finding]:
    """A finding for each kind, that shows no more than the first characters of what it found."""
    for kind, places in sighted(subject, sort).items():
        yield Finding(
            rule=rule,
            severity=severity,
            title=f"{kind[:1].upper()}{kind[1:]} in the open",
            explanation=explanation,
            evidence=tuple(
                Evidence(span_id, field, masked(text), offset) for span_id, field, text, offset in places
            ),
            ending="none",
            subject=kind,
        )


_Seen = tuple[str, EvidenceField, str, Sighting]


class _Memory(threading.local):
    """The trace that was looked through last: two rules ask about every text."""

    def __init__(self) -> None:
        self.of: weakref.ref[Subject] | None = None
        self.seen: tuple[_Seen, ...] = ()


_memory = _Memory()


def _all(subject: Subject) -> tuple[_Seen, ...]:
    if _memory.of is None or _memory.of() is not subject:
        texts = tuple(_texts(subject))
        # Most traces hold no sign of anything: to look once takes less than to look at every text.
        kinds = kinds_worth_a_look("\n".join(text for _span_id, _field, text in texts))
        _memory.seen = tuple(
            (span_id, field, text, each)
            for span_id, field, text in (texts if kinds else ())
            for each in _seen(text, kinds)
        )
        _memory.of = weakref.ref(subject)
    return _memory.seen


@lru_cache(maxsize=2048)
def _seen(text: str, kinds: frozenset[str]) -> tuple[Sighting, ...]:
    """Runs say many texts again: a system prompt, a page that was fetched."""
    return tuple(each for each in sightings(text, kinds) if is_named(text, each))


def _texts(subject: Subject) -> Iterator[tuple[str, EvidenceField, str]]:
    for item in subject.thread:
        for part in item.parts:
            match part:
                case Text(text) | Reasoning(text):
                    yield item.span_id or "", "message", text
                case ToolCall(arguments=arguments) if arguments is not None:
                    yield item.span_id or "", "message", text_of(arguments)
                case ToolResult(content=content) if content is not None:
                    yield item.span_id or "", "message", text_of(content)
                case _:
                    pass
    for use in subject.tools:
        if use.span is not None and not subject.thread:
            yield use.span_id, "input", text_of(use.arguments)
            yield use.span_id, "output", text_of(use.result)
