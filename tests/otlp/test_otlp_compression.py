"""Compressed bodies: whole, cut off, wrong, and bombs."""

from __future__ import annotations

import gzip
import hashlib
import tracemalloc
import zlib

import pytest
import zstandard

from halo_dash.errors import InvalidInputError, TooLargeError
from halo_dash.otlp import decompress

PLAIN = b"the same words again and again " * 1_000
LIMIT = 1 << 20


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def streamed_zstd(data: bytes) -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(data) + packer.flush()


PACKERS = {
    "gzip": [gzip.compress, lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:])],
    "deflate": [zlib.compress, raw_deflate],
    "zstd": [zstandard.ZstdCompressor().compress, streamed_zstd],
}
CASES = [(coding, packer) for coding, packers in PACKERS.items() for packer in packers]
NAMES = ["gzip", "gzip members", "zlib", "raw deflate", "zstd", "zstd of unknown size"]


@pytest.mark.parametrize(("coding", "pack"), CASES, ids=NAMES)
def test_whole(coding: str, pack) -> None:  # type: ignore[no-untyped-def] # any packer of bytes
    assert decompress(pack(PLAIN), coding, LIMIT) == PLAIN
    assert decompress(pack(b"x" * LIMIT), coding, LIMIT) == b"x" * LIMIT


@pytest.mark.parametrize(("coding", "pack"), CASES, ids=NAMES)
def test_cut_off(coding: str, pack) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidInputError, match="cut off after"):
        decompress(pack(PLAIN)[:-5], coding, LIMIT)


@pytest.mark.parametrize(("coding", "pack"), CASES, ids=NAMES)
def test_a_bomb_stops_at_the_limit(coding: str, pack) -> None:  # type: ignore[no-untyped-def]
    for size in (LIMIT + 1, 60 * LIMIT):
        with pytest.raises(TooLargeError, match="larger than the limit of 1 MiB"):
            decompress(pack(bytes(size)), coding, LIMIT)


@pytest.mark.parametrize("coding", ["gzip", "zstd", "deflate"])
def test_not_compressed_at_all(coding: str) -> None:
    with pytest.raises(InvalidInputError, match=f"the body is not {coding}"):
        decompress(b"\xff" + PLAIN, coding, LIMIT)


def test_none_and_unknown() -> None:
    assert decompress(PLAIN, "", LIMIT) is PLAIN
    assert decompress(b"", "gzip", LIMIT) == b""
    with pytest.raises(TooLargeError):
        decompress(PLAIN, "", 10)
    with pytest.raises(InvalidInputError, match="unknown Content-Encoding 'br'"):
        decompress(PLAIN, "br", LIMIT)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_hundred_thousand_empty_members_are_read_in_one_go(coding: str) -> None:
    """None may cost a copy of all that follow it: one request would keep everybody else waiting."""
    member = gzip.compress(b"") if coding == "gzip" else zstandard.ZstdCompressor().compress(b"")
    last = gzip.compress(PLAIN) if coding == "gzip" else zstandard.ZstdCompressor().compress(PLAIN)
    assert decompress(member * 100_000 + last, coding, LIMIT) == PLAIN


@pytest.mark.parametrize(("coding", "pack"), CASES, ids=NAMES)
def test_memory_is_that_of_the_result(coding: str, pack) -> None:  # type: ignore[no-untyped-def]
    noise = b"".join(hashlib.sha256(n.to_bytes(4)).digest() for n in range(1 << 18))
    packed = pack(noise)
    tracemalloc.start()
    try:
        assert len(decompress(packed, coding, 8 << 20)) == len(noise)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * len(noise)
