"""Tables fit the terminal and stay aligned, whatever is in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from halo_dash.cli.table import Column, cell, cut, plain, render, text_width

COLUMNS = (
    Column("ID"),
    Column("NAME", is_flexible=True),
    Column("COUNT", align="right", rank=1),
    Column("REST", rank=2, is_flexible=True),
)


def test_numbers_stand_right_and_words_left() -> None:
    text = render(COLUMNS[:3], [("a", "first", "1"), ("b", "x", "1,204")])
    assert text.splitlines() == ["ID  NAME   COUNT", "a   first      1", "b   x      1,204"]


def test_narrow_terminals_lose_the_least_important_columns_first() -> None:
    rows = [("a" * 8, "a long name that needs room", "12", "something else entirely")]
    assert render(COLUMNS, rows, 80).splitlines()[0].split() == ["ID", "NAME", "COUNT", "REST"]
    assert render(COLUMNS, rows, 40).splitlines()[0].split() == ["ID", "NAME", "COUNT"]
    assert render(COLUMNS, rows, 24).splitlines()[0].split() == ["ID", "NAME"]


def test_one_long_cell_widens_no_other_row() -> None:
    rows = [("a" * 500, "x" * 500, "1", "y"), ("b", "short", "12", "z")]
    for width in (40, 80, 200):
        lines = render(COLUMNS, rows, width).splitlines()
        assert max(map(len, lines)) <= width
        assert lines[2].split()[:2] == ["b", "short"]
        assert (lines[1].split()[-1] == "y") == (width > 40)
    to_file = render(COLUMNS, rows).splitlines()
    assert to_file[1].split() == ["a" * 500, "x" * 500, "1", "y"]
    assert len(to_file[2]) < 150
    assert to_file[2].split() == ["b", "short", "12", "z"]


def test_wide_characters_count_twice() -> None:
    assert text_width("日本") == 4
    assert cut("日本語テキスト", 6) == "日本…"
    assert cell(COLUMNS[1], "日本", 6) == "日本  "
    assert cell(COLUMNS[2], "日本語テ", 6) == " 日本…"


@given(
    rows=st.lists(st.tuples(st.text(max_size=8), st.text(), st.text(max_size=6), st.text()), max_size=5),
    width=st.integers(min_value=40, max_value=120),
)
def test_no_line_is_wider_than_the_terminal(rows: list[tuple[str, str, str, str]], width: int) -> None:
    lines = render(COLUMNS, rows, width).split("\n")
    assert len(lines) == len(rows) + 1
    assert all(text_width(line) <= width for line in lines)


@given(st.text())
def test_plain_text_is_one_line_without_controls(text: str) -> None:
    shown = plain(text)
    assert shown.isprintable() or not any(char < " " or "\x7f" <= char <= "\x9f" for char in shown)
    assert "\n" not in shown
