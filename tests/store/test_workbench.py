"""Questions in SQL over a selection: answered from copies, and nothing else can be reached."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from halo_dash.errors import HaloError, InvalidInputError, TooLargeError
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.store import Store, workbench, workbench_tables
from halo_dash.store.workbench import Workbench
from tests.store.conformance.planted import fill_and_judge
from tests.store.conformance.runs import NOW

TRACES = 60


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("workbench") / "halo.db") as opened:
        fill_and_judge(opened, TRACES)
        yield opened


@pytest.fixture(scope="module")
def bench(store: Store) -> Workbench:
    return store.workbench(Filter(), NOW)


def test_the_tables_are_the_list(store: Store, bench: Workbench) -> None:
    totals = store.traces.totals(Filter(), NOW)
    answer = bench.ask(
        "SELECT count(*), sum(span_count), sum(status = 'error'), sum(llm_calls), total(findings) FROM traces"
    )
    rows = store.traces.page(ListQuery(limit=500), NOW).items
    findings = sum(len(row.judged.findings) for row in rows if row.judged)
    assert answer.rows == ((totals.traces, totals.spans, totals.failed, totals.llm_calls, findings),)
    assert bench.ask("SELECT count(*), sum(is_error) FROM spans").rows == ((totals.spans, totals.errors),)
    assert bench.ask("SELECT count(*) FROM findings").rows == ((findings,),)
    joined = (
        "SELECT rule, count(DISTINCT t.trace_id) FROM findings JOIN traces AS t USING (trace_id) GROUP BY 1"
    )
    assert dict(bench.ask(joined).rows).keys() == {"planted", "other"}  # type: ignore[arg-type]


def test_only_the_selection_is_there(store: Store) -> None:
    chosen = Filter(model=("gpt-4o",))
    bench = store.workbench(chosen, NOW)
    count = store.traces.totals(chosen, NOW).traces
    assert 0 < count < TRACES
    assert bench.ask("SELECT count(*) FROM traces").rows == ((count,),)
    bench.close()
    assert bench.ask("SELECT count(*) FROM traces").rows == ((count,),)


def test_rows_beyond_the_limit_are_counted(bench: Workbench) -> None:
    answer = bench.ask("SELECT trace_id FROM traces", most_rows=7)
    assert (len(answer.rows), answer.total, answer.is_whole) == (7, TRACES, True)
    assert bench.ask("SELECT replace(hex(zero), '0', 'aaaa') FROM (SELECT 1 AS zero)").cut_cells == 0
    long = bench.ask("SELECT group_concat(trace_id) FROM traces CROSS JOIN (SELECT 1 UNION SELECT 2)")
    assert long.cut_cells == 1
    assert str(long.rows[0][0]).endswith(f"({2 * TRACES * 33 - 1:,} characters)")


ATTEMPTS = (
    "INSERT INTO traces (trace_id) VALUES ('x')",
    "UPDATE traces SET name = 'x'",
    "DELETE FROM traces",
    "DROP TABLE traces",
    "CREATE TABLE mine (x)",
    "CREATE TEMP TABLE mine AS SELECT 1",
    "CREATE VIEW mine AS SELECT 1",
    "CREATE VIRTUAL TABLE mine USING fts5(x)",
    "ALTER TABLE traces RENAME TO mine",
    "ATTACH DATABASE '/etc/passwd' AS other",
    "ATTACH ':memory:' AS other",
    "DETACH main",
    "PRAGMA database_list",
    "PRAGMA writable_schema=ON",
    "SELECT * FROM pragma_database_list",
    "SELECT load_extension('/tmp/x.so')",
    "SELECT readfile('/etc/passwd')",
    "SELECT writefile('/tmp/x', 'y')",
    "SELECT randomblob(1000000000)",
    "SELECT zeroblob(1000000000)",
    "SELECT printf('%.1000000000d', 1)",
    "SELECT fts3_tokenizer('simple')",
    "VACUUM INTO '/tmp/copy.db'",
    "VACUUM",
    "REINDEX",
    "ANALYZE",
    "BEGIN",
    "SAVEPOINT x",
    "SELECT 1; DROP TABLE traces",
    "EXPLAIN SELECT 1; DELETE FROM traces",
    "WITH x AS (SELECT 1) DELETE FROM traces",
    "SELECT * FROM dbstat",
    "SELECT * FROM sqlite_dbpage",
    "SELECT * FROM temp.traces",
    "SELECT * FROM nothing",
    "SELECT ?",
    "not sql at all",
    "",
    "SELECT 'a\x00b",
    "SELECT '\ud800'",
    f"SELECT {'(' * 500}1{')' * 500}",
    "SELECT 1" + ", 1" * 30_000,
)


@pytest.mark.parametrize("statement", ATTEMPTS, ids=range(len(ATTEMPTS)))
def test_nothing_else_is_possible(bench: Workbench, statement: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as refused:
        bench.ask(statement)
    assert refused.value.hint
    assert bench.ask("SELECT count(*) FROM traces").rows == ((TRACES,),)
    assert not list(tmp_path.iterdir())


def counting(rest: str) -> str:
    """Over the numbers from 1, without end."""
    return f"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) {rest}"  # noqa: S608 - a test's own words


EXHAUSTING = (
    counting("SELECT count(*) FROM n"),
    counting("SELECT x FROM n ORDER BY -x"),
    "SELECT count(*) FROM traces a, traces b, traces c, traces d, traces e, traces f",
    "WITH RECURSIVE n(x) AS (SELECT 'a' UNION ALL SELECT x || x FROM n) SELECT max(length(x)) FROM n",
    counting("SELECT count(*) FROM n WHERE 'aaaaaaaaaaaaaaaaaaaaaaaab' LIKE '%a%a%a%a%a%a%a%a%a%a%a%a%c'"),
)


@pytest.mark.parametrize("statement", EXHAUSTING, ids=range(len(EXHAUSTING)))
def test_a_statement_that_never_ends_is_ended(
    bench: Workbench, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbench, "SECONDS", 0.1)
    with pytest.raises(InvalidInputError):
        bench.ask(statement)
    assert bench.ask("SELECT 1").rows == ((1,),)


def test_endless_rows_are_given_and_said_to_be_more(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbench, "SECONDS", 0.1)
    answer = bench.ask(counting("SELECT x FROM n"))
    assert len(answer.rows) == workbench.MOST_ROWS < answer.total
    assert not answer.is_whole


def test_too_many_spans_are_refused_before_they_are_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbench_tables, "MOST_SPANS", 10)
    bench = store.workbench(Filter(), NOW)
    with pytest.raises(TooLargeError, match="for up to 10"):
        bench.ask("SELECT count(*) FROM spans")
    assert bench.ask("SELECT count(*) FROM traces").rows == ((TRACES,),)
    assert isinstance(TooLargeError("x"), HaloError)


def test_the_schema_text_names_every_column() -> None:
    text = workbench_tables.schema_text()
    for table in workbench_tables.TABLES.values():
        assert all(f"  {column} " in text for column in table.columns)
