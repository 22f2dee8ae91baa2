"""Reads a snapshot: all of it is checked before any of it is believed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

import orjson

from halo_dash import __version__
from halo_dash.errors import InvalidInputError
from halo_dash.model.annotation import Annotation, is_valid
from halo_dash.model.span import LogRecord, Resource, Scope, Span
from halo_dash.transfer.batch import Batch
from halo_dash.transfer.ids import optional_id, required_id
from halo_dash.transfer.input_file import InputFile
from halo_dash.transfer.jsondoc import (
    MAX_DEPTH,
    JsonObject,
    JsonValue,
    depth_is_bounded,
    parse,
    top_level_keys,
)
from halo_dash.transfer.snapshot.form import FORMAT, VERSION
from halo_dash.transfer.snapshot.records import ANNOTATIONS, LOG_RECORDS, RESOURCES, SCOPES, SPANS

_JSON_DEPTH: Final = 2 * MAX_DEPTH + 10
"""A value may double its depth by `$map`; the rest is the file's own structure."""


class SnapshotSource:
    """Reads snapshots; nothing is given before all of the file was checked."""

    name = "snapshot"
    title = "halo-dash snapshot"

    def recognises(self, file: InputFile) -> bool:
        """See `Source`. Key order is free: other JSON tools may have rewritten the file."""
        return "format" in top_level_keys(file.head) and FORMAT.encode() in file.head

    def batches(self, file: InputFile) -> Iterator[Batch]:
        """See `Source`. A snapshot has no bad parts: it is whole, or it is refused."""
        return iter(_read(file))


def _read(file: InputFile) -> list[Batch]:
    document = _document(file)
    _check_version(file, document)
    traces = document.get("traces")
    try:
        actual = _content_hash(traces)
        if document.get("content_hash") != actual:
            raise InvalidInputError(
                f"{file.name} is a damaged snapshot: its content does not match its content_hash",
                hint="Export it again. Reformatting the JSON is fine, changing what it says is not.",
            )
        batches = [_trace_batch(trace) for trace in _list(traces, "traces")]
        annotations = _annotations(document, batches)
        return [*batches, Batch(annotations=annotations)] if annotations else batches
    except _MalformedError as error:
        raise InvalidInputError(
            f"{file.name} is a damaged snapshot: {error}", hint="Export it again where it came from."
        ) from None


def _document(file: InputFile) -> JsonObject:
    try:
        document = parse(file.whole())
    except InvalidInputError as error:
        raise type(error)(
            f"{file.name} is a damaged snapshot: {error.message}",
            hint=error.hint or "It was cut off or changed while it was copied; copy or export it again.",
        ) from None
    if not isinstance(document, dict) or not depth_is_bounded(document, _JSON_DEPTH):
        raise InvalidInputError(f"{file.name} is no snapshot: its JSON has another shape")
    return document


def _check_version(file: InputFile, document: JsonObject) -> None:
    if document.get("format") != FORMAT:
        raise InvalidInputError(f"{file.name} is no snapshot: its format is not {FORMAT!r}")
    version = document.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise InvalidInputError(f"{file.name} is a damaged snapshot: version must be a positive integer")
    if version > VERSION:
        raise InvalidInputError(
            f"{file.name} is a snapshot of format version {version}; "
            f"this halo-dash {__version__} reads up to version {VERSION}",
            hint="Upgrade with: pip install --upgrade halo-dash",
        )


class _MalformedError(InvalidInputError):
    """What is wrong inside a snapshot; the caller adds the file."""


def _content_hash(traces: JsonValue) -> str:
    digest = hashlib.sha256()
    for trace in _list(traces, "traces"):
        block = _object(trace, "a trace")
        digest.update(orjson.dumps({"trace_id": block.get("trace_id")}) + b"\n")
        for name in ("spans", "resources", "scopes"):
            for record in _list(block.get(name), name):
                digest.update(orjson.dumps(record) + b"\n")
    return f"sha256:{digest.hexdigest()}"


def _annotations(document: JsonObject, batches: list[Batch]) -> tuple[Annotation, ...]:
    """Of the traces in the file and of sessions; there are none in a file of an older program."""
    if "annotations" not in document:
        return ()
    records = _list(document["annotations"], "annotations")
    digest = hashlib.sha256()
    for record in records:
        digest.update(orjson.dumps(record) + b"\n")
    if document.get("annotations_hash") != f"sha256:{digest.hexdigest()}":
        raise _MalformedError("its annotations do not match its annotations_hash")
    here = {span.trace_id for batch in batches for span in batch.spans[:1]}
    found: list[Annotation] = []
    for number, record in enumerate(records):
        try:
            annotation = ANNOTATIONS.read(record)
        except InvalidInputError as error:
            raise _MalformedError(f"annotation {number}: {error}") from None
        target = annotation.target
        if not is_valid(annotation) or (target.trace_id and target.trace_id not in here):
            raise _MalformedError(f"annotation {number} is none of a trace in this file")
        found.append(annotation)
    return tuple(found)


def _trace_batch(trace: JsonValue) -> Batch:
    block = _object(trace, "a trace")
    where = f"trace {block.get('trace_id')!r}"
    try:
        trace_id = required_id("trace_id", str(block.get("trace_id")))
        resources = [RESOURCES.read(item) for item in _list(block.get("resources"), "resources")]
        scopes = [SCOPES.read(item) for item in _list(block.get("scopes"), "scopes")]
        batch = _Reader(trace_id, resources, scopes)
        for number, record in enumerate(_list(block.get("spans"), "spans")):
            where = f"trace {trace_id}, span {number}"
            batch.take(_object(record, "a span"))
    except InvalidInputError as error:
        raise _MalformedError(f"{where}: {error}") from None
    return Batch(tuple(batch.spans), tuple(batch.log_records))


class _Reader:
    """Collects the spans of one trace."""

    def __init__(self, trace_id: str, resources: list[Resource], scopes: list[Scope]) -> None:
        self._trace_id = trace_id
        self._resources = resources
        self._scopes = scopes
        self.spans: list[Span] = []
        self.log_records: list[LogRecord] = []

    def take(self, record: JsonObject) -> None:
        """Read one span and its log records."""
        span = SPANS.read(record, trace_id=self._trace_id, **self._shared(record))
        required_id("span_id", span.span_id)
        optional_id("parent_span_id", span.parent_span_id)
        self.spans.append(span)
        for log in _list(record.get("logs", []), "logs"):
            shared = self._shared(_object(log, "a log record"))
            self.log_records.append(
                LOG_RECORDS.read(log, trace_id=self._trace_id, span_id=span.span_id, **shared)
            )

    def _shared(self, record: JsonObject) -> dict[str, object]:
        return {
            "resource": _numbered(self._resources, record.get("resource"), "resource"),
            "scope": _numbered(self._scopes, record.get("scope"), "scope"),
        }


def _numbered(items: Sequence[object], number: JsonValue, name: str) -> object:
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < len(items):
        raise _MalformedError(f"{name} {str(number)[:40]} is none of the trace's {len(items)}")
    return items[number]


def _list(value: JsonValue, name: str) -> list[JsonValue]:
    if not isinstance(value, list):
        raise _MalformedError(f"{name} is missing or no list")
    return value


def _object(value: JsonValue, name: str) -> JsonObject:
    if not isinstance(value, dict):
        raise _MalformedError(f"{name} is no object")
    return value
