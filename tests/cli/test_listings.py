"""Traces and spans from the store, as JSON and as text."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from halo_dash.model.filter_fields import FIELDS
from halo_dash.model.span import Span
from halo_dash.store import Store

from .conftest import Ended

ERASE = "\x1b[2J"


def test_every_filter_is_a_flag_of_every_listing(halo: Callable[..., Ended]) -> None:
    for command in (["trace", "list"], ["trace", "search"], ["list-traces"], ["trace", "tail"], ["export"]):
        text = halo(*command, "--help").out
        for field in FIELDS:
            assert f"--{field.name.replace('_', '-')} " in text


def test_the_list_is_one_document_and_its_pages_join(halo: Callable[..., Ended], filled_store: Path) -> None:
    db = ("--db", str(filled_store), "--json")
    whole = halo("trace", "list", "--limit", "500", *db).document
    assert whole["total"] == len(whole["items"]) == 200
    first = halo("trace", "ls", "--limit", "120", *db).document
    second = halo("list-traces", "--limit", "120", "--cursor", first["next_cursor"], *db).document
    assert [*first["items"], *second["items"]] == whole["items"]
    assert second["next_cursor"] is None


def test_filters_select_and_several_values_mean_any(halo: Callable[..., Ended], filled_store: Path) -> None:
    db = ("--db", str(filled_store), "--json", "--limit", "500")
    failed = halo("trace", "list", "--status", "error", *db).document
    assert 0 < failed["total"] < 200
    assert {item["status"] for item in failed["items"]} == {"error"}
    both = halo("trace", "list", "--status", "error", "--status", "recovered", *db).document
    assert both["total"] > failed["total"]
    slow = halo("trace", "list", "--duration", "10s..", "--sort", "-duration", *db).document
    lengths = [item["duration_ms"] for item in slow["items"]]
    assert lengths == sorted(lengths, reverse=True)
    assert all(length >= 10_000 for length in lengths)


def test_wrong_filters_are_all_named(halo: Callable[..., Ended], filled_store: Path) -> None:
    ended = halo("trace", "list", "--db", str(filled_store), "--status", "bad", "--limit", "0")
    assert ended.code == 2
    assert "status must be one of" in ended.err
    assert "limit must be" in ended.err
    assert ended.out == ""


def test_the_table_says_how_much_there_is(halo: Callable[..., Ended], filled_store: Path) -> None:
    ended = halo("trace", "list", "--db", str(filled_store), "--limit", "3")
    assert len(ended.out.splitlines()) == 4
    assert ended.err.startswith("3 of 200. Next page: --cursor ")
    assert "\x1b" not in ended.out


def test_a_call_without_arguments_reads_as_one(halo: Callable[..., Ended], tmp_path: Path) -> None:
    now_ns = time.time_ns()
    call = '[{"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "search"}]}]'
    said = {"gen_ai.operation.name": "chat", "gen_ai.output.messages": call}
    span = Span("a" * 32, "b" * 16, name="chat", start_ns=now_ns, end_ns=now_ns + 1, attributes=said)
    path = tmp_path / "call.db"
    with Store.open(path) as store, store.writing() as tx:
        tx.write([span], (), source="import", received_ns=now_ns)
    assert "-> search()" in halo("trace", "get", "a" * 32, "--thread", "--db", str(path)).out


def test_a_trace_and_a_span_whole(halo: Callable[..., Ended], filled_store: Path) -> None:
    db = ("--db", str(filled_store))
    trace_id = halo("trace", "list", "--kind", "TOOL", "--limit", "1", "--json", *db).document["items"][0][
        "trace_id"
    ]
    trace = halo("trace", "get", trace_id, "--json", *db).document
    assert len(trace["spans"]) == trace["span_count"]
    assert trace["next_after"] is None
    tool = next(span for span in trace["spans"] if span["kind"] == "TOOL")
    assert halo("span", "get", trace_id, tool["span_id"], "--json", *db).document == tool
    assert halo("span", "ls", "--trace-id", trace_id, "--json", *db).document["items"] == trace["spans"]
    thread = halo("trace", "get", trace_id, "--thread", "--json", *db).document
    assert thread["items"][0]["role"] in {"system", "user"}
    text = halo("trace", "get", trace_id, *db).out
    assert tool["span_id"] in text
    assert tool["name"] in halo("span", "get", trace_id, tool["span_id"], *db).out
    assert "user" in halo("trace", "get", trace_id, "--thread", *db).out


def test_a_cost_nobody_knows_is_a_dash_with_its_reason(halo: Callable[..., Ended], tmp_path: Path) -> None:
    now_ns = time.time_ns()
    said = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "nobody-knows"}
    said |= {"gen_ai.usage.input_tokens": 5}
    spans = [
        Span("a" * 32, "b" * 16, name="chat", start_ns=now_ns, end_ns=now_ns + 1, attributes=said),
        Span("c" * 32, "d" * 16, name="work", start_ns=now_ns, end_ns=now_ns + 1),
    ]
    path = tmp_path / "unpriced.db"
    with Store.open(path) as store, store.writing() as tx:
        tx.write(spans, (), source="import", received_ns=now_ns)
    db = ("--db", str(path))
    assert "(no price is known for nobody-knows)" in halo("trace", "get", "a" * 32, *db).out
    assert "(no span reports tokens or a cost)" in halo("trace", "get", "c" * 32, *db).out
    assert ">=" not in halo("trace", "list", *db).out
    ledger = halo("span", "get", "a" * 32, "b" * 16, "--json", *db).document["ledger"]
    assert ledger["unknown"]["code"] == "unknown_model"


@pytest.mark.parametrize(
    "arguments",
    [
        ("trace", "get", "f" * 32),
        ("span", "get", "f" * 32, "1" * 16),
        ("span", "list", "--trace-id", "f" * 32),
    ],
)
def test_what_is_not_there_is_code_3(
    halo: Callable[..., Ended], filled_store: Path, arguments: tuple[str, ...]
) -> None:
    ended = halo(*arguments, "--db", str(filled_store), "--json")
    assert ended.code == 3
    assert ended.out == ""
    assert "There is no" in ended.err


def test_no_store_and_no_server_are_code_4(halo: Callable[..., Ended]) -> None:
    assert halo("trace", "list").code == 4
    ended = halo("trace", "list", "--url", "http://127.0.0.1:1")
    assert ended.code == 4
    assert "halo serve" in ended.err
    assert halo("trace", "list", "--url", "localhost").code == 2


def test_names_cannot_drive_the_terminal(halo: Callable[..., Ended], tmp_path: Path) -> None:
    now_ns = time.time_ns()
    path = tmp_path / "hostile.db"
    span = Span(
        "a" * 32,
        "b" * 16,
        name=f"calm{ERASE}\N{RIGHT-TO-LEFT OVERRIDE}storm\nnext",
        start_ns=now_ns,
        end_ns=now_ns + 1,
    )
    with Store.open(path) as store, store.writing() as tx:
        tx.write([span], (), source="import", received_ns=now_ns)
    for command in (["trace", "list"], ["trace", "get", "a" * 32], ["span", "get", "a" * 32, "b" * 16]):
        ended = halo(*command, "--db", str(path))
        assert ended.code == 0
        assert "calm" in ended.out
        assert "\x1b" not in ended.out
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in ended.out


def test_tail_shows_the_last_and_then_what_arrives(
    halo_process: Callable[..., Ended], tmp_path: Path
) -> None:
    path = tmp_path / "live.db"
    now_ns = time.time_ns()

    def write(letter: str, end_ns: int) -> None:
        with Store.open(path) as store, store.writing() as tx:
            span = Span(letter * 32, "1" * 16, name=f"run {letter}", start_ns=now_ns, end_ns=end_ns)
            tx.write([span], (), source="live", received_ns=time.time_ns())

    write("a", now_ns + 5)

    results: list[Ended] = []
    follow = Thread(
        target=lambda: results.append(
            halo_process("trace", "tail", "--json", "--count", "1", "--interval", "0.1", "--db", str(path))
        )
    )
    follow.start()
    written = 0
    while follow.is_alive():
        # Whenever the follower began, one of these comes after it.
        write("bcdef0123456789"[min(written, 14)], now_ns + 5)
        written += 1
        follow.join(timeout=0.5)
    lines = [line for line in results[0].out.splitlines() if line]
    assert results[0].code == 0
    assert '"run a"' in results[0].out
    assert len(lines) >= 2
