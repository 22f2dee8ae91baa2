"""What the collector answers, in the words of both transports.

Codes: OTLP specification, "Failures"; canonical numbers: google/rpc/code.proto.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import orjson
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from halo_dash.collector.rpcstatus import status
from halo_dash.errors import HaloError, InvalidInputError, TooLargeError, UnavailableError
from halo_dash.ingest import Receipt
from halo_dash.model.exporter import Encoding, Signal

RETRY_AFTER_S: Final = 1


class Code(IntEnum):
    """Canonical codes of gRPC; the names are what users see."""

    INVALID_ARGUMENT = 3
    NOT_FOUND = 5
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that is not stored, and why."""

    http_status: int
    code: Code
    message: str
    """What happened and where."""
    mend: str = ""
    """What to change or paste on the sending side."""
    retry_after_s: int | None = None
    """Set if and only if the very same request may succeed later."""

    @property
    def text(self) -> str:
        """Both, for clients."""
        return f"{self.message.rstrip('.')}. To mend it: {self.mend}" if self.mend else self.message

    def body(self, encoding: Encoding) -> bytes:
        """The `google.rpc.Status` in the encoding of the request."""
        if encoding == "json":
            return orjson.dumps({"code": int(self.code), "message": self.text})
        return status(self.code, self.text)

    def details(self) -> bytes:
        """The `grpc-status-details-bin` trailer."""
        return status(self.code, self.text, self.retry_after_s)


def refusal(error: BaseException) -> Refusal:
    """The answer to a request that failed with `error`."""
    if isinstance(error, TooLargeError):
        # Without RetryInfo: sending the same again cannot work.
        return Refusal(413, Code.RESOURCE_EXHAUSTED, error.message, error.hint or "")
    if isinstance(error, InvalidInputError):
        return Refusal(400, Code.INVALID_ARGUMENT, error.message, error.hint or "")
    if isinstance(error, UnavailableError):
        return Refusal(503, Code.UNAVAILABLE, error.message, error.hint or "", RETRY_AFTER_S)
    if isinstance(error, HaloError):
        return Refusal(error.http_status, Code.INTERNAL, error.message, error.hint or "")
    return Refusal(
        500,
        Code.INTERNAL,
        f"halo-dash failed on this request ({type(error).__name__})",
        "this is a mistake in halo-dash, please report it with what its log says",
    )


def busy() -> Refusal:
    """Too much is waiting already."""
    return Refusal(
        503,
        Code.UNAVAILABLE,
        "the collector is busy and did not take this request",
        retry_after_s=RETRY_AFTER_S,
    )


def success(signal: Signal, encoding: Encoding, receipt: Receipt) -> bytes:
    """The body of `ExportTraceServiceResponse` or its sisters. Unset `partial_success` is full success."""
    if signal == "metrics" or not receipt.message:
        return b"{}" if encoding == "json" else b""
    if encoding == "json":
        counted = "rejectedSpans" if signal == "traces" else "rejectedLogRecords"
        # int64 is a string in protobuf's JSON mapping.
        partial = {counted: str(receipt.rejected), "errorMessage": receipt.message}
        return orjson.dumps({"partialSuccess": partial})
    if signal == "traces":
        traces = ExportTraceServiceResponse()
        traces.partial_success.rejected_spans = receipt.rejected
        traces.partial_success.error_message = receipt.message
        return traces.SerializeToString()
    logs = ExportLogsServiceResponse()
    logs.partial_success.rejected_log_records = receipt.rejected
    logs.partial_success.error_message = receipt.message
    return logs.SerializeToString()
