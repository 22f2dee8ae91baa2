"""`Content-Encoding`, undone within a limit: a bomb costs no more than the limit."""

from __future__ import annotations

import zlib
from typing import Final

import zstandard

from halo_dash.errors import InvalidInputError, TooLargeError

CODINGS: Final = ("gzip", "deflate", "zstd")
STEP: Final = 1 << 20
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
        is_zlib = len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
        out = _inflate(body, "deflate", zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS, limit)
    elif coding == "zstd":
        out = _unzstd(body, limit)
    else:
        raise InvalidInputError(
            f"unknown Content-Encoding {coding!r}", hint=f"use {', '.join(CODINGS)} or none"
        )
    if len(out) > limit:
        raise too_large(limit)
    return out


def too_large(limit: int) -> TooLargeError:
    """The one answer for a request over the limit."""
    return TooLargeError(
        f"the request is larger than the limit of {limit >> 20} MiB after decompression",
        hint="send fewer spans a request: OTEL_BSP_MAX_EXPORT_BATCH_SIZE=64",
    )


def _inflate(body: bytes, name: str, wbits: int, limit: int) -> bytes:
    out = bytearray()
    rest = body
    while True:
        stream = zlib.decompressobj(wbits)
        try:
            while not stream.eof and rest:
                out += stream.decompress(rest, min(STEP, limit + 1 - len(out)))
                if len(out) > limit:
                    raise too_large(limit)
                rest = stream.unconsumed_tail
            if not stream.eof:
                out += stream.flush()
        except zlib.error as error:
            raise InvalidInputError(f"the body is not {name}: {error}") from error
        if not stream.eof:
            raise InvalidInputError(f"the {name} body is cut off after {len(body):,} bytes")
        rest = stream.unused_data
        if not rest or name != "gzip":
            return bytes(out)


def _unzstd(body: bytes, limit: int) -> bytes:
    out = bytearray()
    rest = body
    try:
        while rest:
            # A frame states how much memory it wants; RFC 8878 asks decoders to support 8 MiB.
            stream = zstandard.ZstdDecompressor(max_window_size=1 << 23).decompressobj()
            for start in range(0, len(rest), ZSTD_STEP):
                out += stream.decompress(rest[start : start + ZSTD_STEP])
                if len(out) > limit:
                    raise too_large(limit)
                if stream.eof:
                    rest = stream.unused_data + rest[start + ZSTD_STEP :]
                    break
            else:
                raise InvalidInputError(f"the zstd body is cut off after {len(body):,} bytes")
    except zstandard.ZstdError as error:
        raise InvalidInputError(f"the body is not zstd: {error}") from error
    return bytes(out)
