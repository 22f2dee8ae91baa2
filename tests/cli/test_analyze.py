"""`halo analyze FILE` and `halo FILE`: a run over files, without a server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from web.conftest import run as spans_of

from halo_dash.otlp.encode import encode_traces
from tests.analysis.scripted import ScriptedServer, call

from .conftest import Ended

Halo = Callable[..., Ended]
CANARY = "sk-canary-77cc"


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    server = ScriptedServer().start()
    yield server
    server.close()
    assert not server.failures


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "traces.json"
    spans = [span for number in range(1, 13) for span in spans_of(number, fails=number % 3 == 0)]
    path.write_bytes(encode_traces(spans, "json"))
    return str(path)


def test_without_a_model_the_built_in_analyst_reports(halo: Halo, file: str) -> None:
    for command in (("analyze", file), (file,)):
        done = halo(*command, "-p", "Why?", "--built-in")
        assert done.code == 0, done.err
        assert done.out.startswith("# ")
        assert "of 12 runs" in done.out


def test_a_missing_model_fails_and_still_says_what_can_be_said(halo: Halo, file: str) -> None:
    done = halo("analyze", file, "-p", "Why?")
    assert done.code == 1
    assert "No model is configured" in done.err
    assert done.out.startswith("# ")


def test_flags_reach_the_model_and_the_key_reaches_nothing_else(
    halo: Halo, file: str, scripted: ScriptedServer, tmp_path: Path
) -> None:
    scripted.script = lambda _request: call("final_answer", title="Fine", summary="All is well.", findings=[])
    report = tmp_path / "report.json"
    done = halo(
        file, "-p", "Why?", "--json", "--base-url", scripted.base_url, "-m", "gpt-test", "--api-key", CANARY,
        "-H", "X-Team: agents", "--temperature", "0.25", "--max-output-tokens", "900",
        "--no-parallel-tool-calls", "--reasoning-effort", "low", "--max-depth", "0", "--output", str(report),
        "--telemetry", str(tmp_path / "t.jsonl"),
    )  # fmt: skip
    assert done.code == 0, done.err
    assert done.document["report"]["title"] == "Fine"
    assert json.loads(report.read_text()) == done.document
    request = scripted.requests[0]
    assert request.model == "gpt-test"
    assert request.headers["x-team"] == "agents"
    assert request.headers["authorization"] == f"Bearer {CANARY}"
    assert request.body["temperature"] == 0.25
    assert request.body["parallel_tool_calls"] is False
    assert request.body["reasoning_effort"] == "low"
    assert "call_subagent" not in request.tools
    for text in (done.out, done.err, (tmp_path / "t.jsonl").read_text()):
        assert CANARY not in text


def test_the_repository_can_be_read(halo: Halo, file: str, scripted: ScriptedServer, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "agent.py").write_text("def get_weather():\n    raise TimeoutError\n")

    def script(request: object) -> object:
        turn = request.turn  # type: ignore[attr-defined]  # a ScriptedRequest
        if turn == 0:
            return call("repo_grep", pattern="def get_weather")
        found = request.result("repo_grep")["matches"][0]  # type: ignore[attr-defined]  # the same
        path, line, _ = found.split(":", 2)
        places = [{"path": path, "line": int(line)}, {"path": "no.py", "line": 1}]
        finding = {"title": "It raises", "category": "bug", "severity": "high", "code": places}
        return call("final_answer", title="Code", summary="See the code.", findings=[finding])

    scripted.script = script  # type: ignore[assignment]  # typed loosely above
    done = halo(
        "analyze", file, "-p", "Where?", "--json", "--base-url", scripted.base_url, "-m", "gpt-test",
        "--api-key", CANARY, "--repo-path", str(tmp_path / "code"),
    )  # fmt: skip
    assert done.code == 0, done.err
    (finding,) = done.document["report"]["findings"]
    assert [(each["path"], each["line"], each["is_verified"]) for each in finding["code"]] == [
        ("agent.py", 1, True),
        ("no.py", 1, False),
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("none.json", "-p", "x"), 2),
        (("analyze", "none.json", "-p", "x"), 3),
        (("analyze",), 2),
        (("analyze", "FILE", "--max-depth", "9"), 2),
        (("analyze", "FILE", "-H", "nonsense"), 2),
        (("analyze", "FILE", "--built-in", "-p", " "), 2),
        (("analyze", "FILE", "--built-in", "--repo-path", "no/such/folder"), 2),
        *((("analyze", "FILE", "--built-in", "--budget-usd", each), 2) for each in ("nan", "inf", "0", "-1")),
        (("analyze", "FILE", "--built-in", "--budget-minutes", "nan"), 2),
        (("analyze", "FILE", "--built-in", "--budget-tokens", "0"), 2),
        (("analyze", "FILE", "--built-in", "--temperature", "nan"), 2),
        (("analyze", "FILE", "--output", "no/such/folder/x.md"), 2),
    ],
)
def test_wrong_usage(halo: Halo, file: str, arguments: tuple[str, ...], code: int) -> None:
    assert halo(*(file if each == "FILE" else each for each in arguments)).code == code
