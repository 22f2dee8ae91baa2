"""The context of model calls as pages show it: bars of what filled each prompt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from halo_dash.model.ledger import PriceRow, TokenKind, Unknown
from halo_dash.model.observation import Kind
from halo_dash.model.page import StoredSpan
from halo_dash.model.tree import TreeRow
from halo_dash.model.xray import Segment, Xray
from halo_dash.semconv import SpanContent, read_content
from halo_dash.semconv.call_groups import TraceSpans
from halo_dash.semconv.call_prompts import by_span, call_prompts
from halo_dash.semconv.context_window import xray
from halo_dash.semconv.ledger import ledger
from halo_dash.semconv.lineage import lineage
from halo_dash.store import Store
from halo_dash.web.trace.kept import Kept
from halo_dash.web.trace.reading import TraceReading, find_span

_MOST_CALLS = 400
_MOST_TOKENS = 1_000_000
"""What is read to draw the prompts of a whole trace: half a second's worth. They repeat each other, so a long
trace has many times what was said in it."""

_UNSAID_TOKENS = 2_000
"""What a call without reported tokens is taken for."""

_NEAR = 4
"""Calls before the one shown that are read as well: among them is the call before."""

_kept: Kept[Mapping[str, Xray]] = Kept(2)
_kept_near: Kept[Mapping[str, Xray]] = Kept(16)
"""Of single spans, by trace and span."""


SEGMENT_WORDS = {
    Segment.TOOLS: "Tool definitions",
    Segment.SYSTEM: "System prompt",
    Segment.EARLIER_USER: "Earlier words of the user",
    Segment.ASSISTANT: "Earlier words and calls of the model",
    Segment.TOOL_RESULTS: "Tool results",
    Segment.USER: "New words of the user",
    Segment.MEDIA: "Images and files",
    Segment.OTHER: "Other",
}


CHARGED_WORDS = {
    "cache_read": "Read from the cache",
    "cache_write": "Written to the cache",
    "fresh": "Neither read from a cache nor written to one",
}


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a bar, in percent of its width."""

    segment: str
    words: str
    x: str
    width: str
    pieces: int
    characters: int
    tokens: int
    share: float


@dataclass(frozen=True, slots=True)
class ContextView:
    """The prompt of one call."""

    xray: Xray
    slices: tuple[Slice, ...]


def context_of(store: Store, reading: TraceReading, span_id: str) -> ContextView | None:
    """The prompt of a model call; None for other spans, and where neither content nor tokens were sent."""
    row = reading.tree.row(span_id)
    if row is None or row.reading.observation.kind is not Kind.LLM:
        return None
    trace_id, revision = reading.row.summary.trace_id, reading.row.revision
    key = (f"{trace_id}/{span_id}", revision)
    read = _kept.get(store, (trace_id, revision)) or _kept_near.get(store, key)
    if read is None:
        read = _read(store, reading, _near(reading, row))
        _kept_near.put(store, key, read)
    found = read.get(span_id)
    if found is None or (not found.fills and (found.tokens is None or found.window is None)):
        return None
    return ContextView(found, slices(found))


def contexts(store: Store, reading: TraceReading) -> Mapping[str, Xray] | None:
    """Span id -> the X-ray of the call it recorded, for the whole trace; None where too much was sent."""
    key = (reading.row.summary.trace_id, reading.row.revision)
    found = _kept.get(store, key)
    if found is None:
        calls = _calls(reading)
        if len(calls) > _MOST_CALLS or sum(map(_tokens, calls)) > _MOST_TOKENS:
            return None
        found = _read(store, reading, calls)
        _kept.put(store, key, found)
    return found


def _calls(reading: TraceReading) -> list[TreeRow]:
    return [row for row in reading.tree.rows if row.reading.observation.kind is Kind.LLM]


def _tokens(row: TreeRow) -> int:
    tokens = row.reading.observation.usage.input
    return _UNSAID_TOKENS if tokens is None else tokens


def _near(reading: TraceReading, row: TreeRow) -> list[TreeRow]:
    """A call with the spans that recorded it as well, and the calls of its agent before it."""
    at = reading.tree.index[row.span_id]
    around = set(reading.tree.ancestors(at)) | set(range(at, at + row.descendants + 1))
    response = row.reading.observation.response_id
    agent = (row.resolved.agent_id, row.resolved.agent_name)
    same: list[TreeRow] = []
    before: list[TreeRow] = []
    for call in _calls(reading):
        place = reading.tree.index[call.span_id]
        if place in around or (response is not None and call.reading.observation.response_id == response):
            same.append(call)
        elif call.start_ns <= row.start_ns and (call.resolved.agent_id, call.resolved.agent_name) == agent:
            before.append(call)
    before.sort(key=lambda call: call.start_ns)
    return [*before[-_NEAR:], *same]


