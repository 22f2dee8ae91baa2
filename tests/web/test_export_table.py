"""`/traces.csv`: the whole selection; `/search.json`: hits in spans."""

from __future__ import annotations

import csv
import io

from .conftest import Dashboard, index, put, run


def ids(dashboard: Dashboard, address: str) -> list[str]:
    answer = dashboard.ask(address)
    assert answer.status == 200
    return [row["trace_id"] for row in csv.DictReader(io.StringIO(answer.text))]


def test_the_table_has_every_trace_of_the_selection_in_its_order(dashboard: Dashboard) -> None:
    put(dashboard.db, *(run(n, fails=n % 2 == 0) for n in range(1, 1206)))
    everything = ids(dashboard, "/traces.csv")
    assert everything == [f"{n:032x}" for n in range(1205, 0, -1)]
    failed = ids(dashboard, "/traces.csv?status=error&sort=start")
    assert failed == [f"{n:032x}" for n in range(2, 1205, 2)]


def test_a_page_is_a_page_where_one_is_asked_for(dashboard: Dashboard) -> None:
    put(dashboard.db, *(run(n) for n in range(1, 13)))
    assert ids(dashboard, "/traces.csv?limit=5") == [f"{n:032x}" for n in range(12, 7, -1)]
    cursor = dashboard.ask("/traces.json?limit=5").json["next_cursor"]
    assert ids(dashboard, f"/traces.csv?limit=5&cursor={cursor}") == [f"{n:032x}" for n in range(7, 2, -1)]
    assert dashboard.ask("/traces.csv?agnt=x").status == 422


def test_the_table_of_a_search_is_what_was_found(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1, question="kettle"), run(2), run(3, answer="a kettle"))
    index(dashboard.db)
    assert ids(dashboard, "/traces.csv?q=kettle") == [f"{n:032x}" for n in (3, 1)]


def test_hits_in_spans(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1, question="<i>kettle</i>"), run(2), run(3, answer="kettle, kettle"))
    index(dashboard.db)
    found = dashboard.ask("/search.json?q=kettle&sort=start").json
    assert found["complete"] is True
    assert found["next_cursor"] is None
    assert {(hit["trace_id"], hit["span_id"]) for hit in found["items"]} == {
        (f"{n:032x}", f"{n * 16:016x}") for n in (1, 3)
    }
    assert found["items"][0]["snippet"] == "&lt;i&gt;<mark>kettle</mark>&lt;/i&gt;"
    assert found["items"][-1]["places"] == 2
    page = dashboard.ask("/search?q=kettle&status=ok")
    assert (page.status, page.headers["location"]) == (303, "/traces?q=kettle&status=ok")
    assert dashboard.ask("/search.json?nonsense=1").status == 422
