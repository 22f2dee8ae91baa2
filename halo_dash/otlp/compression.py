"""`Content-Encoding`, undone within a limit: a bomb costs no more than the limit."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import Final

import zstandard

from halo_dash.errors import InvalidInputError, TooLargeError

CODINGS: Final = ("gzip", "deflate", "zstd")
STEP: Final = 1 << 20
"""Bytes taken out at a time."""
PIECE: Final = 16 << 10
"""Bytes fed at a time."""
ZSTD_STEP: Final = 512
"""Bytes fed at a time. A 4-byte block can stand for 128 KiB, so this bounds the overshoot to 16 MiB."""


def decompress(body: bytes, coding: str, limit: int) -> bytes:
    """`body` without its `coding` (`""`, `gzip`, `deflate` or `zstd`).

    Raises `TooLargeError` over `limit` bytes of output and `InvalidInputError` for what is no whole
    stream of that coding.
    """
    if coding == "" or not body:
        out = body
    elif coding == "gzip":
        out = _inflate(body, "gzip", zlib.MAX_WBITS | 16, limit)
    elif coding == "deflate":
        # HTTP's "deflate" is the zlib format (RFC 9110 8.4.1.2); many clients send raw deflate instead.
        out = _inflate(body, "deflate", zlib.MAX_WBITS if is_zlib(body) else -zlib.MAX_WBITS, limit)
    elif coding == "zstd":
        out = _unzstd(body, limit)
    else:
        raise InvalidInputError(
            f"unknown Content-Encoding {coding!r}", hint=f"use {', '.join(CODINGS)} or none"
        )
    if len(out) > limit:
        raise too_large(limit)
    return out


def is_zlib(body: bytes) -> bool:
    """Whether it begins with the header of the zlib format (RFC 1950 2.2)."""
    return len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0


def too_large(limit: int) -> TooLargeError:
    """The one answer for a request over the limit."""
    return TooLargeError(
        f"the request is larger than the limit of {limit >> 20} MiB after decompression",
        hint="send fewer spans a request: OTEL_BSP_MAX_EXPORT_BATCH_SIZE=64",
    )


def _inflate(body: bytes, name: str, wbits: int, limit: int) -> bytes:
    out = io.BytesIO()  # gives its buffer away without a copy
    size = 0
    stream = zlib.decompressobj(wbits)
    try:
        for piece in _pieces(body, PIECE):
            rest: bytes | memoryview = piece
            while rest:
                if stream.eof:
                    if name != "gzip":
                        return out.getvalue()
                    stream = zlib.decompressobj(wbits)
                size += out.write(stream.decompress(rest, STEP))
                if size > limit:
                    raise too_large(limit)
                rest = stream.unused_data if stream.eof else stream.unconsumed_tail
        if not stream.eof:
            out.write(stream.flush())
    except zlib.error as error:
        raise InvalidInputError(f"the body is not {name}: {error}") from error
    if not stream.eof:
        raise InvalidInputError(f"the {name} body is cut off after {len(body):,} bytes")
    return out.getvalue()


def _unzstd(body: bytes, limit: int) -> bytes:
    out = io.BytesIO()
    size = 0
    # A frame states how much memory it wants; RFC 8878 asks decoders to support 8 MiB.
    packer = zstandard.ZstdDecompressor(max_window_size=1 << 23)
    stream = packer.decompressobj()
    try:
        for piece in _pieces(body, ZSTD_STEP):
            rest: bytes | memoryview = piece
            while rest:
                if stream.eof:
                    stream = packer.decompressobj()
                size += out.write(stream.decompress(rest))
                if size > limit:
                    raise too_large(limit)
                rest = stream.unused_data if stream.eof else b""
    except zstandard.ZstdError as error:
        raise InvalidInputError(f"the body is not zstd: {error}") from error
    if not stream.eof:
        raise InvalidInputError(f"the zstd body is cut off after {len(body):,} bytes")
    return out.getvalue()


def _pieces(body: bytes, size: int) -> Iterator[memoryview]:
    """`body` in pieces: a decompressor copies what it was given and did not use, again for every member."""
    view = memoryview(body)
    return (view[start : start + size] for start in range(0, len(body), size))
