"""`google.rpc.Status` and `RetryInfo`, the error bodies OTLP prescribes, written by hand.

They are five fields (googleapis: google/rpc/status.proto, error_details.proto, protobuf's any.proto and
duration.proto); a package of generated code for them would be a dependency for nothing else.
"""

from __future__ import annotations

RETRY_INFO_TYPE = "type.googleapis.com/google.rpc.RetryInfo"


def status(code: int, message: str, retry_after_s: int | None = None) -> bytes:
    """A serialised `Status`; with `retry_after_s`, its details hold one `RetryInfo`."""
    out = _number(1, code) + _bytes(2, message.encode("utf-8", "replace"))
    if retry_after_s is not None:
        delay = _bytes(1, _number(1, retry_after_s))
        out += _bytes(3, _bytes(1, RETRY_INFO_TYPE.encode()) + _bytes(2, delay))
    return out


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
