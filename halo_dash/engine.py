"""The analysis engine for programs: trace files in, a proven report out, without a server.

    from halo_dash import engine

    result = engine.run_engine("traces.jsonl", "Why do runs fail?", engine.EngineConfig(model="gpt-5.2"))
    print(result.content)                       # Markdown; result.report is the same, structured
    for event in engine.stream_engine("traces.jsonl", "Why?", config): ...

`run_engine` gives the result, `stream_engine` every event as it happens and the result last,
`stream_engine_output` the same without the text as it grows; each also as `…_async`.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from halo_dash.analysis.engine.engine import Engine
from halo_dash.analysis.engine_room import EngineRoom
from halo_dash.check.gathering import gathered
from halo_dash.config import EngineSettings
from halo_dash.detect import RULES
from halo_dash.jobs.indexer import catch_up
from halo_dash.jobs.judge import Judge
from halo_dash.model.filter import NO_FILTER, Filter
from halo_dash.model.report import Report
from halo_dash.model.run import (
    ENDED,
    PROMPT,
    Analyst,
    Run,
    RunEvent,
    RunLimits,
    RunModels,
    RunOptions,
    RunRequest,
)
from halo_dash.semconv.pricing import TABLE_PRICES, PriceBook
from halo_dash.store import Store

__all__ = [
    "EngineConfig",
    "EngineEvent",
    "EngineResult",
    "run_engine",
    "run_engine_async",
    "stream_engine",
    "stream_engine_async",
    "stream_engine_output",
    "stream_engine_output_async",
]

_LOOK_EVERY_S = 0.05
_PAGE = 500

Files: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """How the engine reaches a model, and how far it may go."""

    analyst: Analyst = "model"
    """`built_in` needs no model and no network."""
    model: str | None = None
    sub_model: str | None = None
    synthesis_model: str | None = None
    compaction_model: str | None = None
    base_url: str | None = None
    """Of any server that speaks OpenAI's protocol; None: OpenAI's own."""
    api_key: str | None = field(default=None, repr=False)
    """None: the environment variable `api_key_env`, then the keyring. Never stored."""
    api_key_env: str = "OPENAI_API_KEY"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    limits: RunLimits = RunLimits()  # noqa: RUF009 - frozen
    options: RunOptions = RunOptions()  # noqa: RUF009 - frozen
    filter: Filter = NO_FILTER
    context: str = ""
    """What should be known of these traces."""
    repo_path: str | None = None
    """A repository that the engine may read."""
    telemetry_path: str | None = None
    """Where the trace of the run itself is written, as OTLP/JSON lines; None: nowhere."""
    min_traces: int = 10
    """Judged traces that it takes for insights."""
    prices: PriceBook = TABLE_PRICES


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineResult:
    """What came of a run."""

    run: Run
    report: Report | None
    """None where it ended without one; `run.reason` says why."""
    content: str
    """The report as Markdown; empty where there is none."""

    @property
    def is_complete(self) -> bool:
        """It ended as it should."""
        return self.run.state == "completed"


EngineEvent: TypeAlias = RunEvent | EngineResult


def run_engine(traces: Files, prompt: str = PROMPT, config: EngineConfig | None = None) -> EngineResult:
    """Read the files, let the engine work, return its result.

    Raises `NotFoundError`, `InvalidInputError` for the files; what happens to the run stands in the result.
    """
    *_, last = stream_engine(traces, prompt, config)
    assert isinstance(last, EngineResult)  # noqa: S101 - the last one always is
    return last


def stream_engine(
    traces: Files, prompt: str = PROMPT, config: EngineConfig | None = None
) -> Iterator[EngineEvent]:
    """Every event as it happens, the result last. Closing the iterator ends the run."""
    yield from _stream(traces, prompt, config or EngineConfig())


def stream_engine_output(
    traces: Files, prompt: str = PROMPT, config: EngineConfig | None = None
) -> Iterator[EngineEvent]:
    """The same without the text of the model as it grows."""
    for event in _stream(traces, prompt, config or EngineConfig()):
        if not _is_text(event):
            yield event


async def run_engine_async(
    traces: Files, prompt: str = PROMPT, config: EngineConfig | None = None
) -> EngineResult:
    """As `run_engine`; cancelling the task ends the run."""
    events = [event async for event in stream_engine_output_async(traces, prompt, config)]
    last = events[-1]
    assert isinstance(last, EngineResult)  # noqa: S101 - the last one always is
    return last


async def stream_engine_async(
    traces: Files, prompt: str = PROMPT, config: EngineConfig | None = None
) -> AsyncIterator[EngineEvent]:
    """As `stream_engine`."""
    async for event in _apart(traces, prompt, config or EngineConfig()):
        yield event


async def stream_engine_output_async(
    traces: Files, prompt: str = PROMPT, config: EngineConfig | None = None
) -> AsyncIterator[EngineEvent]:
    """As `stream_engine_output`."""
    async for event in _apart(traces, prompt, config or EngineConfig()):
        if not _is_text(event):
            yield event


def _is_text(event: EngineEvent) -> bool:
    return isinstance(event, RunEvent) and event.kind == "text"


def _stream(
    traces: Files, prompt: str, config: EngineConfig, left: threading.Event | None = None
) -> Iterator[EngineEvent]:
    """`left`: set by whoever does not wait for more."""
    files = [traces] if isinstance(traces, str | os.PathLike) else list(traces)
    with gathered([Path(each) for each in files], config.prices) as found:
        store = found.store
        Judge(store, RULES).catch_up()
        catch_up(store)
        with store.writing() as tx:
            run = tx.runs.create_conversation(_request(prompt, config), time.time_ns())
        with _working(store, run.run_id, config) as work:
            after = 0
            while True:
                has_ended = work.done()
                while events := store.runs.events(run.run_id, after, _PAGE):
                    yield from events
                    after = events[-1].sequence
                if has_ended:
                    break
                if left is not None and left.is_set():
                    return
                wait([work], _LOOK_EVERY_S)
            work.result()  # raises what went wrong
        yield _result(store, run.run_id)


@contextmanager
def _working(store: Store, run_id: str, config: EngineConfig) -> Iterator[Future[Run]]:
    """The engine in a thread; whoever leaves early ends it."""
    stop = threading.Event()
    settings = EngineSettings(
        base_url=config.base_url,
        api_key_env=config.api_key_env,
        model=config.model,
        sub_model=config.sub_model,
        min_traces_for_systemic_analysis=config.min_traces,
    )
    given = config.api_key
    room = EngineRoom(store, settings, key=(lambda: given) if given else None, headers=config.headers)
    with closing(room), ThreadPoolExecutor(1, "halo-engine") as worker:
        try:
            yield worker.submit(Engine(store, room.equipment()).execute, run_id, stop)
        finally:
            stop.set()


def _result(store: Store, run_id: str) -> EngineResult:
    run = store.runs.get(run_id)
    assert run.state in ENDED, run.state  # noqa: S101 - its thread ended by itself
    messages = store.runs.conversation(run.conversation_id).messages
    said = next((each for each in messages if each.role == "assistant"), None)
    return EngineResult(run=run, report=said.report if said else None, content=said.content if said else "")


def _request(prompt: str, config: EngineConfig) -> RunRequest:
    return RunRequest(
        prompt=prompt,
        filter=config.filter,
        analyst=config.analyst,
        models=RunModels(
            model=config.model,
            sub_model=config.sub_model,
            synthesis_model=config.synthesis_model,
            compaction_model=config.compaction_model,
        ),
        limits=config.limits,
        options=config.options,
        context=config.context,
        repo_path=config.repo_path,
        telemetry_path=config.telemetry_path,
    )


async def _apart(traces: Files, prompt: str, config: EngineConfig) -> AsyncIterator[EngineEvent]:
    """The events, waited for in a thread of their own."""
    left, done = threading.Event(), object()
    running = _stream(traces, prompt, config, left)
    loop = asyncio.get_running_loop()
    waiting = ThreadPoolExecutor(1, "halo-engine-events")
    try:
        while (event := await loop.run_in_executor(waiting, next, running, done)) is not done:
            assert isinstance(event, RunEvent | EngineResult)  # noqa: S101 - nothing else is yielded
            yield event
    finally:
        # A task that is cancelled leaves the thread in the middle of its wait: it ends there, then closes up.
        left.set()
        waiting.submit(running.close)  # type: ignore[attr-defined]  # it is a generator
        waiting.shutdown(wait=False)
