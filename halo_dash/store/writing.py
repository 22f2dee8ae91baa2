"""One writing transaction: spans, logs and the collector's notes; when it commits, the list is true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from halo_dash.errors import InvalidInputError, NotFoundError, StoreError
from halo_dash.model.annotation import Annotation, AnnotationChange, Target
from halo_dash.model.cluster_note import ClusterNoteChange
from halo_dash.model.exporter import ExporterActivity, Rejection, ScopeActivity
from halo_dash.model.page import WriteReport
from halo_dash.model.span import LogRecord, Span
from halo_dash.semconv import READING_VERSION
from halo_dash.semconv.pricing import PriceBook
from halo_dash.store import annotating, cluster_notes, collector, views
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection, explained
from halo_dash.store.known import KnownTrace, KnownTraces
from halo_dash.store.log_writer import LogWriter
from halo_dash.store.reading_rules import note_writing
from halo_dash.store.runs.writer import RunWriter
from halo_dash.store.span_writer import CHUNK_SPANS, SpanWriter, Tally
from halo_dash.store.statements import sql
from halo_dash.store.summaries import Summaries

_SUMMARISE_AFTER_SPANS = 16_384
"""A long transaction summarises on the way, so that its memory stays bounded."""


class Writer:
    """What lives as long as the store is open for writing. Used by one thread at a time."""

    def __init__(self, database: Database, prices: PriceBook) -> None:
        self.database = database
        self.prices = prices
        self.catalogue = Catalogue()
        self.known = KnownTraces(self.catalogue)
        self.spans = SpanWriter(self.catalogue, self.known, prices)
        self.logs = LogWriter(self.catalogue)
        self.summaries = Summaries(self.known)
        self.is_noted = False
        """The note on rules and prices is known to fit what this writer reads by."""
        self._data_version = -1

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commits at the end, undoes everything when the block raises."""
        with self.database.exclusive():
            try:
                with self.database.writing() as connection:
                    self._begin(connection)
                    transaction = Transaction(self, connection)
                    yield transaction
                    transaction.finish()
            except BaseException:
                self.forget()
                raise

    def _begin(self, connection: Connection) -> None:
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != self._data_version:
            # Another connection has written since: what is remembered may be old.
            self.forget()
            self._data_version = version
        self.summaries.revision, self.spans.sequence = connection.execute(sql("store", "counters")).fetchone()

    def forget(self) -> None:
        """What is remembered may be old: the transaction was undone, or others changed what is stored."""
        self.is_noted = False
        self.catalogue.forget()
        self.known.forget()
        self.summaries.forget()

    def settle(self, *, everything: bool) -> bool:
        """Summarise the large traces that wait; returns whether any still does."""
        with self.database.exclusive() as connection:
            with explained(self.database.path):
                if not self.summaries.due(connection, everything=everything):
                    return self.summaries.is_waiting
            with self.transaction() as transaction:
                # Looked up again: beginning may have found that another process wrote.
                due = self.summaries.due(transaction.connection, everything=everything)
                self.summaries.settle(transaction.connection, due)
            return self.summaries.is_waiting


