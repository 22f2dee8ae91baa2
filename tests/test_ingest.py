"""Group commit, failure isolation, back-pressure: what whoever hands over a request can rely on."""

from __future__ import annotations

import gc
import gzip
import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.errors import InvalidInputError, StoreError, TooLargeError, UnavailableError
from halo_dash.ingest import Budget, Delivery, Ingest, Ledger, Receipt
from halo_dash.ingest.jobs import HUGE, Request, Spans
from halo_dash.model.exporter import Encoding, Exporter, Rejection
from halo_dash.model.span import Scope, Span
from halo_dash.otlp import encode_traces
from halo_dash.store import Store

SENDER = Exporter("test/1", "http", "protobuf")
START = 1_760_000_000_000_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "halo.db") as store:
        yield store


def spans(count: int, trace: int = 1, first: int = 1, **fields: Any) -> list[Span]:
    return [
        Span(
            f"{trace:032x}", f"{n:016x}", name=f"span {n}", start_ns=START + n, end_ns=START + n + 1, **fields
        )
        for n in range(first, first + count)
    ]


def delivery(batch: list[Span], encoding: Encoding = "protobuf", **fields: Any) -> Delivery:
    exporter = Exporter("test/1", "http", encoding)
    given: dict[str, Any] = {"body": encode_traces(batch, encoding), "exporter": exporter} | fields
    return Delivery(signal="traces", path="/v1/traces", received_ns=START, **given)


def test_a_receipt_is_given_when_the_spans_can_be_read(store: Store) -> None:
    with Ingest(store) as ingest:
        for trace in range(1, 20):
            assert ingest.submit(delivery(spans(5, trace))).result(60) == Receipt(spans=5)
            assert len(store.spans.outline(f"{trace:032x}")) == 5


def test_many_requests_share_a_transaction(store: Store) -> None:
    counting = Failing(store)
    with Ingest(counting) as ingest:  # type: ignore[arg-type] # a store that counts
        with holding(ingest):
            futures = [ingest.submit(delivery(spans(3, trace))) for trace in range(1, 101)]
        wait(futures, 20)
        assert all(future.result().spans == 3 for future in futures)
    assert store.stats().spans == 301
    assert counting.transactions < 50


@contextmanager
def holding(ingest: Ingest) -> Iterator[None]:
    """Keep the writing thread busy with a batch of one span meanwhile."""
    hold = threading.Event()
    batch = threading.Thread(target=lambda: ingest.write_spans(_held(hold, spans(1, 500)), source="import"))
    batch.start()
    try:
        yield
    finally:
        hold.set()
        batch.join(60)


def _held(hold: threading.Event, batch: list[Span]) -> Iterator[Span]:
    hold.wait(20)
    yield from batch


def test_a_request_that_cannot_be_read_is_refused_alone(store: Store) -> None:
    with Ingest(store) as ingest:
        futures: list[Future[Receipt]] = []
        for trace in range(1, 21):
            body = {"body": b"garbage"} if trace % 4 == 0 else {}
            futures.append(ingest.submit(delivery(spans(2, trace), **body)))
        wait(futures, 20)
    for trace, future in enumerate(futures, start=1):
        if trace % 4 == 0:
            assert isinstance(future.exception(), InvalidInputError)
        else:
            assert future.result().spans == 2
    assert store.stats().spans == 30


def test_a_huge_request_is_all_or_nothing(store: Store) -> None:
    batch = [*spans(2_999, attributes={"text": "x" * 2_000}), Span("0f" * 16, "0f" * 8, name="the last one")]
    whole = encode_traces(batch, "protobuf")
    assert len(whole) > HUGE
    damaged = whole.replace(b"the last one", b"the \xff\xffst one")
    with Ingest(store) as ingest:
        with pytest.raises(InvalidInputError, match=r"spans\[2999\]: a string is not valid UTF-8"):
            ingest.submit(delivery([], body=damaged)).result(60)
        assert store.stats().spans == 0
        assert ingest.submit(delivery([], body=whole)).result(60) == Receipt(spans=3_000)
        as_json = encode_traces(batch, "json")
        again = ingest.submit(delivery([], "json", body=as_json)).result(60)
        assert (again.spans, again.duplicates) == (3_000, 3_000)
    assert store.stats().spans == 3_000


def test_limits_hold_after_decompression(store: Store) -> None:
    with Ingest(store, limit=1_000) as ingest, pytest.raises(TooLargeError):
        ingest.submit(delivery(spans(100))).result(60)


