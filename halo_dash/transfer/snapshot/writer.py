"""Writes a snapshot span by span.

The file is a pure function of the traces in it: exporting, importing elsewhere and exporting again gives
the same bytes. So it says neither when nor where it was made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import BinaryIO

import orjson

from halo_dash import __version__
from halo_dash.model.annotation import Annotation
from halo_dash.model.page import StoredSpan
from halo_dash.model.span import Resource, Scope
from halo_dash.transfer.jsondoc import JsonObject
from halo_dash.transfer.snapshot.form import FORMAT, VERSION, SnapshotSummary
from halo_dash.transfer.snapshot.records import (
    ANNOTATIONS,
    LOG_RECORDS,
    RESOURCES,
    SCOPES,
    SPANS,
    RecordCodec,
)


class _Shared:
    """The resources or scopes of one trace, each written once and named by its number."""

    def __init__(self, codec: RecordCodec[Resource] | RecordCodec[Scope]) -> None:
        self._codec = codec
        self._numbers: dict[bytes, int] = {}

    def number(self, item: Resource | Scope) -> int:
        """The number of `item`, told apart by everything it says."""
        written = orjson.dumps(self._codec.write(item))  # type: ignore[arg-type]  # codec and item go together
        return self._numbers.setdefault(written, len(self._numbers))

    def lines(self) -> Iterable[bytes]:
        """Each in the order of the numbers."""
        return self._numbers


def write_snapshot(
    traces: Iterable[tuple[str, Iterable[StoredSpan]]],
    out: BinaryIO,
    annotations: Iterable[Annotation] = (),
) -> SnapshotSummary:
    """Write traces, each with its spans in the order of start and arrival; sort by trace id before.

    `annotations` follow in the order they have. Raises what the iterables and `out` raise.
    """
    digest = hashlib.sha256()
    counted_traces = counted_spans = counted_logs = 0
    head = {"format": FORMAT, "version": VERSION, "generator": f"halo-dash {__version__}"}
    out.write(orjson.dumps(head)[:-1] + b',"traces":[')
    for trace_id, spans in traces:
        header = orjson.dumps({"trace_id": trace_id})
        digest.update(header + b"\n")
        out.write((b",\n" if counted_traces else b"\n") + header[:-1] + b',"spans":[')
        resources, scopes = _Shared(RESOURCES), _Shared(SCOPES)
        for number, stored in enumerate(spans):
            line = orjson.dumps(_span_record(stored, resources, scopes))
            _put(out, digest, line, is_first=number == 0)
            counted_spans += 1
            counted_logs += len(stored.logs)
        for name, shared in ((b"resources", resources), (b"scopes", scopes)):
            out.write(b'\n],"%s":[' % name)
            for number, line in enumerate(shared.lines()):
                _put(out, digest, line, is_first=number == 0)
        out.write(b"\n]}")
        counted_traces += 1
    out.write(b"\n]")
    counted_annotations = _put_annotations(out, annotations)
    content_hash = f"sha256:{digest.hexdigest()}"
    out.write(b',"content_hash":"%s"}\n' % content_hash.encode())
    return SnapshotSummary(counted_traces, counted_spans, counted_logs, content_hash, counted_annotations)


def _put_annotations(out: BinaryIO, annotations: Iterable[Annotation]) -> int:
    """What people said, with a hash of its own: programs that know none of it still read the traces."""
    digest = hashlib.sha256()
    count = 0
    for count, annotation in enumerate(annotations, 1):
        if count == 1:
            out.write(b',"annotations":[')
        _put(out, digest, orjson.dumps(ANNOTATIONS.write(annotation)), is_first=count == 1)
    if count:
        out.write(b'\n],"annotations_hash":"sha256:%s"' % digest.hexdigest().encode())
    return count


def _put(out: BinaryIO, digest: hashlib._Hash, line: bytes, *, is_first: bool) -> None:
    digest.update(line + b"\n")
    out.write((b"\n" if is_first else b",\n") + line)


def _span_record(stored: StoredSpan, resources: _Shared, scopes: _Shared) -> JsonObject:
    span = stored.span
    record = SPANS.write(span)
    record["resource"] = resources.number(span.resource)
    record["scope"] = scopes.number(span.scope)
    if stored.logs:
        record["logs"] = [
            LOG_RECORDS.write(log)
            | {"resource": resources.number(log.resource), "scope": scopes.number(log.scope)}
            for log in stored.logs
        ]
    return record
