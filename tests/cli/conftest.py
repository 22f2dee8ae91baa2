"""The command line as a user has it: a process with a working directory, a store and an environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from halo_dash.cli.root import run
from halo_dash.store import Store
from halo_dash.transfer.demo import demo_traces

FOREIGN = ("HALO_", "OTEL_", "COLUMNS")
HALO = [sys.executable, "-P", "-m", "halo_dash"]


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


@pytest.fixture
def halo(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ended]:
    """Run `halo` in an empty folder, within this process: what is printed and returned is the same."""

    def run_here(*arguments: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> Ended:
        with monkeypatch.context() as patch:
            patch.chdir(cwd or tmp_path)
            for name in [name for name in os.environ if name.startswith(FOREIGN)]:
                patch.delenv(name)
            for name, value in {"HALO_DATA_DIR": str(tmp_path / "data"), **(env or {})}.items():
                patch.setenv(name, value)
            code = run(arguments)
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return run_here


@pytest.fixture
def halo_process(tmp_path: Path, clean_environment: dict[str, str]) -> Callable[..., Ended]:
    """The same in a process of its own, for what cannot be had otherwise."""

    def run_apart(*arguments: str, env: dict[str, str] | None = None) -> Ended:
        done = subprocess.run(
            [*HALO, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**clean_environment, **(env or {})},
            timeout=60,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return run_apart


@pytest.fixture(scope="session")
def filled_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the demo's traces. Read only."""
    path = tmp_path_factory.mktemp("filled") / "halo.db"
    now_ns = time.time_ns()
    with Store.open(path) as store, store.writing() as tx:
        for trace in demo_traces(now_ns):
            tx.write(trace.spans, (), source="demo", received_ns=now_ns)
    return path
