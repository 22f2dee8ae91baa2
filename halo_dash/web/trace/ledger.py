"""The ledger of a span as its detail shows it, and of a whole trace as a table of its calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from halo_dash.model.ledger import Ledger, NotCounted, PriceRow, TokenKind
from halo_dash.model.observation import Kind, Observation, Usage
from halo_dash.model.page import StoredSpan
from halo_dash.model.tree import TreeRow
from halo_dash.model.twin import Json, tokens_json
from halo_dash.model.twin.ledger import ledger_json
from halo_dash.model.twin.xray import xray_json
from halo_dash.semconv.calls import not_counted
from halo_dash.semconv.ledger import has_ledger, ledger
from halo_dash.store import Store
from halo_dash.web.trace.kept import Kept
from halo_dash.web.trace.reading import TraceReading, find_span
from halo_dash.web.trace.xray import Slice, contexts, legend, strips
from halo_dash.web.words import per_million, short_count

CALLS = 200
"""Calls on one page."""

_reasons: Kept[Mapping[str, NotCounted]] = Kept(4)


def span_ledger(store: Store, reading: TraceReading, stored: StoredSpan) -> Ledger | None:
    """The ledger of one span, by the prices of today; None where there is nothing to account for."""
    if not has_ledger(stored.observation):
        return None
    why_not = reasons(store, reading).get(stored.span.span_id)
    return ledger(
        stored.span,
        stored.observation,
        prices=store.prices,
        is_counted=reading.resolved(stored.span.span_id).is_counted,
        why_not=why_not,
    )


def reasons(store: Store, reading: TraceReading) -> Mapping[str, NotCounted]:
    """Span id -> why it is not counted, for every span of the trace that is not."""
    key = (reading.row.summary.trace_id, reading.row.revision)
    kept = _reasons.get(store, key)
    if kept is None:
        kept = not_counted([row.reading for row in reading.tree.rows])
        _reasons.put(store, key, kept)
    return kept


@dataclass(frozen=True, slots=True)
class Call:
    """One row of the table."""

    span_id: str
    name: str
    kind: Kind
    start_ns: int
    agent: str | None
    ledger: Ledger
    context: tuple[Slice, ...] = ()
    """What filled its prompt, to the scale of the page; only of counted calls, or it would be there twice."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What the counted calls add up to: the trace's own totals."""

    usage: Usage
    fresh: int | None
    """Input tokens that were neither read from a cache nor written to one."""
    cost_usd: float | None
    is_partial: bool
    reported: int
    """Calls whose cost the sender states."""
    unpriced: int
    calls: int


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """A window of the calls of a trace, with the totals of all of them."""

    calls: tuple[Call, ...]
    totals: Totals
    first: int
    count: int
    """All rows: counted calls, and spans with figures that are not counted."""
    reasons: tuple[tuple[str, int], ...]
    """(why a counted call has no cost, how many)."""
    legend: tuple[tuple[str, str], ...] = ()
    """(segment, words) of what the prompts hold."""

    @property
    def prices(self) -> tuple[tuple[PriceRow, tuple[str, ...]], ...]:
        """Each price row that a call shown here has, with what its tokens cost, as published."""
        rows = {id(row): row for call in self.calls if (row := call.ledger.charge.row) is not None}
        return tuple((row, tuple(_published(row, kind) for kind in _PRICED)) for row in rows.values())

    @property
    def previous(self) -> int | None:
        """Where the window before begins."""
        return max(0, self.first - CALLS) if self.first else None

    @property
    def following(self) -> int | None:
        """Where the next window begins."""
        after = self.first + len(self.calls)
        return after if after < self.count else None


_PRICED = (TokenKind.INPUT, TokenKind.CACHE_READ, TokenKind.CACHE_WRITE, TokenKind.OUTPUT)


def _published(row: PriceRow, kind: TokenKind) -> str:
    """`$0.15`, with dearer steps `$3, $6 beyond 200k`; empty where the row has no such price."""
    rate = row.rates.get(kind)
    if rate is None:
        return ""
    steps = (f"{per_million(price)} beyond {short_count(start)}" for start, price in rate.steps)
    return ", ".join((per_million(rate.base), *steps))


def ledger_page(store: Store, reading: TraceReading, *, first: int = 0, size: int = CALLS) -> LedgerPage:
    """Read a window of the calls; the totals come from the stored readings of all of them."""
    rows = ledger_rows(reading)
    shown = rows[first : first + size]
    bars = strips(store, reading, [row for row in shown if row.resolved.is_counted])
    return LedgerPage(
        calls=tuple(
            replace(call, context=bars.get(call.span_id, ())) for call in read_calls(store, reading, shown)
        ),
        totals=_totals(reading, rows),
        first=first,
        count=len(rows),
        reasons=_unknown(store, reading, rows),
        legend=legend(bars.values()),
    )


def ledger_rows(reading: TraceReading) -> list[TreeRow]:
    """Every span that says anything of tokens or cost, and every model call, in order of time."""
    rows = [row for row in reading.tree.rows if has_ledger(row.reading.observation)]
    return sorted(rows, key=lambda row: (row.start_ns, reading.tree.index[row.span_id]))


