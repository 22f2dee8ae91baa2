"""What is drawn of a selection that is too large: never too much, nothing rare lost, always the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.store.memory.drawing import draw

sizes = st.lists(st.integers(1, 60), min_size=1, max_size=200)


@settings(max_examples=200, deadline=None)
@given(sizes, st.integers(1, 2_000), st.integers(0, 2**32), st.data())
def test_never_more_than_the_limit_but_one_trace_at_least(
    spans: list[int], most: int, seed: int, data: st.DataObject
) -> None:
    places = st.sets(st.integers(0, len(spans) - 1), max_size=20).map(
        lambda each: np.array(sorted(each), "i8")
    )
    failures, others = (data.draw(st.lists(places, max_size=8)) for _ in range(2))
    given_spans, starts = np.array(spans, "i8"), np.arange(len(spans))[::-1]
    drawn = draw(given_spans, starts, failures, others, most=most, seed=seed)
    taken = drawn.places
    assert len(taken) >= 1
    assert given_spans[taken].sum() <= most or len(taken) == 1
    # Nothing that is left out would still fit.
    left = np.setdiff1d(np.arange(len(spans)), taken)
    assert not len(left) or given_spans[taken].sum() + given_spans[left].min() > most
    assert len(set(taken.tolist())) == len(taken)
    mine = set(taken.tolist())
    assert drawn.missed == sum(not mine & set(each.tolist()) for each in (*failures, *others) if len(each))
    again = draw(given_spans, starts, failures, others, most=most, seed=seed)
    assert again.places.tolist() == taken.tolist()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 19_999), st.integers(0, 2**32), st.integers(200, 5_000))
def test_a_failure_of_one_run_in_twenty_thousand_stays_in(rare: int, seed: int, most: int) -> None:
    count = 20_000
    spans = np.full(count, 8)
    kinds = [np.array([rare]), np.arange(0, count, 7), np.arange(count)]
    drawn = draw(spans, np.arange(count), kinds[:2], kinds[2:], most=most, seed=seed)
    assert rare in drawn.places.tolist()
    assert not drawn.missed


@given(st.integers(0, 2**32))
def test_the_rest_is_spread_evenly_over_time(seed: int) -> None:
    count, most = 10_000, 1_000
    drawn = draw(np.ones(count, "i8"), np.arange(count), [], [], most=most, seed=seed)
    by_tenth = np.bincount(drawn.places // (count // 10), minlength=10)
    assert by_tenth.sum() == most
    assert abs(by_tenth - most // 10).max() <= 3
