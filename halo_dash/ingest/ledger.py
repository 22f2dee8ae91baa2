"""Who sends what: counted in memory, written to the store about once a second."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from halo_dash.model.exporter import Exporter, ExporterActivity, Rejection

MAX_EXPORTERS: Final = 200
"""Different senders kept apart between two writes; a client that makes up names must not fill the memory."""
MAX_REJECTIONS: Final = 100
MAX_TEXT: Final = 300
OVERFLOW: Final = "(many others)"


@dataclass(frozen=True, slots=True)
class Entries:
    """What has happened since the last write."""

    activity: Sequence[ExporterActivity]
    rejections: Sequence[Rejection]

    def __bool__(self) -> bool:
        return bool(self.activity or self.rejections)


class Ledger:
    """Thread-safe. Content of requests is hostile: everything kept is cut to a size."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._activity: dict[Exporter, ExporterActivity] = {}
        self._rejections: deque[Rejection] = deque(maxlen=MAX_REJECTIONS)

    def note(
        self,
        exporter: Exporter,
        now_ns: int,
        *,
        size: int,
        spans: int = 0,
        log_records: int = 0,
        duplicates: int = 0,
        rejected: int = 0,
    ) -> None:
        """Count an answered request of `size` bytes."""
        self._add(
            ExporterActivity(
                exporter=exporter,
                first_seen_ns=now_ns,
                last_seen_ns=now_ns,
                requests=1,
                spans=spans,
                log_records=log_records,
                bytes=size,
                duplicate_spans=duplicates,
                rejected_spans=rejected,
            )
        )

    def reject(self, rejection: Rejection, *, size: int = 0) -> None:
        """Remember a refused request, or (with `rejected_spans`) the refused part of one already noted."""
        rejection = replace(
            rejection,
            exporter=_shortened(rejection.exporter),
            path=rejection.path[:MAX_TEXT],
            reason=rejection.reason[: 4 * MAX_TEXT],
        )
        with self._lock:
            self._rejections.append(rejection)
        if not rejection.rejected_spans:
            self._add(
                ExporterActivity(
                    exporter=rejection.exporter,
                    first_seen_ns=rejection.time_ns,
                    last_seen_ns=rejection.time_ns,
                    requests=1,
                    spans=0,
                    log_records=0,
                    bytes=size,
                    rejected_requests=1,
                )
            )

    def take(self) -> Entries:
        """Everything since the last time, to be written; `give_back` it when that fails."""
        with self._lock:
            entries = Entries(list(self._activity.values()), list(self._rejections))
            self._activity = {}
            self._rejections.clear()
        return entries

    def give_back(self, entries: Entries) -> None:
        """Undo `take`."""
        for activity in entries.activity:
            self._add(activity)
        with self._lock:
            newer = list(self._rejections)
            self._rejections.clear()
            self._rejections.extend([*entries.rejections, *newer])

    def _add(self, activity: ExporterActivity) -> None:
        exporter = _shortened(activity.exporter)
        with self._lock:
            if exporter not in self._activity and len(self._activity) >= MAX_EXPORTERS:
                exporter = replace(exporter, user_agent=OVERFLOW)
            known = self._activity.get(exporter)
            self._activity[exporter] = (
                replace(activity, exporter=exporter) if known is None else _sum(known, activity)
            )


def _shortened(exporter: Exporter) -> Exporter:
    return (
        exporter
        if len(exporter.user_agent) <= MAX_TEXT
        else replace(exporter, user_agent=exporter.user_agent[:MAX_TEXT])
    )


def _sum(left: ExporterActivity, right: ExporterActivity) -> ExporterActivity:
    return ExporterActivity(
        exporter=left.exporter,
        first_seen_ns=min(left.first_seen_ns, right.first_seen_ns),
        last_seen_ns=max(left.last_seen_ns, right.last_seen_ns),
        requests=left.requests + right.requests,
        spans=left.spans + right.spans,
        log_records=left.log_records + right.log_records,
        bytes=left.bytes + right.bytes,
        duplicate_spans=left.duplicate_spans + right.duplicate_spans,
        rejected_spans=left.rejected_spans + right.rejected_spans,
        rejected_requests=left.rejected_requests + right.rejected_requests,
    )
