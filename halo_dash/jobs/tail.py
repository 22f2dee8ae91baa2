"""Reading on in a file that grows: whole lines only, from where the last reading ended."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from halo_dash.errors import InvalidInputError
from halo_dash.model.span import LogRecord, Span
from halo_dash.transfer.batch import BadPart, Batch
from halo_dash.transfer.input_file import LINE_LIMIT, InputFile
from halo_dash.transfer.sources import read_line

_PIECE_BYTES: Final = 4 * 1024 * 1024
_PIECE_LINES: Final = 2_000
_MARKED: Final = 1024


class Position(msgspec.Struct, frozen=True):
    """How far a file has been read, and how to recognise that it is still the same file."""

    offset: int = 0
    """Bytes; always the beginning of a line."""
    line: int = 0
    """Lines before `offset`."""
    mark: str = ""
    """Digest of the bytes at the start of the file and right before `offset`. Neither name nor inode says as
    much: both survive a truncation, and neither survives a move to another disk."""


START: Final = Position()


@dataclass(frozen=True, slots=True)
class Piece:
    """Some lines of a file, and the position after them."""

    batch: Batch
    after: Position
    size: int
    """Bytes read."""


def read_on(path: Path, position: Position) -> Iterator[Piece]:
    """What was added to `path` since `position`, in pieces of a few megabytes.

    Starts over when what was read before is not there any more (truncated, rotated, rewritten). A last
    line without an end is left for the next time, unless it is complete. Raises `OSError`.
    """
    with path.open("rb") as stream:
        if position.mark != _mark(stream, position.offset):
            position = START
        while True:
            stream.seek(position.offset)
            piece = _read_piece(stream, position)
            if piece is None:
                return
            position = piece.after
            yield piece


def read_packed(path: Path, position: Position) -> Iterator[Piece]:
    """All of a gzip file, unless `position` says that it was read.

    Raises `InvalidInputError` where it is damaged, and `OSError`.
    """
    state = path.stat()
    done = Position(state.st_size, 0, f"gzip {state.st_mtime_ns}")
    if position == done:
        return
    collected = _Collected()
    for number, line in InputFile.at(path).lines():
        collected.take(line, number)
        if collected.lines >= _PIECE_LINES:
            yield Piece(collected.batch(), START, 0)
            collected = _Collected()
    yield Piece(collected.batch(), done, state.st_size)


def _read_piece(stream: BinaryIO, position: Position) -> Piece | None:
    collected = _Collected()
    number = position.line
    end = position.offset
    while end - position.offset < _PIECE_BYTES and number - position.line < _PIECE_LINES:
        line = stream.readline(LINE_LIMIT + 1)
        size = len(line)
        if size > LINE_LIMIT and not line.endswith(b"\n"):
            skipped = _skip_line(stream)
            if skipped is None:
                break
            size += skipped
            collected.bad.append(BadPart(f"line {number + 1}", f"longer than {LINE_LIMIT >> 20} MiB"))
        elif not line or not (line.endswith(b"\n") or _is_complete(line)):
            break
        elif stripped := line.strip():
            collected.take(stripped, number + 1)
        number += 1
        end += size
    if end == position.offset:
        return None
    return Piece(collected.batch(), Position(end, number, _mark(stream, end)), end - position.offset)


def _is_complete(line: bytes) -> bool:
    # Writers that put the line feed in front of a span would keep us waiting for the last one. The
    # beginning of a JSON object is never an object itself, so what can be read is whole.
    if not line.rstrip().endswith(b"}"):
        return False
    try:
        read_line(line.strip())
    except InvalidInputError:
        return False
    return True


def _skip_line(stream: BinaryIO) -> int | None:
    """Bytes up to the end of an endless line; None when its end is not there yet."""
    skipped = 0
    while piece := stream.readline(_PIECE_BYTES):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            return skipped
    return None


def _mark(stream: BinaryIO, offset: int) -> str:
    """Recognises the file up to `offset`; `""` at its start, and something else when it is shorter."""
    if offset == 0:
        return ""
    digest = hashlib.sha256(offset.to_bytes(8, "big"))
    stream.seek(0)
    digest.update(stream.read(min(_MARKED, offset)))
    stream.seek(max(0, offset - _MARKED))
    digest.update(stream.read(min(_MARKED, offset)))
    return digest.hexdigest()[:32] if os.fstat(stream.fileno()).st_size >= offset else "shorter"


class _Collected:
    """The lines of one piece as they are read."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._log_records: list[LogRecord] = []
        self.bad: list[BadPart] = []
        self.lines = 0

    def take(self, line: bytes, number: int) -> None:
        """Read one line; a bad one is noted and passed over."""
        self.lines += 1
        try:
            found = read_line(line)
        except InvalidInputError as error:
            self.bad.append(BadPart(f"line {number}", error.message))
            return
        self._spans.extend(found.spans)
        self._log_records.extend(found.log_records)
        self.bad.extend(BadPart(f"line {number}", part.reason) for part in found.bad)

    def batch(self) -> Batch:
        """All of it."""
        return Batch(tuple(self._spans), tuple(self._log_records), tuple(self.bad))
