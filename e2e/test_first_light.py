"""An agent's spans arrive on one port, and a person sees the run in the browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Halo, until
from .senders import ANSWER, NODE_WIRES, PYTHON_WIRES, node_is_ready, send_run

WIRES = [
    *PYTHON_WIRES,
    *(
        pytest.param(wire, marks=pytest.mark.skipif(bool(node_is_ready()), reason=str(node_is_ready())))
        for wire in NODE_WIRES
    ),
]


def arrive(halo: Halo, page: Page, wire: str) -> str:
    """Send a run and see it come into the page that is open; returns its id."""
    page.evaluate("window.stillTheSamePage = true")
    trace_id = send_run(wire, halo.collector, f"How tall is the Eiffel Tower ({wire})?")
    link = page.locator(f'a[href*="/traces/{trace_id}"]').first
    expect(link).to_be_visible()
    expect(page.get_by_text(f"How tall is the Eiffel Tower ({wire})?").first).to_be_visible()
    assert page.evaluate("window.stillTheSamePage") is True
    return trace_id


def test_how_to_send_gives_way_to_the_first_run_without_reload(halo: Halo, page: Page) -> None:
    page.goto(f"{halo.dashboard}/")
    expect(page.get_by_text("OTEL_EXPORTER_OTLP_ENDPOINT").first).to_be_visible()
    arrive(halo, page, "grpc")


@pytest.mark.parametrize("wire", WIRES)
def test_a_run_appears_without_reload_and_opens_in_every_view(standing: Halo, page: Page, wire: str) -> None:
    halo = standing
    page.goto(f"{halo.dashboard}/traces")
    trace_id = arrive(halo, page, wire)

    page.goto(f"{halo.dashboard}/traces/{trace_id}")
    for name in ("invoke_agent researcher", "chat gpt-4o-mini", "execute_tool web_search"):
        expect(page.get_by_text(name).first).to_be_visible()
    page.goto(f"{halo.dashboard}/traces/{trace_id}?view=timeline")
    expect(page.get_by_text("execute_tool web_search").first).to_be_visible()
    page.goto(f"{halo.dashboard}/traces/{trace_id}?view=thread")
    expect(page.get_by_text(ANSWER)).to_have_count(1)
    expect(page.get_by_text("330 metres", exact=True).first).to_be_visible()

    trace = halo.get(f"/traces/{trace_id}.json")
    assert trace["tokens"]["input"] == 47 + 91
    assert trace["tokens"]["output"] == 33 + 12
    assert (trace["llm_calls"], trace["tool_calls"], trace["status"]) == (2, 1, "ok")
    roles = [item["role"] for item in halo.get(f"/traces/{trace_id}/thread.json")["items"]]
    assert roles == ["user", "assistant", "tool", "assistant"]


def test_a_failed_run_says_why_in_its_row(standing: Halo, page: Page) -> None:
    halo = standing
    trace_id = send_run("grpc", halo.collector, "What failed?", fail=True)
    until(lambda: halo.get(f"/traces/{trace_id}.json"))
    page.goto(f"{halo.dashboard}/traces")
    expect(page.locator(f"#t-{trace_id}").get_by_text("search backend timed out after 10s")).to_be_visible()
    assert halo.get(f"/traces/{trace_id}.json")["status"] == "error"


def test_filters_and_sorting_work_without_javascript(standing: Halo, browser: Browser) -> None:
    halo = standing
    good = send_run("grpc", halo.collector, "First question", session="s1")
    bad = send_run("grpc", halo.collector, "Second question", session="s2", fail=True)
    until(lambda: all(halo.get(f"/traces/{each}.json") for each in (good, bad)))
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{halo.dashboard}/traces?status=error")
    expect(page.locator(f'a[href*="/traces/{bad}"]').first).to_be_visible()
    expect(page.locator(f'a[href*="/traces/{good}"]')).to_have_count(0)
    page.goto(f"{halo.dashboard}/traces/{good}?view=thread")
    expect(page.get_by_text(ANSWER)).to_be_visible()
    context.close()


def test_everything_acknowledged_is_there_after_a_restart(halo: Halo) -> None:
    trace_id = send_run("http/protobuf", halo.collector, "Will this survive?")
    assert halo.stop() == 0
    halo.start()
    assert halo.get(f"/traces/{trace_id}.json")["span_count"] == 4


def test_a_snapshot_of_a_trace_moves_to_another_store(standing: Halo) -> None:
    halo = standing
    trace_id = send_run("grpc", halo.collector, "Can this move?")
    until(lambda: halo.get(f"/traces/{trace_id}.json"))
    first, second, other = (str(halo.home / name) for name in ("1.json", "2.json", "other.db"))
    steps = [
        ("export", "--db", str(halo.db), "--trace-id", trace_id, "--output", first),
        ("import", "--db", other, "--file", first),
        ("import", "--db", other, "--file", first),
        ("export", "--db", other, "--trace-id", trace_id, "--output", second),
    ]
    for step in steps:
        done = halo.run(*step)
        assert done.returncode == 0, done.stderr
    assert Path(first).read_bytes() == Path(second).read_bytes()


def test_doctor_tells_a_server_over_another_store(standing: Halo) -> None:
    halo = standing
    ports = {
        "HALO_PORT": halo.dashboard.rsplit(":", 1)[-1],
        "HALO_COLLECTOR_PORT": halo.collector.rsplit(":", 1)[-1],
    }
    same = halo.run("doctor", "--db", str(halo.db), environment=ports)
    assert same.returncode == 0, same.stdout
    assert "keeps its traces in" not in same.stdout
    other = halo.run("doctor", "--db", str(halo.home / "other.db"), environment=ports)
    assert f"keeps its traces in sqlite:///{halo.db}" in other.stdout
