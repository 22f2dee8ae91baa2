"""Whatever is typed has a meaning, and it is the one that people expect."""

from __future__ import annotations

import pytest
from fulltext import Index
from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.model.search_field import SEARCH_FIELDS, SearchField
from halo_dash.search import marks
from halo_dash.search.document import COLUMNS
from halo_dash.search.expression import match
from halo_dash.search.matches import answers, find, may_stand_in
from halo_dash.search.query import FACTS, FIELD_NAMES, MOST_TERMS, read_query
from halo_dash.search.terms import And, Not, Or, Term
from halo_dash.search.text import SEPARATOR, prepare

WORDS = [
    "refund", "policy", "Straße", "getUserName", "user_name", "SKU-00123", "1.5",
    "東京都", "京", "학교", "ภาษา", "👍",
    "العربية", "https://a.example/x?b=c", "3f2b8c1d-1234", "x\\ny", "coroutine", "cafe\u0301", "O'Neil", "Ⅳ",
]  # fmt: skip
SIGNS = [
    "OR", "AND", "NOT", "-", "(", ")", '"', "*", "|", ":", "in:user", "in:", "has:tool", "has:", "attr.a:b",
    "attr.", "status:error", "duration:>2s", "cost:<", "error:", "-(", 'user:"', "“",
    "\0", SEPARATOR, "\ud800", "\ue081", "{", "}",
]  # fmt: skip
PIECES = st.sampled_from(WORDS) | st.sampled_from(SIGNS) | st.text(max_size=4)
TYPED = (
    st.text(max_size=60)
    | st.lists(PIECES, max_size=10).map(" ".join)
    | st.lists(PIECES, max_size=8).map("".join)
)
TRACES: list[list[tuple[SearchField, str]]] = [
    [("user", "Refund the Strasse order, SKU-00123"),
     ("assistant", "the policy: 1.5 days"), ("error", "x\\ny")],
    [("user", "東京都の学校"),
     ("tool_result", "getUserName failed at https://a.example/x?b=c"), ("id", "3f2b8c1d-1234-abcd")],
    [("system", "user name policy"), ("assistant", "café 👍 refund"), ("attribute", "coroutines")],
    [("tool_call", "학교에서 ภาษาไทย"), ("document", "العَرَبِيَّة O'Neil"), ("event", "IV")],
]  # fmt: skip
FACTS_OF = [
    {marks.EVERY_TRACE, marks.fact("tool"), *filter(None, [marks.pair("a", "b")])},
    {marks.EVERY_TRACE},
    {marks.EVERY_TRACE, marks.fact("tool")},
    {marks.EVERY_TRACE, *filter(None, [marks.pair("a", "bc")])},
]


def columns(texts: list[tuple[SearchField, str]], facts: set[str]) -> list[str]:
    parted = f" {SEPARATOR} "
    found = [parted.join(prepare(text) for field, text in texts if field == each) for each in SEARCH_FIELDS]
    return [*found, " ".join(facts)]


def index_of_all() -> Index:
    index = Index(COLUMNS)
    for number, (texts, facts) in enumerate(zip(TRACES, FACTS_OF, strict=True)):
        index.add(number, columns(texts, facts))
    return index


INDEX = index_of_all()


@settings(max_examples=1000, deadline=None)
@given(TYPED)
def test_anything_typed_asks_the_index_what_the_texts_say(typed: str) -> None:
    query = read_query(typed)
    if query.node is None:
        return
    expected = {
        number
        for number, (texts, facts) in enumerate(zip(TRACES, FACTS_OF, strict=True))
        if answers(query.node, texts, facts)
    }
    assert INDEX.match(match(query.node)) == expected


@settings(max_examples=300, deadline=None)
@given(TYPED)
def test_anything_typed_has_notes_that_point_into_it(typed: str) -> None:
    query = read_query(typed)
    for note in query.notes:
        assert 0 <= note.start <= note.end <= len(typed)
        assert note.message
    assert query.filter.parse(query.filter.pairs()) == query.filter
    read_query(query.corrected or "")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(WORDS), st.sampled_from(WORDS))
