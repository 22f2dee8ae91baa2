"""The controls above what is told of a selection of runs; drawn by `agents/controls.html`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from halo_dash.model.filter import Filter
from halo_dash.web.agents.query import Pairs, filter_chips, period_menu
from halo_dash.web.selection import Chip, Menu

_TIME = frozenset({"range", "from", "to"})


@dataclass(frozen=True, slots=True)
class SelectionControls:
    """Which runs are looked at."""

    period: Menu
    chips: tuple[Chip, ...]
    reset: str
    """The page without a filter."""
    timeless: tuple[tuple[str, str], ...]
    """What the form that asks for a time carries along unseen."""


def selection_controls(
    filter_: Filter,
    address: Callable[[Pairs], str],
    *,
    reset: str,
    shown: Sequence[tuple[str, str]] | None = None,
    locked: Sequence[tuple[str, str]] = (),
) -> SelectionControls:
    """The controls of a page; `address` is the page with the pairs of a filter.

    `shown` are the pairs in its own address, where those are others than the filter's; `locked` those of the
    filter that the page fixes.
    """
    return SelectionControls(
        period=period_menu(filter_, address),
        chips=filter_chips(filter_, address, locked),
        reset=reset,
        timeless=tuple(
            pair for pair in (filter_.pairs() if shown is None else shown) if pair[0] not in _TIME
        ),
    )
