"""How the engine does over a large store: how soon a run begins, how long its tools take, what it holds.

    python bench/engine.py STORE [--rounds 20]

STORE is a `halo.db` as `python bench/scale.py --keep FOLDER` leaves one; it is copied first. A scripted
server stands for a provider. Read the ratios: absolute figures say more about the machine.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from halo_dash.analysis.engine.engine import Engine
from halo_dash.analysis.engine_room import EngineRoom
from halo_dash.analysis.reading.workspace import Workspace
from halo_dash.analysis.selection import Selection
from halo_dash.config import EngineSettings
from halo_dash.model.filter import NO_FILTER
from halo_dash.model.run import RunLimits, RunRequest
from halo_dash.store import Store
from tests.analysis.scripted import ScriptedServer, call

MB = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("store", type=Path)
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="halo-bench-") as folder:
        for file in given.store.parent.glob(f"{given.store.name}*"):
            shutil.copy(file, folder)
        with Store.open(Path(folder) / given.store.name) as store:
            # As the process of `halo serve` does where a model is configured.
            start = time.perf_counter()
            store.traces.load()
            store.figures.load()
            import_module("halo_dash.analysis.provider.client")
            print(f"loading ahead: {time.perf_counter() - start:.2f} s")
            begin(store)
            tools(store, given.rounds)
    print(f"memory of this process: {psutil.Process().memory_info().rss / MB:.0f} MB")


def begin(store: Store) -> None:
    """From asking to the first question to the model, over everything and over a sample."""
    for limit in (None, 10_000):
        server = ScriptedServer().start()
        asked: list[float] = []

        def script(_request: Any, asked: list[float] = asked) -> Any:
            asked.append(time.perf_counter())
            return call("final_answer", title="Done", summary="Nothing.", findings=[])

        server.script = script
        settings = EngineSettings(base_url=server.base_url, model="bench")
        with closing(EngineRoom(store, settings, key=lambda: "none")) as room:
            wanted = RunRequest(prompt="What goes wrong?", limits=RunLimits(span_limit=limit))
            start = time.perf_counter()
            with store.writing() as tx:
                run = tx.runs.create_conversation(wanted, time.time_ns())
            done = Engine(store, room.equipment()).execute(run.run_id, threading.Event())
        server.close()
        size = done.size
        assert size is not None
        what = "everything" if limit is None else f"{limit:,} spans"
        read = f"{size.read_traces:,} of {size.traces:,} traces, {size.read_spans:,} spans"
        print(f"{what}: {read}: first question after {asked[0] - start:.2f} s ({done.state})")


def tools(store: Store, rounds: int) -> None:
    """Each tool over everything, some warm rounds."""
    now_ns = time.time_ns()
    selection = Selection.freeze(store, NO_FILTER, (), None, now_ns)
    workspace = Workspace(store, selection)
    rows = workspace.query({}, limit=100)["traces"]
    ids = [row["trace_id"] for row in rows]
    asked: dict[str, Callable[[int], object]] = {
        "overview": lambda _: workspace.overview(),
        "query, newest": lambda _: workspace.query({}),
        "query, errors by cost": lambda _: workspace.query({"status": "error"}, sort="-cost"),
        "count": lambda _: workspace.count({"status": "error"}),
        "trace": lambda at: workspace.trace(ids[at % len(ids)]),
        "spans": lambda at: workspace.spans(ids[at % len(ids)], kind="LLM"),
        "search": lambda _: workspace.search("refund"),
        "search in a trace": lambda at: workspace.search_trace(ids[at % len(ids)], "order"),
        "findings": lambda _: workspace.findings({}),
        "clusters": lambda _: workspace.clusters({}),
    }
    print(f"{'':24}{'median':>9}{'p95':>9}{'worst':>9}  ms")
    for name, ask in asked.items():
        ask(0)
        took = []
        for at in range(rounds):
            start = time.perf_counter()
            ask(at + 1)
            took.append((time.perf_counter() - start) * 1000)
        p95 = statistics.quantiles(took, n=20)[-1] if len(took) > 1 else took[0]
        print(f"{name:24}{statistics.median(took):9.1f}{p95:9.1f}{max(took):9.1f}")


if __name__ == "__main__":
    main()
