"""Why a trace was found is shown: the right words, marked where they stand, and counted once."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.model.search_field import SearchField
from halo_dash.search.matches import find
from halo_dash.search.query import read_query
from halo_dash.search.snippets import WIDTH, Segment, hits_in, marked, snippet

Spans = list[tuple[str, list[tuple[SearchField, str]]]]


def shown(segments: tuple[Segment, ...]) -> str:
    return "".join(f"[{each.text}]" if each.is_marked else each.text for each in segments)


def only(typed: str, text: str) -> str:
    hits = hits_in(read_query(typed).terms, [("s", [("user", text)])]).hits
    return shown(snippet(hits[0])) if hits else ""


def test_terms_are_marked_where_they_stand() -> None:
    assert only("refund", "No REFUND, no Refunds, a refund.") == "No [REFUND], no Refunds, a [refund]."
    assert only("refund*", "No Refunds, a refund.") == "No [Refunds], a [refund]."
    assert only('"the order"', "the  order, order the") == "[the order], order the"
    assert only("user_id", "by userId, user_id or user id") == "by [userId], [user_id] or [user id]"
    assert only("name", "call getUserName now") == "call getUser[Name] now"
    assert only("strasse", "die Straße,") == "die [Straße],"
    assert only("cafe", "cafe\u0301!") == "[cafe\u0301]!"
    assert only("京", "東京都") == "東[京]都"
    assert only("東京", "東京都") == "[東京]都"
    assert only("👍", "ok 👍🏽👍") == "ok [👍🏽][👍]"
    assert only("line", r"one\nline") == r"one\n[line]"
    assert only("-refund order", "refund order") == "refund [order]"
    assert only("in:assistant refund", "refund") == ""


def test_a_long_text_is_shown_around_its_terms() -> None:
    text = f"{'before ' * 200}the needle stands here{' after' * 200}"
    found = only("needle", text)
    assert "[needle]" in found
    assert found.startswith("…before")
    assert found.endswith("after…")
    assert len(found) <= WIDTH + 4
    both = f"apple {'x ' * 300} apple banana {'y ' * 300}"
    assert "[apple] [banana]" in only("apple banana", both)
    assert only("a", f"a{' b' * 20}\n\n c") == f"[a]{' b' * 20} c"


def test_the_best_texts_come_first_and_have_all_terms() -> None:
    spans: Spans = [
        ("one", [("attribute", "apple"), ("user", "apple pie"), ("assistant", "banana split")]),
        ("two", [("user", "apple pie"), ("tool_result", "apple apple"), ("error", "cherry")]),
    ]
    hits = hits_in(read_query("apple banana cherry").terms, spans)
    assert hits.by_field == {"user": 1, "assistant": 1, "tool_result": 2, "error": 1, "attribute": 1}
    best = hits.best(3)
    assert {term for hit in best for term in hit.terms} == {"apple", "banana", "cherry"}
    assert (best[0].span_id, best[0].field) == ("one", "user")
    assert len(hits.best(99)) == 5  # the question that was sent again is one text


def test_what_stands_in_the_way_of_html_is_left_to_whoever_writes_it() -> None:
    assert only("alert", "<script>alert('x')</script>") == "<script>[alert]('x')</script>"


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from(["apple", "Äpfel", "東京", "\\n", " ", "x" * 50]), max_size=40).map("".join),
    st.sampled_from(["apple", "apfel", "京", '"apple apple"', "x*", "app*", "a OR e"]),
)
def test_every_snippet_is_a_stretch_of_its_text(text: str, typed: str) -> None:
    terms = read_query(typed).terms
    for hit in hits_in(terms, [("s", [("user", text)])]).hits:
        segments = snippet(hit)
        assert any(each.is_marked for each in segments)
        plain = "".join(each.text for each in segments).strip("…")
        assert " ".join(plain.split()) in " ".join(text.split())
        whole = marked(text, find(terms, text))
        assert "".join(each.text for each in whole) == text
