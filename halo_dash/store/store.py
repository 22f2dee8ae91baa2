"""The store: everything that was received, in one SQLite file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from halo_dash.errors import StoreError
from halo_dash.model.filter import Filter
from halo_dash.model.stats import StoreStats
from halo_dash.model.trace import TraceRow
from halo_dash.model.upkeep import SpaceReport
from halo_dash.semconv.pricing import TABLE_PRICES, PriceBook
from halo_dash.store.annotations import AnnotationView
from halo_dash.store.asking import Asking
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.checking import check
from halo_dash.store.cluster_notes import ClusterNotes
from halo_dash.store.collector import CollectorView
from halo_dash.store.copies import place
from halo_dash.store.database import Database, Migration, Mode
from halo_dash.store.findings.cluster_view import ClusterView
from halo_dash.store.findings.view import FindingsView
from halo_dash.store.index_files import IndexFiles
from halo_dash.store.index_reader import IndexReader
from halo_dash.store.named_traces import NamedTraces
from halo_dash.store.rereading import Rereading
from halo_dash.store.retention import Retention
from halo_dash.store.runs.view import RunsView
from halo_dash.store.sampling import Sampling
from halo_dash.store.schema import stored_version
from halo_dash.store.search_view import SearchView
from halo_dash.store.space import Space
from halo_dash.store.spans import SpanView
from halo_dash.store.statements import sql
from halo_dash.store.step_history import StepHistory
from halo_dash.store.traces import TraceView
from halo_dash.store.views import SavedViews
from halo_dash.store.writing import Transaction, Writer

if TYPE_CHECKING:
    from halo_dash.store.figures.view import FiguresView
    from halo_dash.store.workbench import Workbench


class Store:
    """Open it with `Store.open`. Thread-safe; several processes may have the same file open."""

    def __init__(self, database: Database, prices: PriceBook = TABLE_PRICES) -> None:
        self._database = database
        self._writer = Writer(database, prices) if database.mode == "rw" else None
        self.prices = prices
        """What spans are priced with as they are written."""
        self._index = IndexReader(IndexFiles(database.path))
        self.findings = FindingsView(database)
        catalogue = Catalogue()
        asking = Asking(self._index, self.findings.sets, NamedTraces(database).rows)
        self._asking = asking
        self.traces = TraceView(database, asking, catalogue, self.findings)
        self.spans = SpanView(database, catalogue)
        self.steps = StepHistory(database)
        self.clusters = ClusterView(database, asking, self.traces, self.findings, catalogue)
        self.sampling = Sampling(database, asking, self.traces, self.findings)
        self.search = SearchView(database, self._index, asking, catalogue, self.traces)
        self.collector = CollectorView(database)
        self.views = SavedViews(database)
        self.annotations = AnnotationView(database)
        self.cluster_notes = ClusterNotes(database)
        self.runs = RunsView(database)
        self.space = Space(database)
        self.retention = Retention(database, self._writer, self.space)
        self.rereading = Rereading(database, self._writer, prices)

    @cached_property
    def figures(self) -> FiguresView:
        """Figures over many traces: agents, sessions, users, overviews."""
        # Loads numpy, which takes a tenth of a second and 20 MB that a collector has no use for.
        from halo_dash.store.figures.view import FiguresView  # noqa: PLC0415 - see above

        return FiguresView(self._database, self._asking)

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    @classmethod
    def open(cls, path: Path, mode: Mode = "rw", *, prices: PriceBook = TABLE_PRICES) -> Store:
        """Open the store at `path`; spans that are written are priced with `prices`.

        `rw` creates it where there is none and migrates one of an older version after a backup beside it;
        `ro` reads while another process writes. Raises `StoreError`: not a store, newer, damaged, locked, no
        such folder.
        """
        if path.is_dir():
            raise StoreError(f"{path} is a folder.", hint="Give the path of the store file with --db.")
        return cls(Database(path, mode), prices)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """One transaction: durable when the block ends, undone when it raises. Raises `StoreError`."""
        if self._writer is None:
            raise StoreError(f"The store {self._database.path} was opened for reading only.")
        with self._writer.transaction() as transaction:
            yield transaction

    def workbench(self, chosen: Filter, now_ns: int) -> Workbench:
        """Tables of a selection for questions in SQL; made when they are asked, thrown away with it."""
        # Brings the standard library's SQLite, which nothing else needs where there is a newer one.
        from halo_dash.store import workbench_tables as tables  # noqa: PLC0415 - see above
        from halo_dash.store.workbench import Workbench  # noqa: PLC0415 - see above

        def rows() -> Iterator[TraceRow]:
            return self.traces.rows(chosen, now_ns)

        def spans() -> Iterator[tuple[object, ...]]:
            total = self.traces.totals(chosen, now_ns).spans
            return tables.span_rows(rows(), self.spans.outline, total)

        return Workbench(
            {
                "traces": lambda: (tables.trace_values(row, now_ns) for row in rows()),
                "spans": spans,
                "findings": lambda: (
                    value for row in rows() if row.judged for value in tables.finding_values(row.judged)
                ),
            }
        )

    def settle(self, *, everything: bool = False) -> bool:
        """Summarise large traces that changed since their summary was made; call it now and then.

        At most about once a second a trace, or all of them now. Returns whether some still wait.
        """
        return self._writer is not None and self._writer.settle(everything=everything)

    def tidy(self) -> None:
        """Keep the write-ahead log short; call it when nothing is to be written. Waits for nobody."""
        if self._writer is not None:
            self._database.tidy()

    def recall(self, name: str) -> bytes | None:
        """What `Transaction.remember` kept under this name."""
        with self._database.reading() as connection:
            row = connection.execute(sql("store", "recall"), (name,)).fetchone()
        return None if row is None else bytes(row[0])

    def stats(self) -> StoreStats:
        """The store in figures."""
        size, index = self.traces.size(), self.search.state(time.time_ns())
        return StoreStats(
            spans=size.spans,
            traces=size.traces,
            sessions=size.sessions,
            agents=size.agents,
            store_bytes=self._database.file_bytes(),
            oldest_ns=size.oldest_ns,
            newest_ns=size.newest_ns,
            revision=size.revision,
            indexed_spans=index.spans,
            index_lag_s=index.lag_s,
            index_bytes=index.bytes,
        )

    def data_version(self) -> int:
        """A number that changes whenever anybody committed anything. Cheap enough to poll."""
        return self._database.data_version()

    @property
    def migration(self) -> Migration | None:
        """From which version opening brought the file to this one; None where it had this one."""
        return self._database.migration

    def schema_version(self) -> int:
        """The version of the file's schema."""
        with self._database.reading() as connection:
            return stored_version(connection, self._database.path)

    def report(self) -> SpaceReport:
        """What takes the space: sizes of the files, estimates for the tables, traces by day."""
        # Loads sqlite-utils, which takes a quarter of a second that no other use of a store should wait for.
        from halo_dash.store.report import report  # noqa: PLC0415 - see above

        return report(self._database, self.space)

    def check(self, *, is_full: bool = False, sample: int = 0) -> tuple[str, ...]:
        """Problems of the store; empty when it is sound. Reads all of it: seconds for a large one.

        `is_full` also compares every index with its table; `sample` traces are summarised again and compared.
        """
        return check(self._database, is_full=is_full, sample=sample)

    def backup_to(self, target: Path) -> None:
        """Copy the store as of this moment, also while it is written to, and check the copy.

        Only then does it take the place of an earlier one. Raises `StoreError`.
        """
        self._database.backup_to(target, placing=place)

    def close(self) -> None:
        """Summarise what waits, and close every connection. Closing twice is fine."""
        self._index.close()
        self.findings.close()
        if self._writer is not None:
            try:
                self._writer.settle(everything=True)
            finally:
                self._writer = None
                self._database.close()
        self._database.close()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
