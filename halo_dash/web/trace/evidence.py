"""Marking a quote where it stands in the details of a span."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence

from halo_dash.model.finding import Evidence
from halo_dash.web.finding_words import FACTS
from halo_dash.web.trace.detail import Entry, SpanDetail
from halo_dash.web.trace.marking import swapped
from halo_dash.web.trace.message import MessageView
from halo_dash.web.trace.value import Pair, Value

_Stretch = tuple[int, int]
_Segments = tuple[tuple[str, bool], ...]


def mark_evidence(detail: SpanDetail, evidence: Evidence) -> SpanDetail:
    """The same details with the quote marked, once. A value that says it in other words is marked whole.

    Facts (a time, a structure, a usage) stand in no text: nothing is marked.
    """
    if evidence.field in FACTS:
        return detail
    places = [*_places(detail, evidence)]
    for value in (*places, *_others(detail)):
        if (found := _quoted(value, evidence)) is not None:
            return swapped(detail, value, found)
    if not places:
        return detail
    return swapped(detail, places[0], dataclasses.replace(places[0], is_evidence=True))


def _places(detail: SpanDetail, evidence: Evidence) -> Iterator[Value]:
    """The values that the field of the evidence may be shown as, the likeliest first."""
    given, returned = detail.input_messages, detail.output_messages
    error = (detail.error.message, detail.error.stack) if detail.error else ()
    single: tuple[Value | None, ...] = ()
    said: tuple[MessageView, ...] = ()
    match evidence.field:
        case "input":
            single, said = (detail.input,), given[::-1]
        case "output":
            single, said = (detail.output,), returned[::-1]
        case "message":
            said = (*returned[::-1], *given[::-1])
        case "attribute":
            single = tuple(entry.value for entry in detail.attributes)
        case _:
            single = (*error, *(entry.value for entry in _of_events(detail)), detail.output)
    yield from (value for value in single if value is not None)
    yield from (part.value for message in said for part in message.parts)


def _others(detail: SpanDetail) -> Iterator[Value]:
    """Wherever else the words may be: rules read dialects in their own ways."""
    for value in (detail.output, detail.input):
        if value is not None:
            yield value
    for message in (*detail.output_messages[::-1], *detail.input_messages[::-1]):
        yield from (part.value for part in message.parts)
    yield from (entry.value for entry in (*_of_events(detail), *detail.attributes))


def _of_events(detail: SpanDetail) -> Iterator[Entry]:
    return (entry for event in detail.events for entry in event.entries)


def _quoted(value: Value, evidence: Evidence) -> Value | None:
    """The value with the quote marked; None where it does not have it."""
    if not evidence.quote.removesuffix("…").strip():
        return None
    if value.pairs:
        pairs = tuple(_pair(pair, evidence) for pair in value.pairs)
        if any(pair.segments for pair in pairs):
            return dataclasses.replace(value, pairs=pairs, is_evidence=True)
        return None
    if value.is_empty:
        is_it = evidence.quote.strip() in {value.text, "null", "None"}
        return dataclasses.replace(value, is_evidence=True) if is_it else None
    place = find_quote(value.text, evidence)
    if place is None:
        return None
    return dataclasses.replace(value, segments=_segments(value.text, place), is_evidence=True)


def _pair(pair: Pair, evidence: Evidence) -> Pair:
    """Of a flat object each line is marked that the quote has, or that has the quote."""
    place = find_quote(pair.text, dataclasses.replace(evidence, offset=None))
    if place is None and _is_in_quote(pair, evidence.quote):
        place = (0, len(pair.text))
    return dataclasses.replace(pair, segments=_segments(pair.text, place) if place else ())


def _is_in_quote(pair: Pair, quote: str) -> bool:
    """Whether the quote is of the whole object, with this line in it; it may end in the middle of it."""
    text = _squeezed(pair.text if pair.is_code else json.dumps(pair.text, ensure_ascii=False))[0]
    head, key, said = _squeezed(quote)[0].partition(f"{_squeezed(json.dumps(pair.key))[0]}:")
    return (
        bool(key)
        and head[-1:] in {"{", ","}
        and bool(said)
        and (said.startswith(text) or text.startswith(said))
    )


def find_quote(text: str, evidence: Evidence) -> _Stretch | None:
    """Where the quote stands in a text that may be laid out otherwise, or have its marks escaped."""
    # A secret is quoted by its first letters alone.
    quote = evidence.quote.removesuffix("…")
    if evidence.offset is not None and quote and text.startswith(quote, evidence.offset):
        return evidence.offset, evidence.offset + len(quote)
    for quote in _wordings(evidence):
        at = text.find(quote)
        if at >= 0:
            return at, at + len(quote)
    squeezed, places = _squeezed(text)
    for quote in _wordings(evidence):
        wanted = _squeezed(quote)[0]
        at = squeezed.find(wanted) if wanted else -1
        if at >= 0:
            return places[at], places[at + len(wanted) - 1] + 1
    return None


def _wordings(evidence: Evidence) -> tuple[str, ...]:
    """The quote, as it stands inside JSON, and of an error the message without the type before it."""
    quote = evidence.quote.removesuffix("…").strip()
    wordings = [quote, json.dumps(quote, ensure_ascii=False)[1:-1]]
    _type, colon, message = quote.partition(": ")
    if evidence.field in {"status", "exception"} and colon and message:
        wordings.append(message)
    return tuple(dict.fromkeys(filter(None, wordings)))


def _squeezed(text: str) -> tuple[str, Sequence[int]]:
    """(the text without blanks and line ends, where each of its characters stood)."""
    places = [at for at, character in enumerate(text) if not character.isspace()]
    return "".join(text[at] for at in places), places


def _segments(text: str, place: _Stretch) -> _Segments:
    start, end = place
    pieces = ((text[:start], False), (text[start:end], True), (text[end:], False))
    return tuple(piece for piece in pieces if piece[0])
