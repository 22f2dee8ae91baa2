"""OTLP in files: JSON requests (one, a list, or one a line as the Collector writes them) and protobuf."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from halo_dash.errors import InvalidInputError
from halo_dash.model.exporter import Encoding
from halo_dash.otlp import decode_logs, decode_traces
from halo_dash.otlp.issues import Issues
from halo_dash.semconv.logs import is_genai_log
from halo_dash.transfer.batch import BadPart, Batch
from halo_dash.transfer.input_file import InputFile
from halo_dash.transfer.source import placed

TRACE_KEYS: Final = ("resourceSpans", "resource_spans")
LOG_KEYS: Final = ("resourceLogs", "resource_logs")
METRIC_KEYS: Final = ("resourceMetrics", "resource_metrics")
_FIRST_FIELD: Final = 0x0A
"""Protobuf's tag of field 1 with a length: how every non-empty export request begins."""
_SIZE_BYTES: Final = 4


def is_request(keys: tuple[str, ...]) -> bool:
    """Whether a JSON object with these keys is an OTLP request (metrics are known, and hold no spans)."""
    return any(key in keys for key in (*TRACE_KEYS, *LOG_KEYS, *METRIC_KEYS))


def read_json_request(data: bytes) -> Batch:
    """One OTLP/JSON request or export document. Raises `InvalidInputError`."""
    has_traces, has_logs, has_metrics = (
        any(b'"%s"' % key.encode() in data for key in keys) for keys in (TRACE_KEYS, LOG_KEYS, METRIC_KEYS)
    )
    if not (has_traces or has_logs or has_metrics):
        raise InvalidInputError("is not an OTLP request: resourceSpans is missing")
    traces = _traces(data, "json") if has_traces else Batch()
    logs = _logs(data, "json") if has_logs else Batch()
    return Batch(traces.spans, logs.log_records, traces.bad + logs.bad, traces.warnings + logs.warnings)


def _traces(data: bytes, encoding: Encoding) -> Batch:
    decoded = decode_traces(data, encoding)
    spans = tuple(decoded)
    return Batch(spans=spans, bad=_bad(decoded.issues), warnings=tuple(decoded.issues.warnings))


def _logs(data: bytes, encoding: Encoding) -> Batch:
    decoded = decode_logs(data, encoding)
    records = tuple(record for record in decoded if is_genai_log(record))
    return Batch(log_records=records, bad=_bad(decoded.issues), warnings=tuple(decoded.issues.warnings))


def _bad(issues: Issues) -> tuple[BadPart, ...]:
    unnamed = issues.rejected - len(issues.reasons)
    named = tuple(BadPart("", reason) for reason in issues.reasons)
    return (*named, BadPart("", f"{unnamed} more records cannot be read")) if unnamed else named


@dataclass(frozen=True, slots=True)
class OtlpProtobuf:
    """Export requests as protobuf: one, or several with their sizes in front (4 bytes, big-endian)."""

    name: str = "otlp-protobuf"
    title: str = "OTLP protobuf"

    def recognises(self, file: InputFile) -> bool:
        """See `Source`."""
        return _FIRST_FIELD in (*file.head[:1], *file.head[_SIZE_BYTES : _SIZE_BYTES + 1])

    def batches(self, file: InputFile) -> Iterator[Batch]:
        """See `Source`."""
        data = file.whole()
        requests = [data] if data[0] == _FIRST_FIELD else _framed(data)
        for number, request in enumerate(requests, 1):
            where = f"request {number}" if len(requests) > 1 else "the request"
            yield placed(_request(request), where)


def _request(data: bytes) -> Batch:
    """A request says nowhere whether it holds spans or log records, but neither can be read as the other."""
    try:
        as_traces = _traces(data, "protobuf")
    except InvalidInputError as error:
        as_traces = Batch(bad=(BadPart("", error.message),))
    if not as_traces.bad or as_traces.spans:
        return as_traces
    try:
        as_logs = _logs(data, "protobuf")
    except InvalidInputError:
        return as_traces
    return as_traces if as_logs.bad else as_logs


def _framed(data: bytes) -> list[bytes]:
    requests: list[bytes] = []
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + _SIZE_BYTES], "big")
        at += _SIZE_BYTES
        if at + size > len(data):
            raise InvalidInputError(
                f"request {len(requests) + 1} is cut off: {size:,} bytes announced, {len(data) - at:,} there",
                hint="Fetch the file again, or wait until its writer has finished.",
            )
        requests.append(data[at : at + size])
        at += size
    return requests
