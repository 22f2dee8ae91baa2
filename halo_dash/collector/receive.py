"""What both doors do with a request once they hold its bytes."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from halo_dash.collector.answers import Code, Refusal, refusal
from halo_dash.ingest import Budget, Delivery, Ingest, Receipt
from halo_dash.model.exporter import Exporter, Rejection, Signal

log = logging.getLogger(__name__)

QUEUED_BYTES: Final = 48 << 20
"""Request bytes in memory at once, from the first one read to the answer."""
PATIENCE_S: Final = 3.0
"""How long a request waits to be let in. Exporters give up after 10 s (OTEL_EXPORTER_OTLP_TIMEOUT)."""
MEND_IDS: Final = "send trace ids of 16 and span ids of 8 bytes that are not all zero"


@dataclass(frozen=True, slots=True)
class Incoming:
    """Where a request came from and what it is."""

    signal: Signal
    exporter: Exporter
    path: str


class Receiver:
    """Hands requests to ingest and keeps the ledger. Thread-safe."""

    def __init__(self, ingest: Ingest, queued_bytes: int = QUEUED_BYTES) -> None:
        self.ingest = ingest
        self.budget = Budget(queued_bytes)

    @property
    def limit(self) -> int:
        """The most bytes of one request after decompression."""
        return self.ingest.limit

    def submit(self, incoming: Incoming, body: bytes) -> Future[Receipt]:
        """Store a request; the future fails as `Ingest.submit` says. Tell `accepted` or `failed` the end."""
        if incoming.signal == "metrics":
            answered: Future[Receipt] = Future()
            answered.set_result(Receipt())
            return answered
        return self.ingest.submit(
            Delivery(incoming.signal, body, incoming.exporter, incoming.path, received_ns=time.time_ns())
        )

    def accepted(self, incoming: Incoming, receipt: Receipt, size: int) -> None:
        """Note a request that was answered with success."""
        now_ns = time.time_ns()
        ledger = self.ingest.ledger
        ledger.note(
            incoming.exporter,
            now_ns,
            size=size,
            spans=receipt.spans,
            log_records=receipt.log_records,
            duplicates=receipt.duplicates,
            rejected=receipt.rejected,
        )
        if receipt.rejected:
            ledger.reject(
                Rejection(
                    time_ns=now_ns,
                    exporter=incoming.exporter,
                    path=incoming.path,
                    code="partial",
                    reason=receipt.message,
                    mend=MEND_IDS
                    if "Id: " in receipt.message
                    else "mend the named field on the sending side",
                    rejected_spans=receipt.rejected,
                )
            )

    def refused(self, incoming: Incoming, why: Refusal, size: int = 0) -> None:
        """Note a request that was refused."""
        code = why.code.name if incoming.exporter.transport == "grpc" else f"HTTP {why.http_status}"
        self.ingest.ledger.reject(
            Rejection(
                time_ns=time.time_ns(),
                exporter=incoming.exporter,
                path=incoming.path,
                code=code,
                reason=why.message,
                mend=why.mend,
            ),
            size=size,
        )

    def failed(self, incoming: Incoming, error: BaseException, size: int) -> Refusal:
        """Note a request whose future failed. Returns the answer to give."""
        why = refusal(error)
        if why.code is Code.INTERNAL:
            log.error("%s %s failed", incoming.exporter.transport, incoming.path, exc_info=error)
        self.refused(incoming, why, size)
        return why
