"""Stored costs follow the rules and prices of today, in steps that may end at any moment."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest

from halo_dash.config.prices import PriceOverride
from halo_dash.jobs.rereader import Rereader
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import LogRecord, Span
from halo_dash.semconv.pricing import PriceBook
from halo_dash.store import Store

NOW = 1_780_000_000_000_000_000
TABLE_USD = 0.00045
"""1,000 tokens in at 0.15 and 500 out at 0.60 USD a million: gpt-4o-mini."""

OWN_USD = 0.006
"""1,000 tokens in at 2 and 500 out at 8."""


def own(amount: int = 2) -> PriceBook:
    return PriceBook([PriceOverride("gpt-4o-mini", None, Decimal(amount), Decimal(4 * amount))])


def calls(trace: int, count: int = 1) -> list[Span]:
    return [
        Span(
            f"{trace:032x}",
            f"{number:016x}",
            name="chat",
            start_ns=NOW + trace + number,
            end_ns=NOW + trace + number + 10,
            attributes={
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": "gpt-4o-mini",
                "gen_ai.usage.input_tokens": 1000,
                "gen_ai.usage.output_tokens": 500,
            },
        )
        for number in range(count)
    ]


def fill(store: Store, traces: range, spans: int = 3) -> None:
    for trace in traces:
        with store.writing() as tx:
            tx.write(calls(trace, spans), source="live", received_ns=NOW)


def costs(store: Store) -> list[float | None]:
    """What the list says each trace cost, oldest first."""
    page = store.traces.page(ListQuery(Filter(), sort="start", limit=500), NOW, facets=False)
    return [row.summary.cost_usd for row in page.items]


def read_again(store: Store) -> int:
    return sum(step.spans for step in store.rereading.steps())


def test_a_new_store_is_of_today_and_nothing_is_read_twice(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        assert store.rereading.progress().is_current
        fill(store, range(3))
        assert store.rereading.progress().is_current
        assert read_again(store) == 0


def test_a_price_of_your_own_reaches_what_is_stored_and_leaves_again(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    with Store.open(path) as store:
        fill(store, range(40))
        before = store.traces.changed_since(0).revision
        assert costs(store) == pytest.approx([3 * TABLE_USD] * 40)
    with Store.open(path, prices=own()) as store:
        assert store.rereading.progress().waiting_traces == 40
        assert read_again(store) == 120
        assert store.rereading.progress().is_current
        assert costs(store) == pytest.approx([3 * OWN_USD] * 40)
        assert len(store.traces.changed_since(before).trace_ids) == 40
        for reading in store.spans.outline(f"{7:032x}"):
            assert reading.observation.cost_usd == pytest.approx(OWN_USD)
        assert store.check(sample=40) == ()
        # What the writer remembers of the traces is true as well.
        with store.writing() as tx:
            tx.write(calls(7, 4)[3:], source="live", received_ns=NOW)
        assert costs(store)[7] == pytest.approx(4 * OWN_USD)
    with Store.open(path, "ro") as store:
        assert store.rereading.progress().waiting_traces == 40
    with Store.open(path) as store:
        read_again(store)
        assert costs(store)[:7] == pytest.approx([3 * TABLE_USD] * 7)


def test_traces_whose_reading_stays_the_same_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    with Store.open(path) as store:
        fill(store, range(5))
        before = store.traces.changed_since(0).revision
    other = PriceBook([PriceOverride("some-other-model", None, Decimal(1), Decimal(1))])
    with Store.open(path, prices=other) as store:
        assert read_again(store) == 15
        assert store.traces.changed_since(before).trace_ids == ()
        assert store.rereading.progress().is_current


def test_what_arrives_meanwhile_is_read_once_and_by_todays_prices(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    with Store.open(path) as store:
        fill(store, range(200), spans=5)
    with Store.open(path, prices=own()) as store:
        steps = store.rereading.steps()
        for step, _each in enumerate(islice(steps, 3)):
            fill(store, range(200 + step, 201 + step))
            with store.writing() as tx:
                tx.write(calls(199 - step, 6)[5:], source="live", received_ns=NOW)
        assert not store.rereading.progress().is_current
        for _each in steps:
            pass
        expected = [5 * OWN_USD] * 197 + [6 * OWN_USD] * 3 + [3 * OWN_USD] * 3
        assert costs(store) == pytest.approx(expected)
        assert store.check(sample=50) == ()


def test_a_program_with_other_prices_makes_everything_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    with Store.open(path, prices=own()) as store:
        fill(store, range(3))
        with Store.open(path) as other:
            fill(other, range(3, 4))
        assert costs(store)[3] == pytest.approx(3 * TABLE_USD)
        assert store.rereading.progress().waiting_traces == 4
        read_again(store)
        assert costs(store) == pytest.approx([3 * OWN_USD] * 4)
        # Also when it writes while the work is under way.
    with Store.open(path, prices=own(5)) as store:
        steps = store.rereading.steps()
        next(steps)
        with Store.open(path) as other:
            fill(other, range(4, 5))
        read_again(store)
        assert costs(store) == pytest.approx([3 * OWN_USD * 2.5] * 5)


def test_log_records_still_belong_to_what_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    record = LogRecord(
        f"{0:032x}", f"{0:016x}", time_ns=NOW, event_name="gen_ai.user.message", body={"content": "hi"}
    )
    with Store.open(path) as store, store.writing() as tx:
        tx.write(calls(0), [record], source="live", received_ns=NOW)
    with Store.open(path, prices=own()) as store:
        read_again(store)
        (reading,) = store.spans.outline(f"{0:032x}")
        assert reading.observation.has_messages
        assert reading.observation.cost_usd == pytest.approx(OWN_USD)


def test_a_large_trace_is_read_in_many_steps(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    with Store.open(path) as store:
        fill(store, range(1), spans=3_000)
    with Store.open(path, prices=own()) as store:
        seen = [step.spans for step in store.rereading.steps()]
        assert sum(seen) == 3_000
        assert len(seen) > 2
        store.settle(everything=True)
        assert costs(store) == pytest.approx([3_000 * OWN_USD])


REREADER = """
import sys, time
from pathlib import Path
from decimal import Decimal
from halo_dash.config.prices import PriceOverride
from halo_dash.semconv.pricing import PriceBook
from halo_dash.store import Store

