"""Two selections side by side as JSON."""

from __future__ import annotations

from urllib.parse import urlencode

from halo_dash.model.contrast import Contrast, GroupContrast, SelectionContrast, Test
from halo_dash.model.filter import Filter
from halo_dash.model.twin.values import Json


def contrast_json(found: SelectionContrast, left: Filter, right: Filter) -> dict[str, Json]:
    """`/compare.json?left=…&right=…`. Durations are milliseconds, shares from 0 to 1."""
    return {
        "left": urlencode(left.pairs()),
        "right": urlencode(right.pairs()),
        "measures": [_measure_json(each) for each in found.measures],
        "groups": [_group_json(each) for each in found.groups],
    }


def _measure_json(each: Contrast) -> dict[str, Json]:
    def number(value: float | None) -> float | None:
        return value / 1e6 if value is not None and each.unit == "duration" else value

    return {
        "name": each.name,
        "unit": "ms" if each.unit == "duration" else each.unit,
        "left": number(each.left),
        "right": number(each.right),
        "left_interval": list(each.left_interval) if each.left_interval else None,
        "right_interval": list(each.right_interval) if each.right_interval else None,
        "difference_interval": list(each.difference_interval) if each.difference_interval else None,
        "left_is_partial": each.is_partial[0],
        "right_is_partial": each.is_partial[1],
        "test": _test_json(each.test),
    }


def _test_json(test: Test | None) -> Json:
    if test is None:
        return None
    return {"name": test.name, "p": test.chance, "verdict": test.verdict}


def _group_json(each: GroupContrast) -> dict[str, Json]:
    def side(at: int) -> dict[str, Json]:
        p50_ns = each.p50_ns[at]
        return {
            "runs": each.runs[at],
            "runs_share": each.runs_share[at],
            "calls_a_run": each.calls_a_run[at],
            "p50_ms": None if p50_ns is None else p50_ns / 1e6,
            "failed_share": each.failed_share[at],
        }

    return {
        "by": each.dimension,
        "value": each.value,
        "left": side(0),
        "right": side(1),
        "test": _test_json(each.test),
    }
