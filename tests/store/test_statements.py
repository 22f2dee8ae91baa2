"""Every statement is valid, and those of the hot paths use their index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from halo_dash.store import Store
from halo_dash.store.driver import Connection, connect
from halo_dash.store.findings.file import FindingsFile
from halo_dash.store.index_database import IndexWriter
from halo_dash.store.statements import FINDINGS, INDEX, explain, statements


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    Store.open(tmp_path / "halo.db").close()
    opened = connect(tmp_path / "halo.db", read_only=True)
    yield opened
    opened.close()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Connection]:
    writer = IndexWriter(tmp_path / "halo.db.index1")
    writer.prepare()
    yield writer.connection
    writer.close()


@pytest.fixture
def findings(tmp_path: Path) -> Iterator[Connection]:
    file = FindingsFile(tmp_path / "halo.db.findings1")
    file.prepare()
    yield file.connection
    file.close()


@pytest.mark.parametrize("name", sorted(statements()))
def test_it_is_valid(connection: Connection, index: Connection, findings: Connection, name: str) -> None:
    files = {INDEX: index, FINDINGS: findings}
    explain(files.get(name.partition("/")[0], connection), statements()[name])


@pytest.mark.parametrize(
    "name",
    [
        "spans/outline",
        "spans/page",
        "spans/whole",
        "spans/find_many",
        "spans/find_by_key",
        "logs/of_spans",
        "logs/of_traces",
        "traces/get",
        "traces/changed_since",
        "traces/table_changes",
        "terms/new",
        "removal/since",
    ],
)
def test_it_walks_no_whole_table(connection: Connection, name: str) -> None:
    assert not [step for step in explain(connection, statements()[name]) if step.startswith("SCAN")]


@pytest.mark.parametrize("name", ["index/changed", "index/find_indexed"])
def test_it_walks_no_whole_table_of_the_index(index: Connection, name: str) -> None:
    assert not [step for step in explain(index, statements()[name]) if step.startswith("SCAN")]


def test_the_newest_page_walks_its_index(connection: Connection) -> None:
    text = statements()["traces/page"].replace("/*order*/ 1", "t.start_ns DESC, t.trace_id DESC")
    assert "SCAN t USING INDEX traces_by_start" in explain(connection, text)


def test_the_median_walks_its_index(connection: Connection) -> None:
    assert "SCAN t USING COVERING INDEX traces_by_duration" in explain(
        connection, statements()["traces/duration_at"]
    )


@pytest.mark.parametrize("name", ["removal/spans", "removal/logs", "removal/terms", "removal/delete_bodies"])
def test_removing_finds_its_rows_by_index(connection: Connection, name: str) -> None:
    steps = explain(connection, statements()[name])
    assert [step for step in steps if re.match("SEARCH (s|g|trace_terms|bodies) USING", step)]
    assert not [step for step in steps if re.match("SCAN (s|trace_terms|bodies)( |$)", step)]
