"""The writing thread: group commit, and who is told what when something fails."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Final, Self

from halo_dash.errors import InvalidInputError, StoreError, UnavailableError
from halo_dash.ingest.delivery import Delivery, Receipt
from halo_dash.ingest.jobs import Batch, Job, Request
from halo_dash.ingest.ledger import Ledger
from halo_dash.ingest.scopes import Scopes
from halo_dash.model.annotation import Annotation
from halo_dash.model.page import WriteReport
from halo_dash.model.span import LogRecord, Span
from halo_dash.semconv import load_prices
from halo_dash.store import Store, Transaction

log = logging.getLogger(__name__)

MAX_SPANS: Final = 4096
MAX_SECONDS: Final = 0.05
"""A transaction ends at whichever comes first, so that nobody waits long for the acknowledgement."""
TICK_S: Final = 1.0
LIMIT: Final = 64 << 20


class Ingest:
    """The one way into a store. Use as a context manager, or `close()` it.

    `submit` and `write_spans` may be called from any thread. What they promise is kept: a result that was
    given is on disk.
    """

    def __init__(self, store: Store, *, limit: int = LIMIT) -> None:
        """`limit`: the most bytes of one request, after decompression."""
        self.limit = limit
        self.ledger = Ledger()
        self.trouble: str | None = None
        """Why the store refuses to be written; None while all is well."""
        self._store = store
        self._scopes = Scopes()
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closing = False
        self._is_prepared = False
        self._lock = threading.Lock()
        self._next_tick = time.monotonic() + TICK_S
        self._thread = threading.Thread(target=self._run, name="halo-writer", daemon=True)
        self._thread.start()

    def submit(self, delivery: Delivery) -> Future[Receipt]:
        """Store one request; the future is done once it is durable.

        It fails with `InvalidInputError` (the request cannot be read; nothing of it was stored),
        `StoreError` (try again later; nothing of it was stored), or `UnavailableError` after `close`.
        """
        request = Request(delivery, self.limit)
        self._put(request)
        return request.settled

    def write_spans(
        self,
        spans: Iterable[Span],
        logs: Iterable[LogRecord] = (),
        *,
        source: str,
        received_ns: int | None = None,
        annotations: Sequence[Annotation] = (),
    ) -> WriteReport:
        """Store spans, log records and annotations in one transaction, all or nothing, durable on return.

        `spans` may be lazy; it is read on the writing thread, and what it raises comes out here. Raises
        `StoreError`.
        """
        moment_ns = time.time_ns() if received_ns is None else received_ns
        batch = Batch(spans, logs, source, moment_ns, annotations)
        self._put(batch)
        return batch.settled.result()

    def close(self) -> None:
        """Finish what was accepted, write the last of the ledger, and end the thread."""
        with self._lock:
            if not self._closing:
                self._closing = True
                self._jobs.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _put(self, job: Job) -> None:
        # Whoever waits may go away; the work is done all the same, and what is cancelled cannot be settled.
        job.settled.set_running_or_notify_cancel()
        with self._lock:
            if not self._closing:
                self._jobs.put(job)
                return
        job.settled.set_exception(UnavailableError("halo-dash is stopping; send this again in a moment"))

    def _run(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=max(0.0, self._next_tick - time.monotonic()))
            except queue.Empty:
                self._rest()
                continue
            if job is None:
                break
            self._take(job)
            del job  # or its body would be kept until the next one comes
            if time.monotonic() >= self._next_tick:
                self._tick()
        self._tick()

    def _rest(self) -> None:
        """Nothing came for a while."""
        if not self._is_prepared:
            self._is_prepared = True
            # Takes half a second, which the first priced span would wait for otherwise.
            load_prices()
        self._tick()
        self._upkeep(self._store.tidy, "the store could not be tidied")

    def _take(self, first: Job) -> None:
        """Write `first`, and what else is waiting, in one transaction; settle each after the commit."""
        if isinstance(first, Batch):
            self._alone(first)
            return
        taken = [first]
        receipts: list[Receipt] = []
        left: Job | None = None
        try:
            with self._store.writing() as tx:
                left = self._fill(tx, taken, receipts)
        except StoreError as error:
            self._store_failed(error)
            for request in taken:
                _fail(request, error)
        except Exception:  # noqa: BLE001 - one request must not take its neighbours down; alone it will show itself
            for request in taken:
                self._alone(request)
        else:
            self._store_works()
            for request, receipt in zip(taken, receipts, strict=True):
                request.settled.set_result(receipt)
        if left is not None:
            self._alone(left)

    def _fill(self, tx: Transaction, taken: list[Request], receipts: list[Receipt]) -> Job | None:
        """Write requests, the first of which is in `taken`, until the transaction is full.

        Whatever is raised, `taken` then holds every request that is not settled: those with a receipt and
        the one in work. Returns a job that came and needs a transaction of its own.
        """
        until = time.monotonic() + MAX_SECONDS
        room = MAX_SPANS
        while True:
            job = taken[-1]
            try:
                records = job.decode(self._scopes)
            except InvalidInputError as error:
                taken.pop()
                _fail(job, error)
            else:
                if records.is_huge:
                    return taken.pop()
                receipts.append(records.write(tx))
                room -= records.count
            following = self._next() if room > 0 and time.monotonic() < until else None
            if not isinstance(following, Request):
                return following
            taken.append(following)

    def _next(self) -> Job | None:
        try:
            job = self._jobs.get_nowait()
        except queue.Empty:
            return None
        if job is None:
            self._jobs.put(None)  # the end, which the main loop has to see; nothing comes after it
        return job

    def _alone(self, job: Job) -> None:
        """Give `job` a transaction of its own."""
        try:
            if isinstance(job, Batch):
                with self._store.writing() as tx:
                    report = job.write(tx)
                job.settled.set_result(report)
            else:
                records = job.decode(self._scopes)
                with self._store.writing() as tx:
                    receipt = records.write(tx)
                job.settled.set_result(receipt)
        except StoreError as error:
            self._store_failed(error)
            _fail(job, error)
        except InvalidInputError as error:
            _fail(job, error)
        except Exception as error:
            # Not foreseen: a mistake of ours, or of the iterable of `write_spans`. The thread has to live on.
            log.exception("a request could not be stored")
            _fail(job, error)
        else:
            self._store_works()

    def _tick(self) -> None:
        """Write the ledger, and let the store do what it put off."""
        self._next_tick = time.monotonic() + TICK_S
        now_ns = time.time_ns()
        entries = self.ledger.take()
        scopes = self._scopes.take(now_ns)
        try:
            if entries or scopes:
                with self._store.writing() as tx:
                    tx.record_activity(entries.activity)
                    tx.record_rejections(entries.rejections)
                    tx.record_scopes(scopes)
        except StoreError as error:
            self.ledger.give_back(entries)
            self._scopes.give_back(scopes)
            self._store_failed(error)
            return
        except Exception:
            # Not foreseen: what was counted is given up, the thread has to live on.
            log.exception("who sent what could not be written")
        self._upkeep(self._store.settle, "large traces could not be summarised")

    def _upkeep(self, task: Callable[[], object], failed: str) -> None:
        try:
            task()
        except StoreError as error:
            self._store_failed(error)
        except Exception:
            log.exception(failed)  # not foreseen either
        else:
            self._store_works()

    def _store_failed(self, error: StoreError) -> None:
        if self.trouble is None:
            log.warning("requests are refused: %s", error.message)
        self.trouble = error.message

    def _store_works(self) -> None:
        if self.trouble is not None:
            log.warning("the store takes requests again")
        self.trouble = None


def _fail(job: Job, error: Exception) -> None:
    """Settle `job` with `error`."""
    if isinstance(job, Request):
        # The frames it came through hold the request, which holds its future, which holds the error: a
        # circle around tens of MiB that would wait for the garbage collector.
        each: BaseException | None = error
        while each is not None:
            following = each.__cause__ or each.__context__
            each.__traceback__ = each.__cause__ = each.__context__ = None
            each = following
    job.settled.set_exception(error)
