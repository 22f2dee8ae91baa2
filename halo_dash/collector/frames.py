"""Following HTTP/2 frames as they pass, without keeping them (RFC 9113 4.1: a header of nine bytes each)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""How every client begins (RFC 9113 3.4)."""
HEADER: Final = 9
DATA: Final = 0
HEADERS: Final = 1
RST_STREAM: Final = 3
END_STREAM: Final = 0x1


@dataclass(frozen=True, slots=True)
class Frame:
    """The header of one frame."""

    length: int
    kind: int
    flags: int
    stream: int

    @property
    def ends_stream(self) -> bool:
        """Whether its sender has nothing more to say on the stream."""
        return self.kind == RST_STREAM or (self.kind in {DATA, HEADERS} and bool(self.flags & END_STREAM))


class FrameScanner:
    """One direction of one connection."""

    def __init__(self, skip: int = 0) -> None:
        """`skip`: bytes before the first frame, which is the client's preface."""
        self._skip = skip
        self._header = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that begin in `data`, which follows what was fed before."""
        position = 0
        size = len(data)
        while True:
            if self._skip >= size - position:
                self._skip -= size - position
                return
            position += self._skip
            self._skip = 0
            header = self._header + data[position : position + HEADER - len(self._header)]
            position += len(header) - len(self._header)
            if len(header) < HEADER:
                self._header = header
                return
            self._header = b""
            self._skip = int.from_bytes(header[:3], "big")
            yield Frame(self._skip, header[3], header[4], int.from_bytes(header[5:9], "big") & 0x7FFF_FFFF)