def test_a_word_that_stands_in_a_text_is_found_and_marked_there(before: str, word: str) -> None:
    query = read_query(f'"{word}"')
    text = f"{before} / {word} end"
    assert isinstance(query.node, Term)
    places = find(query.terms, text)
    assert any(
        place.start <= text.rindex(word) + len(word) and place.end >= text.rindex(word) for place in places
    )


@settings(max_examples=300, deadline=None)
@given(TYPED, st.text(max_size=20) | st.lists(st.sampled_from(WORDS), max_size=6).map("_".join))
def test_a_quick_look_never_leaves_out_what_is_there(typed: str, text: str) -> None:
    terms = read_query(typed).terms
    there = [term for term in terms if find([term], text)]
    assert [term for term in may_stand_in(terms, text) if term in there] == there


def shape(typed: str) -> str:
    """The tree, written down."""

    def written(node: object) -> str:
        match node:
            case And(children=children):
                return f"({' & '.join(map(written, children))})"
            case Or(children=children):
                return f"({' | '.join(map(written, children))})"
            case Not(child=child):
                return f"-{written(child)}"
        return str(getattr(node, "text", None))

    return written(read_query(typed).node)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", "None"),
        ("   ", "None"),
        ("refund policy", "(refund & policy)"),
        ("a OR b c", "((a | b) & c)"),
        ("a b OR c OR d", "(a & (b | c | d))"),
        ("a | b", "(a | b)"),
        ("OR a OR", "a"),
        ("a AND b", "(a & b)"),
        ("or and not", "(or & and & not)"),
        ("-a", "-a"),
        ("a -b", "(a & -b)"),
        ("a NOT b", "(a & -b)"),
        ("a --b", "(a & b)"),
        ("well-known", "well-known"),
        ('"a b" c', "(a b & c)"),
        ("“a b” c", "(a b & c)"),
        ('"a b', "a b"),
        ("(a b) OR c", "((a & b) | c)"),
        ("-(a b)", "-(a & b)"),
        ("((a", "a"),
        ("a))b", "a))b"),
        ("print(x) (f(y))", "(print(x) & f(y))"),
        ("http://a.example:80/x", "http://a.example:80/x"),
        ("12:30", "12:30"),
        ("ValueError: boom", "(ValueError: & boom)"),
        ("name=x", "name=x"),
        ("has:exception a", "(has:exception & a)"),
        ("attr.a:1 attr.a:2 attr.b:3", "((attr.a:1 | attr.a:2) & attr.b:3)"),
    ],
)
def test_the_tree_of(typed: str, expected: str) -> None:
    assert shape(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("status:error", {"status": "error"}),
        ("Status:ERROR", {"status": "error"}),
        ("kind:llm", {"kind": "LLM"}),
        ("status:eror", {"status": "error"}),
        ("is:running", {"status": "running"}),
        ("model:gpt-4o", {"model": "gpt-4o"}),
        ('user:"Jane Doe"', {"user": "Jane Doe"}),
        ("env:prod", {"environment": "prod"}),
        ("-status:error", {"not.status": "error"}),
        ("duration:>2s", {"duration": "2000000.001us.."}),
        ("duration:>=2s", {"duration": "2s.."}),
        ("duration:<=1m", {"duration": "..1m"}),
        ("duration:1s..2s", {"duration": "1s..2s"}),
        ("duration:2", {"duration": "2s.."}),
        ("latency>=200ms", {"duration": "0.2s.."}),
        ("-duration:>=2s", {"duration": "..1999999.999us"}),
        ("cost:>=0.01", {"cost": "0.01.."}),
        ("cost:>=$0.01 cost:<=1", {"cost": "0.01..1.0"}),
        ("tokens:>1000", {"tokens": "1001.."}),
        ("tokens:>=1.5k", {"tokens": "1500.."}),
        ("tokens:10", {"tokens": "10..10"}),
        ("llm_calls:..3 spans=5", {"spans": "5..5", "llm_calls": "..3"}),
        ("range:1d", {"range": "1d"}),
        ("since:2026-01-01", {"from": "2026-01-01T00:00:00Z"}),
        ("status:nonsense", {}),
        ("duration:soon", {}),
        ("tokens:>5 tokens:<3", {"tokens": "6.."}),
        ("model:", {}),
        ("tokens:>9223372036854775807", {}),
        ("tokens:>999999999999999999999999k", {}),
        ("tokens:<0", {}),
        ("cost:<0", {}),
        ("duration:<0ms", {}),
        ("duration:>99999999999h", {}),
        ("duration:..", {}),
    ],
)
def test_filters(typed: str, expected: dict[str, str]) -> None:
    assert dict(read_query(typed).filter.pairs()) == expected


