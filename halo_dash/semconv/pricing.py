"""What a model call costs, from the bundled price table; unknown stays None, never 0.

Source of prices: the `genai-prices` package, used offline. It is imported on the first priced call
(0.5 s, some megabytes) so that commands that read no span do not pay for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from halo_dash.model.observation import Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

_TABLE_NAMES = {"google.vertex": "google", "azure.openai": "azure", "aws.bedrock": "aws", "xai": "x-ai"}
"""Our provider names where the price table has another."""

_LOCAL = frozenset(
    {"ollama", "vllm", "lmstudio", "lm_studio", "llamacpp", "llama.cpp", "sglang", "huggingface_local"}
)
"""Model servers people run themselves: a hosted model of the same name says nothing about their cost."""


@dataclass(frozen=True, slots=True)
class Rate:
    """USD a token, and the dearer steps: (prompt longer than this many tokens, USD a token)."""

    base: float
    steps: tuple[tuple[int, float], ...] = ()

    def at(self, input_tokens: int) -> float:
        """The rate of a call with so many input tokens; a step applies to the whole call."""
        rate = self.base
        for start, step in self.steps:
            if input_tokens > start:
                rate = step
        return rate


@dataclass(frozen=True, slots=True)
class Price:
    """The rates of one model; None where the table has no such price."""

    input: Rate | None
    output: Rate | None
    cache_read: Rate | None
    cache_write: Rate | None


def cost_usd(provider: str | None, model: str | None, usage: Usage, start_ns: int) -> float | None:
    """The price of one call in USD at the time it started, or None: no tokens, or no known price.

    (input - cache read - cache write) at the input rate, cached tokens at theirs (the input rate where the
    table has none), output at the output rate.
    """
    if model is None or (usage.input is None and usage.output is None):
        return None
    info = _model(provider, model)
    if info is None:
        return None
    return _charge(_price(info, start_ns), usage)


def load_prices() -> None:
    """Load the price table now, so that no span has to wait for it."""
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - slow to import, see the module text

    get_snapshot()


def _charge(price: Price, usage: Usage) -> float | None:
    tokens = usage.input or 0
    read = min(usage.cache_read or 0, tokens)
    written = min(usage.cache_write or 0, tokens - read)
    fresh = tokens - read - written
    parts = (
        (fresh, price.input),
        (read, price.cache_read or price.input),
        (written, price.cache_write or price.input),
        (usage.output or 0, price.output),
    )
    total = 0.0
    for count, rate in parts:
        if not count:
            continue
        if rate is None:
            return None
        total += count * rate.at(tokens)
    return total


@lru_cache(maxsize=4096)
def _model(provider: str | None, model: str) -> ModelInfo | None:
    """The table's entry: of the named provider, else of the provider that the model name belongs to.

    Gateways put a provider of their own before a slash (`openrouter/openai/gpt-4o`).
    """
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 - slow to import, see the module text

    if provider in _LOCAL:
        return None
    named = [(_TABLE_NAMES.get(provider, provider), model)] if provider else []
    bare = model.rpartition("/")[2]
    for name, ref in (*named, (None, model), (None, bare)):
        try:
            return get_snapshot().find_provider_model(ref, None, name, None)[1]
        except LookupError:
            continue
    return None


def _price(info: ModelInfo, start_ns: int) -> Price:
    """The rates in force when the call started; most models only ever had one set."""
    if isinstance(info.prices, list):
        seconds = min(max(start_ns // 1_000_000_000, 0), _LAST_SECOND)
        return _rates(info.get_prices(datetime.fromtimestamp(seconds, tz=UTC)))
    return _rates(info.prices)


_LAST_SECOND = 253_402_300_799
"""The end of the year 9999, where `datetime` ends; span times may be anything."""

_rates_of: dict[int, tuple[ModelPrice, Price]] = {}
"""Rates by identity of the table's (unhashable, immortal) price object."""


def _rates(found: ModelPrice) -> Price:
    known = _rates_of.get(id(found))
    if known is None:
        known = (
            found,
            Price(
                input=_rate(found.input_mtok),
                output=_rate(found.output_mtok),
                cache_read=_rate(found.cache_read_mtok),
                cache_write=_rate(found.cache_write_mtok),
            ),
        )
        _rates_of[id(found)] = known
    return known[1]


def _rate(price: Decimal | TieredPrices | None) -> Rate | None:
    """USD a token from the table's USD a million tokens."""
    if price is None:
        return None
    if isinstance(price, Decimal):
        return Rate(float(price) / 1e6)
    steps = sorted((tier.start, float(tier.price) / 1e6) for tier in price.tiers)
    return Rate(float(price.base) / 1e6, tuple(steps))
