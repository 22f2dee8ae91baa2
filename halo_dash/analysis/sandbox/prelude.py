"""What a code session has from the start: names that are imported, and what the language's subset lacks.

It is written in the subset and runs inside the environment, under its limits: figures over a million values
cost the session's own time and memory, never ours.
"""

from __future__ import annotations

from collections.abc import Iterable

PRELUDE = '''
import json, re, math, itertools, collections, datetime
from collections import Counter, defaultdict


def mean(values):
    values = list(values)
    if not values:
        raise ValueError("mean() of nothing")
    return math.fsum(values) / len(values)


def quantiles(values, n=4):
    """The n - 1 cut points of n equal parts, as statistics.quantiles with method='inclusive'."""
    values = sorted(values)
    if n < 1:
        raise ValueError("n has to be at least 1")
    if not values:
        raise ValueError("quantiles() of nothing")
    last = len(values) - 1
    cuts = []
    for part in range(1, n):
        whole, rest = divmod(part * last, n)
        high = values[min(whole + 1, last)]
        cuts.append((values[whole] * (n - rest) + high * rest) / n)
    return cuts


def quantile(values, q):
    """The value below which the share q (0 to 1) of the values lies, interpolated."""
    values = sorted(values)
    if not values:
        raise ValueError("quantile() of nothing")
    at = q * (len(values) - 1)
    low = math.floor(at)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (at - low)


def median(values):
    values = sorted(values)
    if not values:
        raise ValueError("median() of nothing")
    middle = len(values) // 2
    if len(values) % 2:
        return values[middle]
    return (values[middle - 1] + values[middle]) / 2


def stdev(values):
    """Of a sample, as statistics.stdev."""
    values = list(values)
    if len(values) < 2:
        raise ValueError("stdev() needs two values")
    center = mean(values)
    return math.sqrt(math.fsum([(value - center) ** 2 for value in values]) / (len(values) - 1))


def _keyed(key):
    if isinstance(key, str):
        return lambda row: row.get(key)
    return key


def group_by(rows, key):
    """{key: [rows]}; key is a function of a row, or the name of a field."""
    found = {}
    of = _keyed(key)
    for row in rows:
        found.setdefault(of(row), []).append(row)
    return found


def count_by(rows, key):
    """[(key, count)], most frequent first; key as for group_by."""
    of = _keyed(key)
    return Counter([of(row) for row in rows]).most_common()


def chunks(values, size):
    """Lists of at most size values each, for ask_many and the like."""
    values = list(values)
    return [values[at:at + size] for at in range(0, len(values), size)]


def _shown(value, most):
    text = repr(value)
    if len(text) <= most:
        return text
    return text[:most] + f"… ({len(text)} characters; all of it is in _)"
'''


def own_names(functions: Iterable[str]) -> str:
    """`halo`: the functions once more, where no variable of a cell takes their names away."""
    kept = "".join(f"halo.{name} = {name}\n" for name in functions)
    return f"class _Halo:\n    pass\n\nhalo = _Halo()\n{kept}None"
