"""A file to import: on disk or uploaded, plain or gzip, read in pieces that stay small."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast

from halo_dash.errors import InvalidInputError, NotFoundError, TooLargeError

HEAD_BYTES = 64 * 1024
LINE_LIMIT = 64 * 1024 * 1024
"""Bytes of one line: what the collector takes as one request."""
WHOLE_LIMIT = 1024 * 1024 * 1024
"""Bytes of a file that can only be read as a whole (after decompression)."""

_GZIP_MAGIC = b"\x1f\x8b"
_PIECE = 1024 * 1024
_BLANK = b" \t\r\n\xef\xbb\xbf"
"""White space, and the byte order mark that some editors put in front."""


class InputFile:
    """One file, opened as often as needed; gzip is seen through, whatever the name says."""

    def __init__(self, name: str, open_raw: Callable[[], BinaryIO], *, limit: int | None = None) -> None:
        """`limit`: the most bytes of it after decompression, however it is read; None for no limit."""
        self.name = name
        self._open_raw = open_raw
        self._limit = limit

    @classmethod
    def at(cls, path: Path) -> InputFile:
        """A file on disk. Raises `NotFoundError` or `InvalidInputError` when it cannot be opened."""
        if not path.exists():
            raise NotFoundError(f"{path} does not exist", hint="Check the path; globs are for the shell.")
        if path.is_dir():
            raise InvalidInputError(f"{path} is a folder", hint=f"Name its files: {path}/*.jsonl")
        return cls(str(path), lambda: path.open("rb"))

    @classmethod
    def of(cls, data: bytes, name: str, *, limit: int | None = None) -> InputFile:
        """Uploaded bytes; `name` is what the sender called them."""
        return cls(name, lambda: io.BytesIO(data), limit=limit)

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The decompressed bytes as a stream. Raises `InvalidInputError` where they cannot be read."""
        try:
            with self._open_raw() as raw:
                is_gzip = raw.read(2) == _GZIP_MAGIC
                raw.seek(0)
                yield cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if is_gzip else raw
        except EOFError:
            raise InvalidInputError(
                f"{self.name} ends in the middle of its gzip data",
                hint="It was cut off while it was written or copied; fetch it again.",
            ) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise InvalidInputError(f"{self.name} holds damaged gzip data: {error}") from None
        except OSError as error:
            raise InvalidInputError(f"{self.name} cannot be read: {error.strerror or error}") from None

    @cached_property
    def head(self) -> bytes:
        """Its first 64 KiB, decompressed."""
        with self.opened() as stream:
            return stream.read(HEAD_BYTES)

    def whole(self) -> bytes:
        """All of it. Raises `TooLargeError` over the limit, which also stops gzip bombs."""
        pieces: list[bytes] = []
        size = 0
        with self.opened() as stream:
            while piece := stream.read(_PIECE):
                size += len(piece)
                self._check_limit(size)
                if size > WHOLE_LIMIT:
                    raise TooLargeError(
                        f"{self.name} is over {WHOLE_LIMIT >> 20} MiB and cannot be read in pieces",
                        hint="Split it, or write one span or one request a line (JSONL): that has no limit.",
                    )
                pieces.append(piece)
        return b"".join(pieces)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """(line number from 1, line without its end) of each line that is not blank.

        Raises `TooLargeError` on a line over 64 MiB, and over the limit.
        """
        with self.opened() as stream:
            number = size = 0
            while line := stream.readline(LINE_LIMIT + 1):
                number += 1
                size += len(line)
                self._check_limit(size)
                if len(line) > LINE_LIMIT:
                    raise TooLargeError(f"{self.name}, line {number}: longer than {LINE_LIMIT >> 20} MiB")
                if stripped := line.strip(_BLANK):
                    yield number, stripped

    def _check_limit(self, size: int) -> None:
        if self._limit is not None and size > self._limit:
            raise TooLargeError(
                f"{self.name} is over {self._limit >> 20} MiB when it is unpacked",
                hint="Import it on the command line, where JSONL has no limit: halo import --file FILE",
            )
