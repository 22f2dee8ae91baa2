"""How long figures over a large store take, and what they cost: loading, following, answering.

    python bench/figures.py [--traces 70000] [--db FILE]

Fills a store (or takes the one at `--db` if it is there) with short spans of runs of four agents and their
helpers over thirty days, then asks as the dashboard does. Prints milliseconds, and each as a multiple of the
time plain SQLite takes to add up the tokens of all traces: read those, machines differ.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil

from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Attributes, Resource, Scope, Span
from halo_dash.store import Store
from halo_dash.store.driver import connect

DAY_NS = 86_400 * 10**9
START_NS = 1_790_000_000_000_000_000
END_NS = START_NS + 30 * DAY_NS
EDGES = tuple(START_NS + step * DAY_NS // 2 for step in range(61))
MODELS = ("gpt-5-mini", "claude-sonnet-4-5", "gemini-2.5-pro", "gpt-5")
TOOLS = ("search_documents", "fetch_url", "run_sql", "read_file", "get_customer", "create_ticket")
SCOPE = Scope("openinference.instrumentation.langchain", "0.1.30")
TOGETHER = 300


def resource(agent: int, version: int) -> Resource:
    return Resource({
        "service.name": f"agent-{agent}",
        "service.version": f"1.{version}",
        "deployment.environment.name": ("production", "staging")[agent % 2],
    })  # fmt: skip


def trace(index: int, traces: int) -> Iterator[Span]:
    """One run of 12 to 16 spans."""
    luck = random.Random(index)
    agent = index % 4
    start = START_NS + index * (END_NS - START_NS) // traces
    where = resource(agent, index * 6 // traces)
    trace_id = f"{luck.getrandbits(128) | 1:032x}"
    people: Attributes = {"session.id": f"session-{index // 5}", "user.id": f"user-{index % 500}"}

    def span(
        place: tuple[int, int], kind: str, name: str, time_ns: tuple[int, int], more: Attributes
    ) -> Span:
        (number, parent), (begin, length) = place, time_ns
        failed = luck.random() < (0.06 if kind == "TOOL" else 0.01)
        return Span(
            trace_id,
            f"{number + 1:016x}",
            f"{parent + 1:016x}" if parent >= 0 else "",
            name,
            start_ns=start + begin,
            end_ns=start + begin + length,
            status_code=2 if failed else 1,
            attributes={"openinference.span.kind": kind} | people | more,
            resource=where,
            scope=SCOPE,
        )

    root: Attributes = {"agent.name": f"agent-{agent}"}
    yield span((0, -1), "AGENT", f"agent-{agent}.run", (0, luck.randint(2, 90) * 10**9), root)
    helper = 0
    if luck.random() < 0.3:
        helper = 1
        called: Attributes = {"agent.name": "helper", "agent.id": "helper-1"}
        yield span((1, 0), "AGENT", "helper.run", (10**6, 10**9), called)
    for number in range(helper + 1, luck.randint(12, 16)):
        begin, length = luck.randint(1, 10**9), luck.randint(10**6, 4 * 10**9)
        if number % 2:
            place = (number, luck.randint(0, helper))
            yield span(place, "LLM", "ChatCompletion", (begin, length), call(luck, agent))
        elif number % 6:
            tool = luck.choice(TOOLS)
            yield span((number, 0), "TOOL", tool, (begin, length // 20), {"tool.name": tool})
        else:
            yield span((number, 0), "CHAIN", "plan", (begin, length), {})


def call(luck: random.Random, agent: int) -> Attributes:
    """What an LLM span says."""
    tokens = luck.randint(200, 9_000)
    return {
        "llm.model_name": MODELS[(agent + luck.randint(0, 1)) % 4],
        "llm.provider": "openai",
        "llm.token_count.prompt": tokens,
        "llm.token_count.completion": tokens // 9,
        "llm.token_count.total": tokens + tokens // 9,
        "llm.token_count.prompt_details.cache_read": tokens // 3,
    }


def fill(store: Store, traces: int) -> None:
    for first in range(0, traces, TOGETHER):
        with store.writing() as tx:
            some = (
                each for index in range(first, min(traces, first + TOGETHER)) for each in trace(index, traces)
            )
            tx.write(some, source="import", received_ns=END_NS)


def timed(ask: Callable[[], object], times: int = 7) -> float:
    """CPU milliseconds of the median, which other programs disturb less."""
    found = []
    for _time in range(times):
        begin = time.thread_time()
        ask()
        found.append(1000 * (time.thread_time() - begin))
    return statistics.median(found)


def questions(store: Store) -> dict[str, Callable[[], object]]:
    week = Filter(from_ns=END_NS - 7 * DAY_NS, to_ns=END_NS)
    everything = Filter()
    figures = store.figures
    sessions = ListQuery(everything, sort="-last")
    return {
        "overview of all, 60 buckets": lambda: figures.overview(everything, END_NS, EDGES),
        "overview of an agent": lambda: figures.overview(everything, END_NS, EDGES, "agent-1"),
        "overview of an agent, its filter too": lambda: figures.overview(
            Filter(agent=("agent-1",)), END_NS, EDGES, "agent-1"
        ),
        "overview of an agent, a week": lambda: figures.overview(week, END_NS, EDGES[-15:], "agent-1"),
        "overview, 3 filters": lambda: figures.overview(
            replace(week, status=("error",), model=("gpt-5",)), END_NS, EDGES[-15:]
        ),
        "agents with sparklines": lambda: figures.agents(everything, END_NS, EDGES),
        "one agent": lambda: figures.agent("agent-1", END_NS),
        "a page of sessions": lambda: figures.groups("session", sessions, END_NS),
        "a page of sessions by cost": lambda: figures.groups(
            "session", replace(sessions, sort="-cost"), END_NS
        ),
        "a page of users": lambda: figures.groups("user", sessions, END_NS),
        "one session": lambda: figures.group("session", "session-77", END_NS),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--traces", type=int, default=70_000)
    parser.add_argument("--db", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.db or Path(folder) / "halo.db"
        if not path.exists():
            with Store.open(path) as store:
                fill(store, options.traces)
        measure(path)


def measure(path: Path) -> None:
    connection = connect(path, read_only=True)
    plain = "SELECT sum(total_tokens), sum(cost_usd), count(*) FROM traces"
    unit = timed(lambda: connection.execute(plain).fetchone())
    (facts,) = connection.execute(
        "SELECT sum(length(parts) + length(calls) + length(steps)) FROM trace_facts"
    ).fetchone()
    connection.close()
    process = psutil.Process()
    with Store.open(path, "ro") as store:
        stats = store.stats()
        print(f"{stats.traces:,} traces, {stats.spans:,} spans; SQL adds up all traces in {unit:.1f} ms")
        print(f"{facts / stats.spans:.0f} bytes of facts a span, of {stats.store_bytes / stats.spans:,.0f}\n")
        before = process.memory_info().rss
        begin = time.thread_time()
        store.figures.uncounted()
        took = 1000 * (time.thread_time() - begin)
        print(f"{'':<40}{'ms':>9}{'x':>9}\n{'loading':<40}{took:>9.1f}{took / unit:>9.1f}")
        for name, ask in questions(store).items():
            took = timed(ask)
            print(f"{name:<40}{took:>9.1f}{took / unit:>9.1f}")
        print(f"\nmemory: {(process.memory_info().rss - before) >> 20} MB more than before loading")


if __name__ == "__main__":
    main()
