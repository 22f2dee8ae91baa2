"""What a run will take, before it begins: a range, from what is read and how far it may go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from halo_dash.analysis.engine.hiring import LEAST_TURNS, SHARE_OF_TURNS
from halo_dash.analysis.engine.models import ModelNames
from halo_dash.model.observation import Usage
from halo_dash.model.run import RunRequest, SelectionSize
from halo_dash.semconv.pricing import PriceBook

BEGINNING: Final = 8_000
"""Tokens of the instructions with the overview and what the built-in analyst found."""
GROWTH: Final = 3_000
"""Tokens that a turn adds, on the mean of a long run; the bound of a view is ten times that."""
A_SPAN: Final = 300
"""Tokens of a span in a view. There is never more to read than the selection holds."""
A_TURN: Final = 600
"""Tokens that a model writes in a turn."""
_FEW, _MANY = 6, 30
"""Turns of a quick and of a thorough run."""
_SUBAGENTS, _SUB_TURNS = 8, 8
_CEILING = 100_000
"""Of a context, which is summed up before it is full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """From a quick run to a thorough one. No promise: what holds a run to a number is its budget."""

    tokens_low: int
    tokens_high: int
    usd_low: float | None
    """None: the price of a model is not known."""
    usd_high: float | None

    @property
    def is_free(self) -> bool:
        """No model is asked."""
        return self.tokens_high == 0


def estimate(
    request: RunRequest, size: SelectionSize, names: ModelNames | None, prices: PriceBook, now_ns: int
) -> Estimate:
    """`names` is None for the built-in analyst, which is free."""
    if names is None or request.analyst == "built_in" or not size.read_traces:
        return Estimate(tokens_low=0, tokens_high=0, usd_low=0.0, usd_high=0.0)
    limits = request.limits
    quick = [(names.root, _taken(min(limits.max_turns, _FEW), size))]
    thorough = [(names.root, _taken(min(limits.max_turns, _MANY), size))]
    if limits.max_depth:
        turns = min(_SUB_TURNS, max(LEAST_TURNS, limits.max_turns // SHARE_OF_TURNS))
        thorough += [(names.sub, _taken(turns, size))] * _SUBAGENTS
    low, high = (sum(sum(taken) for _model, taken in calls) for calls in (quick, thorough))
    usd = [_priced(calls, prices, now_ns) for calls in (quick, thorough)]
    most = limits.budget_tokens
    most_usd = limits.budget_usd
    return Estimate(
        tokens_low=low if most is None else min(low, most),
        tokens_high=high if most is None else min(high, most),
        usd_low=usd[0] if usd[0] is None or most_usd is None else min(usd[0], most_usd),
        usd_high=usd[1] if usd[1] is None or most_usd is None else min(usd[1], most_usd),
    )


def _taken(turns: int, size: SelectionSize) -> tuple[int, int]:
    """(input, output) tokens of an agent: each turn sends all that came before again."""
    most = BEGINNING + size.read_spans * A_SPAN
    sent = (min(BEGINNING + turn * GROWTH, most, _CEILING) for turn in range(turns))
    return sum(sent), turns * A_TURN


def _priced(calls: list[tuple[str, tuple[int, int]]], prices: PriceBook, now_ns: int) -> float | None:
    total = 0.0
    for model, (tokens_in, tokens_out) in calls:
        usage = Usage(input=tokens_in, output=tokens_out)
        cost = prices.charge(None, model, usage, now_ns).cost_usd
        if cost is None:
            return None
        total += cost
    return total
