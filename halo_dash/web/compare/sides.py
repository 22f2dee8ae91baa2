"""The two sides of a comparison of lists: their addresses, what they can be compared with, their figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from halo_dash.errors import UsageError
from halo_dash.model.contrast import SelectionContrast, contrast
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.filter_fields import FIELD
from halo_dash.model.views import SavedView
from halo_dash.store import Store
from halo_dash.web.agents.period import period_of

_SPLIT_BY = ("version", "model", "environment", "agent", "service")
"""Filters whose two most frequent values are offered against each other."""
_RECENT = (
    ("1d", "the last 24 hours against the 24 hours before"),
    ("7d", "the last 7 days against the 7 before"),
)


@dataclass(frozen=True, slots=True)
class Alternative:
    """Something a list can be compared with."""

    label: str
    href: str


def read_side(text: str) -> ListQuery:
    """A selection from its query string, or from a whole address of the list. Raises UsageError."""
    parts = urlsplit(text.strip())
    is_address = bool(parts.scheme) or text.strip().startswith(("/", "?"))
    if is_address and parts.path not in {"", "/", "/traces"}:
        raise UsageError(
            f"{parts.path[:80]!r} is not the list of traces.", hint="Copy the address of the list itself."
        )
    pairs = parse_qsl(parts.query if is_address else text.strip(), keep_blank_values=True)
    query = ListQuery.parse(pairs)
    return ListQuery(query.filter)


def selections_url(left: Filter, right: Filter, *, suffix: str = "") -> str:
    """Two selections side by side: what a page about versions or periods links to."""
    sides = [("left", urlencode(left.pairs())), ("right", urlencode(right.pairs()))]
    return f"/compare{suffix}?{urlencode(sides)}"


def raw_url(given: Mapping[str, str]) -> str:
    """The address as it was asked for, to tell whether it is the canonical one."""
    return f"/compare?{urlencode([(name, given.get(name, '')) for name in ('left', 'right')])}"


def read_contrast(store: Store, left: Filter, right: Filter, now_ns: int) -> SelectionContrast:
    """Measure both selections. Raises UsageError for a filter that cannot be asked for."""
    figures = store.figures
    return contrast(
        figures.overview(left, now_ns),
        figures.overview(right, now_ns),
        figures.samples(left, now_ns),
        figures.samples(right, now_ns),
    )


def alternatives(
    store: Store, chosen: Filter, views: Sequence[SavedView], now_ns: int
) -> tuple[Alternative, ...]:
    """What is worth putting beside a list."""
    return (*_periods(chosen, now_ns), *_parts(store, chosen, now_ns), *_saved(chosen, views))


def _periods(chosen: Filter, now_ns: int) -> Iterator[Alternative]:
    before = period_of(chosen, now_ns, None, None).before
    if before is not None:
        yield Alternative("the same in the period before", selections_url(before, chosen))
    if chosen.period(now_ns) != (None, None):
        return
    for window, label in _RECENT:
        recent = replace(chosen, window=window)
        before = period_of(recent, now_ns, None, None).before
        if before is not None:
            yield Alternative(label, selections_url(before, recent))


def _parts(store: Store, chosen: Filter, now_ns: int) -> Iterator[Alternative]:
    """Two parts of the list itself."""
    if not chosen.status:
        fine, failed = replace(chosen, status=("ok",)), replace(chosen, status=("error",))
        yield Alternative("the runs that failed against those that did not", selections_url(fine, failed))
    facets = store.traces.page(ListQuery(chosen, limit=1), now_ns=now_ns, facets=True).facets
    for name in _SPLIT_BY:
        values = [found.value for found in facets.get(name, ()) if found.count][:2]
        if name in FIELD and len(values) == 2 and not dict(chosen.pairs()).get(name):
            sides = [Filter.parse([*chosen.pairs(), (name, value)]) for value in values]
            yield Alternative(f"{name} {values[0]} against {values[1]}", selections_url(sides[0], sides[1]))


def _saved(chosen: Filter, views: Sequence[SavedView]) -> Iterator[Alternative]:
    for view in views:
        try:
            other = read_side(view.query).filter
        except UsageError:  # saved by an older program, with a filter that is gone
            continue
        if other != chosen:
            yield Alternative(f"the saved list {view.name}", selections_url(chosen, other))
