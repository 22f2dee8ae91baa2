"""Who sends what: the tables behind the `/collector` page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from halo_dash.model.exporter import Exporter, ExporterActivity, Rejection, ScopeActivity
from halo_dash.model.stats import CollectorOverview
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql

_MINUTE_NS = 60_000_000_000
_PULSE_NS = 1_000_000_000
_KEPT_EXPORTERS = 500
_KEPT_REJECTIONS = 100
_KEPT_SCOPES = 1_000


class CollectorView:
    """Reads what the collector noted down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def overview(self, now_ns: int) -> CollectorOverview:
        """Everything the page shows; rates are over the minute before `now_ns`."""
        with self._database.reading() as connection:
            exporters = connection.execute(sql("collector", "exporters"), (now_ns - _MINUTE_NS,)).fetchall()
            rejections = connection.execute(sql("collector", "rejections")).fetchall()
            scopes = connection.execute(sql("collector", "scopes")).fetchall()
            orphans, duplicates = connection.execute(sql("collector", "oddities")).fetchone()
        return CollectorOverview(
            tuple(_activity(row) for row in exporters),
            tuple(Rejection(row[0], Exporter(*row[1:5]), *row[5:]) for row in rejections),
            tuple(ScopeActivity(*row) for row in scopes),
            orphans,
            duplicates,
        )


def _activity(row: Sequence[Any]) -> ExporterActivity:
    rate = round(row[13] * _PULSE_NS / _MINUTE_NS, 3)
    values = [Exporter(*row[:4]), *row[4:13], rate]
    return ExporterActivity(*values)


def _key(exporter: Exporter) -> tuple[str, str, str, str]:
    return exporter.user_agent, exporter.transport, exporter.encoding, exporter.compression


def record_activity(connection: Connection, activities: Sequence[ExporterActivity]) -> None:
    """Add up what came since the last call. Who has not been heard of for longest is forgotten first."""
    for each in activities:
        row = (
            *_key(each.exporter),
            each.first_seen_ns,
            each.last_seen_ns,
            each.requests,
            each.spans,
            each.log_records,
            each.bytes,
            each.duplicate_spans,
            each.rejected_spans,
            each.rejected_requests,
        )
        (exporter,) = connection.execute(sql("collector", "add_exporter"), row).fetchone()
        if each.spans:
            pulse = each.last_seen_ns - each.last_seen_ns % _PULSE_NS
            connection.execute(sql("collector", "add_pulse"), (pulse, exporter, each.spans))
    if activities:
        latest = max(each.last_seen_ns for each in activities)
        connection.execute(sql("collector", "drop_pulses"), (latest - 2 * _MINUTE_NS,))
        connection.execute(sql("collector", "drop_exporters"), (_KEPT_EXPORTERS,))


def record_rejections(connection: Connection, rejections: Sequence[Rejection]) -> None:
    """Note down refusals; the last hundred are kept."""
    rows = [
        (
            each.time_ns,
            *_key(each.exporter),
            each.path,
            each.code,
            each.reason,
            each.mend,
            each.rejected_spans,
        )
        for each in rejections[-_KEPT_REJECTIONS:]
    ]
    connection.executemany(sql("collector", "add_rejection"), rows)
    connection.execute(sql("collector", "drop_rejections"), (_KEPT_REJECTIONS,))


def record_scopes(connection: Connection, scopes: Sequence[ScopeActivity]) -> None:
    """Add up the spans of each scope since the last call."""
    rows = [(each.name, each.version, each.dialect, each.spans, each.last_seen_ns) for each in scopes]
    connection.executemany(sql("collector", "add_scope"), rows)
    connection.execute(sql("collector", "drop_scopes"), (_KEPT_SCOPES,))
