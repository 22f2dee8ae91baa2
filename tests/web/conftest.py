"""A real dashboard on a free port over a real store."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from halo_dash.config import Settings
from halo_dash.jobs.indexer import catch_up
from halo_dash.model.span import Event, Resource, Scope, Span
from halo_dash.store import Store
from halo_dash.transfer.demo import demo_traces
from halo_dash.web import server

from .browsing import browser, open_page

__all__ = ["browser", "open_page"]

NOW_NS = time.time_ns()

# Only failures wait that long; Playwright's 5 s are too few for a large page on a busy machine.
expect.set_options(timeout=30_000)


def run(
    number: int,
    *,
    question: str = "How tall is the Eiffel Tower?",
    answer: str = "330 metres",
    agent: str = "researcher",
    service: str = "research",
    fails: bool = False,
    recovers: bool = False,
    start_ns: int | None = None,
    is_open: bool = False,
) -> tuple[Span, ...]:
    """A small run: an agent, a model call and a tool call."""
    start = NOW_NS - (1000 - number) * 1_000_000_000 if start_ns is None else start_ns
    trace_id = f"{number:032x}"
    resource = Resource({"service.name": service, "deployment.environment.name": "staging"})
    scope = Scope("test", "1")

    def span(index: int, name: str, attributes: dict[str, Any], **more: Any) -> Span:
        base = {"start_ns": start + index * 1_000_000, "end_ns": start + (100 - index) * 1_000_000}
        return Span(
            trace_id=trace_id,
            span_id=f"{number * 16 + index:016x}",
            parent_span_id=f"{number * 16:016x}" if index else "",
            name=name,
            attributes=attributes,
            resource=resource,
            scope=scope,
            **{**base, **more},
        )

    raised = {"exception.type": "builtins.TimeoutError", "exception.message": "backend timed out after 10s"}
    error: dict[str, Any] = {
        "status_code": 2,
        "events": (Event(start + 3_000_000, "exception", raised),),
    }
    root = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": agent,
        "gen_ai.conversation.id": f"s{number % 3}",
    }
    root |= {"input.value": question, "output.value": answer}
    call = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.provider.name": "openai",
    }
    call |= {"gen_ai.usage.input_tokens": 40, "gen_ai.usage.output_tokens": 10 + number}
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "web_search"}
    ending = {"end_ns": 0} if is_open else {}
    return (
        span(0, f"invoke_agent {agent}", root, **(error if fails else {}), **ending),
        span(1, "chat gpt-4o-mini", call),
        span(2, "execute_tool web_search", tool, **(error if fails or recovers else {})),
    )


def put(path: Path, *runs: tuple[Span, ...], source: str = "live") -> None:
    """Write runs into the store at `path`, as the collector process would."""
    with Store.open(path) as store, store.writing() as tx:
        for spans in runs:
            tx.write(spans, (), source=source, received_ns=time.time_ns())


def index(path: Path) -> None:
    """Bring the full-text index of the store at `path` up to date, as the indexer process would."""
    with Store.open(path, mode="ro") as store:
        catch_up(store)


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Dashboard:
    """One running dashboard."""

    settings: Settings
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def db(self) -> Path:
        return self.settings.store_path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request, exactly as given; a gzipped answer is unpacked."""
        connection = http.client.HTTPConnection("127.0.0.1", self.settings.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            raw = response.read()
            if response.headers.get("content-encoding") == "gzip":
                raw = gzip.decompress(raw)
            return Answer(response.status, response.headers, raw)
        finally:
            connection.close()


Serve = Callable[..., Dashboard]


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Serve]:
    """Start dashboards with any settings; all are stopped afterwards."""
    running: list[tuple[Dashboard, threading.Thread]] = []

    def start(port: int = 0, **settings: Any) -> Dashboard:
        path = settings.pop("store_path", folder / "halo.db")
        Store.open(path).close()
        listener = socket.create_server(("127.0.0.1", port))
        chosen = Settings(store_path=path, port=listener.getsockname()[1], **settings)
        dashboard = Dashboard(chosen)
        begun: queue.Queue[Exception | None] = queue.Queue()

        def work() -> None:
            try:
                server.serve(chosen, [listener], lambda: begun.put(None), dashboard.stop)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test that waits has to hear of it
                begun.put(error)
            finally:
                listener.close()

        thread = threading.Thread(target=work)
        thread.start()
        running.append((dashboard, thread))
        if (failure := begun.get(timeout=60)) is not None:
            raise failure
        return dashboard

    try:
        yield start
    finally:
        for dashboard, _ in running:
            dashboard.stop.set()
        for _, thread in running:
            thread.join(60)
        assert not any(thread.is_alive() for _, thread in running), "a dashboard did not stop"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Dashboards of this test alone."""
    with serving(tmp_path) as start:
        yield start


@pytest.fixture
def dashboard(serve: Serve) -> Dashboard:
    """A dashboard over an empty store."""
    return serve()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard over three runs, for every test that only reads."""
    with serving(tmp_path_factory.mktemp("shared")) as start:
        dashboard = start()
        put(dashboard.db, run(1, question="a secret question"), run(2, fails=True), run(3, recovers=True))
        yield dashboard


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard over the demo data, for every test that only reads."""
    with serving(tmp_path_factory.mktemp("demo")) as start:
        dashboard = start()
        put(dashboard.db, *(trace.spans for trace in demo_traces(time.time_ns())), source="demo")
        index(dashboard.db)
        yield dashboard
