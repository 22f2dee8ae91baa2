"""One aligned row in full: both steps in figures, and what differs in what they were given and said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from halo_dash.model.comparison import RowState, label, own_parameters
from halo_dash.model.message import Message
from halo_dash.model.observation import Content, Kind, Observation
from halo_dash.model.span import AttributeValue
from halo_dash.model.tree import TreeRow
from halo_dash.model.valuediff import messages_text, pretty
from halo_dash.store import Store
from halo_dash.web import words
from halo_dash.web.compare.address import CompareAddress
from halo_dash.web.compare.figures import Fact, number_fact, text_fact, written_count, written_duration
from halo_dash.web.compare.reading import TracePair
from halo_dash.web.compare.section import Section, Writing
from halo_dash.web.trace.reading import TraceReading, find_span
from halo_dash.web.trace.said import said

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PairView:
    """The details of one row."""

    number: int
    state: RowState
    kind: Kind
    label: str
    a_url: str | None
    """The span in its trace."""
    b_url: str | None
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class _Side:
    """One span of a pair with everything it says."""

    row: TreeRow
    content: Content

    @property
    def seen(self) -> Observation:
        return self.row.reading.observation


@dataclass(frozen=True, slots=True)
class _Both:
    """Both spans; None where a side has none."""

    a: _Side | None
    b: _Side | None

    def read(self, take: Callable[[_Side], T | None]) -> tuple[T | None, T | None]:
        """The same of both."""
        return take(self.a) if self.a else None, take(self.b) if self.b else None

    def values(self, take: Callable[[_Side], AttributeValue]) -> tuple[AttributeValue, AttributeValue]:
        """A value of both; a span that is not there says nothing."""
        return take(self.a) if self.a else None, take(self.b) if self.b else None


def pair_view(store: Store, pair: TracePair, address: CompareAddress, number: int) -> PairView | None:
    """The details of row `number` (from 1); None where there is no such row."""
    if not 1 <= number <= len(pair.comparison.rows):
        return None
    row = pair.comparison.rows[number - 1]
    both = _Both(_side(store, pair.a, row.left), _side(store, pair.b, row.right))
    spans = both.read(lambda side: side.row.span_id)
    names = dict.fromkeys(each for each in both.read(lambda side: label(side.row)) if each)
    kind = row.either.reading.observation.kind
    only = "" if both.a and both.b else words.NONE
    return PairView(
        number=number,
        state=row.state,
        kind=kind,
        label=" \N{RIGHTWARDS ARROW} ".join(names) or "(no name)",
        a_url=address.trace("a", spans[0]).url if spans[0] else None,
        b_url=address.trace("b", spans[1]).url if spans[1] else None,
        facts=tuple(replace(fact, difference=fact.difference or only) for fact in _facts(both)),
        sections=tuple(_sections(both, kind, Writing(address, spans))),
    )


def _side(store: Store, reading: TraceReading, row: TreeRow | None) -> _Side | None:
    if row is None:
        return None
    stored = find_span(store, reading.row.summary.trace_id, row.span_id)
    (found,) = said(store, reading, [stored])
    return _Side(row, found.content)


def _facts(both: _Both) -> Iterator[Fact]:
    texts: tuple[tuple[str, Callable[[_Side], str | None]], ...] = (
        ("Status", lambda side: _status(side.row)),
        ("Span", lambda side: side.row.reading.name),
        ("Model", lambda side: side.seen.model),
        ("Provider", lambda side: side.seen.provider),
        ("Finished by", lambda side: side.content.finish_reason),
    )
    for name, take in texts:
        left, right = both.read(take)
        if left or right:
            yield text_fact(name, left, right)
    numbers: tuple[tuple[str, Callable[[_Side], float | None], Callable[[float], str]], ...] = (
        ("Duration", lambda side: side.row.duration_ns, written_duration),
        ("First token", lambda side: side.content.time_to_first_token_ns, written_duration),
        ("Tokens in", lambda side: side.seen.usage.input, written_count),
        ("\N{MIDDLE DOT} of them cached", lambda side: side.seen.usage.cache_read, written_count),
        ("Tokens out", lambda side: side.seen.usage.output, written_count),
        ("\N{MIDDLE DOT} of them reasoning", lambda side: side.seen.usage.reasoning, written_count),
        ("Cost", lambda side: side.seen.cost_usd, words.usd),
    )
    for name, measure, write in numbers:
        mine, other = both.read(measure)
        if mine is not None or other is not None:
            yield number_fact(name, mine, other, write)


def _status(row: TreeRow) -> str:
    if row.reading.observation.is_error:
        return "failed"
    return "ok" if row.reading.end_ns else "not ended"


def _sections(both: _Both, kind: Kind, writing: Writing) -> Iterator[Section]:
    is_tool = kind in {Kind.TOOL, Kind.RETRIEVER}
    yield from writing.texts("Error", *both.read(_error), ("/failure/message", "/failure/message"))
    system, asked = both.read(_system), both.read(_asked)
    yield from writing.messages("System prompt", system[0] or [], system[1] or [])
    title = "Query" if kind == Kind.RETRIEVER else "Arguments" if is_tool else "Input"
    plain = both.values(lambda side: side.content.input)
    yield from _told(writing, ("Messages", title), asked, plain, ("/input_messages", "/input"))
    title = "Result" if is_tool else "Output"
    answers = both.read(lambda side: side.content.output_messages)
    plain = both.values(lambda side: side.content.output)
    yield from _told(writing, (title, title), answers, plain, ("/output_messages", "/output"))
    yield from writing.values("Documents", *both.values(_documents), "/documents")
    yield from writing.values(
        "Parameters", *both.values(lambda side: own_parameters(side.content)), "/parameters"
    )
    yield from writing.values("Tools offered", *both.values(_tools), "/tool_definitions")


def _told(
    writing: Writing,
    titles: tuple[str, str],
    messages: tuple[list[Message] | tuple[Message, ...] | None, ...],
    plain: tuple[AttributeValue, AttributeValue],
    pointers: tuple[str, str],
) -> Iterator[Section]:
    """What was asked or answered: as messages, or as plain values.

    `titles` and `pointers` are those of messages and of values. Libraries say the same in either form: where
    one side has messages and the other only a value, both are compared as texts.
    """
    has_messages = [bool(each) for each in messages]
    if not any(has_messages):
        yield from writing.values(titles[1], *plain, pointers[1])
        return
    texts, sources = [], []
    for conversation, value in zip(messages, plain, strict=True):
        is_plain = not conversation and value is not None
        texts.append(pretty(value) if is_plain else messages_text(conversation or ()) or None)
        sources.append(pointers[1] if is_plain else pointers[0])
    yield from writing.texts(titles[0], texts[0], texts[1], (sources[0], sources[1]))


def _error(side: _Side) -> str | None:
    failure = side.row.resolved.failure or side.seen.failure
    return failure.line if failure else None


def _system(side: _Side) -> list[Message]:
    return [each for each in side.content.input_messages if each.role == "system"]


def _asked(side: _Side) -> list[Message]:
    return [each for each in side.content.input_messages if each.role != "system"]


def _documents(side: _Side) -> AttributeValue:
    found = side.content.documents
    return [{"id": each.id, "score": each.score, "content": each.content} for each in found] or None


def _tools(side: _Side) -> AttributeValue:
    """By name, so that another order is no difference."""
    found = side.content.tool_definitions
    return {
        each.name: {"description": each.description, "parameters": each.parameters} for each in found
    } or None
