"""What each run took equals what the list says of each trace."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from halo_dash.model.filter import Filter, ListQuery
from halo_dash.store import Store
from halo_dash.transfer.demo import demo_traces


@pytest.mark.parametrize(
    "chosen", [Filter(), Filter(agent=("Support",)), Filter(status=("error",)), Filter(model=("none",))]
)
def test_samples_are_the_values_of_the_traces_of_the_list(tmp_path: Path, chosen: Filter) -> None:
    now_ns = time.time_ns()
    with Store.open(tmp_path / "halo.db") as store:
        with store.writing() as tx:
            for trace in demo_traces(now_ns):
                tx.write(trace.spans, (), source="demo", received_ns=now_ns)
        found = store.figures.samples(chosen, now_ns)
        rows = store.traces.page(ListQuery(chosen, limit=500), now_ns=now_ns).items
    summaries = [row.summary for row in rows]
    ended = [each for each in summaries if each.end_ns > each.start_ns]
    assert sorted(found.durations_ns) == sorted(each.end_ns - each.start_ns for each in ended)
    assert sorted(found.tokens) == sorted(
        each.usage.total for each in summaries if each.usage.total is not None
    )
    priced = [each.cost_usd for each in summaries if each.cost_usd is not None and not each.cost_is_partial]
    assert sorted(found.costs_usd) == pytest.approx(sorted(priced))
    assert bool(rows) == (chosen.model == ())
