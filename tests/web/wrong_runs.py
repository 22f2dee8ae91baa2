"""Runs of which each goes wrong in its own way, and the judge that says so."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from halo_dash.detect import RULES, Rule
from halo_dash.jobs.judge import Judge
from halo_dash.model.span import Span, StatusCode
from halo_dash.store import Store

from .conftest import Dashboard, serving

sys.path.insert(0, str(Path(__file__).parents[1] / "detect"))
from agent_run import START, Run

HOSTILE = "<script>alert(1)</script>"
SILENT, CUT, LOOP, CLEAN, FAILED, BOTH = (f"{number:032x}" for number in range(1, 7))

ERROR = {"success": False, "error": f'no such city: "Oslo" {HOSTILE}', "tries": [1, 2]}


def runs() -> dict[str, Run]:
    """Trace id -> two silent failures, a loop, a clean run, and two that say themselves that they failed."""
    loop = Run()
    for _ in range(3):
        loop.tool("web_search", {"query": "Oslo weather"}, [])
    both = Run(root_error="boom")
    for _ in range(4):
        both.tool("get_weather", {"city": "Oslo"}, error="WeatherError: backend down")
    return {
        SILENT: Run("Weather in Oslo?").tool("get_weather", {"city": "Oslo"}, ERROR),
        CUT: Run().llm(f"A long story about {HOSTILE} Oslo", finish="length"),
        LOOP: loop.llm("Team Ada won it."),
        CLEAN: Run().tool("get_weather", {"city": "Oslo"}, {"temperature": 3}).llm("It is 3 degrees."),
        FAILED: Run(root_error="boom").tool(
            "get_weather", {"city": "Oslo"}, error="WeatherError: backend down"
        ),
        BOTH: both,
    }


def spans_of(trace_id: str, run: Run) -> list[Span]:
    """All its spans, as a sender of today would send them."""
    later = time.time_ns() - START - 60_000_000_000
    return [
        replace(
            span,
            trace_id=trace_id,
            start_ns=span.start_ns + later,
            end_ns=span.end_ns and span.end_ns + later,
            status_code=span.status_code if span.parent_span_id or run.root_error else StatusCode.UNSET,
        )
        for span in run.whole()
    ]


def put_runs(path: Path, *trace_ids: str) -> None:
    """Write runs (all of them where none is named) as the collector process would."""
    known = runs()
    with Store.open(path) as store, store.writing() as tx:
        for trace_id in trace_ids or known:
            tx.write(spans_of(trace_id, known[trace_id]), (), source="live", received_ns=time.time_ns())


def judge(path: Path, rules: Sequence[Rule] = RULES) -> None:
    """Judge all there is, as the judge's process would."""
    with Store.open(path, mode="ro") as store:
        Judge(store, rules).catch_up()


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard over all of them, judged, for tests that only read."""
    with serving(tmp_path_factory.mktemp("judged")) as start:
        dashboard = start()
        put_runs(dashboard.db)
        judge(dashboard.db)
        yield dashboard
