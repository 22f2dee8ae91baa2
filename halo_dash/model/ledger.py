"""The ledger of a model call: what was said of tokens, how it was read, and how the cost follows from it.

Money is exact here: prices are whole numbers of 10^-18 USD a token, so the lines of a ledger add up to its
cost to the last digit, in whatever order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal, TypeAlias

from halo_dash.model.observation import Usage
from halo_dash.model.quick import quick
from halo_dash.model.span import AttributeValue

ATTO_USD = 10**18
"""Units of a dollar in which prices are held: 1 USD a million tokens is 10^12 of them a token."""


class TokenKind(StrEnum):
    """What tokens are charged for. Every token of a call is of exactly one kind; reasoning is output."""

    INPUT = "input"
    """Sent, and neither read from a cache nor written to one."""
    INPUT_AUDIO = "input_audio"
    CACHE_READ = "cache_read"
    CACHE_WRITE = "cache_write"
    CACHE_WRITE_1H = "cache_write_1h"
    """Written to a cache that keeps it for an hour (Anthropic)."""
    OUTPUT = "output"
    OUTPUT_AUDIO = "output_audio"

    __hash__ = str.__hash__  # looked up for every call that arrives; the one of enums is written in Python


class Unknown(StrEnum):
    """Why a call has no price."""

    NO_USAGE = "no_usage"
    TOTAL_ONLY = "total_only"
    NO_MODEL = "no_model"
    UNKNOWN_MODEL = "unknown_model"
    LOCAL_SERVER = "local_server"
    NO_RATE = "no_rate"
    NO_OWN_RATE = "no_own_rate"
    NO_TIER = "no_tier"

    @property
    def text(self) -> str:
        """As a sentence's end."""
        return _UNKNOWN_WORDS[self]


_UNKNOWN_WORDS = {
    Unknown.NO_USAGE: "the sender reported no tokens",
    Unknown.TOTAL_ONLY: "only a total was reported, and input and output have different prices",
    Unknown.NO_MODEL: "the sender names no model",
    Unknown.UNKNOWN_MODEL: "the price table does not know this model",
    Unknown.LOCAL_SERVER: "the model ran on a server of your own",
    Unknown.NO_RATE: "the price table has no price for tokens of this kind",
    Unknown.NO_OWN_RATE: "your own price in halo.toml says nothing of tokens of this kind",
    Unknown.NO_TIER: "the price table has no price for this service tier",
}


@dataclass(frozen=True, slots=True)
class Rate:
    """A price a token in 10^-18 USD, and the dearer steps."""

    base: int
    steps: tuple[tuple[int, int], ...] = ()
    """(more input tokens than this, the price then); a step holds for the whole call."""

    def at(self, input_tokens: int) -> int:
        """The price of a token in a call with so many input tokens."""
        price = self.base
        for start, dearer in self.steps:
            if input_tokens > start:
                price = dearer
        return price


def usd_per_million(price: int) -> Decimal:
    """A price in USD a million tokens, as it is published."""
    return plain(Decimal(price) / 10**12)


