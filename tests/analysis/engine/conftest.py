"""What the tests of the engine share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from halo_dash.store import Store
from tests.analysis.engine import shop


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The shop's runs."""
    with Store.open(tmp_path / "halo.db") as opened:
        shop.fill(opened)
        yield opened
