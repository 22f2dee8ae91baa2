"""The figures at the top of an overview, each beside what it was in the period before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from halo_dash.model.figures import Figures
from halo_dash.web import words
from halo_dash.web.agents.charts import token_kinds
from halo_dash.web.agents.place import Lists
from halo_dash.web.agents.sums import cost_text, cost_title, failed_title, share
from halo_dash.web.charts.units import SHARE
from halo_dash.web.states import ERROR_INSIDE


@dataclass(frozen=True, slots=True)
class Change:
    """Against the period before."""

    text: str
    """`+12%`, `+0.8 points`, `no runs before`."""
    title: str
    """What it was."""
    tone: str
    """`worse`, `better`, or empty where neither is meant."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure."""

    label: str
    value: str
    title: str
    href: str
    """The traces it counts, those that weigh most first; empty where no list has just these."""
    details: tuple[tuple[str, str], ...]
    """(name, value) of its parts."""
    change: Change | None
    """None where the selection has no period before."""


def tiles(now: Figures, before: Figures | None, lists: Lists) -> tuple[Tile, ...]:
    """Runs, errors, durations, tokens, cost and calls."""
    return (
        Tile("runs", words.count(now.runs), "", lists.all(), (), _of(before, now, _runs, words.count)),
        _errors(now, before, lists),
        *_durations(now, before, lists),
        _tokens(now, before, lists),
        _cost(now, before, lists),
        _calls(now, before, lists),
    )


def _runs(figures: Figures) -> int:
    return figures.runs


def _errors(now: Figures, before: Figures | None, lists: Lists) -> Tile:
    rate = now.error_rate
    details = [("failed", words.count(now.failed)), (ERROR_INSIDE, words.count(now.recovered))]
    if now.effectively_failed is not None:
        details.append(("failed in effect", words.count(now.effectively_failed)))
    if now.apart:
        details.append(("unlike their trace", words.count(now.apart)))
    return Tile(
        "error rate",
        words.NONE if rate is None else share(rate),
        "" if rate is None else failed_title(now),
        "" if now.apart else lists.all(("status", "error")),
        tuple(details),
        _points(before, now),
    )


def _durations(now: Figures, before: Figures | None, lists: Lists) -> tuple[Tile, ...]:
    measures: tuple[tuple[str, str, Callable[[Figures], int | None]], ...] = (
        ("p50", "half of the runs took no longer", lambda each: each.latency.p50_ns),
        ("p95", "19 of 20 runs took no longer", lambda each: each.latency.p95_ns),
        ("p99", "99 of 100 runs took no longer", lambda each: each.latency.p99_ns),
    )
    return tuple(
        Tile(
            name,
            words.duration(measure(now)),
            title,
            lists.all(sort="-duration"),
            (),
            _of(before, now, measure, words.duration, more_is="worse"),
        )
        for name, title, measure in measures
    )


def _tokens(now: Figures, before: Figures | None, lists: Lists) -> Tile:
    total = now.usage.total
    kinds = ((label, words.short_count(tokens)) for _, label, tokens in token_kinds(now.usage) if tokens)
    title = "no call said how many tokens it used" if total is None else words.count(total)
    change = _of(before, now, lambda each: each.usage.total, words.short_count)
    return Tile("tokens", words.short_count(total), title, lists.all(sort="-tokens"), tuple(kinds), change)


def _cost(now: Figures, before: Figures | None, lists: Lists) -> Tile:
    details: tuple[tuple[str, str], ...] = ()
    if now.cost_usd is not None and now.runs:
        details = (("a run", cost_text(now.cost_usd / now.runs, is_partial=now.cost_is_partial)),)
    return Tile(
        "cost",
        cost_text(now.cost_usd, is_partial=now.cost_is_partial),
        cost_title(now),
        lists.all(sort="-cost"),
        details,
        _cost_change(before, now),
    )


def _cost_change(before: Figures | None, now: Figures) -> Change | None:
    """Of two lower bounds neither says which cost was more."""
    change = _of(before, now, lambda each: each.cost_usd, words.usd)
    if change is None or before is None or before.cost_usd is None or now.cost_usd is None:
        return change
    if not (before.cost_is_partial or now.cost_is_partial):
        return change
    was = cost_text(before.cost_usd, is_partial=before.cost_is_partial)
    return Change("not comparable", f"{was} in the period before; not every price is known", "")


def _calls(now: Figures, before: Figures | None, lists: Lists) -> Tile:
    details = (("model", words.short_count(now.llm_calls)), ("tool", words.short_count(now.tool_calls)))
    change = _of(before, now, lambda each: each.llm_calls + each.tool_calls, words.count)
    total = now.llm_calls + now.tool_calls
    return Tile(
        "calls", words.short_count(total), words.count(total), lists.all(sort="-spans"), details, change
    )


def _of(
    before: Figures | None,
    now: Figures,
    measure: Callable[[Figures], float | None],
    written: Callable[..., str],
    *,
    more_is: str = "",
) -> Change | None:
    if before is None:
        return None
    if not before.runs:
        return Change("no runs before", "", "")
    was, is_ = measure(before), measure(now)
    if was is None or is_ is None:
        return Change("unknown before" if was is None else "", "", "")
    title = f"{written(was)} in the period before"
    if not was:
        return Change("none before" if is_ else "as before", title, "")
    ratio = is_ / was
    less_is = {"worse": "better", "better": "worse"}.get(more_is, "")
    tone = more_is if ratio > 1 else less_is if ratio < 1 else ""
    return Change(_ratio(ratio), title, tone)


def _ratio(ratio: float) -> str:
    percent = round((ratio - 1) * 100)
    if ratio >= 3:
        times = f"{ratio:.1f}" if ratio < 10 else f"{ratio:,.0f}"
        return f"{times}\N{MULTIPLICATION SIGN} before"
    return "as before" if percent == 0 else f"{percent:+d}%".replace("-", "\N{MINUS SIGN}")


def _points(before: Figures | None, now: Figures) -> Change | None:
    if before is None:
        return None
    was, is_ = before.error_rate, now.error_rate
    if was is None:
        return Change("no runs before", "", "")
    if is_ is None:
        return Change("", "", "")
    points = round((is_ - was) * 100, 1)
    text = f"{points:+.1f} points".replace("-", "\N{MINUS SIGN}") if points else "as before"
    title = (
        f"{SHARE.exact(was)}, {before.failed:,} of {words.plural(before.runs, 'run')} in the period before"
    )
    return Change(text, title, "worse" if points > 0 else "better" if points < 0 else "")
