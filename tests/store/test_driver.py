"""The SQLite that a Python brings along must be new enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from halo_dash.errors import StoreError
from halo_dash.store import driver


def test_an_old_sqlite_is_refused_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "OLDEST_SQLITE", (99, 0, 0))
    with pytest.raises(StoreError, match=r"needs 99\.0\.0 or newer") as refused:
        driver.connect(tmp_path / "halo.db", read_only=False)
    assert "newer Python" in (refused.value.hint or "")
    assert not (tmp_path / "halo.db").exists()