book = PriceBook([PriceOverride("gpt-4o-mini", None, Decimal(2), Decimal(8))])
with Store.open(Path(sys.argv[1]), prices=book) as store:
    for step in store.rereading.steps():
        print(step.spans, flush=True)
    print("done", flush=True)
"""


@pytest.mark.parametrize("steps", [0, 1, 4])
def test_killed_at_any_step_nothing_is_lost_and_it_goes_on(steps: int, tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    with Store.open(path) as store:
        for trace in range(60):
            with store.writing() as tx:
                tx.write(calls(trace, random.Random(trace).randint(1, 40)), source="live", received_ns=NOW)  # noqa: S311 - test data
        sizes = [round(cost / TABLE_USD) for cost in costs(store) if cost]
    with subprocess.Popen(
        [sys.executable, "-c", REREADER, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _each in range(steps):
            if process.stdout.readline() == "done\n":
                break
        os.kill(process.pid, signal.SIGKILL)
    with Store.open(path, prices=own()) as store:
        assert store.check(sample=60) == ()
        Rereader(store).look(threading.Event())
        assert costs(store) == pytest.approx([size * OWN_USD for size in sizes])
        assert store.rereading.progress().is_current
        assert store.check(sample=60) == ()


def test_a_store_without_the_note_is_read_again_whole(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    with Store.open(path) as store:
        fill(store, range(4))
        with store.writing() as tx:
            tx.connection.execute("DELETE FROM notes")
            tx.connection.execute("UPDATE counters SET reading_version = 1")
    with Store.open(path) as store:
        assert store.rereading.progress().waiting_traces == 4
        before = store.traces.changed_since(0).revision
        read_again(store)
        assert store.rereading.progress().is_current
        # Rules over whole traces may have changed, so every trace was summarised again.
        assert len(store.traces.changed_since(before).trace_ids) == 4
        assert store.check(sample=4) == ()