def test_a_refused_request_is_freed_at_once(store: Store) -> None:
    """Its error must not keep it: a few of 60 MiB are more than the collector may take."""
    bodies = [
        b"no gzip",
        gzip.compress(b"\xff" * (HUGE + 1)),
        gzip.compress(bytes(3 * HUGE)),
        gzip.compress(b"\xff" * 10),
        gzip.compress(b"")[:-1],
    ]
    sender = replace(SENDER, compression="gzip")
    with Ingest(store, limit=2 * HUGE) as ingest, no_collecting():
        for body in bodies:
            with pytest.raises(InvalidInputError):
                ingest.submit(delivery([], body=body, exporter=sender)).result(60)
        ingest.submit(delivery(spans(1))).result(60)
        kept = [each for each in gc.get_objects() if isinstance(each, Delivery | Request | Spans)]
        assert len(kept) <= 2  # the last one, while its thread lets go of it


@contextmanager
def no_collecting() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def test_bad_spans_are_counted_and_the_others_stored(store: Store) -> None:
    body = json.loads(encode_traces(spans(2), "json"))
    body["resourceSpans"][0]["scopeSpans"][0]["spans"].append({"name": "no ids"})
    with Ingest(store) as ingest:
        receipt = ingest.submit(delivery([], "json", body=json.dumps(body).encode())).result(60)
    assert (receipt.spans, receipt.rejected) == (2, 1)
    assert "spans[2].traceId: missing" in receipt.message


def test_a_batch_is_all_or_nothing_and_its_error_comes_out(store: Store) -> None:
    def failing() -> Iterator[Span]:
        yield from spans(1_500)
        raise InvalidInputError("line 1501 cannot be read")

    with Ingest(store) as ingest:
        with pytest.raises(InvalidInputError, match="line 1501"):
            ingest.write_spans(failing(), source="import")
        assert store.stats().spans == 0
        report = ingest.write_spans(spans(10), source="import")
        assert (report.inserted, report.trace_ids) == (10, (f"{1:032x}",))
    row = store.traces.get(f"{1:032x}")
    assert row is not None
    assert row.source == "import"


def test_after_close_nothing_is_accepted_and_all_before_it_is_stored(store: Store) -> None:
    ingest = Ingest(store)
    futures = [ingest.submit(delivery(spans(2, trace))) for trace in range(1, 50)]
    ingest.close()
    ingest.close()
    assert all(future.result(0).spans == 2 for future in futures)
    with pytest.raises(UnavailableError, match="stopping"):
        ingest.submit(delivery(spans(1))).result(1)


