"""Runs that are ended in the middle, and go on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from halo_dash.analysis.engine.engine import Engine
from halo_dash.errors import NotFoundError, OvertakenError, StoreError
from halo_dash.model.report import Report
from halo_dash.model.run import Run, RunOptions, RunRequest
from halo_dash.store import Store
from tests.analysis.engine import recursion
from tests.analysis.engine.bench import CODE, equipment, execute, provider_of, report_of, run
from tests.analysis.engine.scripts import look_then_report, report
from tests.analysis.engine.shop import FAILING
from tests.analysis.scripted import Answer, ScriptedRequest, ScriptedServer, call, hang, quota_spent, refuse

ROOT = Path(__file__).parents[3]


Result: TypeAlias = tuple[str, Report, dict[str, list[Any]]]
"""State, report, and the context of every agent."""


class Crash(BaseException):
    """The process is gone: nothing after it happens."""


def created(store: Store) -> str:
    with store.writing() as tx:
        return tx.runs.create_conversation(recursion.REQUEST, 1).run_id


def result(store: Store, done: Run) -> Result:
    """What has to be the same, whatever happened on the way."""
    told = store.runs.events(done.run_id, limit=10_000)
    agents = sorted({each.agent for each in told})
    items = {
        agent: [each.value | {"text": ""} if "budget" in str(each.value.get("note")) else each.value
                for each in store.runs.items(done.run_id, agent)]
        for agent in agents
    }  # fmt: skip
    return done.state, report_of(store, done), items


def same(found: Result, expected: Result) -> None:
    assert found[:2] == expected[:2]
    assert found[2].keys() == expected[2].keys()
    for agent, items in expected[2].items():
        for mine, theirs in zip(found[2][agent], items, strict=True):
            assert mine == theirs, agent


def undisturbed(store: Store, scripted: ScriptedServer) -> Result:
    scripted.script = recursion.script
    done = run(store, scripted.base_url, recursion.REQUEST, **CODE)
    assert done.state == "completed", done.reason
    assert report_of(store, done).findings[0].evidence[0].is_verified
    return result(store, done)


def test_a_process_killed_at_every_turn_changes_nothing(store: Store, scripted: ScriptedServer) -> None:
    expected = undisturbed(store, scripted)
    run_id = created(store)
    known: set[str] = set()
    living = [0]

    def script(request: ScriptedRequest) -> Answer:
        body = json.dumps(request.body, sort_keys=True)
        if request.tools and body not in known:
            known.add(body)
            with suppress(ProcessLookupError):  # a call beside this one may have ended it already
                os.kill(living[-1], signal.SIGKILL)
        return recursion.script(request)

    scripted.script = script
    command = [sys.executable, "-m", "tests.analysis.engine.recursion", str(store.path), scripted.base_url]
    with subprocess.Popen([*command, run_id], cwd=ROOT, stdin=-1, stdout=-1, text=True) as mother:
        assert mother.stdin is not None
        assert mother.stdout is not None
        code = -1
        while code:
            assert len(living) < 60
            mother.stdin.write("\n")
            mother.stdin.flush()
            living.append(int(mother.stdout.readline()))
            code = int(mother.stdout.readline())
            assert code in {0, -signal.SIGKILL}
        mother.stdin.close()
    done = store.runs.get(run_id)
    same(result(store, done), expected)
    assert done.resumed > 10
    assert done.usage.cost_is_partial  # what was under way each time may have been paid


@pytest.mark.parametrize("first", [0, 8])
def test_wherever_it_ends_nothing_is_asked_or_done_twice(
    first: int, store: Store, scripted: ScriptedServer
) -> None:
    """Crashes again and again, each time at another moment that the clock is looked at."""
    expected = undisturbed(store, scripted)
    run_id, crashes = created(store), 0
    done = None
    while done is None:
        moments = 10 + (5 * crashes + first) % 17 + crashes // 3
        with closing(provider_of(scripted.base_url)) as provider:
            engine = Engine(store, equipment(store, provider, **CODE), clock=crashing_after(moments))
            try:
                taken = engine.claim(run_id, lambda _owner: True)
                assert taken is not None
                done = engine.go_on(taken, threading.Event())
            except Crash:
                crashes += 1
    assert crashes > 5
    same(result(store, done), expected)


def crashing_after(moments: int) -> Callable[[], int]:
    left = iter(range(moments))

    def clock() -> int:
        if next(left, None) is None and threading.current_thread().name != "halo-run-watch":
            raise Crash
        return time.time_ns()

    return clock


def test_a_run_that_is_cancelled_keeps_what_was_found(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if request.turn == 0:
            return replace(call("query_traces"), text="I look at all of them.")
        with store.writing() as tx:
            tx.runs.cancel(run_id, "not needed any more", 2)
        return hang()

    scripted.script = script
    run_id = created(store)
    done = execute(store, scripted.base_url, run_id)
    assert (done.state, done.reason) == ("cancelled", "It was cancelled: not needed any more.")
    found = report_of(store, done)
    assert found.is_partial
    assert "I look at all of them." in found.summary
    assert store.runs.seen(run_id)


def test_a_server_that_stops_leaves_its_run_to_the_next(store: Store, scripted: ScriptedServer) -> None:
    stop = threading.Event()

    def script(request: ScriptedRequest) -> Answer:
        if request.turn == 1 and not stop.is_set():
            stop.set()
            return hang()
        return look_then_report(request)

    scripted.script = script
    run_id = created(store)
    left = execute(store, scripted.base_url, run_id, stop=stop)
    assert left.state == "running"
    done = execute(store, scripted.base_url, run_id)
    assert (done.state, done.resumed, done.usage.turns) == ("completed", 1, 3)
    warnings = [each.data["message"] for each in store.runs.events(run_id) if each.kind == "warning"]
    assert len(warnings) == 1
    assert "under way" in warnings[0]


def test_a_store_that_cannot_be_written_for_a_while_ends_no_run(
    store: Store, scripted: ScriptedServer
) -> None:
    def clock() -> int:
        if len(scripted.requests) == 2:
            raise StoreError("The disk is full.")
        return time.time_ns()

    scripted.script = look_then_report
    run_id = created(store)
    with closing(provider_of(scripted.base_url)) as provider:
        engine = Engine(store, equipment(store, provider), clock=clock)
        with pytest.raises(StoreError):
            engine.execute(run_id, threading.Event())
    assert store.runs.get(run_id).state == "running"
    with store.writing() as tx:
        assert tx.runs.progress.claim("next", 2**61, 2**62, run_id=run_id) is not None
        tx.runs.progress.release(run_id, "next", 0)
    done = execute(store, scripted.base_url, run_id)
    assert (done.state, done.usage.turns) == ("completed", 3), done.reason


def test_no_two_processes_execute_one_run(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        with pytest.raises(OvertakenError):
            execute(store, scripted.base_url, run_id)
        return report(FAILING[0])

    scripted.script = script
    run_id = created(store)
    assert execute(store, scripted.base_url, run_id).state == "completed"
    assert len(scripted.requests) == 1
    # One that ended is not executed again.
    assert execute(store, scripted.base_url, run_id).state == "completed"
    assert len(scripted.requests) == 1


def test_whoever_is_overtaken_or_deleted_writes_nothing_more(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        with store.writing() as tx:
            tx.runs.delete(store.runs.get(run_id).conversation_id)
        return call("query_traces")

    scripted.script = script
    run_id = created(store)
    with pytest.raises(NotFoundError):
        store.runs.get(execute(store, scripted.base_url, run_id).run_id)
    assert store.runs.size().bytes == 0


def test_a_run_that_is_deleted_while_its_model_is_silent_lets_go_of_it(
    store: Store, scripted: ScriptedServer
) -> None:
    def script(_request: ScriptedRequest) -> Answer:
        with store.writing() as tx:
            tx.runs.delete(store.runs.get(run_id).conversation_id)
        return hang()

    scripted.script = script
    run_id = created(store)
    # Longer than a test may take: only who hears of the deletion comes back.
    assert execute(store, scripted.base_url, run_id, timeout_s=600.0).run_id == run_id
    assert store.runs.size().bytes == 0


def test_a_watch_that_fails_leaves_the_run_and_does_not_let_it_run_on(
    store: Store, scripted: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    def clock() -> int:
        if threading.current_thread().name == "halo-run-watch":
            raise ZeroDivisionError
        return time.time_ns()

    scripted.script = lambda _request: hang()
    run_id = created(store)
    with closing(provider_of(scripted.base_url, timeout_s=600.0)) as provider:
        left = Engine(store, equipment(store, provider), clock=clock).execute(run_id, threading.Event())
    assert left.state == "running"
    assert "Nobody watches" in caplog.text
    scripted.script = lambda _request: report(FAILING[0])
    assert execute(store, scripted.base_url, run_id).state == "completed"


def test_a_run_that_ends_every_process_is_not_taken_up_for_ever(
    store: Store, scripted: ScriptedServer
) -> None:
    def library(_selection: object, _seen: object) -> None:
        raise Crash

    scripted.script = look_then_report
    run_id, taken = created(store), 0
    while not store.runs.get(run_id).is_ended:
        with closing(provider_of(scripted.base_url)) as provider:
            engine = Engine(store, equipment(store, provider, library=library))
            claimed = engine.claim(run_id, lambda _owner: True)
            assert claimed is not None
            taken += 1
            assert taken < 10
            with suppress(Crash):
                engine.go_on(claimed, threading.Event())
    done = store.runs.get(run_id)
    assert (taken, done.state, done.resumed) == (6, "failed", 5)
    assert "taken up 5 times" in done.reason
    assert report_of(store, done).is_partial
    with store.writing() as tx:
        tx.runs.retry(run_id)
    assert execute(store, scripted.base_url, run_id).state == "completed"


def test_a_server_that_stops_in_order_again_and_again_ends_no_run(
    store: Store, scripted: ScriptedServer
) -> None:
    def script(request: ScriptedRequest) -> Answer:
        stop.set()
        return hang()

    scripted.script = script
    run_id = created(store)
    for _each in range(8):
        stop = threading.Event()
        assert execute(store, scripted.base_url, run_id, stop=stop).state == "running"
    scripted.script = look_then_report
    done = execute(store, scripted.base_url, run_id)
    assert (done.state, done.resumed) == ("completed", 8)


def test_what_a_run_was_cancelled_for_ends_with_one_dot(store: Store, scripted: ScriptedServer) -> None:
    def script(_request: ScriptedRequest) -> Answer:
        with store.writing() as tx:
            tx.runs.cancel(run_id, "Stopped by the user.", 2)
        return hang()

    scripted.script = script
    run_id = created(store)
    assert execute(store, scripted.base_url, run_id).reason == "It was cancelled: Stopped by the user."


def test_a_run_whose_model_refused_is_asked_again(store: Store, scripted: ScriptedServer) -> None:
    request = RunRequest(prompt="Why?", options=RunOptions(refusal_retries=0))
    scripted.script = lambda _request: refuse("No.")
    first = run(store, scripted.base_url, request)
    assert first.state == "failed"
    scripted.script = lambda _request: report(FAILING[0])
    with store.writing() as tx:
        tx.runs.retry(first.run_id)
    done = execute(store, scripted.base_url, first.run_id)
    assert done.state == "completed", done.reason
    assert "begun again" in str(scripted.requests[-1].users)


def test_a_run_that_failed_goes_on_where_it_was(store: Store, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        return quota_spent() if request.turn == 2 and not mended else look_then_report(request)

    mended = False
    scripted.script = script
    run_id = created(store)
    assert execute(store, scripted.base_url, run_id).state == "failed"
    mended = True
    with store.writing() as tx:
        tx.runs.retry(run_id)
    done = execute(store, scripted.base_url, run_id)
    assert (done.state, done.usage.turns) == ("completed", 3)
    assert len(store.runs.conversation(done.conversation_id).messages) == 2
    assert not report_of(store, done).is_partial
