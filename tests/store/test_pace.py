"""How much upkeep does at once follows from its own work, not from how busy the machine is."""

from __future__ import annotations

import pytest

from halo_dash.store.pace import AIM_S, Pace, Stopwatch


class Measured(Stopwatch):
    """A stopwatch that shows what it is told."""

    def __init__(self, took_s: float, effort_s: float) -> None:
        super().__init__()
        self._shown = took_s, effort_s

    @property
    def took_s(self) -> float:
        return self._shown[0]

    @property
    def effort_s(self) -> float:
        return self._shown[1]


@pytest.mark.parametrize(
    ("effort_s", "amount"), [(AIM_S * 2, 50), (AIM_S, 100), (AIM_S / 3, 150), (AIM_S * 1.4, 100)]
)
def test_it_does_less_after_a_hard_step_and_more_after_an_easy_one(effort_s: float, amount: int) -> None:
    pace = Pace(start=100)
    assert pace.learn(Measured(1.0, effort_s)) == 1.0
    assert pace.amount == amount


def test_it_stays_between_the_fewest_and_the_most() -> None:
    pace = Pace(start=100, fewest=30, most=300)
    for _step in range(5):
        pace.learn(Measured(1.0, 1.0))
    assert pace.amount == 30
    for _step in range(20):
        pace.learn(Measured(0.0, 0.0))
    assert pace.amount == 300


def test_waiting_counts_only_where_it_is_long() -> None:
    watch = Stopwatch()
    watch.began_s -= 8 * AIM_S
    assert 2 * AIM_S <= watch.effort_s <= watch.took_s
    watch = Stopwatch()
    while watch.took_s < AIM_S:
        pass
    assert watch.effort_s <= watch.took_s
