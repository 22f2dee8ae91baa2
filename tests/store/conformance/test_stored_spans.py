"""A span comes back exactly as it was sent, whatever was in it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from halo_dash.errors import InvalidInputError, UsageError
from halo_dash.model.filter import ListQuery
from halo_dash.model.span import AttributeValue, EntityRef, Event, Link, LogRecord, Resource, Scope, Span
from halo_dash.semconv import observe
from halo_dash.store import Store

TRACE = "0af7651916cd43dd8448eb211c80319c"
NOW = 1_780_000_000_000_000_000

FULL = Span(
    trace_id=TRACE,
    span_id="00f067aa0ba902b7",
    parent_span_id="53995c3f42cd8ad8",
    name="chat gpt-4o",
    kind=77,
    start_ns=NOW,
    end_ns=NOW + 1_500_000_000,
    status_code=2,
    status_message="boom",
    trace_state="vendor=1",
    flags=0x301,
    attributes={
        "z": 1,
        "a": 1.0,
        "bytes": b"\x00\xff",
        "none": None,
        "list": [1, "two", None, {"k": [True]}],
        "infinity": math.inf,
        "negative zero": -0.0,
        "uint64": 2**64 - 1,
        "beyond": -(10**30),
        "text": "日本語 \u202e \x00",
        "broken": "half \ud800 pair",
        "": "",
    },
    dropped_attributes_count=3,
    events=(Event(NOW + 1, "exception", {"exception.type": "ValueError"}, 1), Event(0, "")),
    dropped_events_count=4,
    links=(Link("b" * 32, "c" * 16, "x=y", {"why": "retry"}, 2, 1),),
    dropped_links_count=5,
    resource=Resource(
        {"service.name": "s", "n": [1, 2]}, 6, (EntityRef("service", "u", ("a",), ("b",)),), "r"
    ),
    scope=Scope("scope", "1.2", {"k": "v"}, 7, "s"),
)


def write(store: Store, *spans: Span, logs: tuple[LogRecord, ...] = ()) -> None:
    with store.writing() as tx:
        tx.write(spans, logs, source="live", received_ns=NOW)


def test_every_field_comes_back(store: Store) -> None:
    write(store, FULL)
    stored = store.spans.get(TRACE, FULL.span_id)
    assert stored is not None
    assert stored.span == FULL
    assert list(stored.span.attributes) == list(FULL.attributes)
    assert [type(value) for value in stored.span.attributes.values()] == [
        type(value) for value in FULL.attributes.values()
    ]
    assert math.copysign(1, stored.span.attributes["negative zero"]) == -1  # type: ignore[arg-type]
    assert stored.observation == observe(FULL)


def test_nan_comes_back(store: Store) -> None:
    write(store, Span(TRACE, "a", attributes={"nan": math.nan}))
    stored = store.spans.get(TRACE, "a")
    assert stored is not None
    value = stored.span.attributes["nan"]
    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize("time_ns", [0, 1, 2**63 - 1, 2**63, 2**64 - 1])
def test_any_time_of_the_wire_comes_back(store: Store, time_ns: int) -> None:
    span = Span(TRACE, "a", name="n", start_ns=time_ns, end_ns=time_ns)
    write(store, span)
    assert [item.span for item in store.spans.page(TRACE).items] == [span]
    assert len(store.spans.outline(TRACE)) == 1


def test_ids_are_opaque(store: Store) -> None:
    span = Span("not hex", "24-hex-characters-or-else", name="n")
    write(store, span)
    stored = store.spans.get("not hex", "24-hex-characters-or-else")
    assert stored is not None
    assert stored.span == span


def test_one_span_id_may_be_in_two_traces(store: Store) -> None:
    write(store, Span("t1", "a", name="one"), Span("t2", "a", name="two"))
    assert [item.span.name for item in store.spans.page("t1").items] == ["one"]
    assert [item.span.name for item in store.spans.page("t2").items] == ["two"]


def test_what_is_not_there(store: Store) -> None:
    assert store.spans.get(TRACE, "a") is None
    assert store.spans.outline(TRACE) == ()
    assert store.spans.page(TRACE).items == ()
    assert store.traces.get(TRACE) is None


def test_the_outline_has_the_readings_of_all_spans(store: Store) -> None:
    write(store, FULL, Span(TRACE, "b", name="n", start_ns=5))
    stored = [store.spans.get(TRACE, span_id) for span_id in (FULL.span_id, "b")]
    assert list(store.spans.outline(TRACE)) == [item.reading for item in stored if item]


def test_pages_cover_all_spans_in_order_of_start_then_arrival(store: Store) -> None:
    spans = [Span(TRACE, f"s{number}", name=str(number), start_ns=1000 - number // 3) for number in range(50)]
    write(store, *spans)
    expected = sorted(spans, key=lambda span: (span.start_ns, spans.index(span)))
    found: list[Span] = []
    after: str | None = None
    while True:
        page = store.spans.page(TRACE, after, limit=7)
        found += [item.span for item in page.items]
        if page.next_after is None:
            break
        after = page.next_after
    assert found == expected


def test_a_page_of_huge_spans_ends_early_and_says_so(store: Store) -> None:
    text = "x" * (6 << 20)
    write(store, *(Span(TRACE, f"s{number}", attributes={"text": text}) for number in range(5)))
    page = store.spans.page(TRACE)
    assert 1 <= len(page.items) < 5
    after, seen = page.next_after, len(page.items)
    while after:
        page = store.spans.page(TRACE, after)
        after, seen = page.next_after, seen + len(page.items)
    assert seen == 5


@pytest.mark.parametrize("after", ["x", "W10", "eyJhIjoxfQ", "é", "WyJzcGFucyIsIDFlMzAsIDFd"])
def test_a_foreign_cursor_is_refused(store: Store, after: str) -> None:
    write(store, FULL)
    with pytest.raises(UsageError, match="cursor"):
        store.spans.page(TRACE, after)


def test_it_is_all_there_after_opening_again(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as first:
        write(first, FULL)
    with Store.open(tmp_path / "halo.db", "ro") as second:
        assert [item.span for item in second.spans.page(TRACE).items] == [FULL]


def nested(depth: int) -> AttributeValue:
    value: AttributeValue = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("place", ["attribute", "resource", "log"])
def test_a_span_that_cannot_be_stored_leaves_the_others_alone(store: Store, place: str) -> None:
    deep: dict[str, AttributeValue] = {"deep": nested(100_000)}
    spans = [Span("bad", "a", attributes=deep if place == "attribute" else {})]
    if place == "resource":
        spans = [Span("bad", "a", resource=Resource(deep))]
    logs = [LogRecord("bad", "a", attributes=deep)] if place == "log" else []
    with store.writing() as tx:
        with pytest.raises(InvalidInputError, match="nested"):
            tx.write(spans, logs, source="live", received_ns=NOW)
        tx.write([FULL], source="live", received_ns=NOW)
    assert store.traces.page(ListQuery(), NOW).totals.traces == 1
    assert store.spans.get(TRACE, FULL.span_id) is not None
    assert store.spans.outline("bad") == ()
