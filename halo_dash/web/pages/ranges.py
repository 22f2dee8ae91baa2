"""`/ranges/{name}`: how a measure is spread over a selection; a part of the filter panel, and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from litestar import Response, get
from litestar.params import FromPath

from halo_dash.errors import NotFoundError
from halo_dash.model.bounds import Bounds, Number
from halo_dash.model.filter import ListQuery
from halo_dash.model.filter_fields import FIELD
from halo_dash.model.spread import Spread
from halo_dash.model.twin import Json
from halo_dash.web import selection, words
from halo_dash.web.formats import header, query_pairs, requested
from halo_dash.web.render import FRAGMENT_HEADER, HaloRequest, View, respond, see_other, site_of


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, in percent of the drawing."""

    x: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class SpreadContext:
    """Variables of `traces/_spread.html`."""

    label: str
    bars: tuple[Bar, ...]
    edges: tuple[str, ...]
    """As the filter writes them."""
    low: int
    high: int
    """Which edges are chosen."""


@get("/ranges/{name:str}", sync_to_thread=True)
def spread(request: HaloRequest, name: FromPath[str]) -> Response[bytes]:
    """The traces that the other filters leave, between round numbers. As a page it is the list."""
    site = site_of(request)
    field = FIELD.get(name)
    if field is None or field.shape != "bounds":
        raise NotFoundError(
            f"There is no range {name[:40]!r}.", hint="The list of traces shows those there are."
        )
    query = ListQuery.parse(query_pairs(request.scope))
    if requested(request.scope) == "html" and not header(request.scope, FRAGMENT_HEADER):
        return see_other(selection.address(query))
    found = site.store.traces.spread(query.filter.without(name), name, site.clock())
    bounds: Bounds = getattr(query.filter, field.attribute)
    context = SpreadContext(
        label=name.replace("_", " "),
        bars=_bars(found, tuple(field.write(edge) for edge in found.edges)),
        edges=tuple(field.write(edge) for edge in found.edges),
        low=_place(found.edges, bounds.minimum, 0),
        high=_place(found.edges, bounds.maximum, len(found.edges) - 1),
    )

    def data() -> dict[str, Json]:
        return {"edges": [*found.edges], "counts": [*found.counts]}

    return respond(request, site, View("", context, fragments={"spread": "traces/_spread.html"}, data=data))


def _bars(found: Spread, edges: tuple[str, ...]) -> tuple[Bar, ...]:
    most, width = max(found.counts, default=0), 100 / max(len(found.counts), 1)
    return tuple(
        Bar(round(at * width, 2), round(width, 2), round(100 * count / most, 1) if most else 0, title)
        for at, (count, (low, high)) in enumerate(zip(found.counts, pairwise(edges), strict=True))
        for title in (f"{low} to {high}: {words.plural(count, 'trace')}",)
    )


def _place(edges: tuple[Number, ...], value: Number | None, otherwise: int) -> int:
    """The edge that is nearest to a value."""
    if value is None or not edges:
        return otherwise
    return min(range(len(edges)), key=lambda at: abs(edges[at] - value))
