"""`docs/reading.md` lists the keys in the order in which they are believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from halo_dash.model.observation import Kind
from halo_dash.semconv.fields import FIELDS

PAGE = (Path(__file__).parents[2] / "docs" / "reading.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_documented_with_its_keys_in_order(field):
    keys = " · ".join(f"`{key}`" for key in FIELDS[field])
    assert f"| `{field}` | {keys} |" in PAGE


def test_every_kind_is_documented():
    assert all(kind.value in PAGE for kind in Kind)
