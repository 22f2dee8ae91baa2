"""Sums over traces as a page writes them: tokens and money with what is to be said of them."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.model.figures import Figures
from halo_dash.model.trace import TraceSummary
from halo_dash.web import words
from halo_dash.web.runs import cost_of, cost_title, tokens_title


@dataclass(frozen=True, slots=True)
class Sums:
    """Figures in words."""

    turns: int
    failed: int
    recovered: int
    tokens: int | None
    tokens_title: str
    cost: str
    """`≥` stands before it where some price is not known."""
    cost_title: str
    steps: str
    """`12 model calls, 3 tool calls`."""


def sums(figures: Figures) -> Sums:
    """Write figures down."""
    usage = figures.usage
    named = (
        ("in", usage.input),
        ("out", usage.output),
        ("read from cache", usage.cache_read),
        ("reasoning", usage.reasoning),
    )
    tokens_title = ", ".join(f"{value:,} {name}" for name, value in named if value is not None)
    cost = words.usd(figures.cost_usd)
    return Sums(
        turns=figures.runs,
        failed=figures.failed,
        recovered=figures.recovered,
        tokens=usage.total,
        tokens_title=tokens_title or "no span said how many tokens it used",
        cost=f"≥{cost}" if figures.cost_is_partial and figures.cost_usd is not None else cost,
        cost_title=_cost_title(figures),
        steps=_steps(figures.llm_calls, figures.tool_calls),
    )


def sums_of_trace(summary: TraceSummary) -> Sums:
    """The figures of one trace."""
    return Sums(
        turns=1,
        failed=int(summary.is_error),
        recovered=int(summary.is_recovered),
        tokens=summary.usage.total,
        tokens_title=tokens_title(summary),
        cost=cost_of(summary),
        cost_title=cost_title(summary),
        steps=_steps(summary.llm_calls, summary.tool_calls),
    )


def _steps(llm_calls: int, tool_calls: int) -> str:
    named = ((llm_calls, "model call"), (tool_calls, "tool call"))
    return ", ".join(words.plural(count, noun) for count, noun in named if count)


def _cost_title(figures: Figures) -> str:
    unpriced = words.plural(figures.unpriced_calls, "call")
    if figures.cost_usd is None:
        return f"no cost is known for {unpriced}" if figures.unpriced_calls else "no call with a known cost"
    exact = "$" + (f"{figures.cost_usd:.10f}".rstrip("0").rstrip(".") or "0")
    return f"at least {exact}: no cost is known for {unpriced}" if figures.unpriced_calls else exact
