"""The charts of an overview: which series there are, and which traces their bars lead to."""

from __future__ import annotations

from collections.abc import Callable

from halo_dash.model.figures import Figures, Overview
from halo_dash.model.observation import Usage
from halo_dash.web import words
from halo_dash.web.agents.place import Lists
from halo_dash.web.charts import COUNT, DURATION, SHARE, USD, Chart, Mark, Series, TimeAxis
from halo_dash.web.states import ERROR_INSIDE

Measure = Callable[[Figures], float | None]

FAILED = (("status", "error"),)


def overview_axis(overview: Overview, lists: Lists, now_ns: int) -> TimeAxis:
    """The time axis, with the versions that appeared. A first version that was always there marks nothing."""
    first = overview.first_ns
    marks = (Mark(mark.first_ns, mark.version) for mark in overview.versions if mark.first_ns != first)
    return TimeAxis(overview.edges_ns, now_ns, lists.between, tuple(marks))


def overview_charts(overview: Overview, *, has_all: bool = False) -> tuple[Chart, ...]:
    """Runs, errors, time, tokens, money, calls.

    A series that nobody gives a value is left out, unless it `has_all`: the columns of a table stay the same.
    """
    return (
        _runs(overview),
        _errors(overview, has_all=has_all),
        _latency(overview),
        _tokens(overview, has_all=has_all),
        _cost(overview),
        _calls(overview),
    )


def token_kinds(usage: Usage) -> tuple[tuple[str, str, int | None], ...]:
    """(key, label, tokens) of each kind; they add up to the total, as far as it was said what they are."""
    read, write, thought = usage.cache_read or 0, usage.cache_write or 0, usage.reasoning or 0
    fresh = None if usage.input is None else max(usage.input - read - write, 0)
    plain = None if usage.output is None else max(usage.output - thought, 0)
    return (
        ("input", "input", fresh),
        ("cache_read", "cached read", usage.cache_read),
        ("cache_write", "cached write", usage.cache_write),
        ("output", "output", plain),
        ("reasoning", "reasoning", usage.reasoning),
    )


def _series(
    overview: Overview,
    key: str,
    label: str,
    measure: Measure,
    *,
    written: Callable[[float], str],
    narrows: tuple[tuple[str, str], ...] | None = (),
) -> Series:
    total = measure(overview.total)
    values = tuple(measure(bucket) for bucket in overview.buckets)
    return Series(key, label, values, words.NONE if total is None else written(total), narrows)


def _runs(overview: Overview) -> Chart:
    # Where it fared otherwise than its trace, the failed traces of a bucket are not its failed runs.
    failed = None if overview.total.apart else FAILED
    kinds: tuple[tuple[str, str, Measure, tuple[tuple[str, str], ...] | None], ...] = (
        ("failed", "failed", lambda each: each.failed, failed),
        ("recovered", ERROR_INSIDE, lambda each: each.recovered, ()),
        ("ok", "others", lambda each: each.runs - each.failed - each.recovered, ()),
    )
    series = (
        _series(overview, key, label, of, written=COUNT.short, narrows=narrows)
        for key, label, of, narrows in kinds
    )
    return Chart("runs", "Runs", "bars", COUNT, tuple(series), has_links=True)


def _errors(overview: Overview, *, has_all: bool) -> Chart:
    reported = _series(overview, "failed", "reported", lambda each: each.error_rate, written=SHARE.exact)
    series = [reported]
    if has_all or overview.total.effectively_failed is not None:
        series.append(_series(overview, "effective", "in effect", _effective_rate, written=SHARE.exact))
    return Chart("error_rate", "Error rate", "lines", SHARE, tuple(series), ceiling=1)


def _effective_rate(figures: Figures) -> float | None:
    if figures.effectively_failed is None or not figures.runs:
        return None
    return figures.effectively_failed / figures.runs


def _latency(overview: Overview) -> Chart:
    kinds: tuple[tuple[str, Measure], ...] = (
        ("p50", lambda each: each.latency.p50_ns),
        ("p95", lambda each: each.latency.p95_ns),
        ("p99", lambda each: each.latency.p99_ns),
    )
    series = (_series(overview, key, key, of, written=DURATION.exact) for key, of in kinds)
    return Chart("duration", "Duration", "lines", DURATION, tuple(series))


def _tokens(overview: Overview, *, has_all: bool) -> Chart:
    def measure(place: int) -> Measure:
        return lambda each: token_kinds(each.usage)[place][2] if each.runs else 0

    # A kind that nobody ever names needs no place in the legend; what goes in and comes out does.
    kinds = [
        (place, key, label)
        for place, (key, label, tokens) in enumerate(token_kinds(overview.total.usage))
        if has_all or tokens is not None or key in {"input", "output"}
    ]
    series = (
        _series(overview, key, label, measure(place), written=COUNT.short) for place, key, label in kinds
    )
    note = (
        ""
        if overview.total.usage.total is not None or not overview.total.runs
        else "No call said how many tokens it used."
    )
    return Chart("tokens", "Tokens", "bars", COUNT, tuple(series), note=note)


def _cost(overview: Overview) -> Chart:
    series = _series(
        overview, "cost", "cost", lambda each: each.cost_usd if each.runs else 0, written=words.usd
    )
    unpriced = overview.total.unpriced_calls
    note = f"At least: no price is known for {words.plural(unpriced, 'call')}." if unpriced else ""
    return Chart("cost", "Cost", "bars", USD, (series,), note=note)


def _calls(overview: Overview) -> Chart:
    llm = _series(overview, "llm", "model calls", lambda each: each.llm_calls, written=COUNT.short)
    tool = _series(overview, "tool", "tool calls", lambda each: each.tool_calls, written=COUNT.short)
    return Chart("calls", "Calls", "bars", COUNT, (llm, tool))
