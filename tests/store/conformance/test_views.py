"""Saved views are kept by name, one of them at most is the default, and other processes see them."""

from __future__ import annotations

from pathlib import Path

import pytest

from halo_dash.errors import InvalidInputError, NotFoundError
from halo_dash.model.views import SavedView
from halo_dash.store import Store


def test_views_are_kept_by_name(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    with Store.open(path) as store, Store.open(path, mode="ro") as reader:
        with store.writing() as tx:
            tx.save_view("b", "status=error", 1)
            tx.save_view("A", "", 2)
            tx.save_view("b", "q=x", 3)
            tx.choose_view("A")
            tx.choose_view("b")
        expected = (SavedView("A", "", is_default=False), SavedView("b", "q=x", is_default=True))
        assert store.views.all() == reader.views.all() == expected
        with store.writing() as tx:
            tx.choose_view("")
            tx.delete_view("A")
        assert reader.views.all() == (SavedView("b", "q=x", is_default=False),)


def test_what_is_not_there_or_has_no_name_is_refused(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        with pytest.raises(NotFoundError), store.writing() as tx:
            tx.delete_view("x")
        with pytest.raises(NotFoundError), store.writing() as tx:
            tx.choose_view("x")
        with pytest.raises(InvalidInputError), store.writing() as tx:
            tx.save_view("", "", 1)
        assert store.views.all() == ()