def test_several_values_mean_any_of_them() -> None:
    assert read_query("status:ok,error tool:a tool:b").filter.status == ("ok", "error")
    assert read_query("tool:a tool:b").filter.tool == ("a", "b")


@pytest.mark.parametrize(
    ("typed", "corrected"),
    [
        ("status:eror refund", "status:error refund"),
        ("stauts:error refund", "status:error refund"),
        ("a has:exeption", "a has:exception"),
        ("in:asistant a", "in:assistant a"),
        ("duration:2s", "duration:>=2s"),
        ("refund", None),
        ("https://statu.example/x", None),
    ],
)
def test_corrections(typed: str, corrected: str | None) -> None:
    assert read_query(typed).corrected == corrected


def test_what_is_left_out_is_said() -> None:
    for typed in (
        "status:nonsense",
        "duration:soon",
        "model:",
        "has:nothing_like_it",
        "in:nowhere",
        "th*",
        "!!!",
    ):
        assert read_query(typed).notes, typed
    for typed in ("refund", "東*", "3f2b8c1d-1", "👍*", "-x OR y", "status:ok", "a:b", "http://x"):
        assert not read_query(typed).notes, typed


def test_where_to_look() -> None:
    def found(typed: str) -> set[int]:
        node = read_query(typed).node
        assert node is not None
        return INDEX.match(match(node))

    assert found("in:user refund") == {0}
    assert found("in:assistant refund") == {2}
    assert found("refund -in:user") == {2}
    assert found("in:input refund") == {0}
    assert found("(in:user refund) (in:assistant policy)") == {0}
    assert found("(in:user refund) (in:user policy)") == set()
    assert found("error:y") == {0}
    assert found("trace:3f2b8c") == {1}
    assert found("attr.a:b") == {0}
    assert found("attr.a:b*") == {0, 3}
    assert found("attr.a:") == {0, 3}
    assert found("-attr.a:") == {1, 2}
    assert found("has:tool -has:tool OR refund") == {0, 2}
    assert found("-refund") == {1, 3}


def test_a_query_without_end_is_read_as_far_as_it_may_cost() -> None:
    assert len(read_query("a " * 900).terms) == 1
    assert len(read_query(" ".join(f"w{number}" for number in range(300))).terms) == MOST_TERMS
    hostile = ["(" * 5000 + "a" + ")" * 5000, "-" * 5000 + "a", '"' * 5000, "a OR " * 5000, "(a OR " * 900]
    for typed in hostile:
        node = read_query(typed).node
        assert node is None or INDEX.match(match(node)) is not None


def test_names_are_told_apart() -> None:
    assert len(set(FIELD_NAMES)) == len(FIELD_NAMES)
    assert len(set(FACTS)) == len(FACTS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("status:failed", "status=error"),
        ("is:success -status:running", "status=ok&not.status=running"),
        ("not.model:gpt-5", "not.model=gpt-5"),
        ("-not.model:gpt-5", "model=gpt-5"),
        ("not.status:failed", "not.status=error"),
        ("source:imported", "source=import"),
        ("is:pinned", "pinned=yes"),
        ("-pinned:yes", "not.pinned=yes"),
        ("is:unpinned pinned:true", "pinned=no&pinned=yes"),
    ],
)
def test_other_ways_to_write_a_filter(typed: str, meant: str) -> None:
    query = read_query(typed)
    assert query.node is None
    assert "&".join(f"{name}={value}" for name, value in query.filter.pairs()) == meant