def _read(store: Store, reading: TraceReading, calls: Sequence[TreeRow]) -> dict[str, Xray]:
    trace_id = reading.row.summary.trace_id
    contents: dict[str, SpanContent] = {}
    prices: dict[str, tuple[int, int] | None] = {}
    for row in calls:
        stored = find_span(store, trace_id, row.span_id)
        content = read_content(stored.span, stored.observation, stored.logs)
        contents[row.span_id] = SpanContent(row.reading, row.resolved, content)
        prices[row.span_id] = _prices(store, stored)
    # Of the other spans only their place counts; calls that were not read are left out.
    readings = [
        row.reading
        for row in reading.tree.rows
        if row.reading.observation.kind is not Kind.LLM or row.span_id in contents
    ]
    found = by_span(call_prompts(TraceSpans(lineage(readings), contents)))
    return {
        span_id: xray(
            call.previous,
            call.prompt,
            call.usage,
            store.prices.context_window(call.observation.provider, call.observation.model),
            prices=next((prices[each] for each in call.recorded_by if prices[each]), None),
            previous_span_id=call.previous_span_id,
        )
        for span_id, call in found.items()
    }


def _prices(store: Store, stored: StoredSpan) -> tuple[int, int] | None:
    """What a fresh and a cached input token of this call cost, in 10^-18 USD."""
    charge = ledger(stored.span, stored.observation, prices=store.prices).charge
    if charge.row is None or charge.unknown is Unknown.NO_TIER:
        return None
    tokens = stored.observation.usage.input or 0
    return _price(charge.row, TokenKind.INPUT, tokens), _price(charge.row, TokenKind.CACHE_READ, tokens)


def _price(row: PriceRow, kind: TokenKind, tokens: int) -> int:
    rate, _priced_as = row.rate(kind)
    return rate.at(tokens) if rate else 0


def slices(found: Xray, scale: int | None = None) -> tuple[Slice, ...]:
    """The parts of a bar whose whole width stands for `scale` tokens (else for the call's own)."""
    whole = sum(fill.tokens for fill in found.fills)
    width = scale or whole
    at = 0
    parts: list[Slice] = []
    for fill in found.fills:
        parts.append(
            Slice(
                fill.segment.value,
                SEGMENT_WORDS[fill.segment],
                _percent(at, width),
                _percent(fill.tokens, width),
                fill.pieces,
                fill.characters,
                fill.tokens,
                fill.tokens / whole if whole else 0.0,
            )
        )
        at += fill.tokens
    return tuple(parts)


def _percent(part: int, whole: int) -> str:
    return f"{part * 100 / whole:.3f}%" if whole else "0%"


def strips(store: Store, reading: TraceReading, shown: Sequence[TreeRow]) -> dict[str, tuple[Slice, ...]]:
    """Span id -> the bar of its prompt, all to one scale, for the calls of a table.

    Where too much was sent to read it all, bars show input tokens by what they were charged as.
    """
    found = contexts(store, reading)
    scale = max((_tokens(row) for row in shown if row.reading.observation.usage.input), default=0)
    if found is None:
        return {row.span_id: _charged(row, scale) for row in shown if row.reading.observation.usage.input}
    drawn = {row.span_id: found[row.span_id] for row in shown if _is_drawn(found.get(row.span_id))}
    scale = max((each.tokens or 0 for each in drawn.values()), default=0)
    return {span_id: slices(each, scale) for span_id, each in drawn.items()} if scale else {}


def _is_drawn(found: Xray | None) -> bool:
    return found is not None and bool(found.fills) and bool(found.tokens)


def _charged(row: TreeRow, scale: int) -> tuple[Slice, ...]:
    usage = row.reading.observation.usage
    whole = usage.input or 0
    read = min(usage.cache_read or 0, whole)
    written = min(usage.cache_write or 0, whole - read)
    at = 0
    parts: list[Slice] = []
    for segment, tokens in (
        ("cache_read", read),
        ("cache_write", written),
        ("fresh", whole - read - written),
    ):
        share = tokens / whole if whole else 0.0
        words = CHARGED_WORDS[segment]
        parts.append(Slice(segment, words, _percent(at, scale), _percent(tokens, scale), 0, 0, tokens, share))
        at += tokens
    return tuple(parts)


def legend(bars: Iterable[tuple[Slice, ...]]) -> tuple[tuple[str, str], ...]:
    """(segment, words) of everything that some bar shows, in the order of a prompt."""
    seen = {part.segment for bar in bars for part in bar if part.tokens}
    named = {each.value: words for each, words in SEGMENT_WORDS.items()} | CHARGED_WORDS
    return tuple((segment, words) for segment, words in named.items() if segment in seen)
