"""Who sends what to the collector: the facts behind the `/collector` page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Transport: TypeAlias = Literal["grpc", "http", "file"]
Encoding: TypeAlias = Literal["protobuf", "json"]
Signal: TypeAlias = Literal["traces", "logs", "metrics"]


@dataclass(frozen=True, slots=True)
class Exporter:
    """One kind of sender. Equal senders are one row of the page."""

    user_agent: str
    transport: Transport
    encoding: Encoding
    compression: str = ""
    """`""`, `gzip`, `deflate` or `zstd`."""


@dataclass(frozen=True, slots=True)
class ExporterActivity:
    """What one exporter has sent so far (or since the last time it was recorded)."""

    exporter: Exporter
    first_seen_ns: int
    last_seen_ns: int
    requests: int
    spans: int
    log_records: int
    bytes: int
    duplicate_spans: int = 0
    rejected_spans: int = 0
    rejected_requests: int = 0
    recent_spans_per_s: float = 0.0
    """Over the last minute; only in what is read back."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A request (or some spans of one) that was refused, why, and how to mend the sender."""

    time_ns: int
    exporter: Exporter
    path: str
    code: str
    """`HTTP 400`, `INVALID_ARGUMENT`, or `partial`."""
    reason: str
    mend: str
    """What to change or paste on the sending side."""
    rejected_spans: int = 0


@dataclass(frozen=True, slots=True)
class ScopeActivity:
    """One instrumentation scope seen, and the dialect it speaks."""

    name: str
    version: str
    dialect: str
    spans: int
    last_seen_ns: int
