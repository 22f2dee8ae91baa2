"""Importing a file through the browser's form."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from halo_dash.store import Store
from halo_dash.transfer.exporting import export_snapshot

from .conftest import Answer, Dashboard, put, run

BOUNDARY = "halo-test-boundary"


def upload(dashboard: Dashboard, data: bytes, name: str = "runs.json", *, token: str | None = None) -> Answer:
    given = dashboard.ask("/import").text.split('name="csrf_token" value="')[1].split('"')[0]
    field = f"--{BOUNDARY}\r\ncontent-disposition: form-data; name="
    parts = [
        f'{field}"csrf_token"\r\n\r\n{token or given}\r\n'.encode(),
        f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        + data,
        f"\r\n--{BOUNDARY}--\r\n".encode(),
    ]
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    return dashboard.ask("/import/file", method="POST", body=b"".join(parts), headers=headers)


@pytest.fixture
def snapshot(tmp_path: Path) -> bytes:
    other = tmp_path / "other.db"
    put(other, run(1), run(2, fails=True))
    out = io.BytesIO()
    with Store.open(other) as store:
        export_snapshot(store, [f"{1:032x}", f"{2:032x}"], out)
    return out.getvalue()


def test_a_snapshot_comes_in_and_once_is_enough(dashboard: Dashboard, snapshot: bytes) -> None:
    answer = upload(dashboard, snapshot)
    assert answer.status == 200, answer.text
    assert "2 traces" in answer.text
    assert f'href="/traces/{1:032x}"' in answer.text
    twin = dashboard.ask("/traces.json").json
    assert twin["total"] == 2
    assert {item["source"] for item in twin["items"]} == {"import"}
    assert "already there: 6" in upload(dashboard, snapshot).text
    assert dashboard.ask("/traces.json").json["total"] == 2


@pytest.mark.parametrize("data", [b"", b"hello", b'{"a": 1}', b"\x00\x01"])
def test_what_is_no_trace_file_is_refused_and_changes_nothing(dashboard: Dashboard, data: bytes) -> None:
    answer = upload(dashboard, data)
    assert answer.status == 400
    assert "runs.json" in answer.text
    assert "Nothing was imported" in answer.text
    assert 'action="/import/file"' in answer.text
    assert dashboard.ask("/traces.json").json["total"] == 0


def test_a_damaged_snapshot_is_refused(dashboard: Dashboard, snapshot: bytes) -> None:
    assert upload(dashboard, snapshot[: len(snapshot) // 2]).status == 400
    assert dashboard.ask("/traces.json").json["total"] == 0


def test_an_upload_needs_the_forms_token(dashboard: Dashboard, snapshot: bytes) -> None:
    assert upload(dashboard, snapshot, token="wrong").status == 403
    assert dashboard.ask("/traces.json").json["total"] == 0
