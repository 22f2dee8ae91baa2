"""Who runs an agent now waits neither for an import nor for rules that changed; all is judged in the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from halo_dash.detect import RULES
from halo_dash.jobs.judge import Judge
from halo_dash.jobs.rule_health import identity
from halo_dash.store import Store

sys.path.insert(0, str(Path(__file__).parents[1] / "detect"))
from test_judge import NOW, S, failed_tool, spans_of, write

MANY = 150


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "halo.db") as opened:
        yield opened


def due(store: Store, limit: int, rules: str = "any") -> list[int]:
    judging = store.findings.judging(rules)
    while judging.follow():
        pass
    found = [int(trace_id, 16) for _row, trace_id in judging.due(NOW + 100 * S, limit)]
    judging.close()
    return found


def test_the_freshest_are_judged_first(store: Store) -> None:
    for number in range(1, 6):
        write(store, spans_of(failed_tool(), number), NOW + number * S)
    assert due(store, 3) == [5, 4, 3]


def test_what_arrives_overtakes_what_only_the_rules_changed(store: Store) -> None:
    for number in range(1, 6):
        write(store, spans_of(failed_tool(), number), NOW + number * S)
    Judge(store, RULES, clock=lambda: NOW + 50 * S).catch_up()
    changed = [replace(each, version=each.version + 1) for each in RULES]
    write(store, spans_of(failed_tool(), 9), NOW + 60 * S)
    assert due(store, 100, identity(changed))[0] == 9
    assert set(due(store, 100, identity(changed))) == {1, 2, 3, 4, 5, 9}


def test_all_that_waits_is_judged_in_the_end(store: Store) -> None:
    for number in range(1, MANY + 1):
        write(store, spans_of(failed_tool(), number), NOW + number)
    assert Judge(store, RULES, clock=lambda: NOW + 5 * S).catch_up() == MANY
    assert store.findings.state(NOW + 5 * S).judged == MANY
    assert store.findings.state(NOW + 5 * S).waiting == 0
