"""The prices of `genai-prices`, used offline: which row holds for a model, a service tier and a moment.

The package is imported on the first priced call (0.5 s, some megabytes) so that commands that read no span
do not pay for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

from halo_dash.model.ledger import MatchedBy, PriceRow, Rate, TokenKind, Unknown

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import (
        ConditionalPrice,
        ModelInfo,
        ModelPrice,
        PriceVariant,
        Provider,
        StartDateConstraint,
        TieredPrices,
        TimeOfDateConstraint,
    )

LIBRARY = "genai-prices"

_TABLE_NAMES = {"google.vertex": "google", "azure.openai": "azure", "aws.bedrock": "aws", "xai": "x-ai"}
"""Our provider names where the price table has another."""

_PRICE_KEYS = {
    TokenKind.INPUT: "input_mtok",
    TokenKind.INPUT_AUDIO: "input_audio_mtok",
    TokenKind.CACHE_READ: "cache_read_mtok",
    TokenKind.CACHE_WRITE: "cache_write_mtok",
    TokenKind.CACHE_WRITE_1H: "cache_write_1h_mtok",
    TokenKind.OUTPUT: "output_mtok",
    TokenKind.OUTPUT_AUDIO: "output_audio_mtok",
}
_ONLY = (0,)
_LAST_SECOND = 253_402_300_799
"""The end of the year 9999, where `datetime` ends; span times may be anything."""

_TIER_NAMES = ("service_tier", "processing", "speed")
"""What the table calls a tier: batches are a way of processing, the fast mode of Anthropic is a speed."""


def table_version() -> str:
    """`genai-prices 0.2.3`: the package and its version."""
    return f"{LIBRARY} {version(LIBRARY)}"


@cache
def newest_price(until: date) -> date | None:
    """The newest day, up to `until`, from which the table says that some price holds: how fresh it is."""
    days = {
        constraint.start_date
        for provider in load_table().providers
        for model in provider.models
        for constraint in _constraints(model)
    }
    return max((day for day in days if day <= until), default=None)


def _constraints(model: ModelInfo) -> list[StartDateConstraint]:
    prices = model.prices if isinstance(model.prices, list) else []
    every = [price.constraint for price in (*prices, *(model.price_variants or ()))]
    return [each for each in every if each is not None and hasattr(each, "start_date")]


def load_table() -> DataSnapshot:
    """The table; the first call takes half a second."""
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - slow to import, see the module text

    return get_snapshot()


def find(provider: str | None, model: str) -> Entry | None:
    """The table's entry: of the named provider, else of the provider that the model name belongs to.

    Gateways put a provider of their own before a slash (`openrouter/openai/gpt-4o`).
    """
    bare = model.rpartition("/")[2]
    attempts: list[tuple[str | None, str, MatchedBy]] = [
        (None, model, "model alone"),
        (None, bare, "model without its prefix"),
    ]
    if provider:
        attempts.insert(0, (_TABLE_NAMES.get(provider, provider), model, "provider and model"))
    for name, ref, matched_by in attempts:
        try:
            server, info = load_table().find_provider_model(ref, None, name, None)
        except LookupError:
            continue
        return Entry(server, info, matched_by)
    return None


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the table. Rows are made once for each combination of prices that holds at some moment."""

    provider: Provider
    info: ModelInfo
    matched_by: MatchedBy
    _rows: dict[tuple[int, ...], PriceRow] = field(default_factory=dict)

    @property
    def context_window(self) -> int | None:
        """The most input tokens the model takes, where the table knows."""
        return self.info.context_window

    def row(self, tier: str | None, start_ns: int) -> PriceRow | Unknown:
        """The prices of a service tier (None: the standard one) when a call started."""
        if tier is None and not isinstance(self.info.prices, list):
            return self._rows.get(_ONLY) or self._remember(_ONLY, [], None)
        moment = datetime.fromtimestamp(min(max(start_ns // 1_000_000_000, 0), _LAST_SECOND), tz=UTC)
        standard = self._standard(moment)
        variants: list[int] = []
        if tier is not None:
            variants = [
                at
                for at, variant in enumerate(self.info.price_variants or ())
                if variant.when in [{name: tier} for name in _TIER_NAMES]
                and (variant.constraint is None or variant.constraint.active(moment))
            ]
            if not variants:
                return Unknown.NO_TIER
        key = (standard, *variants)
        return self._rows.get(key) or self._remember(key, variants, tier)

    def _remember(self, key: tuple[int, ...], variants: list[int], tier: str | None) -> PriceRow:
        row = self._rows[key] = self._made(key[0], variants, tier)
        return row

    def _standard(self, moment: datetime) -> int:
        """Index of the price that holds: the last one whose condition is met, else the first."""
        prices = self.info.prices
        if isinstance(prices, list):
            for at in range(len(prices) - 1, -1, -1):
                constraint = prices[at].constraint
                if constraint is None or constraint.active(moment):
                    return at
        return 0

    def _made(self, standard: int, variants: list[int], tier: str | None) -> PriceRow:
        prices = self.info.prices
        conditional = prices[standard] if isinstance(prices, list) else None
        chosen: list[PriceVariant] = [(self.info.price_variants or [])[at] for at in variants]
        rates = _rates(conditional.prices if conditional else prices)  # type: ignore[arg-type] # no list without a condition
        for variant in reversed(chosen):  # the first that has a price wins
            rates |= _rates(variant.prices)
        urls = self.provider.pricing_urls
        since, hours = _when([conditional, *chosen])
        return PriceRow(
            provider=self.provider.id,
            model=self.info.id,
            matched_by=self.matched_by,
            rates=rates,
            source=table_version(),
            since=since,
            hours=hours,
            tier=tier,
            url=urls[0] if urls else None,
        )


def _when(prices: list[ConditionalPrice | PriceVariant | None]) -> tuple[date | None, str | None]:
    """(the last day from which one of them holds, the hours one of them holds in)."""
    since: date | None = None
    hours: str | None = None
    for price in prices:
        constraint: StartDateConstraint | TimeOfDateConstraint | None = price.constraint if price else None
        if constraint is None:
            continue
        if hasattr(constraint, "start_date"):
            since = max(since or constraint.start_date, constraint.start_date)
        else:
            hours = f"{constraint.start_time:%H:%M} to {constraint.end_time:%H:%M} UTC"
    return since, hours


def _rates(price: ModelPrice) -> dict[TokenKind, Rate]:
    said: Mapping[str, Decimal | TieredPrices | None] = vars(price)
    found = {kind: _rate(said.get(key)) for kind, key in _PRICE_KEYS.items()}
    return {kind: rate for kind, rate in found.items() if rate is not None}


def _rate(price: Decimal | TieredPrices | None) -> Rate | None:
    """From USD a million tokens."""
    if price is None:
        return None
    if isinstance(price, Decimal):
        return Rate(atto(price))
    steps = sorted((tier.start, atto(tier.price)) for tier in price.tiers)
    return Rate(atto(price.base), tuple(steps))


def atto(usd_a_million: Decimal) -> int:
    """10^-18 USD a token from USD a million tokens."""
    return int((usd_a_million * 10**12).to_integral_value())
