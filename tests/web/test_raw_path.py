"""An id of any kind is one segment of a path, and comes back as it was."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from halo_dash.web.raw_path import segment, segments, with_query

ids = st.text(st.characters(exclude_categories=("Cs",)), min_size=1)


def scope_of(raw: str) -> Any:
    return {"path": unquote(raw), "raw_path": raw.encode()}


@given(st.lists(ids, min_size=1, max_size=3))
def test_segments_are_what_was_written(texts: list[str]) -> None:
    raw = "/sessions/" + "/".join(segment(text) for text in texts)
    assert segments(scope_of(raw), "/sessions") == tuple(texts)
    assert raw.isascii()


@given(ids)
def test_no_id_ends_like_a_format(text: str) -> None:
    for ending in (".json", ".csv", ".md"):
        assert not segment(text + ending).endswith(ending)


def test_a_server_that_keeps_no_raw_path_still_answers() -> None:
    scope: Any = {"path": "/sessions/a b"}
    assert segments(scope, "/sessions") == ("a b",)


def test_a_path_has_a_query_where_there_is_something_to_say() -> None:
    assert with_query("/agents", []) == "/agents"
    assert with_query("/agents.csv", (("model", "a b"), ("q", "x&y"))) == "/agents.csv?model=a+b&q=x%26y"
