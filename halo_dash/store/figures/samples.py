"""What each run of a selection took, to test differences by."""

from __future__ import annotations

import numpy as np

from halo_dash.model.figures import Samples
from halo_dash.store.figures.chosen import Chosen
from halo_dash.store.figures.sums import add, add_said

_DIGITS = 12
"""Of a sum of dollars: beyond these its order shows."""


def samples(chosen: Chosen) -> Samples:
    """The values of whole traces that are known: what runs still, or has a call without a price, has none."""
    runs, parts = chosen.whole_runs(), chosen.parts()
    table = chosen.tables.parts
    size = len(runs.trace)
    groups = np.searchsorted(runs.trace, table["trace"][parts])
    tokens = add_said(groups, table["total"][parts], size)
    costs = table["cost"][parts]
    is_priced = ~np.isnan(costs)
    spent = np.bincount(groups[is_priced], costs[is_priced], size)
    has_cost = np.bincount(groups[is_priced], minlength=size) > 0
    has_cost &= add(groups, table["unpriced"][parts].astype("i8"), size) == 0
    return Samples(
        durations_ns=tuple(runs.duration[runs.duration >= 0].tolist()),
        tokens=tuple(int(each) for each in tokens.tolist() if each >= 0),
        costs_usd=tuple(round(each, _DIGITS) for each in spent[has_cost].tolist()),
    )
