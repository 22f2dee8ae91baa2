"""Differences between texts: nothing is lost, and only what changed is marked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from halo_dash.model.textdiff import DiffLine, Piece, diff_text, diff_words, shared_start

texts = st.text("ab \n", max_size=40)


def shown(lines: tuple[DiffLine, ...], side: str) -> list[str]:
    pieces = [line.left if side == "left" else line.right for line in lines]
    return ["".join(piece.text for piece in each) for each in pieces if each is not None]


@given(texts, texts)
def test_both_texts_can_be_read_whole_again(left: str, right: str) -> None:
    lines = diff_text(left, right, context=1_000)
    assert all(line.state != "gap" for line in lines if left != right)
    if left.splitlines() != right.splitlines():
        assert shown(lines, "left") == left.splitlines()
        assert shown(lines, "right") == right.splitlines()


@given(texts, texts)
def test_what_is_not_shown_is_counted(left: str, right: str) -> None:
    lines = diff_text(left, right, context=0)
    hidden = sum(line.count for line in lines if line.state == "gap")
    assert len(shown(lines, "left")) + hidden == len(left.splitlines())
    assert len(shown(lines, "right")) + hidden == len(right.splitlines())


@given(texts, texts)
def test_words_that_are_not_marked_are_on_both_sides(left: str, right: str) -> None:
    mine, other = diff_words(left, right)
    assert "".join(piece.text for piece in mine) == left
    assert "".join(piece.text for piece in other) == right
    if left == right:
        assert not any(piece.is_changed for piece in (*mine, *other))


@given(texts, texts)
def test_the_shared_start_is_the_longest(left: str, right: str) -> None:
    length = shared_start(left, right)
    assert left[:length] == right[:length]
    assert left[length : length + 1] != right[length : length + 1] or length == len(left) == len(right)


def test_only_the_changed_words_of_a_line_are_marked() -> None:
    (line,) = diff_text("The tower is 330 metres tall.", "The tower is 300 feet tall.")
    assert line.state == "changed"
    assert line.left == (Piece("The tower is ", False), Piece("330 metres", True), Piece(" tall.", False))
    assert line.right == (Piece("The tower is ", False), Piece("300 feet", True), Piece(" tall.", False))


def test_far_lines_become_a_gap() -> None:
    left = "\n".join(f"line {number}" for number in range(100))
    lines = diff_text(left, left.replace("line 50", "another"))
    assert [(line.state, line.count) for line in lines] == [
        ("gap", 47),
        *[("same", 1)] * 3,
        ("changed", 1),
        *[("same", 1)] * 3,
        ("gap", 46),
    ]
    assert (lines[-1].left_number, lines[-1].right_number) == (55, 55)


def test_a_very_long_line_is_compared_by_its_words_too() -> None:
    words = " ".join(f"word{number % 50}" for number in range(2_000))
    (line,) = diff_text(f"{words} old end {words}", f"{words} new end {words} more")
    assert line.left is not None
    assert [piece.text for piece in line.left if piece.is_changed] == ["old"]


def test_two_sentences_that_share_little_are_marked_whole() -> None:
    (line,) = diff_text("The tower and the bridge", "Fourteen rainy days and the like")
    assert line.left == (Piece("The tower and the bridge", True),)


def test_a_line_beyond_all_bounds_is_marked_whole() -> None:
    left = "x " * 15_000
    (line,) = diff_text(left, left + "y")
    assert line.left == (Piece(left, True),)


def test_many_lines_are_compared_in_place() -> None:
    left = "\n".join(f"a{number}" for number in range(8_000))
    lines = diff_text(left, left.replace("a", "b"))
    assert len(lines) == 8_000
    assert {line.state for line in lines} == {"changed"}
