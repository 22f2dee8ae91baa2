"""Shares and money of agents as they are written."""

from __future__ import annotations

from halo_dash.model.figures import Figures
from halo_dash.web import words
from halo_dash.web.charts.units import SHARE
from halo_dash.web.states import ERROR_INSIDE


def share(value: float) -> str:
    """`0%`, `0.4%`, `12%`: two digits."""
    return f"{value * 100:.2g}%" if value < 0.0995 else f"{value * 100:.0f}%"


def failed_title(figures: Figures) -> str:
    """The whole of an error rate, and why no list has just these runs where none has."""
    runs = words.plural(figures.runs, "run")
    title = f"{SHARE.exact(figures.error_rate or 0)}: {figures.failed:,} of {runs} failed"
    if figures.recovered:
        title += f", {figures.recovered:,} with an {ERROR_INSIDE}"
    if not figures.apart:
        return title
    fared = words.plural(figures.apart, "run")
    return f"{title}. No list has just these: {fared} fared otherwise than the trace as a whole"


def cost_text(cost_usd: float | None, *, is_partial: bool) -> str:
    """Dollars; `≥` where some price is not known."""
    return ("≥" if is_partial and cost_usd is not None else "") + words.usd(cost_usd)


def cost_title(figures: Figures) -> str:
    """The whole of a cost, or why there is none."""
    unpriced = words.plural(figures.unpriced_calls, "call")
    if figures.cost_usd is None:
        return f"no price is known for {unpriced}" if figures.unpriced_calls else "no call with a known price"
    exact = "$" + (f"{figures.cost_usd:.10f}".rstrip("0").rstrip(".") or "0")
    return f"at least {exact}: no price is known for {unpriced}" if figures.unpriced_calls else exact
