"""A real `halo serve` on free ports, and a real browser."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.browsing import browser

__all__ = ["browser"]

# Only failures wait that long; Playwright's 5 s are too few on a busy machine.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: at the end a worker would have one of them, and the other nothing."""
    items.sort(key=lambda item: item.path.name != "test_killed.py")


def halo_command() -> str:
    """The `halo` of the environment the tests run in."""
    beside = Path(sys.executable).parent / "halo"
    return os.environ.get("HALO_COMMAND") or str(beside)


def clean_environment() -> dict[str, str]:
    """The environment without anything that would configure halo or an exporter."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("HALO_", "OTEL_", "OPENAI"))}


def until(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Poll until `condition` gives something true, or fail."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if result := condition():
                return result
        time.sleep(0.05)
    pytest.fail(f"nothing after {seconds} s")


@dataclass
class Halo:
    """One running `halo serve`."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    """What the server finds in its environment besides."""
    collector: str = ""
    dashboard: str = ""
    process: subprocess.Popen[str] | None = None
    reader: threading.Thread | None = None
    lines: list[str] = field(default_factory=list)

    @property
    def db(self) -> Path:
        return self.home / "halo.db"

    def start(self, *extra: str) -> Halo:
        ports = [
            f"--port={self.dashboard.rsplit(':', 1)[-1] if self.dashboard else 0}",
            f"--collector-port={self.collector.rsplit(':', 1)[-1] if self.collector else 0}",
        ]
        command = [halo_command(), "serve", *ports, "--db", str(self.db), "--log-format", "json", "--no-open"]
        self.process = subprocess.Popen(
            [*command, *extra],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.home,
            env=clean_environment() | self.environment,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            with contextlib.suppress(ValueError):
                event = json.loads(line)
                if event.get("event") == "ready":
                    self.collector, self.dashboard = event["collector"], event["dashboard"]
                    break
        assert self.dashboard, "".join(self.lines)
        self.reader = threading.Thread(target=self.lines.extend, args=(self.process.stdout,), daemon=True)
        self.reader.start()
        return self

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Signal the whole process group and wait. Returns the exit code of `halo serve`."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        code = self.process.wait(60)
        if self.reader is not None:
            self.reader.join(60)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def get(self, path: str) -> Any:
        """The JSON twin of a page."""
        with urllib.request.urlopen(self.dashboard + path, timeout=60) as answer:  # noqa: S310 - our own URL
            return json.loads(answer.read())

    def run(
        self, *arguments: str, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run another `halo` command in the same folder."""
        return subprocess.run(
            [halo_command(), *arguments],
            capture_output=True,
            text=True,
            cwd=self.home,
            env=clean_environment() | (environment or {}),
            timeout=120,
            check=False,
        )


@pytest.fixture
def halo(tmp_path: Path) -> Iterator[Halo]:
    """A fresh `halo serve` over an empty store."""
    server = Halo(tmp_path).start()
    yield server
    server.stop(signal.SIGKILL)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Halo]:
    """One `halo serve` for the tests of a file that look at nothing but runs of their own."""
    server = Halo(tmp_path_factory.mktemp("standing")).start()
    yield server
    server.stop(signal.SIGKILL)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh page at 1440x900 that fails the test on any script error or console error."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    yield page
    context.close()
    assert not problems, problems
