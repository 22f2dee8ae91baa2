"""`/compare?left=…&right=…`: two lists of traces side by side."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response

from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.twin.contrast import contrast_json
from halo_dash.web import selection
from halo_dash.web.compare.selections import SelectionsView, selections_view
from halo_dash.web.compare.sides import (
    Alternative,
    alternatives,
    raw_url,
    read_contrast,
    read_side,
    selections_url,
)
from halo_dash.web.formats import suffix_of
from halo_dash.web.own_part import OwnPart, own_part
from halo_dash.web.render import HaloRequest, View, respond, see_other
from halo_dash.web.site import Site


@dataclass(frozen=True, slots=True)
class SelectionsContext:
    """Variables of `compare/selections.html`."""

    view: SelectionsView
    own: tuple[OwnPart | None, OwnPart | None]
    """Of each side the part of the agent that it names, where it shares its traces."""
    uncounted: int
    """Traces without figures yet: a store from before there were any is still being read."""


@dataclass(frozen=True, slots=True)
class AlternativesContext:
    """Variables of `compare/alternatives.html`."""

    left: str
    """Query string of the list."""
    chips: tuple[str, ...]
    href: str
    """The list itself."""
    others: tuple[Alternative, ...]


def compare_selections(request: HaloRequest, site: Site, given: dict[str, str]) -> Response[bytes]:
    """Compare list `left` with list `right`; without `right`, offer others. Raises UsageError."""
    left = read_side(given.get("left", "")).filter
    if "right" not in given:
        return respond(request, site, View("compare/alternatives.html", _offer(site, left), section="traces"))
    right = read_side(given["right"]).filter
    if selections_url(left, right) != raw_url(given):
        # Somebody pasted an address, or an order of filters that is not the canonical one.
        location = selections_url(left, right, suffix=suffix_of(request.scope))
        return see_other(location)
    found = read_contrast(site.store, left, right, site.clock())
    own = (_own(site, left), _own(site, right))
    context = SelectionsContext(selections_view(found, left, right), own, site.store.figures.uncounted())
    view = View(
        "compare/selections.html",
        context,
        section="traces",
        data=lambda: contrast_json(found, left, right),
    )
    return respond(request, site, view)


def _own(site: Site, side: Filter) -> OwnPart | None:
    now_ns = site.clock()
    totals = site.store.traces.totals(side, now_ns)
    return own_part(site.store, side, now_ns, totals.usage, totals.cost_usd)


def _offer(site: Site, left: Filter) -> AlternativesContext:
    query = ListQuery(left)
    return AlternativesContext(
        left=selection.address(query).partition("?")[2],
        chips=tuple(chip.label for chip in selection.chips(query)),
        href=selection.address(query),
        others=alternatives(site.store, left, site.store.views.all(), site.clock()),
    )
