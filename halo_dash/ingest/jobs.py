"""What the writing thread does: requests, which share a transaction, and batches, which have one each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Final, Protocol, TypeAlias

from halo_dash.ingest.delivery import Delivery, Receipt
from halo_dash.ingest.scopes import Scopes
from halo_dash.model.annotation import Annotation
from halo_dash.model.page import WriteReport
from halo_dash.model.span import LogRecord, Span
from halo_dash.otlp import Decoded, decode_logs, decode_traces, decompress
from halo_dash.semconv.logs import is_genai_log
from halo_dash.store import Transaction

HUGE: Final = 4 << 20
"""Requests above this many bytes are read and written span by span, in a transaction of their own, so
that their spans are never all in memory; smaller ones are decoded before anything of them is written."""


@dataclass(slots=True)
class Request:
    """One request of an exporter. `settled` gets the receipt after the commit."""

    delivery: Delivery
    limit: int
    """Bytes after decompression."""
    settled: Future[Receipt] = field(default_factory=Future)

    def decode(self, scopes: Scopes) -> Records:
        """Its records, ready to be written. Raises `InvalidInputError` when it cannot be read."""
        delivery = self.delivery
        exporter = delivery.exporter
        body = decompress(delivery.body, exporter.compression, self.limit)
        records: Spans | Logs
        if delivery.signal == "traces":
            records = Spans(
                decode_traces(body, exporter.encoding), scopes, delivery.received_ns, is_huge=len(body) > HUGE
            )
        else:
            records = Logs(
                decode_logs(body, exporter.encoding), delivery.received_ns, is_huge=len(body) > HUGE
            )
        return records


class Records(Protocol):
    """The records of one request."""

    is_huge: bool
    """Not read yet: it is read while it is written, which may raise `InvalidInputError` half way."""

    @property
    def count(self) -> int:
        """How many were accepted so far."""

    def write(self, tx: Transaction) -> Receipt:
        """Store them."""


class Spans:
    """The spans of a traces request."""

    def __init__(self, decoded: Decoded[Span], scopes: Scopes, received_ns: int, *, is_huge: bool) -> None:
        self.is_huge = is_huge
        self._issues = decoded.issues
        self._received_ns = received_ns
        spans = scopes.count(decoded)
        self._spans = Counted(spans) if is_huge else list(spans)

    @property
    def count(self) -> int:
        """See `Records`."""
        return self._spans.count if isinstance(self._spans, Counted) else len(self._spans)

    def write(self, tx: Transaction) -> Receipt:
        """See `Records`."""
        report = tx.write(self._spans, (), source="live", received_ns=self._received_ns)
        issues = self._issues
        return Receipt(self.count, 0, report.duplicates, issues.rejected, issues.message())


@dataclass(slots=True)
class Counted:
    """Spans that are counted as they are read, once."""

    spans: Iterator[Span]
    count: int = 0

    def __iter__(self) -> Iterator[Span]:
        # Not kept by anybody: a generator that held what holds it would keep the whole request.
        for span in self.spans:
            self.count += 1
            yield span


class Logs:
    """The log records of a logs request that say something about an agent; the others are only answered."""

    def __init__(self, decoded: Decoded[LogRecord], received_ns: int, *, is_huge: bool) -> None:
        self.is_huge = is_huge
        self._issues = decoded.issues
        self._received_ns = received_ns
        self._records: Iterable[LogRecord] = filter(is_genai_log, decoded)
        self.count = 0
        if not is_huge:
            self._records = list(self._records)
            self.count = len(self._records)

    def write(self, tx: Transaction) -> Receipt:
        """See `Records`."""
        report = tx.write((), self._records, source="live", received_ns=self._received_ns)
        issues = self._issues
        return Receipt(0, self.count or report.log_records, 0, issues.rejected, issues.message())


@dataclass(slots=True)
class Batch:
    """Spans, log records and annotations from a file or a program: all of them or none."""

    spans: Iterable[Span]
    logs: Iterable[LogRecord]
    source: str
    received_ns: int
    annotations: Sequence[Annotation] = ()
    settled: Future[WriteReport] = field(default_factory=Future)

    def write(self, tx: Transaction) -> WriteReport:
        """Store them."""
        report = tx.write(self.spans, self.logs, source=self.source, received_ns=self.received_ns)
        if not self.annotations:
            return report
        return replace(report, annotations=tx.merge_annotations(self.annotations))


Job: TypeAlias = Request | Batch
