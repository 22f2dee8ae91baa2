"""Which bucket of a chart a moment falls into."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halo_dash.store.figures.layout import Array


def bucket_of(starts: Array, edges_ns: Sequence[int]) -> Array:
    """The bucket of each moment, where `edges[i] <= start < edges[i + 1]`; outside, how many there are."""
    if not len(edges_ns):
        return np.zeros(len(starts), "i8")
    found = np.searchsorted(np.array(edges_ns, "i8"), starts, side="right") - 1
    found[found < 0] = len(edges_ns) - 1
    return found