def plain(amount: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent."""
    return amount.quantize(Decimal(1)) if amount == amount.to_integral_value() else amount.normalize()


MatchedBy: TypeAlias = Literal[
    "provider and model", "model alone", "model without its prefix", "your pattern"
]


@dataclass(frozen=True, slots=True)
class PriceRow:
    """The prices of one model at one moment, and where they come from."""

    provider: str
    model: str
    """As the table names it; of your own prices the pattern."""
    matched_by: MatchedBy
    rates: Mapping[TokenKind, Rate]
    source: str
    """`genai-prices 0.2.3` or `halo.toml`."""
    is_own: bool = False
    since: date | None = None
    """From which day it holds; None where the table says none."""
    hours: str | None = None
    """The hours of the day it holds in, where it holds in some only."""
    tier: str | None = None
    """The service tier it is the price of; None for the standard one."""
    url: str | None = None
    """Where the provider publishes it."""

    def rate(self, kind: TokenKind) -> tuple[Rate | None, TokenKind]:
        """(rate, of which kind it is): cached tokens cost what input costs where the row has no better."""
        found = self.rates.get(kind)
        if found is not None:
            return found, kind
        other = _STANDS_IN.get(kind)
        return (None, kind) if other is None else self.rate(other)


_STANDS_IN = {
    TokenKind.CACHE_READ: TokenKind.INPUT,
    TokenKind.CACHE_WRITE: TokenKind.INPUT,
    TokenKind.CACHE_WRITE_1H: TokenKind.CACHE_WRITE,
    TokenKind.INPUT_AUDIO: TokenKind.INPUT,
    TokenKind.OUTPUT_AUDIO: TokenKind.OUTPUT,
}


@quick
@dataclass(frozen=True, slots=True)
class Line:
    """One product of the formula: tokens times price."""

    kind: TokenKind
    tokens: int
    price: int
    """10^-18 USD a token."""
    priced_as: TokenKind
    """Whose price it is, where the row has none for the kind itself."""
    step: int | None = None
    """The price of calls with more input tokens than this."""

    @property
    def atto_usd(self) -> int:
        """The product."""
        return self.tokens * self.price

    @property
    def usd(self) -> Decimal:
        """The product in USD, exact."""
        return plain(Decimal(self.atto_usd) / ATTO_USD)


@quick
@dataclass(frozen=True, slots=True)
class Charge:
    """What the price table makes of a call."""

    lines: tuple[Line, ...] = ()
    row: PriceRow | None = None
    unknown: Unknown | None = None
    """Why there is no cost. The lines are then what is known: priced kinds, or the standard tier's price."""
    tier: str | None = None
    """The service tier of the call, where it is not the standard one."""

    @property
    def total_usd(self) -> Decimal:
        """All lines added up, exact."""
        return plain(Decimal(sum(line.atto_usd for line in self.lines)) / ATTO_USD)

    @property
    def cost_usd(self) -> float | None:
        """The cost in USD, or None where it is unknown."""
        if self.unknown is not None:
            return None
        return sum(line.atto_usd for line in self.lines) / ATTO_USD


@dataclass(frozen=True, slots=True)
class SaidOfUsage:
    """One thing the sender said of tokens, cost or service tier."""

    key: str
    """The attribute."""
    path: str
    """The member, where the attribute is an object."""
    means: str
    """The field it was read as."""
    value: AttributeValue
    """As sent."""
    is_used: bool
    """False where another attribute is believed first."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of reading that was applied."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class NotCounted:
    """Why a span's tokens and cost are no part of its trace's totals."""

    code: Literal["wrapper", "duplicate", "aggregate", "inside", "tool", "no_figures", "placeholder"]
    span_id: str | None = None
    """The span that is counted instead, where it is one."""

    @property
    def text(self) -> str:
        """As a sentence's end."""
        return _NOT_COUNTED_WORDS[self.code]


_NOT_COUNTED_WORDS = {
    "wrapper": "it wraps a call that is counted",
    "duplicate": "another span recorded the same call",
    "aggregate": "it adds up calls that are counted themselves",
    "inside": "the span above it reports the same tokens and counts for all below it",
    "tool": "tools make no model call themselves",
    "no_figures": "it reports neither tokens nor a cost",
    "placeholder": "it only stood for a span until that arrived",
}


@dataclass(frozen=True, slots=True)
class Ledger:
    """How the tokens and the cost of one span came about."""

    said: tuple[SaidOfUsage, ...]
    rules: tuple[Rule, ...]
    usage: Usage
    charge: Charge
    """By the price table; beside a reported cost it is there for comparison."""
    cost_usd: float | None
    """The cost that lists and totals show."""
    reported_by: str | None = None
    """The attribute in which the sender states the cost."""
    model: str | None = None
    provider: str | None = None
    is_counted: bool = True
    why_not: NotCounted | None = None
    is_stale: bool = False
    """What is stored was read with other rules or prices; it is read again soon."""

    @property
    def source(self) -> Literal["sender", "own", "table"] | None:
        """Who says the cost: the sender, your own prices, the price table; None where nobody does."""
        if self.reported_by is not None:
            return "sender"
        if self.cost_usd is None or self.charge.row is None:
            return None
        return "own" if self.charge.row.is_own else "table"

    @property
    def fresh_tokens(self) -> int | None:
        """Input tokens that were neither read from a cache nor written to one."""
        if self.usage.input is None:
            return None
        return max(0, self.usage.input - (self.usage.cache_read or 0) - (self.usage.cache_write or 0))
