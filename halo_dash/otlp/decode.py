"""OTLP requests read one record at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeAlias, TypeVar

import msgspec

from halo_dash.model.exporter import Encoding
from halo_dash.model.span import LogRecord, Span
from halo_dash.otlp import jsonspan, jsonwire, protospan, protowire
from halo_dash.otlp.groups import LOGS, TRACES, Group, Signal
from halo_dash.otlp.issues import Issues

Record = TypeVar("Record")


class Decoded(Generic[Record]):
    """The records of one request. Iterate once; `issues` is complete when the iteration has ended.

    The iteration raises `InvalidInputError` where the request as a whole turns out to be unreadable,
    possibly after records were given: write them in a transaction that can be rolled back.
    """

    def __init__(self, records: Iterator[Record], issues: Issues) -> None:
        self._records = records
        self.issues = issues

    def __iter__(self) -> Iterator[Record]:
        return self._records


DecodedTraces: TypeAlias = Decoded[Span]
DecodedLogs: TypeAlias = Decoded[LogRecord]


def decode_traces(body: bytes, encoding: Encoding) -> DecodedTraces:
    """The spans of an `ExportTraceServiceRequest`. Spans without valid ids are refused one by one."""
    issues = Issues()
    return Decoded(
        _protobuf_spans(body, issues) if encoding == "protobuf" else _json_spans(body, issues), issues
    )


def decode_logs(body: bytes, encoding: Encoding) -> DecodedLogs:
    """The log records of an `ExportLogsServiceRequest` that have span context; others are skipped."""
    issues = Issues()
    return Decoded(
        _protobuf_logs(body, issues) if encoding == "protobuf" else _json_logs(body, issues), issues
    )


def _protobuf_spans(body: bytes, issues: Issues) -> Iterator[Span]:
    for group in protowire.groups(body, TRACES):
        for index, raw in enumerate(group.records):
            span = protospan.read_span(raw, group, index, issues)
            if span is not None:
                yield span


def _protobuf_logs(body: bytes, issues: Issues) -> Iterator[LogRecord]:
    for group in protowire.groups(body, LOGS):
        for index, raw in enumerate(group.records):
            record = protospan.read_log(raw, group, index, issues)
            if record is not None:
                yield record


def _json_records(body: bytes, signal: Signal) -> Iterator[tuple[object, int, Group[object]]]:
    for group in jsonwire.groups(body, signal):
        for index, raw in enumerate(group.records):
            yield (jsonwire.parse(raw) if isinstance(raw, msgspec.Raw) else raw), index, group


def _json_spans(body: bytes, issues: Issues) -> Iterator[Span]:
    for raw, index, group in _json_records(body, TRACES):
        span = jsonspan.read_span(raw, group, index, issues)
        if span is not None:
            yield span


def _json_logs(body: bytes, issues: Issues) -> Iterator[LogRecord]:
    for raw, index, group in _json_records(body, LOGS):
        record = jsonspan.read_log(raw, group, index, issues)
        if record is not None:
            yield record