class Transaction:
    """What `Store.writing()` gives. Not to be kept after its block."""

    def __init__(self, writer: Writer, connection: Connection) -> None:
        self._writer = writer
        self.connection = connection
        self._touched: dict[str, KnownTrace] = {}
        self._received_ns = 0
        self._spans_since = 0
        self._before = (writer.summaries.revision, writer.spans.sequence)
        self._is_broken = False

    def write(
        self,
        spans: Iterable[Span],
        logs: Iterable[LogRecord] = (),
        *,
        source: str,
        received_ns: int,
    ) -> WriteReport:
        """Store spans and log records; both may be generators, they are walked in chunks.

        An identical retry changes nothing, and of two versions of a span the more complete one stays. Raises
        `InvalidInputError` for a span that cannot be stored (the block may go on), `StoreError` (it may not).
        """
        tally = Tally()
        with self._guarded() as connection:
            new_logs = self._writer.logs.write(connection, logs)
        waiting = iter(spans)
        # The iterator runs outside the guard: its errors are the caller's.
        while chunk := list(islice(waiting, CHUNK_SPANS)):
            with self._guarded() as connection:
                self._writer.spans.write(connection, chunk, source, received_ns, tally)
                self._touch(tally, received_ns, len(chunk))
        if new_logs:
            with self._guarded() as connection:
                keys = dict.fromkeys(key for key in new_logs if key not in tally.observed)
                self._writer.spans.read_again(connection, keys, source, received_ns, tally)
                self._touch(tally, received_ns, 0)
        return WriteReport(
            tally.inserted, tally.updated, tally.duplicates, len(new_logs), tuple(tally.changed)
        )

    def read_again(self, trace_id: str, source: str, rows: Sequence[int], *, is_new: bool) -> None:
        """Read stored spans of one trace by the rules and prices of today.

        The trace is summarised again where that changed anything, and in any case where `is_new`.
        """
        tally = Tally()
        with self._guarded() as connection:
            self._writer.spans.reread(connection, trace_id, source, rows, tally)
            if is_new and rows:
                tally.touched.update(self._writer.known.find(connection, [trace_id], source, 0))
            self._touch(tally, 0, len(tally.touched))

    def record_activity(self, activities: Sequence[ExporterActivity]) -> None:
        """Add what came since the last call to each exporter's row."""
        with self._guarded() as connection:
            collector.record_activity(connection, activities)

    def record_rejections(self, rejections: Sequence[Rejection]) -> None:
        """Note down what was refused; the last hundred are kept."""
        with self._guarded() as connection:
            collector.record_rejections(connection, rejections)

    def record_scopes(self, scopes: Sequence[ScopeActivity]) -> None:
        """Add the spans that came since the last call to each scope's row."""
        with self._guarded() as connection:
            collector.record_scopes(connection, scopes)

    def remember(self, name: str, value: bytes) -> None:
        """Keep a small note under a name; `Store.recall` reads it."""
        with self._guarded() as connection:
            connection.execute(sql("store", "remember"), (name, value))

    def save_view(self, name: str, query: str, saved_ns: int) -> None:
        """Save a list under a name, or replace what had it. Raises `InvalidInputError`."""
        with self._guarded() as connection:
            views.save_view(connection, name, query, saved_ns)

    def delete_view(self, name: str) -> None:
        """Forget a saved view. Raises `NotFoundError`."""
        with self._guarded() as connection:
            views.delete_view(connection, name)

    def choose_view(self, name: str) -> None:
        """Let the dashboard begin with a view, or without one (an empty name). Raises `NotFoundError`."""
        with self._guarded() as connection:
            views.choose_view(connection, name)

    def pin(self, trace_id: str, *, is_pinned: bool) -> bool:
        """Keep a trace whatever the limits of retention say, or no longer. Returns whether that is new.

        Raises `NotFoundError`.
        """
        with self._guarded() as connection:
            row = connection.execute(sql("traces", "pinned"), (trace_id,)).fetchone()
            is_new = row is not None and bool(row[0]) != is_pinned
            if is_new:
                connection.execute(sql("traces", "pin"), (is_pinned, self.next_revision(), trace_id))
        if row is None:
            raise NotFoundError(f"There is no trace {trace_id[:80]!r} here.")
        return is_new

    def annotate(self, target: Target, change: AnnotationChange, now_ns: int) -> None:
        """Change what is said about a trace, a span or a session.

        Raises `NotFoundError`: no such trace, span, session or note; `InvalidInputError`: too many.
        """
        with self._guarded() as connection:
            self._summarise()
            self._writer.summaries.annotated(
                connection, annotating.change(connection, target, change, now_ns)
            )

    def merge_annotations(self, found: Iterable[Annotation]) -> int:
        """Bring in annotations from elsewhere; of two versions the one that was changed later stays.

        Returns how many were new or newer. Raises `InvalidInputError`.
        """
        with self._guarded() as connection:
            self._summarise()
            count, rows = annotating.merge(connection, found)
            self._writer.summaries.annotated(connection, rows)
        return count

    def note_cluster(self, name: str, change: ClusterNoteChange, now_ns: int) -> None:
        """Change what people say of a failure cluster. Raises `InvalidInputError`."""
        with self._guarded() as connection:
            cluster_notes.change(connection, name, change, now_ns)

    @property
    def runs(self) -> RunWriter:
        """Runs of the analysis engine, and the conversations they belong to."""
        return RunWriter(self._guarded)

    def next_revision(self) -> int:
        """The number of one more change of a trace."""
        self._writer.summaries.revision += 1
        return self._writer.summaries.revision

    def finish(self) -> None:
        """Called by the store before the commit."""
        if self._is_broken:
            raise StoreError(
                f"Writing to {self._writer.database.path} failed before; nothing of it was kept."
            )
        self._summarise()
        after = (self._writer.summaries.revision, self._writer.spans.sequence)
        if after != self._before:
            self.connection.execute(sql("store", "put_counters"), (*after, READING_VERSION))
        if after[1] != self._before[1] and not self._writer.is_noted:
            note_writing(self.connection, self._writer.prices, is_first=not self._before[1])
            self._writer.is_noted = True

    def _touch(self, tally: Tally, received_ns: int, spans: int) -> None:
        self._touched.update(tally.touched)
        tally.changed.update(dict.fromkeys(tally.touched))
        tally.touched.clear()
        self._received_ns = max(self._received_ns, received_ns)
        self._spans_since += spans
        if self._spans_since >= _SUMMARISE_AFTER_SPANS:
            self._summarise()

    def _summarise(self) -> None:
        touched = self._touched.values()
        self._writer.summaries.refresh(self.connection, touched, self._received_ns)
        self._writer.known.weigh(touched)
        self._touched = {}
        self._spans_since = 0

    @contextmanager
    def _guarded(self) -> Iterator[Connection]:
        if self._is_broken:
            # SQLite may have undone the transaction: what came now would be committed by itself.
            raise StoreError(
                f"Writing to {self._writer.database.path} failed before; nothing of it was kept."
            )
        try:
            with explained(self._writer.database.path):
                yield self.connection
        except InvalidInputError:
            # Raised before the span left a trace.
            raise
        except BaseException:
            self._is_broken = True
            raise