def test_a_beginning_of_a_value_is_said_to_be_the_whole_value() -> None:
    query = read_query("name:chat* refund*")
    assert [note.message for note in query.notes] == ["name: asks for whole values; the * was left out."]
    assert query.filter.name == ("chat",)


@pytest.mark.parametrize(
    ("typed", "tree", "meant", "at"),
    [
        ("status:error OR model:gpt-5", "None", "status=error&model=gpt-5", "OR"),
        ("a tool:run_sql OR b", "(a & b)", "tool=run_sql", "OR"),
        ("(status:error) OR b", "b", "status=error", "OR"),
        ("a OR status:error", "a", "status=error", "status:error"),
        ("a OR b status:error", "(a | b)", "status=error", None),
        ("status:error a OR b", "(a | b)", "status=error", None),
    ],
)
def test_an_alternative_to_a_filter_is_said_to_be_none(
    typed: str, tree: str, meant: str, at: str | None
) -> None:
    query = read_query(typed)
    assert shape(typed) == tree
    assert "&".join(f"{name}={value}" for name, value in query.filter.pairs()) == meant
    said = [typed[note.start : note.end] for note in query.notes]
    assert at in said if at else not said


@pytest.mark.parametrize(
    "typed", ["-(status:error)", "-(a status:error)", "-(-(status:error))", "NOT (cost:>1)"]
)
def test_a_filter_in_an_excluded_group_is_left_out_and_said(typed: str) -> None:
    query = read_query(typed)
    assert not query.filter.pairs()
    (note,) = query.notes
    assert "left out" in note.message
    assert f"Write -{typed[note.start : note.end]} outside" in note.message


def test_a_filter_excluded_twice_is_to_be_written_plainly() -> None:
    (note,) = read_query("-(a NOT status:error)").notes
    assert note.message.endswith("Write status:error outside.")


def test_an_attribute_that_is_text_is_asked_for_its_words() -> None:
    query = read_query("attr.input.value:ref* -attr.exception.stacktrace:")
    assert query.corrected == "input:ref* -attr.exception.stacktrace:"
    assert query.terms == read_query("input:ref*").terms
    assert read_query('-attr.output.value:"a b"').corrected == '-output:"a b"'
    assert not read_query("attr.input.value:").notes
    (note,) = read_query("attr.llm.input_messages.0.message.content:").notes
    assert note.message.endswith("it was left out.")


@pytest.mark.parametrize("typed", ["()", '"', "OR", "-(in:user)", "("])
def test_where_there_is_nothing_to_look_for_that_is_said(typed: str) -> None:
    (note,) = read_query(typed).notes
    assert note.message == "There is nothing to look for in this; it was left out."


@pytest.mark.parametrize("typed", ["", " ", "range:all", "in:user", "-in:user", "in:user range:all"])
def test_what_is_on_its_way_to_a_question_needs_no_note(typed: str) -> None:
    assert not read_query(typed).notes


def test_a_note_speaks_of_what_was_typed_and_offers_only_what_can_be_read() -> None:
    assert (
        "is: knows ok, error, running, recovered, pinned, unpinned, not"
        in read_query("is:foo").notes[0].message
    )
    assert read_query("stats:x").corrected is None
    assert read_query("stats:error").corrected == "status:error"
    found = read_query("status:(error OR ok)")
    assert not found.filter.pairs()
    assert "status:a,b" in found.notes[0].message


@pytest.mark.parametrize(
    ("typed", "text", "is_there"),
    [
        ("1.5", "release v1.5.3", True),
        ("1.5.3", "release V1.5.3", True),
        ("1.53*", "release v1.534", True),
        ("5.3", "release v1.5.3", True),
        ("1.5", "release x1.5", False),
        ("15", "release v15", False),
    ],
)
def test_the_number_of_a_version_is_found_with_its_letter(typed: str, text: str, is_there: bool) -> None:
    query, index = read_query(typed), Index()
    assert query.node is not None
    index.add(1, [prepare(text)])
    assert bool(index.match(match(query.node))) is is_there
    assert bool(find(query.terms, text)) is is_there
