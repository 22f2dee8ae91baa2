"""`halo init`, `halo exec` and `halo doctor`."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Ended

SHOW = [sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"]


def test_init_writes_a_file_that_changes_nothing_and_never_overwrites(
    halo: Callable[..., Ended], tmp_path: Path
) -> None:
    assert halo("init", "--project", "shop", "here").code == 0
    written = (tmp_path / "here" / "halo.toml").read_text()
    assert 'name = "shop"' in written
    assert (tmp_path / "here" / "halo-traces").is_dir()
    again = halo("init", "--project", "other", "here")
    assert again.code == 2
    assert "already there" in again.err
    assert (tmp_path / "here" / "halo.toml").read_text() == written
    assert halo("doctor", "--json", cwd=tmp_path / "here").document["checks"][3]["state"] == "ok"


def test_init_is_named_after_its_folder(halo: Callable[..., Ended], tmp_path: Path) -> None:
    assert halo("init").code == 0
    assert f'name = "{tmp_path.name}"' in (tmp_path / "halo.toml").read_text()


def test_exec_points_the_exporter_here_and_returns_the_commands_code(
    halo_process: Callable[..., Ended],
) -> None:
    seen = halo_process("exec", "--", *SHOW).document
    assert seen["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:4281"
    assert seen["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf"
    assert "OTEL_EXPORTER_OTLP_HEADERS" not in seen
    assert halo_process("exec", "--", sys.executable, "-c", "raise SystemExit(7)").code == 7


def test_exec_uses_project_port_and_token_of_the_configuration(
    halo_process: Callable[..., Ended], tmp_path: Path
) -> None:
    (tmp_path / "halo.toml").write_text('[project]\nname = "shop"\n[server]\ncollector_port = 9\n')
    seen = halo_process("exec", "--protocol", "grpc", "--", *SHOW, env={"HALO_TOKEN": "a,b"}).document
    assert seen["OTEL_SERVICE_NAME"] == "shop"
    assert seen["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:9"
    assert seen["OTEL_EXPORTER_OTLP_PROTOCOL"] == "grpc"
    assert seen["OTEL_EXPORTER_OTLP_HEADERS"] == "authorization=Bearer%20a%2Cb"


def test_exec_says_when_nothing_listens(halo_process: Callable[..., Ended]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as collector:
        endpoint = f"http://127.0.0.1:{collector.getsockname()[1]}"
        there = halo_process("exec", "--endpoint", endpoint, "--", *SHOW)
    assert there.document["OTEL_EXPORTER_OTLP_ENDPOINT"] == endpoint
    assert there.err == ""
    gone = halo_process("exec", "--endpoint", endpoint, "--", *SHOW)
    assert gone.code == 0
    assert f"nothing listens at {endpoint}" in gone.err


def test_exec_keeps_a_service_name_and_overrides_where_traces_went_before(
    halo_process: Callable[..., Ended],
) -> None:
    before = {"OTEL_SERVICE_NAME": "mine", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://elsewhere"}
    seen = halo_process("exec", "--", *SHOW, env=before).document
    assert seen["OTEL_SERVICE_NAME"] == "mine"
    assert "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" not in seen


def test_exec_needs_to_know_the_port(halo: Callable[..., Ended]) -> None:
    ended = halo("exec", "--", "true", env={"HALO_COLLECTOR_PORT": "0"})
    assert ended.code == 2
    assert "--endpoint URL" in ended.err


def test_exec_of_nothing_that_exists_says_so(halo_process: Callable[..., Ended]) -> None:
    ended = halo_process("exec", "--", "no-such-command-here")
    assert ended.code == 2
    assert "no-such-command-here" in ended.err


def test_doctor_on_a_new_machine_is_well_and_says_what_to_do(
    halo: Callable[..., Ended], tmp_path: Path
) -> None:
    flags = {"HALO_PORT": "0", "HALO_COLLECTOR_PORT": "0"}
    ended = halo("doctor", "--json", env=flags)
    assert ended.code == 0
    found = ended.document
    assert found["ok"] is True
    assert found["next"] == "Next: halo serve"
    names = [check["name"] for check in found["checks"]]
    assert names == ["halo-dash", "python", "sqlite", "config", "collector", "dashboard", "store", "shell"]
    origin = next(each for each in found["config"] if each["key"] == "server.port")
    assert origin == {"key": "server.port", "value": "0", "source": "HALO_PORT"}
    assert not (tmp_path / "data").exists()


def test_doctor_finds_a_taken_port_and_who_holds_it(halo: Callable[..., Ended]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = halo("doctor", "--json", env={"HALO_PORT": str(port), "HALO_COLLECTOR_PORT": "0"})
    assert ended.code == 1
    check = next(each for each in ended.document["checks"] if each["name"] == "dashboard")
    assert check["state"] == "broken"
    assert f"port {port} on 127.0.0.1 is taken by" in check["text"]
    if sys.platform == "linux":
        assert f"pid {os.getpid()}" in check["text"]


@pytest.mark.parametrize("content", [b"", b"this is not a database" * 100])
def test_doctor_finds_a_damaged_store(halo: Callable[..., Ended], tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(content)
    ended = halo("doctor", "--json", "--db", str(path), env={"HALO_PORT": "0", "HALO_COLLECTOR_PORT": "0"})
    assert ended.code == 1
    assert [check["state"] for check in ended.document["checks"] if check["name"] == "store"] == ["broken"]


def test_doctor_reports_a_wrong_configuration_whole(halo: Callable[..., Ended], tmp_path: Path) -> None:
    (tmp_path / "halo.toml").write_text("[server]\nport = 'x'\nhots = 1\n")
    ended = halo("doctor", "--json")
    assert ended.code == 1
    broken = [check["text"] for check in ended.document["checks"] if check["state"] == "broken"]
    assert "server.port" in broken[0]
    assert "did you mean host?" in broken[0]
    assert "BROKEN  config" in halo("doctor").out


def test_doctor_sees_a_healthy_store_and_an_exporter_pointed_elsewhere(
    halo: Callable[..., Ended], filled_store: Path
) -> None:
    env = {
        "HALO_PORT": "0",
        "HALO_COLLECTOR_PORT": "0",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4317",
    }
    ended = halo("doctor", "--json", "--db", str(filled_store), env=env)
    assert ended.code == 0
    checks = {check["name"]: check for check in ended.document["checks"]}
    assert "200 traces" in checks["store"]["text"]
    assert checks["shell"]["state"] == "note"
    assert json.dumps(ended.document)
