"""Providers that tests open are closed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.analysis.provider.conversing import OPENED


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()
