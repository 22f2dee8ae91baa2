"""What a run is expected to take."""

from __future__ import annotations

from dataclasses import replace

from halo_dash.analysis.engine.estimate import Estimate, estimate
from halo_dash.analysis.engine.models import ModelNames
from halo_dash.model.run import RunLimits, RunRequest, SelectionSize
from tests.analysis.engine.bench import PRICES

NAMES = ModelNames("large", "small", "small", "small")
LARGE = SelectionSize(traces=9_000, spans=90_000, read_traces=1_000, read_spans=10_000)
ASK = RunRequest(prompt="Why?")


def of(request: RunRequest = ASK, size: SelectionSize = LARGE, names: ModelNames | None = NAMES) -> Estimate:
    return estimate(request, size, names, PRICES, 1)


def test_a_range_grows_with_what_may_be_read_and_with_depth() -> None:
    usual = of()
    assert 0 < usual.tokens_low < usual.tokens_high
    assert usual.usd_low is not None
    assert usual.usd_high is not None
    assert 0 < usual.usd_low < usual.usd_high
    small = of(size=replace(LARGE, read_traces=2, read_spans=4))
    assert small.tokens_high < usual.tokens_high
    alone = of(replace(ASK, limits=RunLimits(max_depth=0)))
    assert alone.tokens_high < usual.tokens_high
    assert alone.tokens_low == usual.tokens_low


def test_a_budget_bounds_it() -> None:
    bounded = of(replace(ASK, limits=RunLimits(budget_tokens=50_000, budget_usd=0.01)))
    assert bounded.tokens_high == 50_000
    assert bounded.usd_high == 0.01


def test_the_built_in_analyst_is_free_and_an_unknown_price_is_unknown() -> None:
    assert of(replace(ASK, analyst="built_in")).is_free
    assert of(names=None).is_free
    unknown = of(names=ModelNames("mine", "mine", "mine", "mine"))
    assert unknown.usd_high is None
    assert unknown.tokens_high > 0
