"""Trace and span ids as they come on the wire.

Lengths and validity: OpenTelemetry specification, trace/api.md "SpanContext" (16 and 8 bytes, not all zero).
JSON: OTLP says hex; exporters built on protobuf's own JSON mapping write base64. Base64 of 16 and of 8
bytes always ends in `=`, hex never does, so the two cannot be confused.
"""

from __future__ import annotations

import binascii
from typing import Final, Literal

from halo_dash.otlp.issues import UnreadableError

IdName = Literal["traceId", "spanId"]
BYTES: Final = {"traceId": 16, "spanId": 8}
_ALL_ZERO: Final = frozenset(bytes(size) for size in BYTES.values())
MEND: Final = "the id must be {size} bytes that are not all zero"


def check_bytes(name: IdName, raw: bytes) -> str:
    """A required protobuf id as lower-case hex; raises `UnreadableError` for what no span can be kept by."""
    size = BYTES[name]
    if len(raw) != size:
        found = f"{len(raw)} bytes" if raw else "missing"
        raise UnreadableError(f".{name}: {found}; {MEND.format(size=size)}")
    if raw in _ALL_ZERO:
        raise UnreadableError(f".{name}: all zero; {MEND.format(size=size)}")
    return raw.hex()


def parse_text(name: IdName, raw: object) -> str:
    """A required JSON id (hex in any case, or base64) as lower-case hex."""
    size = BYTES[name]
    if raw is None or raw == "":
        raise UnreadableError(f".{name}: missing; {MEND.format(size=size)}")
    if not isinstance(raw, str):
        raise UnreadableError(f".{name}: {type(raw).__name__} instead of a string")
    value = text_to_hex(raw)
    if value is None or len(value) != 2 * size:
        raise UnreadableError(
            f".{name}: {len(raw)} characters {raw[:40]!r}; expected {2 * size} hexadecimal digits "
            f"(or base64 of {size} bytes)"
        )
    if not value.strip("0"):
        raise UnreadableError(f".{name}: all zero; {MEND.format(size=size)}")
    return value


def text_to_hex(raw: str) -> str | None:
    """Hex or base64 text as lower-case hex; None when it is neither."""
    try:
        if raw.endswith("="):
            return binascii.a2b_base64(raw.replace("-", "+").replace("_", "/"), strict_mode=True).hex()
        return bytes.fromhex(raw).hex() if raw.isalnum() or not raw else None
    except ValueError:
        return None


def parent_of(value: str) -> str:
    """All zero is how some exporters write "no parent"."""
    return "" if value[:1] == "0" and not value.strip("0") else value
