"""The test of a provider says what is wrong in words, and leaves a trace of every connection."""

from __future__ import annotations

from typing import Any

import pytest

from halo_dash.analysis.provider.connections import ConnectionLog
from halo_dash.analysis.provider.diagnosis import Diagnosis, diagnose
from halo_dash.analysis.provider.keys import FoundKey
from tests.analysis.provider.conversing import KEY
from tests.analysis.scripted import (
    Answer,
    ScriptedRequest,
    ScriptedServer,
    Use,
    call,
    calls,
    fail,
    hang,
    nothing,
    refuse,
    rejects,
    say,
)


def able(request: ScriptedRequest) -> Answer:
    return call("report_number", number=7) if request.tools else say("ready")


def look(url: str, model: str | None = "scripted-large", **more: Any) -> tuple[Diagnosis, ConnectionLog]:
    log = ConnectionLog()
    more = {"key": lambda: FoundKey("environment", KEY), "key_name": "MY_KEY", "timeout_s": 5, **more}
    return diagnose(url, model, connections=log, **more), log


def states(told: Diagnosis) -> dict[str, str]:
    return {step.name: step.state for step in told.steps}


def test_all_is_well(scripted: ScriptedServer) -> None:
    scripted.script = able
    told, log = look(scripted.root_url)
    assert states(told) == {"address": "ok", "key": "ok", "models": "ok", "answer": "ok", "tools": "ok"}
    assert told.is_ok
    assert told.models == ("scripted-large", "scripted-small")
    assert told.base_url == scripted.base_url
    assert "scripted-large answered in" in told.summary
    assert [row.purpose for row in log.rows()] == ["diagnosis"]
    assert KEY not in repr(told)


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (fail(401, f"wrong key {KEY}"), "MY_KEY"),
        (fail(404, "The model does not exist", code="model_not_found"), "Name a model"),
        (fail(500), "the server's own trouble"),
        (refuse("no tests"), "refused: no tests"),
        (nothing(), "answered with nothing"),
        (hang(), "no answer within 0.2 s"),
    ],
)
def test_a_model_that_does_not_answer(scripted: ScriptedServer, answer: Answer, word: str) -> None:
    scripted.script = lambda _request: answer
    told, _ = look(scripted.base_url, timeout_s=0.2)
    assert not told.is_ok
    assert (states(told)["answer"], states(told)["tools"]) == ("fail", "skipped")
    assert word in told.summary
    assert KEY not in repr(told)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (say("7"), "fail"),
        (call("report_number", number="seven"), "warn"),
        (calls(Use("report_number", "{oops")), "warn"),
        (rejects("tools", "scripted-large does not support tools"), "fail"),
    ],
)
def test_a_model_that_cannot_call_tools(scripted: ScriptedServer, answer: Answer, state: str) -> None:
    scripted.script = lambda request: answer if request.tools else say("ready")
    told, _ = look(scripted.base_url)
    assert states(told)["tools"] == state
    assert told.is_ok is (state == "warn")
    assert "choose a model that can call them" in told.summary


def test_a_model_that_is_not_listed_and_a_server_without_a_list(scripted: ScriptedServer) -> None:
    scripted.script = able
    told, _ = look(scripted.base_url, model="large")
    assert "does not list large. Near it: scripted-large." in told.summary
    assert told.is_ok
    scripted.models_answer = fail(404, "no list here")
    told, _ = look(scripted.base_url)
    assert told.is_ok
    assert states(told)["models"] == "warn"


def test_no_model_no_key_no_server(scripted: ScriptedServer) -> None:
    told, _ = look(scripted.base_url, model=None, key=lambda: None)
    assert not told.is_ok
    assert "Choose one" in told.summary
    assert told.models
    scripted.close()
    told, log = look(scripted.base_url)
    assert "nothing listens there" in told.summary
    assert log.rows()
    told, log = look("localhost")
    assert states(told) == {"address": "fail"}
    assert log.rows() == ()
