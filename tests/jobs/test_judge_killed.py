"""The judge may be killed at any moment: nothing is lost, and nothing is judged twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from halo_dash.detect import RULES
from halo_dash.jobs.judge import Judge
from halo_dash.model.filter import NO_FILTER
from halo_dash.model.judged import JudgedTrace
from halo_dash.store import Store

sys.path.insert(0, str(Path(__file__).parents[1] / "detect"))
from agent_run import Run
from test_judge import NOW, spans_of

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")

TRACES = 300
KILLS = 4
JUDGE = """
import sys, threading
from pathlib import Path
from halo_dash.detect import RULES
from halo_dash.jobs.judge import Judge
from halo_dash.store import Store
with Store.open(Path(sys.argv[1]), mode="ro") as store:
    Judge(store, RULES).run(threading.Event())
"""


def fill(path: Path) -> list[str]:
    """Runs that fail in several ways, in several wordings."""
    with Store.open(path) as store, store.writing() as tx:
        for number in range(1, TRACES + 1):
            run = Run().llm("Let me see.")
            for step in range(number % 4):
                error = (
                    f"Error: {('no city', 'out of stock')[number % 2]} {chr(97 + number % 7)} after {step}s"
                )
                run.tool(f"tool_{number % 3}", {"query": f"number {step}"}, error)
            spans = spans_of(run.llm("That is all." if number % 5 else ""), number)
            tx.write(spans, source="live", received_ns=NOW)
    return [f"{number:032x}" for number in range(1, TRACES + 1)]


def verdicts(store: Store, trace_ids: list[str]) -> dict[str, JudgedTrace]:
    return dict(store.findings.of_traces(trace_ids))


def judge_until(path: Path, judged: int, pause_s: float) -> None:
    """Start a judge, and kill it a moment after it has judged so many traces."""
    deadline = time.monotonic() + 60
    tick = threading.Event()
    with (
        Store.open(path, mode="ro") as watching,
        subprocess.Popen(
            [sys.executable, "-c", JUDGE, str(path)], stderr=subprocess.PIPE, text=True
        ) as process,
    ):
        while watching.findings.state(NOW).judged < judged:
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline, "it did not come so far"
            tick.wait(0.002)
        tick.wait(pause_s)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL


def test_what_is_judged_after_kills_is_what_one_judge_finds(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - test data
    killed, whole = tmp_path / "killed.db", tmp_path / "whole.db"
    trace_ids = fill(killed)
    fill(whole)
    for kill in range(1, KILLS + 1):
        # Traces are judged 64 at a time: within, at the end and at the beginning of a transaction.
        judge_until(killed, min(kill * 60, TRACES), chance.random() / 50)
    with Store.open(whole, mode="ro") as store:
        Judge(store, RULES).catch_up()
        expected = verdicts(store, trace_ids)
        expected_clusters = sorted(
            (each.identity.name, each.runs) for each in store.clusters.page(NO_FILTER, NOW).items
        )
        judged_once = store.findings.sequence()
    with Store.open(killed, mode="ro") as store:
        before = store.findings.sequence()
        left = TRACES - store.findings.state(NOW).judged
        assert Judge(store, RULES).catch_up() == left
        assert verdicts(store, trace_ids) == expected
        clusters = sorted(
            (each.identity.name, each.runs) for each in store.clusters.page(NO_FILTER, NOW).items
        )
        assert clusters == expected_clusters
        # Each verdict raises the sequence by one: nothing that was kept was judged again.
        assert before + left == store.findings.sequence() == judged_once == TRACES
        assert Judge(store, RULES).catch_up() == 0
