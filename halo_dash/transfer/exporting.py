"""Exporting traces from a store."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from halo_dash.errors import InvalidInputError, NotFoundError
from halo_dash.model.page import StoredSpan
from halo_dash.store import Store
from halo_dash.transfer.snapshot import SnapshotSummary, write_snapshot

_PAGE: Final = 500


def export_snapshot(store: Store, trace_ids: Iterable[str], out: BinaryIO) -> SnapshotSummary:
    """Write a snapshot of these traces to `out`, one page of spans in memory at a time.

    The order and repetition of `trace_ids` do not matter. Raises `NotFoundError` that names every
    trace the store does not have, before anything is written.
    """
    wanted = sorted({trace_id.lower() for trace_id in trace_ids})
    if missing := [trace_id for trace_id in wanted if store.traces.get(trace_id) is None]:
        raise NotFoundError(
            f"no such trace in the store: {', '.join(missing)}", hint="halo trace list shows what is there."
        )
    traces = ((trace_id, stored_spans(store, trace_id)) for trace_id in wanted)
    return write_snapshot(traces, out, store.annotations.concerning(wanted))


def export_snapshot_file(store: Store, trace_ids: Iterable[str], path: Path) -> SnapshotSummary:
    """The same into a file, which is there whole or not at all, and replaces an older one.

    Raises `InvalidInputError` when the file cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            # A device or a pipe (/dev/stdout) cannot be replaced; it can be written to.
            with path.open("wb") as out:
                return export_snapshot(store, trace_ids, out)
        beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            with beside.open("xb") as out:
                summary = export_snapshot(store, trace_ids, out)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidInputError(
            f"{path} cannot be written: {error.strerror or error}", hint="Choose another --output."
        ) from None
    return summary


def stored_spans(store: Store, trace_id: str) -> Iterator[StoredSpan]:
    """Every span of a trace in order of start and arrival, read page by page."""
    after: str | None = None
    while True:
        page = store.spans.page(trace_id, after=after, limit=_PAGE)
        yield from page.items
        if page.next_after is None:
            return
        after = page.next_after
