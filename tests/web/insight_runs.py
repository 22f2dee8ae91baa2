"""Runs of one agent in two releases: its search loops in the first, seldom and then no more in the second."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from halo_dash.model.span import Resource, Span
from halo_dash.store import Store

from .wrong_runs import HOSTILE, START, Run, judge

SECOND_NS = 1_000_000_000
CLUSTER_RULE = "retry-loop"


def searching(*, is_loop: bool, question: str = "Oslo") -> Run:
    """A run that finds what it looks for at once, or searches three times in vain."""
    run = Run(question)
    for _ in range(3 if is_loop else 1):
        run.tool("web_search", {"query": f"{question} weather"}, [] if is_loop else ["sunny"])
    return run.llm("Team Ada won it." if is_loop else "It is sunny.")


def history(pattern: str, version: str = "1.0", first: int = 0) -> list[list[Span]]:
    """Runs in order of time: `x` loops, `.` does not."""
    begin = time.time_ns() - 3600 * SECOND_NS - START
    resource = Resource({"service.name": "weather", "service.version": version})
    found = []
    for number, mark in enumerate(pattern, first):
        later = begin + number * SECOND_NS
        spans = searching(is_loop=mark == "x", question=f"Oslo {HOSTILE}").whole()
        found.append(
            [
                replace(
                    span,
                    trace_id=f"{number + 1:032x}",
                    start_ns=span.start_ns + later,
                    end_ns=span.end_ns + later,
                    resource=resource,
                )
                for span in spans
            ]
        )
    return found


def put_judged(path: Path, *runs: list[Span]) -> None:
    """Write runs and judge them."""
    with Store.open(path) as store, store.writing() as tx:
        for spans in runs:
            tx.write(spans, (), source="live", received_ns=time.time_ns())
    judge(path)
