"""The distinct values of a column of term numbers, without sorting it."""

from __future__ import annotations

import numpy as np

from halo_dash.store.figures.layout import Array

_SPARSE = 16
"""Numbers that reach further than so many times their count are sorted after all."""


def distinct(terms: Array) -> tuple[Array, Array]:
    """(each value once, ascending; the place among them of every value that was given)."""
    most = int(terms.max(initial=0))
    if most > _SPARSE * len(terms) + 65_536:
        found, places = np.unique(terms, return_inverse=True)
        return found, places
    is_there = np.zeros(most + 1, bool)
    is_there[terms] = True
    number = np.cumsum(is_there) - 1
    return np.flatnonzero(is_there), number[terms]
