"""Traces that still grow wait for their document; the mark of the index says nothing too much meanwhile."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.jobs.indexer import catch_up
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Span
from halo_dash.store import Store, pending
from halo_dash.store.index_files import IndexFiles
from halo_dash.store.indexing import Indexing
from halo_dash.store.pending import LATEST_NS, QUIET_NS, Pending

NOW = 1_780_000_000_000_000_000


class Follower:
    """A store, the writer of its index, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder / "halo.db")
        self.files = IndexFiles(folder / "halo.db")
        self.now_ns = NOW
        self.said: dict[int, int] = {}
        self.index = self._open()

    def _open(self) -> Indexing:
        return Indexing(self.store._database, self.files, clock=lambda: self.now_ns)

    def die(self) -> None:
        """What a killed process leaves is what it committed."""
        self.index.close()
        self.index = self._open()

    def write(self, trace: int) -> None:
        number = self.said[trace] = self.said.get(trace, 0) + 1
        with self.store.writing() as tx:
            text = {"text": f"t{trace}n{number}"}
            span = Span(f"{trace + 1:032x}", f"{number:016x}", name="n", start_ns=NOW, attributes=text)
            tx.write([span], source="live", received_ns=self.now_ns)

    def is_found(self, trace: int) -> bool:
        """Whether the newest words of a trace are found."""
        page = self.store.traces.page(ListQuery(Filter(q=f"t{trace}n{self.said[trace]}")), NOW, facets=False)
        return page.totals.traces == 1

    def mark(self) -> int:
        with self.store.search._index.reading() as snapshot:
            return snapshot.state.revision if snapshot else 0

    def lag_s(self) -> float:
        lag_s = self.store.search.state(self.now_ns).lag_s
        assert lag_s is not None
        return lag_s

    def close(self) -> None:
        self.index.close()
        self.store.close()


def test_of_many_traces_each_waits_until_it_is_quiet_but_no_longer_than_a_second(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    for trace in range(30):
        follower.write(trace)
    assert follower.index.step().traces == 0
    assert follower.index.step().is_waiting
    follower.now_ns += QUIET_NS - 1
    follower.write(7)
    assert follower.index.step().traces == 0
    follower.now_ns += 1
    assert follower.index.step().traces == 29
    assert follower.lag_s() == pytest.approx(QUIET_NS / 1e9)
    follower.write(30)  # a few wait for nothing
    assert follower.index.step().traces == 2
    assert follower.lag_s() == 0.0
    follower.close()


def test_a_trace_that_never_rests_is_found_after_a_second_and_the_lag_says_so(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    for trace in range(30):
        follower.write(trace)
    made = 0
    for _ in range(10):
        assert follower.lag_s() <= LATEST_NS / 1e9
        made = follower.index.step().traces
        if made:
            break
        assert follower.lag_s() == pytest.approx((follower.now_ns - NOW) / 1e9)
        follower.now_ns += QUIET_NS // 4
        for trace in range(30):
            follower.write(trace)
    assert (made, follower.now_ns) == (30, NOW + LATEST_NS)
    follower.close()


def test_a_change_without_a_span_is_as_late_as_the_change(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    for trace in (0, 1):
        follower.write(trace)
        follower.index.step()
        follower.now_ns += 3600 * 10**9
    follower.write(2)
    follower.index.step()
    with follower.store.writing() as tx:
        tx.pin(f"{1:032x}", is_pinned=True)
    follower.now_ns += 10**8
    assert follower.lag_s() == pytest.approx(0.1)
    follower.index.step()
    assert follower.lag_s() == 0.0
    follower.close()


def test_a_clock_that_is_set_back_keeps_nothing_waiting() -> None:
    changes = Pending()
    changes.add([(row, row, NOW) for row in range(1, 31)], 30)
    assert len(changes.due(NOW - 1, all_at_once=False)) == 30


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 4)),
        st.tuples(st.just("wait"), st.sampled_from([1, QUIET_NS // 2, QUIET_NS, LATEST_NS])),
        st.tuples(st.sampled_from(["step", "die", "catch up"]), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(actions=ACTIONS)
def test_whatever_happens_all_up_to_the_mark_is_found(actions: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pending, "_FEW", 0)
        follower = Follower(Path(folder))
        for action, value in actions:
            if action == "write":
                follower.write(value)
            elif action == "wait":
                follower.now_ns += value
            elif action == "step":
                follower.index.step()
            elif action == "die":
                follower.die()
            else:
                catch_up(follower.store)
            mark = follower.mark()
            for row in follower.store.traces.page(ListQuery(), NOW, facets=False).items:
                if row.revision <= mark:
                    assert follower.is_found(int(row.summary.trace_id, 16) - 1)
        follower.now_ns += LATEST_NS
        follower.index.step()
        assert all(follower.is_found(trace) for trace in follower.said)
        assert follower.store.stats().indexed_spans == follower.store.stats().spans
        follower.close()
