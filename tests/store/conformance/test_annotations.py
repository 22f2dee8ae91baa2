"""What people say about traces, spans and sessions: kept, found by filters and words, gone with the trace."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import NOW, random_trace
from searching import index

from halo_dash.errors import InvalidInputError, NotFoundError
from halo_dash.model.annotation import (
    LONGEST_NOTE,
    MOST_NOTES,
    Annotation,
    AnnotationChange,
    Target,
    is_valid,
    read_note,
    read_tag,
)
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Resource, Scope, Span
from halo_dash.model.upkeep import RetentionLimits
from halo_dash.store import Store

TRACE = "a" * 32
OTHER = "b" * 32
SPAN = Target(TRACE, "1" * 16)


def span(trace_id: str, number: int = 1, *, session: str = "chat", end_ns: int = NOW + 5) -> Span:
    return Span(
        trace_id=trace_id,
        span_id=f"{number:x}" * 16,
        name="run",
        start_ns=NOW,
        end_ns=end_ns,
        attributes={"session.id": session},
        resource=Resource({}),
        scope=Scope("tests", "1"),
    )


def write(store: Store, *spans: Span) -> None:
    with store.writing() as tx:
        tx.write(spans, source="live", received_ns=NOW)


def annotate(store: Store, target: Target, now_ns: int = NOW, **wanted: object) -> None:
    with store.writing() as tx:
        tx.annotate(target, AnnotationChange.read(**wanted), now_ns)  # type: ignore[arg-type]


def found(store: Store, **chosen: object) -> set[str]:
    page = store.traces.page(ListQuery(Filter(**chosen)), NOW)  # type: ignore[arg-type]
    assert page.totals.traces == len(page.items)
    return {row.summary.trace_id for row in page.items}


def facet(store: Store, name: str) -> dict[str, int]:
    page = store.traces.page(ListQuery(), NOW)
    return {value.value: value.count for value in page.facets[name]}


def test_a_verdict_a_tag_and_notes_are_kept_changed_and_removed(store: Store) -> None:
    write(store, span(TRACE))
    target = Target(TRACE)
    annotate(store, target, verdict="bad", tags=["Regression", "#needs  look"], note="first\r\nline")
    annotate(store, target, NOW + 1, note="second")
    held = store.annotations.of(target)
    assert held.verdict is not None
    assert held.verdict.value == "bad"
    assert [each.value for each in held.tags] == ["needs-look", "regression"]
    assert [each.value for each in held.notes] == ["first\nline", "second"]
    assert {each.created_ns for each in held.notes} == {NOW, NOW + 1}

    first = held.notes[0]
    annotate(store, target, NOW + 9, verdict="good", untag=["regression"], note="mended", note_id=first.id)
    held = store.annotations.of(target)
    assert held.verdict is not None
    assert (held.verdict.value, held.verdict.created_ns, held.verdict.changed_ns) == ("good", NOW, NOW + 9)
    assert [each.value for each in held.tags] == ["needs-look"]
    assert [(each.value, each.created_ns, each.changed_ns) for each in held.notes] == [
        ("mended", NOW, NOW + 9),
        ("second", NOW + 1, NOW + 1),
    ]
    annotate(store, target, verdict="none", untag=["needs-look"])
    for each in held.notes:
        annotate(store, target, note="", note_id=each.id)
    assert not store.annotations.of(target)
    assert facet(store, "verdict") == facet(store, "tag") == {}


def test_a_trace_is_found_by_what_is_said_about_it_its_spans_and_its_sessions(store: Store) -> None:
    write(store, span(TRACE), span(OTHER, session="other"))
    annotate(store, Target(OTHER), tags=["mine"])
    annotate(store, SPAN, verdict="bad", tags=["slow"])
    annotate(store, Target(session_id="chat"), verdict="good", tags=["mine"])
    assert found(store, verdict=("bad",)) == {TRACE}
    assert found(store, verdict=("good",)) == {TRACE}
    assert found(store, tag=("mine",)) == {TRACE, OTHER}
    assert found(store, tag=("mine",), excluded=(("verdict", "bad"),)) == {OTHER}
    assert found(store, q="tag:slow verdict:bad") == {TRACE}
    assert facet(store, "tag") == {"mine": 2, "slow": 1}
    row = store.traces.get(TRACE)
    assert row is not None
    assert (row.verdicts, row.tags) == (("bad", "good"), ("mine", "slow"))
    assert store.check(sample=100) == ()


def test_a_session_passes_what_is_said_about_it_on_to_traces_that_come_later(store: Store) -> None:
    write(store, span(TRACE))
    annotate(store, Target(session_id="chat"), verdict="bad")
    write(store, span(OTHER))
    assert found(store, verdict=("bad",)) == {TRACE, OTHER}
    annotate(store, Target(session_id="chat"), verdict="none")
    assert found(store, verdict=("bad",)) == set()
    assert store.check(sample=100) == ()


def test_it_survives_that_spans_are_sent_again_and_grow(store: Store) -> None:
    write(store, span(TRACE, end_ns=0))
    annotate(store, Target(TRACE), verdict="bad")
    annotate(store, SPAN, tags=["here"])
    before = store.annotations.of_trace(TRACE)
    write(store, span(TRACE))
    write(store, span(TRACE), span(TRACE, 2))
    assert store.annotations.of_trace(TRACE) == before
    assert found(store, verdict=("bad",), tag=("here",)) == {TRACE}


def test_notes_and_tags_are_found_by_words_once_they_are_indexed(store: Store) -> None:
    write(store, span(TRACE), span(OTHER, session="other"))
    index(store)
    annotate(store, Target(TRACE), note="The Straße is wrong", tags=["regression"])
    annotate(store, Target(session_id="other"), note="angry customer")
    annotate(store, SPAN, note="the wrong tool was called")
    index(store)
    assert found(store, q="strasse") == {TRACE}
    assert found(store, q="angry") == {OTHER}
    assert found(store, q="has:note") == {TRACE, OTHER}
    assert found(store, q="has:tag -has:verdict") == {TRACE}
    assert found(store, q="note:wrong") == {TRACE}
    page = store.traces.page(ListQuery(Filter(q="wrong regression")), NOW)
    best = page.matches[TRACE].best
    assert {each.field for each in best} == {"note"}
    assert page.matches[TRACE].counts == {"note": 3}
    hits = store.search.in_trace(TRACE, "wrong").hits
    assert {hit.span_id for hit in hits} == {"", SPAN.span_id}
    (note,) = store.annotations.of(SPAN).notes
    annotate(store, SPAN, note="", note_id=note.id)
    annotate(store, Target(session_id="other"), note="calm", note_id=_only_note(store, "other"))
    index(store)
    assert found(store, q="angry") == set()
    assert found(store, q="calm") == {OTHER}
    assert found(store, q="called") == set()


def _only_note(store: Store, session_id: str) -> str:
    (note,) = store.annotations.of_sessions([session_id])[session_id].notes
    return note.id


def test_a_note_never_hides_what_the_run_said(store: Store) -> None:
    write(store, span(TRACE))
    annotate(store, Target(TRACE), note="session.id")
    index(store)
    assert found(store, q="in:attribute session.id") == {TRACE}


def test_it_goes_with_its_trace_and_a_session_with_its_last_one(store: Store) -> None:
    write(store, span(TRACE), span(OTHER))
    for target in (Target(TRACE), SPAN, Target(session_id="chat")):
        annotate(store, target, note="gone soon", tags=["x"])
    with store.writing() as tx:
        tx.pin(OTHER, is_pinned=True)
    limits = RetentionLimits(arrived_before_ns=NOW + 1)
    plan = store.retention.plan(limits)
    assert (plan.traces, plan.annotated_traces) == (1, 1)
    list(store.retention.prune(limits))
    assert store.annotations.of_trace(TRACE) == {}
    assert store.annotations.of(Target(session_id="chat"))
    with store.writing() as tx:
        tx.pin(OTHER, is_pinned=False)
    assert store.retention.plan(limits).annotated_traces == 0
    list(store.retention.prune(limits))
    assert not store.annotations.of(Target(session_id="chat"))
    assert list(store.annotations.concerning([TRACE, OTHER])) == []
    assert store.check(sample=10) == ()
    write(store, span(TRACE))
    assert found(store, tag=("x",)) == set()


def test_what_is_not_there_cannot_be_annotated(store: Store) -> None:
    write(store, span(TRACE))
    for target in (Target(OTHER), Target(TRACE, "f" * 16), Target(session_id="nobody")):
        with pytest.raises(NotFoundError):
            annotate(store, target, verdict="good")
    with pytest.raises(NotFoundError, match="no note"):
        annotate(store, Target(TRACE), note="x", note_id="missing")
    assert list(store.annotations.concerning([TRACE])) == []


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"verdict": "ugly"}, "verdict must be"),
        ({"note": "  \n "}, "note is empty"),
        ({"note": "x" * (LONGEST_NOTE + 1)}, "at most 10,000"),
        ({"tags": ["#"]}, "tag is empty"),
        ({"tags": ["x" * 51]}, "at most 50"),
        ({"tags": ["x"], "untag": ["X"]}, "at once"),
        ({"note_id": "a/b", "note": "x"}, "note_id"),
    ],
)
def test_what_cannot_be_noted_is_refused_with_the_reason(wanted: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        AnnotationChange.read(**wanted)  # type: ignore[arg-type]


def test_there_is_an_end_to_notes(store: Store) -> None:
    write(store, span(TRACE))
    with store.writing() as tx:
        for number in range(MOST_NOTES):
            tx.annotate(Target(TRACE), AnnotationChange.read(note=str(number)), NOW)
    with pytest.raises(InvalidInputError, match="At most"):
        annotate(store, Target(TRACE), note="one more")
    with pytest.raises(InvalidInputError):
        Target(TRACE, session_id="chat")


def test_saying_the_same_again_changes_nothing(store: Store) -> None:
    write(store, span(TRACE))
    annotate(store, Target(TRACE), verdict="good", tags=["x"])
    revision = store.stats().revision
    annotate(store, Target(TRACE), NOW + 1, verdict="good", tags=["x"], untag=["y"])
    assert store.stats().revision == revision


def test_a_change_is_a_new_revision_of_every_trace_it_concerns(store: Store) -> None:
    write(store, span(TRACE), span(OTHER), span("c" * 32, session="else"))
    before = store.stats().revision
    annotate(store, Target(session_id="chat"), note="look")
    assert set(store.traces.changed_since(before).trace_ids) == {TRACE, OTHER}


def test_annotations_are_written_with_their_spans_or_not_at_all(store: Store) -> None:
    def write_and_fail() -> None:
        with store.writing() as tx:
            tx.write([span(TRACE)], source="live", received_ns=NOW)
            tx.annotate(Target(TRACE), AnnotationChange.read(tags=["x"]), NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    write(store, span(TRACE))
    assert store.annotations.of_trace(TRACE) == {}
    with store.writing() as tx:
        tx.write([span(OTHER, end_ns=0)], source="live", received_ns=NOW)
        tx.annotate(Target(OTHER), AnnotationChange.read(tags=["x"]), NOW)
        tx.write([span(OTHER)], source="live", received_ns=NOW)
    assert found(store, tag=("x",)) == {OTHER}
    assert store.check(sample=10) == ()


def test_merging_keeps_the_later_version_in_any_order(store: Store) -> None:
    write(store, span(TRACE))
    target = Target(TRACE)
    old = Annotation(target, "verdict", "", "bad", NOW, NOW)
    new = Annotation(target, "verdict", "", "good", NOW + 1, NOW + 2)
    note = Annotation(target, "note", "n1", "text", NOW, NOW)
    for batch, count in (([new, note], 2), ([old, note], 0), ([new], 0)):
        with store.writing() as tx:
            assert tx.merge_annotations(batch) == count
    held = store.annotations.of(target)
    assert (held.verdict, held.notes) == (new, (note,))
    with pytest.raises(InvalidInputError), store.writing() as tx:
        tx.merge_annotations([Annotation(target, "tag", "x", "y", NOW, NOW)])
    with store.writing() as tx:
        assert tx.merge_annotations([Annotation(Target(OTHER), "tag", "x", "x", NOW, NOW)]) == 0
    assert store.annotations.of_trace(OTHER) == {}


@given(st.text(max_size=80))
def test_a_tag_and_a_note_read_twice_are_the_same(text: str) -> None:
    assert read_tag(read_tag(text)) == read_tag(text)
    assert read_note(read_note(text)) == read_note(text)
    tag = read_tag(text)
    assert not any(each.isspace() for each in tag)
    if 0 < len(tag) <= 50:
        assert is_valid(Annotation(Target("t"), "tag", tag, tag, 0, 0))


actions = st.lists(
    st.tuples(
        st.sampled_from(["trace", "span", "session", "write", "remove"]),
        st.integers(0, 5),
        st.sampled_from(["good", "bad", "none", None]),
        st.sampled_from(["x", "y"]),
        st.booleans(),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None)
@given(actions=actions)
def test_filters_say_what_the_annotations_say(
    tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, int, str | None, str, bool]]
) -> None:
    """Two programs write in turns; every trace has exactly the verdicts and tags of its annotations."""
    traces = [random_trace(seed) for seed in range(6)]
    path = tmp_path_factory.mktemp("noted") / "halo.db"
    with Store.open(path) as first, Store.open(path) as second:
        with first.writing() as tx:
            tx.write([each for spans in traces[:3] for each in spans], source="live", received_ns=NOW)
        for turn, (kind, number, verdict, tag, is_off) in enumerate(actions):
            store = second if turn % 2 else first
            spans = traces[number]
            if kind == "write":
                with store.writing() as tx:
                    tx.write(spans, source="live", received_ns=NOW + turn)
                continue
            if kind == "remove":
                list(store.retention.prune(RetentionLimits(arrived_before_ns=NOW + turn - 2)))
                continue
            target = {
                "trace": Target(spans[0].trace_id),
                "span": Target(spans[0].trace_id, spans[-1].span_id),
                "session": Target(session_id=f"s{number}"),
            }[kind]
            tags = {"untag" if is_off else "tags": [tag]}
            try:
                annotate(store, target, NOW + turn, verdict=verdict, **tags)
            except NotFoundError:
                continue
        assert first.check(sample=100) == ()
        expected: dict[str, dict[str, set[str]]] = {"verdict": {}, "tag": {}}
        for row in first.traces.page(ListQuery(), NOW).items:
            said = [*first.annotations.concerning([row.summary.trace_id])]
            marks = {kind: {each.value for each in said if each.kind == kind} for kind in ("verdict", "tag")}
            assert marks == {"verdict": set(row.verdicts), "tag": set(row.tags)}
            for kind, values in marks.items():
                for value in values:
                    expected[kind].setdefault(value, set()).add(row.summary.trace_id)
        for kind, by_value in expected.items():
            assert facet(second, kind) == {value: len(ids) for value, ids in by_value.items()}
            for value, ids in by_value.items():
                assert found(second, **{kind: (value,)}) == ids