class Failing:
    """A store that fails when told to: the real one, with a fault in its way."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.fault: Exception | None = None
        self.no_beginning: Exception | None = None
        self.poison = ""
        self.transactions = 0

    @contextmanager
    def writing(self) -> Iterator[Any]:
        self.transactions += 1
        if self.no_beginning is not None:
            raise self.no_beginning
        with self._store.writing() as tx:
            yield _Poisoned(tx, self.poison)
            if self.fault is not None:
                raise self.fault

    def settle(self) -> bool:
        return self._store.settle()

    def tidy(self) -> None:
        self._store.tidy()


class _Poisoned:
    def __init__(self, tx: Any, poison: str) -> None:
        self._tx = tx
        self._poison = poison

    def write(self, batch: Any, logs: Any = (), **how: Any) -> Any:
        batch = list(batch)
        if self._poison and any(span.name == self._poison for span in batch):
            raise ZeroDivisionError("a mistake in reading this span")
        return self._tx.write(batch, logs, **how)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


def test_a_failed_commit_acknowledges_nothing_and_recovers(store: Store) -> None:
    failing = Failing(store)
    with Ingest(failing) as ingest:  # type: ignore[arg-type] # a store with a fault
        assert ingest.submit(delivery(spans(2, 1))).result(60).spans == 2
        failing.fault = StoreError("no space is left")
        futures = [ingest.submit(delivery(spans(2, trace))) for trace in range(2, 12)]
        wait(futures, 20)
        assert all(isinstance(future.exception(), StoreError) for future in futures)
        assert ingest.trouble == "no space is left"
        assert store.stats().spans == 2
        failing.fault = None
        assert ingest.submit(delivery(spans(2, 20))).result(60).spans == 2
        assert ingest.trouble is None
    assert store.stats().spans == 4


def test_a_store_that_cannot_even_begin_refuses_and_recovers(store: Store) -> None:
    failing = Failing(store)
    with Ingest(failing) as ingest:  # type: ignore[arg-type] # a store with a fault
        failing.no_beginning = StoreError("locked by another process")
        futures = [ingest.submit(delivery(spans(2, trace))) for trace in range(1, 6)]
        wait(futures, 20)
        assert all(isinstance(future.exception(0), StoreError) for future in futures)
        failing.no_beginning = None
        assert ingest.submit(delivery(spans(2, 20))).result(60).spans == 2


def test_a_request_that_decoding_trips_over_is_settled_too(store: Store) -> None:
    with Ingest(store) as ingest:
        with holding(ingest):
            good = [ingest.submit(delivery(spans(2, trace))) for trace in range(1, 4)]
            bad = ingest.submit(delivery([], body=None))
            good += [ingest.submit(delivery(spans(2, trace))) for trace in range(4, 7)]
        assert isinstance(bad.exception(20), TypeError)
        assert all(future.result(60).spans == 2 for future in good)


def test_a_span_that_trips_over_a_mistake_of_ours_takes_no_neighbour_down(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    failing = Failing(store)
    failing.poison = "poison"
    with Ingest(failing) as ingest:  # type: ignore[arg-type] # a store with a fault
        with holding(ingest):
            good = [ingest.submit(delivery(spans(2, trace))) for trace in range(1, 6)]
            bad = ingest.submit(delivery([Span("0f" * 16, "0f" * 8, name="poison")]))
            good += [ingest.submit(delivery(spans(2, trace))) for trace in range(6, 11)]
        assert isinstance(bad.exception(20), ZeroDivisionError)
        assert all(future.result(60).spans == 2 for future in good)
    assert store.stats().spans == 21
    assert "a request could not be stored" in caplog.text


def test_what_was_sent_is_noted_each_second_without_further_spans(store: Store) -> None:
    with Ingest(store) as ingest:
        ingest.submit(delivery(spans(3, scope=Scope("openinference.instrumentation.openai", "1.0")))).result(
            20
        )
        ingest.ledger.note(SENDER, START, size=100, spans=3)
        ingest.ledger.reject(Rejection(START, SENDER, "/v1/traces", "HTTP 400", "bad", "mend"), size=7)
    overview = store.collector.overview(START)
    (sender,) = overview.exporters
    assert (sender.requests, sender.spans, sender.bytes, sender.rejected_requests) == (2, 3, 107, 1)
    assert [rejection.reason for rejection in overview.rejections] == ["bad"]
    assert [(scope.dialect, scope.spans) for scope in overview.scopes] == [("openinference", 3)]


def test_the_ledger_is_bounded_and_loses_nothing_it_was_given_back() -> None:
    ledger = Ledger()
    for n in range(1_000):
        ledger.note(Exporter(f"agent {n} " + "x" * 1_000, "http", "json"), n, size=1)
        ledger.reject(Rejection(n, SENDER, "/" * 10_000, "HTTP 404", "r" * 10_000, ""), size=0)
    entries = ledger.take()
    assert len(entries.activity) <= 202
    assert sum(each.requests for each in entries.activity) == 2_000
    assert len(entries.rejections) == 100
    assert entries.rejections[-1].time_ns == 999
    assert all(len(each.reason) + len(each.path) < 2_000 for each in entries.rejections)
    assert not ledger.take()
    ledger.note(SENDER, 5, size=1)
    ledger.give_back(entries)
    assert sum(each.requests for each in ledger.take().activity) == 2_001


@given(st.lists(st.tuples(st.integers(0, 150), st.booleans()), max_size=30))
def test_the_budget_is_never_exceeded_but_by_one_alone(steps: list[tuple[int, bool]]) -> None:
    budget = Budget(100)
    held: list[int] = []
    waiting: list[tuple[int, Future[None]]] = []
    for size, gives_back in steps:
        if gives_back and held:
            budget.release(held.pop(0))
        elif gives_back and waiting:
            budget.withdraw(*waiting.pop())
        else:
            waiting.append((size, budget.acquire(size)))
        held += [size for size, granted in waiting if granted.done()]
        waiting = [(size, granted) for size, granted in waiting if not granted.done()]
        assert budget.used == sum(held)
        assert budget.used <= 100 or sum(size > 0 for size in held) == 1
        if waiting:
            first = waiting[0][0]
            assert budget.used, "an empty budget lets anything in"
            assert budget.used + first > 100, "the first in the line is not kept waiting"
