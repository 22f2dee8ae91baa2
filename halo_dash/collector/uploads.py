"""How many bytes of gRPC requests may be on their way at once.

gRPC holds a message twice until it is handed over, and would take one of 64 MiB on each of 32 calls. So
requests are counted before it sees them: when more than `ROOM` are under way, only the connection that
began first goes on, the others are not read, and TCP makes their clients wait. One of them always goes
on, so they cannot block each other.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from halo_dash.collector.frames import DATA, PREFACE, RST_STREAM, Frame, FrameScanner

ROOM: Final = 16 << 20


class Client(Protocol):
    """The client's end of a spliced connection."""

    def hold(self) -> None:
        """Read no more from it."""

    def let_go(self) -> None:
        """Read from it again."""

    def close(self) -> None:
        """Hang up."""


class Uploads:
    """All connections with requests under way, oldest first."""

    def __init__(self, patience_s: float, room: int = ROOM) -> None:
        """`patience_s`: how long the one that goes on may send nothing while others wait for it."""
        self._patience_s = patience_s
        self._room = room
        self._under_way: dict[Upload, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.total = 0

    def changed(self, upload: Upload, size: int) -> None:
        """The bytes under way on `upload` grew by `size`, which may be negative."""
        self.total += size
        if upload.size:
            self._under_way.setdefault(upload)
        else:
            self._under_way.pop(upload, None)
            upload.client.let_go()
        self._decide()

    def _decide(self) -> None:
        waiting = list(self._under_way)
        if self.total <= self._room:
            for upload in waiting:
                upload.client.let_go()
            self._disarm()
            return
        first, *others = waiting
        first.client.let_go()
        for upload in others:
            upload.client.hold()
        if self._timer is None:
            self._watch(first, first.received)

    def _watch(self, first: Upload, received: int) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._patience_s, self._check, first, received)

    def _check(self, first: Upload, received: int) -> None:
        self._timer = None
        current = next(iter(self._under_way), None)
        if current is None or self.total <= self._room:
            return
        if current is first and first.received == received and first.is_sending:
            first.client.close()
            return
        self._watch(current, current.received)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Upload:
    """The requests of one connection: bytes of each stream until it is answered."""

    def __init__(self, uploads: Uploads, client: Client) -> None:
        self.client = client
        self.size = 0
        self.received = 0
        self._uploads = uploads
        self._inward = FrameScanner(len(PREFACE))
        self._outward = FrameScanner()
        self._streams: dict[int, int] = {}
        self._open: set[int] = set()

    @property
    def is_sending(self) -> bool:
        """Whether the client still has to send something, rather than wait for its answer."""
        return bool(self._open)

    def sent(self, data: bytes) -> None:
        """The client sent `data`."""
        self.received += len(data)
        grown = 0
        for frame in self._inward.feed(data):
            if frame.kind == DATA:
                grown += frame.length
                self._streams[frame.stream] = self._streams.get(frame.stream, 0) + frame.length
                self._open.add(frame.stream)
            if frame.kind == RST_STREAM:
                grown -= self._finish(frame)
            elif frame.ends_stream:
                self._open.discard(frame.stream)
        self._change(grown)

    def answered(self, data: bytes) -> None:
        """The server sent `data`."""
        self._change(-sum(self._finish(frame) for frame in self._outward.feed(data) if frame.ends_stream))

    def lost(self) -> None:
        """The connection is gone."""
        self._streams.clear()
        self._open.clear()
        self._change(-self.size)

    def _finish(self, frame: Frame) -> int:
        self._open.discard(frame.stream)
        return self._streams.pop(frame.stream, 0)

    def _change(self, by: int) -> None:
        if by:
            self.size += by
            self._uploads.changed(self, by)
