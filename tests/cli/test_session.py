"""`halo session`: the same from the store and from a server, and a thread that reads in a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from web.conftest import Dashboard, serving
from web.session_spans import exchange, turn

from halo_dash.model.filter_fields import FIELDS
from halo_dash.store import Store

from .conftest import Ended

ERASE = "\x1b[2J"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    folder = tmp_path_factory.mktemp("desk")
    with Store.open(folder / "halo.db") as store, store.writing() as tx:
        traces = [
            *exchange("tea", 3, first=10),
            turn(30, "coffee", "is it hot?", None, error="the pot is empty", user="user-2"),
            turn(31, "a/b", f"odd {ERASE}", "calm", user=f"u{ERASE}"),
        ]
        for spans in traces:
            tx.write(spans, (), source="import", received_ns=time.time_ns())
    with serving(folder) as start:
        yield start()


def test_every_filter_is_a_flag(halo: Callable[..., Ended]) -> None:
    text = halo("session", "list", "--help").out
    for field in FIELDS:
        assert f"--{field.name.replace('_', '-')} " in text


def test_the_store_and_a_server_give_the_same_documents(halo: Callable[..., Ended], desk: Dashboard) -> None:
    for arguments in (
        ("list", "--sort", "first"),
        ("ls", "--status", "error"),
        ("list", "--user", "user-2", "--limit", "1"),
        ("get", "tea"),
        ("get", "a/b"),
        ("get", "tea", "--thread"),
    ):
        here = halo("session", *arguments, "--json", "--db", str(desk.db)).document
        there = halo("session", *arguments, "--json", "--url", desk.url).document
        assert here == there, arguments


def test_the_list_is_a_table_and_says_how_much_there_is(halo: Callable[..., Ended], desk: Dashboard) -> None:
    ended = halo("session", "list", "--sort", "first", "--limit", "2", "--db", str(desk.db))
    head, first, second = ended.out.splitlines()
    assert head.split()[:2] == ["LAST", "SESSION"]
    assert "tea" in first
    assert "coffee" in second
    assert ended.err.startswith("2 of 3. Next page: --cursor ")


def test_a_session_reads_as_one_thread(halo: Callable[..., Ended], desk: Dashboard) -> None:
    text = halo("session", "get", "tea", "--db", str(desk.db)).out
    assert text.count("question 1") == 1
    assert (
        text.index("--- turn 1")
        < text.index("question 1")
        < text.index("answer 1")
        < text.index("--- turn 2")
    )
    assert "tokens      330" in text
    failed = halo("session", "get", "coffee", "--url", desk.url).out
    assert "failed: DeskError: the pot is empty" in failed


def test_hostile_words_cannot_drive_the_terminal(halo: Callable[..., Ended], desk: Dashboard) -> None:
    for arguments in (("list",), ("get", "a/b")):
        assert "\x1b" not in halo("session", *arguments, "--db", str(desk.db)).out


def test_wrong_usage_and_what_is_not_there(halo: Callable[..., Ended], desk: Dashboard) -> None:
    wrong = halo("session", "list", "--sort", "-start", "--status", "bad", "--db", str(desk.db))
    assert wrong.code == 2
    assert "sort must be one of" in wrong.err
    assert "status must be one of" in wrong.err
    for where in (("--db", str(desk.db)), ("--url", desk.url)):
        ended = halo("session", "get", "nobody", *where)
        assert ended.code == 3
        assert "There is no session 'nobody' here." in ended.err


def test_it_reads_without_a_server(halo: Callable[..., Ended], tmp_path: Path) -> None:
    assert halo("session", "list", "--db", str(tmp_path / "none.db")).code == 4