def read_calls(store: Store, reading: TraceReading, rows: Sequence[TreeRow]) -> Iterator[Call]:
    """The ledgers of these rows; a span that was removed meanwhile ends them with NotFoundError."""
    for row in rows:
        stored = find_span(store, reading.row.summary.trace_id, row.span_id)
        found = span_ledger(store, reading, stored)
        if found is not None:
            yield Call(
                row.span_id,
                row.reading.name,
                row.reading.observation.kind,
                row.start_ns,
                row.resolved.agent_name,
                found,
            )


def _totals(reading: TraceReading, rows: Sequence[TreeRow]) -> Totals:
    counted = [row.reading.observation for row in rows if row.resolved.is_counted]
    summary = reading.row.summary
    return Totals(
        usage=summary.usage,
        fresh=_fresh(counted),
        cost_usd=summary.cost_usd,
        is_partial=summary.cost_is_partial,
        reported=sum(each.cost_reported for each in counted),
        unpriced=sum(each.cost_usd is None for each in counted),
        calls=len(counted),
    )


def _fresh(counted: Sequence[Observation]) -> int | None:
    known = [each.usage for each in counted if each.usage.input is not None]
    if not known:
        return None
    return sum(max(0, (u.input or 0) - (u.cache_read or 0) - (u.cache_write or 0)) for u in known)


def _unknown(store: Store, reading: TraceReading, rows: Sequence[TreeRow]) -> tuple[tuple[str, int], ...]:
    """(why, how many) of the counted calls without a cost, the most frequent reason first."""
    found: dict[str, int] = {}
    for row in rows:
        if row.resolved.is_counted and row.reading.observation.cost_usd is None:
            text = _unknown_reason(store, reading, row)
            found[text] = found.get(text, 0) + 1
    return tuple(sorted(found.items(), key=lambda each: -each[1]))


def _unknown_reason(store: Store, reading: TraceReading, row: TreeRow) -> str:
    """Why a span has no cost: from its reading where that says it, else from the span itself."""
    seen = row.reading.observation
    unknown = store.prices.charge(seen.provider, seen.model, seen.usage, row.reading.start_ns).unknown
    if unknown is None:
        account = span_ledger(store, reading, find_span(store, reading.row.summary.trace_id, row.span_id))
        unknown = account.charge.unknown if account else None
    if unknown is None:
        return "read by older prices, and read again soon"
    return f"{unknown.text} ({seen.model})" if seen.model else unknown.text


def ledger_document(store: Store, reading: TraceReading) -> dict[str, Json]:
    """`/traces/{id}/ledger.json`."""
    rows = ledger_rows(reading)
    totals = _totals(reading, rows)
    return {
        "trace_id": reading.row.summary.trace_id,
        "tokens": {"fresh": totals.fresh, **tokens_json(totals.usage)},
        "cost_usd": totals.cost_usd,
        "cost_is_partial": totals.is_partial,
        "unknown": [{"text": text, "calls": count} for text, count in _unknown(store, reading, rows)],
        "calls": [*_calls_json(store, reading, rows)],
    }


def _calls_json(store: Store, reading: TraceReading, rows: Sequence[TreeRow]) -> Iterator[Json]:
    found = contexts(store, reading) or {}
    for call in read_calls(store, reading, rows):
        prompt = found.get(call.span_id)
        context = None if prompt is None else xray_json(prompt)
        yield {**_named(call), **ledger_json(call.ledger), "context": context}


def _named(call: Call) -> dict[str, Json]:
    return {
        "span_id": call.span_id,
        "name": call.name,
        "kind": call.kind.value,
        "start_ns": call.start_ns,
        "agent_name": call.agent,
        "provider": call.ledger.provider,
        "model": call.ledger.model,
    }


COLUMNS = (
    *("span_id", "name", "kind", "start_ns", "agent_name", "provider", "model", "counted", "not_counted"),
    *("input_tokens", "fresh_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens"),
    *("reasoning_tokens", "cost_usd", "cost_source", "unknown", "table_usd", "price_model", "price_since"),
    *("price_source", "service_tier", "rules"),
)
"""A promise, as the JSON's fields are."""


def ledger_table(store: Store, reading: TraceReading) -> Iterator[Sequence[object]]:
    """`/traces/{id}/ledger.csv`: a head and a row for each call."""
    yield COLUMNS
    for call in read_calls(store, reading, ledger_rows(reading)):
        found, usage = call.ledger, call.ledger.usage
        charge, row = found.charge, found.charge.row
        yield (
            *_named(call).values(),
            found.is_counted,
            found.why_not.code if found.why_not else None,
            *(usage.input, found.fresh_tokens, usage.cache_read, usage.cache_write, usage.output),
            usage.reasoning,
            found.cost_usd,
            found.source,
            charge.unknown.value if found.cost_usd is None and charge.unknown else None,
            float(charge.total_usd) if charge.unknown is None else None,
            row.model if row else None,
            row.since.isoformat() if row and row.since else None,
            row.source if row else None,
            row.tier if row else None,
            " ".join(rule.code for rule in found.rules),
        )
