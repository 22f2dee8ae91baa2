"""What a model call costs; unknown stays None, never 0. The one place where a cost is computed.

`PriceBook.charge` is the formula with all of its numbers. The cost that is stored with a span and the ledger
that explains it are both made by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from halo_dash.config.prices import OWN_SOURCE, PriceOverride
from halo_dash.model.ledger import Charge, Line, PriceRow, Rate, TokenKind, Unknown
from halo_dash.model.observation import Usage
from halo_dash.semconv.price_table import Entry, atto, find, load_table, table_version

_LOCAL = frozenset(
    {"ollama", "vllm", "lmstudio", "lm_studio", "llamacpp", "llama.cpp", "sglang", "huggingface_local"}
)
"""Model servers people run themselves: a hosted model of the same name says nothing about their cost."""

_INPUT: Final = TokenKind.INPUT
_CACHE_READ: Final = TokenKind.CACHE_READ
_CACHE_WRITE: Final = TokenKind.CACHE_WRITE
_OUTPUT: Final = TokenKind.OUTPUT
"""Bound once for what runs on every call: see `kinds`."""

_WINDOWS = {"gemini-2.5-pro": 1_048_576, "gemini-3-pro-preview": 1_048_576}
"""Where the table has no window. Source: ai.google.dev/gemini-api/docs/models, "input token limit"."""

_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Terms:
    """What besides tokens and model decides the price of a call."""

    tier: str | None = None
    """The service tier; None for the standard one."""
    input_audio: int = 0
    output_audio: int = 0
    cache_write_1h: int = 0


STANDARD = Terms()


@dataclass(frozen=True, slots=True)
class _Model:
    """What is remembered of a model."""

    own: PriceRow | None
    entry: Entry | None
    is_local: bool


class PriceBook:
    """Your own prices, and below them the table's. Immutable but for what it remembers; safe in threads."""

    def __init__(self, overrides: Sequence[PriceOverride] = ()) -> None:
        """`overrides` in the order in which they are believed."""
        self.overrides = tuple(overrides)
        self._models: dict[tuple[str | None, str], _Model] = {}

    def charge(
        self, provider: str | None, model: str | None, usage: Usage, start_ns: int, terms: Terms = STANDARD
    ) -> Charge:
        """The price of one call at the time it started, as a formula.

        (input - cache read - cache write) at the input rate, cached tokens at theirs (the input rate where
        there is none), output at the output rate.
        """
        if usage.input is None and usage.output is None:
            return NO_CHARGE[Unknown.NO_USAGE if usage.total is None else Unknown.TOTAL_ONLY]
        if model is None:
            return NO_CHARGE[Unknown.NO_MODEL]
        row = self._row(provider, model, terms.tier, start_ns)
        if row is Unknown.NO_TIER:
            # Never counted, but said: what the standard tier would have been.
            standard = self._row(provider, model, None, start_ns)
            if isinstance(standard, PriceRow):
                lines, _ = _priced(standard, usage, terms)
                return Charge(lines, standard, Unknown.NO_TIER, terms.tier)
        if isinstance(row, Unknown):
            return NO_CHARGE[row]
        lines, is_whole = _priced(row, usage, terms)
        missing = Unknown.NO_OWN_RATE if row.is_own else Unknown.NO_RATE
        return Charge(lines, row, None if is_whole else missing, row.tier)

    def context_window(self, provider: str | None, model: str | None) -> int | None:
        """The most input tokens the model takes; None where nobody knows."""
        entry = self._model(provider, model).entry if model else None
        return (entry.context_window or _WINDOWS.get(entry.info.id)) if entry else None

    def fingerprint(self) -> str:
        """Changes whenever a stored cost might be another one: the table's version and your own prices."""
        own = "\n".join(f"{each.pattern}|{each}" for each in self.overrides)
        return f"{table_version()} {blake2b(own.encode(), digest_size=8).hexdigest()}"

    def _row(self, provider: str | None, model: str, tier: str | None, start_ns: int) -> PriceRow | Unknown:
        known = self._model(provider, model)
        if known.own is not None:
            return known.own
        if known.is_local:
            return Unknown.LOCAL_SERVER
        if known.entry is None:
            return Unknown.UNKNOWN_MODEL
        return known.entry.row(tier, start_ns)

    def _model(self, provider: str | None, model: str) -> _Model:
        key = (provider, model)
        known = self._models.get(key)
        if known is None:
            own = next((each for each in self.overrides if each.fits(provider, model)), None)
            is_local = provider in _LOCAL
            if len(self._models) >= _REMEMBERED:
                self._models.clear()
            known = self._models[key] = _Model(
                own=None if own is None else _own_row(own, provider),
                entry=None if is_local else find(provider, model),
                is_local=is_local,
            )
        return known


TABLE_PRICES = PriceBook()
"""The table's prices alone."""


def load_prices() -> None:
    """Load the price table now, so that no span has to wait for it."""
    load_table()


def _priced(row: PriceRow, usage: Usage, terms: Terms) -> tuple[tuple[Line, ...], bool]:
    """(a line for each kind that has tokens and a price, whether every kind that has tokens has one)."""
    tokens = usage.input or 0
    lines: list[Line] = []
    is_whole = True
    for kind, count in _counts(usage, terms):
        if count:
            found = row.rates.get(kind)
            rate, priced_as = (found, kind) if found else row.rate(kind)
            if rate is None:
                is_whole = False
            else:
                lines.append(Line(kind, count, rate.at(tokens), priced_as, _step(rate, tokens)))
    return tuple(lines), is_whole


def _counts(usage: Usage, terms: Terms) -> tuple[tuple[TokenKind, int], ...]:
    """Each token of the call under one kind. What a sender says beyond the whole is cut."""
    tokens_in, tokens_out = usage.input or 0, usage.output or 0
    read = min(usage.cache_read or 0, tokens_in)
    written = min(usage.cache_write or 0, tokens_in - read)
    fresh = tokens_in - read - written
    if terms is STANDARD:
        return ((_INPUT, fresh), (_CACHE_READ, read), (_CACHE_WRITE, written), (_OUTPUT, tokens_out))
    for_an_hour = min(terms.cache_write_1h, written)
    heard = min(terms.input_audio, fresh)
    spoken = min(terms.output_audio, tokens_out)
    return (
        (_INPUT, fresh - heard),
        (TokenKind.INPUT_AUDIO, heard),
        (_CACHE_READ, read),
        (_CACHE_WRITE, written - for_an_hour),
        (TokenKind.CACHE_WRITE_1H, for_an_hour),
        (_OUTPUT, tokens_out - spoken),
        (TokenKind.OUTPUT_AUDIO, spoken),
    )


def _step(rate: Rate, tokens: int) -> int | None:
    return max((start for start, _ in rate.steps if tokens > start), default=None) if rate.steps else None


def _own_row(own: PriceOverride, provider: str | None) -> PriceRow:
    amounts = {
        TokenKind.INPUT: own.input,
        TokenKind.OUTPUT: own.output,
        TokenKind.CACHE_READ: own.cache_read,
        TokenKind.CACHE_WRITE: own.cache_write,
    }
    return PriceRow(
        provider=own.provider or provider or "",
        model=own.pattern,
        matched_by="your pattern",
        rates={kind: Rate(atto(amount)) for kind, amount in amounts.items() if amount is not None},
        source=OWN_SOURCE,
        is_own=True,
    )


NO_CHARGE = {reason: Charge(unknown=reason) for reason in Unknown}
