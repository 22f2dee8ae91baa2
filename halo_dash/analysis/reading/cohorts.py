"""What sets the traces of one filter apart from those of another: shares and measures, tested."""

from __future__ import annotations

from typing import Any

from halo_dash.analysis.reading.reader import Reader
from halo_dash.analysis.reading.rows import share
from halo_dash.detect.cohort import LEAST_REFERENCES, LEAST_RUNS, SIGNIFICANT, Trait, differences
from halo_dash.errors import UsageError
from halo_dash.model.contrast import Contrast, contrast
from halo_dash.model.filter import Filter, ListQuery

Json = dict[str, Any]

_COMPARED = (
    *("agent", "model", "provider", "tool", "service", "version", "environment", "user", "name", "kind"),
    *("source", "tag", "rule"),
)
_MOST = 20
_LISTED = 100
"""Values of a field that a page of the list counts at most."""


def cohort(reader: Reader, a: Filter, b: Filter | None) -> Json:
    """Traits and measures of the traces of `a` against those of `b` (None: all others that are read).

    Raises UsageError where one of them has no traces.
    """
    sampling, now_ns = reader.store.sampling, reader.selection.now_ns
    mine = sampling.names(reader.selection.within(a), now_ns)
    of_a = frozenset(mine)
    others = sampling.names(reader.selection.within(b or Filter()), now_ns)
    theirs = others if b is not None else tuple(each for each in others if each not in of_a)
    for name, ids in (("a", mine), ("b", theirs)):
        if not ids:
            raise UsageError(
                f"No trace of the selection is in {name}.", hint="count_traces tells what is in it."
            )
    left, right = Filter(trace=mine), Filter(trace=theirs)
    out: Json = {"a": {"traces": len(mine)}, "b": {"traces": len(theirs)}, "of": reader.base}
    if shared := len(of_a & frozenset(theirs)):
        out["in_both"] = shared
    out["differences"] = _traits(reader, left, right, len(mine), len(theirs))
    out["measures"] = _measures(reader, left, right)
    out["read_as"] = (
        "differences: values that traces of a have more or less often than those of b, by Fisher's exact "
        f"test after Holm's correction over all values compared (p < {SIGNIFICANT}); none are claimed below "
        f"{LEAST_RUNS} traces in a or {LEAST_REFERENCES} in b. Association, not cause."
    )
    return out


def _traits(reader: Reader, left: Filter, right: Filter, a: int, b: int) -> list[Json]:
    (mine, mine_cut), (theirs, theirs_cut) = _counts(reader, left), _counts(reader, right)
    counts = {
        trait: (mine.get(trait, 0), theirs.get(trait, 0))
        for trait in dict.fromkeys((*mine, *theirs))
        # Where one side has too many values to be listed, only those that both list are compared.
        if (trait in mine or trait.name not in mine_cut) and (trait in theirs or trait.name not in theirs_cut)
    }
    return [
        {
            "field": each.trait.name,
            "value": each.trait.value,
            "a": each.failing_with,
            "a_share": share(each.failing_with, a),
            "b": each.others_with,
            "b_share": share(each.others_with, b),
            "p_value": float(f"{each.p_value:.3g}"),
        }
        for each in differences(counts, a, b)[:_MOST]
    ]


def _counts(reader: Reader, chosen: Filter) -> tuple[dict[Trait, int], frozenset[str]]:
    """(traces that have each value, the fields that have more values than are listed)."""
    page = reader.store.traces.page(ListQuery(chosen, limit=1), reader.selection.now_ns, patience_s=0)
    values = {name: page.facets.get(name, ()) for name in _COMPARED}
    cut = frozenset(name for name, found in values.items() if len(found) >= _LISTED)
    return {Trait(name, each.value): each.count for name, found in values.items() for each in found}, cut


def _measures(reader: Reader, left: Filter, right: Filter) -> list[Json]:
    figures, now_ns = reader.store.figures, reader.selection.now_ns
    found = contrast(
        figures.overview(left, now_ns),
        figures.overview(right, now_ns),
        figures.samples(left, now_ns),
        figures.samples(right, now_ns),
    )
    return [_measure(each) for each in found.measures]


def _measure(each: Contrast) -> Json:
    scale = 1e6 if each.unit == "duration" else 1
    out: Json = {
        "measure": each.name,
        "unit": "ms" if each.unit == "duration" else each.unit,
        "a": None if each.left is None else round(each.left / scale, 6),
        "b": None if each.right is None else round(each.right / scale, 6),
    }
    if each.test is not None:
        out["p_value"], out["verdict"] = float(f"{each.test.chance:.3g}"), each.test.verdict
    return out
