"""Runs are taken up by themselves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from halo_dash.analysis.engine.engine import Engine
from halo_dash.analysis.engine_room import EngineRoom
from halo_dash.config.settings import EngineSettings
from halo_dash.ingest import Ingest
from halo_dash.jobs.runner import Runner
from halo_dash.model.filter_fields import ENGINE
from halo_dash.model.run import RunRequest
from halo_dash.store import Store
from tests.analysis.engine import shop
from tests.analysis.engine.scripts import look_then_report, report
from tests.analysis.scripted import Answer, ScriptedRequest, ScriptedServer, hang

ASK = RunRequest(prompt="Why do refunds fail?")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "halo.db") as opened:
        shop.fill(opened)
        yield opened


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    server = ScriptedServer().start()
    yield server
    server.close()


@contextmanager
def running(
    store: Store, settings: EngineSettings, clock: Callable[[], int] = time.time_ns
) -> Iterator[None]:
    """A runner as `halo serve` has it."""
    stop = threading.Event()
    with Ingest(store) as ingest:
        room = EngineRoom(store, settings, write=partial(ingest.write_spans, source=ENGINE))
        runner = Runner(store, lambda: Engine(store, room.equipment(), clock=clock))
        thread = threading.Thread(target=runner.run, args=(stop,))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            room.close()


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def created(store: Store, request: RunRequest = ASK) -> str:
    with store.writing() as tx:
        return tx.runs.create_conversation(request, time.time_ns()).run_id


def test_waiting_runs_are_executed_and_connections_noted(
    store: Store, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", "sk-canary-of-the-shop")
    scripted.script = look_then_report
    settings = EngineSettings(
        base_url=scripted.base_url, api_key_env="SHOP_KEY", model="large", max_parallel=2
    )
    with running(store, settings):
        run_ids = [created(store) for _each in range(3)]
        wait_for(lambda: all(store.runs.get(each).is_ended for each in run_ids))
    runs = [store.runs.get(each) for each in run_ids]
    assert [each.state for each in runs] == ["completed"] * 3, [each.reason for each in runs]
    assert all(each.usage.cost_usd is None for each in runs)  # a server on this machine has no price
    (made,) = store.runs.connections()
    assert (made.host, made.purpose) == ("127.0.0.1", "model")
    assert all("sk-canary-of-the-shop" in head["authorization"] for head in scripted.heads)
    trace_id = runs[0].trace_id
    assert trace_id is not None
    assert store.traces.get(trace_id) is not None


def test_without_a_model_the_built_in_analyst_reports(store: Store) -> None:
    with running(store, EngineSettings()):
        run_id = created(store, RunRequest(prompt="What is wrong?", analyst="built_in"))
        with_model = created(store)
        wait_for(lambda: store.runs.get(run_id).is_ended and store.runs.get(with_model).is_ended)
    assert store.runs.get(run_id).state == "completed"
    failed = store.runs.get(with_model)
    assert failed.state == "failed"
    assert "No model is configured" in failed.reason
    assert store.runs.connections() == ()


def test_what_one_process_left_the_next_one_ends(store: Store, scripted: ScriptedServer) -> None:
    asked = threading.Event()

    def script(request: ScriptedRequest) -> Answer:
        if request.turn == 1 and not asked.is_set():
            asked.set()
            return hang()
        return look_then_report(request)

    scripted.script = script
    settings = EngineSettings(base_url=scripted.base_url, model="large")
    with running(store, settings):
        run_id = created(store)
        wait_for(asked.is_set)
    assert store.runs.get(run_id).state == "running"
    with running(store, settings):
        wait_for(lambda: store.runs.get(run_id).is_ended)
    done = store.runs.get(run_id)
    assert (done.state, done.resumed) == ("completed", 1)


def test_a_run_is_executed_once_however_long_the_machine_slept(
    store: Store, scripted: ScriptedServer
) -> None:
    ahead_ns, others = [0], threading.Event()

    def script(request: ScriptedRequest) -> Answer:
        if "first" in str(request.users[0]):
            ahead_ns[0] = 60 * 1_000_000_000  # its lease is over
            made.append(created(store, RunRequest(prompt="The second?")))
            assert others.wait(60)
        else:
            others.set()
        return report(shop.FAILING[0])

    made: list[str] = []
    scripted.script = script
    settings = EngineSettings(base_url=scripted.base_url, model="large")
    with running(store, settings, clock=lambda: time.time_ns() + ahead_ns[0]):
        made.append(created(store, RunRequest(prompt="The first?")))
        wait_for(lambda: len(made) == 2 and all(store.runs.get(each).is_ended for each in made))
    done = [store.runs.get(each) for each in made]
    assert [(each.state, each.resumed, each.usage.model_calls) for each in done] == [("completed", 0, 1)] * 2
    assert len(scripted.requests) == 2
