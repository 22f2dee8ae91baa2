from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.running import Running


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One collector for a whole file of tests: each uses ids of its own."""
    running = Running(tmp_path_factory.mktemp("collector"))
    yield running
    running.stop()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start collectors with other settings."""
    started: list[Running] = []

    def start(**how: Any) -> Running:
        folder = tmp_path / str(len(started))
        folder.mkdir()
        started.append(Running(folder, **how))
        return started[-1]

    yield start
    for running in started:
        running.stop()
