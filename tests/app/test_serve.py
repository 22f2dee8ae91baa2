"""The real `halo serve`: what it prints, serves, survives and refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from halo_dash.model.span import Span
from halo_dash.store import Store

HALO = [sys.executable, "-P", "-m", "halo_dash"]
SPAN = {
    "trace_id": "a" * 32,
    "span_id": "b" * 16,
    "parent_span_id": "",
    "trace_state": "",
    "name": "watched run",
    "kind": "SPAN_KIND_INTERNAL",
    "start_time": "2026-11-20T06:00:00.000000001Z",
    "end_time": "2026-11-20T06:00:01.000000001Z",
    "status": {"code": "STATUS_CODE_OK", "message": ""},
    "resource": {"attributes": {}},
    "scope": {"name": "", "version": ""},
    "attributes": {},
}
"""One line of HALO JSONL."""


def environment(**extra: str) -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("HALO_", "OTEL_"))
    } | extra


def until(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        pause.wait(0.05)


def get(url: str, token: str | None = None) -> Any:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def refused(url: str) -> int:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(url)
    caught.value.close()
    return caught.value.code


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[str], dict[str, Any]]]]:
    """Start `halo serve` on free ports; gives the process and the ready line."""
    with ExitStack() as stack:

        def start(*flags: str, **extra: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
            ports = ("--port", "0", "--collector-port", "0", "--db", str(tmp_path / "halo.db"))
            process = subprocess.Popen(
                [*HALO, "serve", *ports, "--log-format", "json", *flags],
                stdout=subprocess.PIPE,
                text=True,
                cwd=tmp_path,
                env=environment(**extra),
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            assert process.stdout is not None
            stack.callback(process.stdout.close)
            for line in process.stdout:
                event = json.loads(line)
                if event["event"] == "ready":
                    return process, event
            raise AssertionError("it ended before it was ready")

        yield start


def test_what_is_stored_follows_prices_of_your_own(
    serve: Callable[..., tuple[subprocess.Popen[str], dict[str, Any]]], tmp_path: Path
) -> None:
    said = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "my-model"}
    said |= {"gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 500}
    with Store.open(tmp_path / "halo.db") as store, store.writing() as tx:
        stored = Span("c" * 32, "d" * 16, start_ns=1, end_ns=2, attributes=said)
        tx.write([stored], source="import", received_ns=time.time_ns())
    (tmp_path / "halo.toml").write_text('[prices."my-*"]\ninput = 2\noutput = 4\n')
    folder = tmp_path / "spans"
    folder.mkdir()
    _process, ready = serve("--watch", str(folder))
    trace = f"{ready['dashboard']}/traces/{'c' * 32}.json"
    until(lambda: get(trace)["cost_usd"] == 0.004, "the price of today")
    settings = f"{ready['dashboard']}/settings.json"
    until(lambda: get(settings)["prices"]["rereading"]["waiting_traces"] == 0, "all traces")
    # What arrives now has it from the start.
    (folder / "run.jsonl").write_text(json.dumps(SPAN | {"attributes": said}) + "\n")
    url = f"{ready['dashboard']}/traces.json?limit=5&source=watch"
    until(lambda: [each["cost_usd"] for each in get(url)["items"]] == [0.004], "the watched span")


def test_demo_watched_files_and_a_killed_collector(
    serve: Callable[..., tuple[subprocess.Popen[str], dict[str, Any]]], tmp_path: Path
) -> None:
    folder = tmp_path / "spans"
    folder.mkdir()
    process, ready = serve("--demo", "--watch", str(folder))
    stats, db = f"{ready['dashboard']}/stats.json", ("--db", str(tmp_path / "halo.db"))
    assert get(stats)["traces"] == 200

    (folder / "run.jsonl").write_text(json.dumps(SPAN) + "\n")
    until(lambda: get(stats)["traces"] == 201, "the watched span")
    found = get(f"{ready['dashboard']}/traces/{SPAN['trace_id']}.json")
    assert (found["name"], found["source"]) == ("watched run", "watch")

    # Whatever else works on the store is done with it: two readings at different times are of the same.
    until(lambda: get(f"{ready['dashboard']}/clusters.json")["judged"] == 201, "all to be judged", 300)
    for trace in get(f"{ready['dashboard']}/traces.json?limit=5&kind=TOOL")["items"]:
        id_ = trace["trace_id"]
        from_server, from_store = (
            printed("trace", "get", id_, *at) for at in (("--url", ready["dashboard"]), db)
        )
        assert from_server == from_store
        assert from_server == get(f"{ready['dashboard']}/traces/{id_}.json")

    if os.name == "posix":
        # The indexer gives way to the others.
        levels = sorted(each.nice() for each in psutil.Process(process.pid).children())
        assert levels[-1] > levels[0] == psutil.Process(process.pid).nice()

    collector = next(
        each for each in psutil.Process(process.pid).children() if listens(each, ready["collector"])
    )
    collector.kill()
    with urllib.request.urlopen(f"{ready['collector']}/healthz", timeout=30) as answer:
        assert answer.status == 200  # asked of the dead one's port, answered by the next
    assert get(stats)["traces"] == 201

    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0


def printed(*arguments: str) -> Any:
    command = [*HALO, *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=True)
    return json.loads(done.stdout)


def listens(process: psutil.Process, url: str) -> bool:
    port = int(url.rpartition(":")[2])
    return any(each.laddr.port == port for each in process.net_connections("tcp"))


def test_other_machines_need_the_token(
    serve: Callable[..., tuple[subprocess.Popen[str], dict[str, Any]]],
) -> None:
    _, ready = serve("--host", "0.0.0.0", HALO_TOKEN="s3cret")
    stats = f"{ready['dashboard']}/stats.json"
    assert refused(stats) == 401
    assert get(stats, token="s3cret")["traces"] == 0


def test_a_store_of_a_newer_version_is_refused_with_code_4(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    Store.open(path).close()
    content = bytearray(path.read_bytes())
    content[60:64] = (999).to_bytes(4, "big")  # user_version in the header of an SQLite file
    path.write_bytes(content)
    done = subprocess.run(
        [*HALO, "serve", "--port", "0", "--collector-port", "0", "--db", str(path)],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert done.returncode == 4
    assert done.stderr.startswith("[collector] ")
    assert "starting it again" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_flag_value_is_refused_before_anything_starts(tmp_path: Path) -> None:
    done = subprocess.run(
        [*HALO, "serve", "--port", "http", "--storage", "redis://x"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "The configuration has 2 problems" in done.stderr
    assert done.stdout == ""
