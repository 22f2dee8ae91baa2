"""Writing log records: each once, whatever arrives first, the record or its span."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from halo_dash.model.span import LogRecord
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.codec import in_column, pack, pack_log
from halo_dash.store.compression import Compressor
from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql
from halo_dash.store.whole_spans import Key


class LogWriter:
    """Writes into one transaction after another."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._compressor = Compressor()

    def write(self, connection: Connection, logs: Iterable[LogRecord]) -> list[Key]:
        """Store what is new; returns the (trace_id, span_id) of each new record."""
        statement = sql("logs", "insert")
        new: list[Key] = []
        for record in logs:
            resource = self._catalogue.resources.add(connection, record.resource)
            scope = self._catalogue.scopes.add(connection, record.scope)
            body = pack_log(record)
            digest = blake2b(body + pack((resource, scope)), digest_size=16).digest()
            key = (record.trace_id, record.span_id)
            row = (*key, digest, in_column(record.order_ns), resource, scope, self._compressor.compress(body))
            if connection.execute(statement, row).rowcount:
                new.append(key)
        return new
