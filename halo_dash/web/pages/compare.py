"""`/compare`: two traces side by side, or two lists, or the choice of what to compare with."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get

from halo_dash.errors import UsageError
from halo_dash.model.comparison import Comparison
from halo_dash.store import Store
from halo_dash.web.compare.address import CompareAddress, compare_url, pasted_id
from halo_dash.web.compare.chooser import Chooser, chooser
from halo_dash.web.compare.head import CompareHead, compare_head
from halo_dash.web.compare.pair import PairView, pair_view
from halo_dash.web.compare.reading import TracePair, pair_document, read_pair
from halo_dash.web.compare.rows import StepWindow, step_window
from halo_dash.web.formats import query_pairs, suffix_of
from halo_dash.web.pages.contrasting import compare_selections
from halo_dash.web.render import HaloRequest, View, respond, see_other, site_of
from halo_dash.web.trace.reading import read_trace

_NAMES = ("a", "b", "trace", "step", "show", "row", "left", "right")
_MOST_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class CompareContext:
    """Variables of `compare/show.html` and its part."""

    address: CompareAddress
    head: CompareHead
    comparison: Comparison
    window: StepWindow
    pair: PairView | None


@dataclass(frozen=True, slots=True)
class ChooserContext:
    """Variables of `compare/choose.html`."""

    chooser: Chooser | None
    """None where no trace was named yet."""


@get("/compare", sync_to_thread=True)
def compare(request: HaloRequest) -> Response[bytes]:
    """Compare `a` with `b`; with one of them, offer others. Raises NotFoundError for an unknown trace."""
    site = site_of(request)
    pairs = query_pairs(request.scope)
    _refuse_unknown(pairs)
    if any(name in {"left", "right"} for name, _ in pairs):
        return compare_selections(request, site, dict(pairs))
    ids = _traces(site.store, pairs)
    given = {name: text for name, text in pairs if name in {"a", "b"} and text}
    if any(name == "trace" for name, _ in pairs) or any(pasted_id(text) != text for text in given.values()):
        target = compare_url(*ids) if ids else "/compare"
        location = target.replace("/compare", f"/compare{suffix_of(request.scope)}", 1)
        return see_other(location)
    if len(ids) < 2:
        context = ChooserContext(_offer(site.store, ids[0], site.clock()) if ids else None)
        return respond(request, site, View("compare/choose.html", context, section="traces"))
    address = _address(ids[0], ids[1], dict(pairs))
    pair = read_pair(site.store, ids[0], ids[1], site.clock())
    view = View(
        template="compare/show.html",
        context=_context(site.store, pair, address),
        section="traces",
        fragments={"compare": "compare/_compare.html"},
        data=lambda: pair_document(pair),
    )
    return respond(request, site, view)


def _refuse_unknown(pairs: list[tuple[str, str]]) -> None:
    unknown = [name for name, _ in pairs if name not in _NAMES]
    if unknown:
        raise UsageError(f"A comparison has no {unknown[0][:40]!r}.", hint=f"It takes: {', '.join(_NAMES)}.")


def _traces(store: Store, pairs: list[tuple[str, str]]) -> list[str]:
    """The traces that are named: `a` and `b`, or the rows chosen in a list, the earlier one first."""
    given = dict(pairs)
    named = [pasted_id(given[name]) for name in ("a", "b") if given.get(name, "").strip()]
    chosen = list(dict.fromkeys(pasted_id(text) for name, text in pairs if name == "trace" and text.strip()))
    if len(chosen) > 2:
        raise UsageError(
            f"{len(chosen)} traces were chosen, and two can be compared.",
            hint="Go back and leave two of them chosen.",
        )
    rows = {trace_id: store.traces.get(trace_id) for trace_id in chosen}
    chosen.sort(key=lambda trace_id: row.summary.start_ns if (row := rows[trace_id]) else 0)
    return (named + chosen)[:2]


def _address(a: str, b: str, given: dict[str, str]) -> CompareAddress:
    return CompareAddress(
        a,
        b,
        step=_whole(given.get("step")),
        is_short=given.get("show") == "differences",
        first_row=_whole(given.get("row")),
    )


def _whole(text: str | None) -> int:
    """A count from an address; what is no count is none: an old link still opens its comparison."""
    return min(int(text), _MOST_ROWS) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _offer(store: Store, trace_id: str, now_ns: int) -> Chooser:
    return chooser(store, read_trace(store, trace_id, now_ns).row, now_ns)


def _context(store: Store, pair: TracePair, address: CompareAddress) -> CompareContext:
    window = step_window(pair, address)
    return CompareContext(
        address=address,
        head=compare_head(pair),
        comparison=pair.comparison,
        window=window,
        pair=pair_view(store, pair, address, window.selected),
    )
