"""How many bytes of gRPC requests may be on their way at once.

gRPC holds a message twice until it is handed over, and would take one of 64 MiB on each of 32 calls. So
requests are counted before it sees them: when more than `ROOM` are under way, only the connection that
began first goes on, the others are not read, and TCP makes their clients wait. One of them always goes
on, so they cannot block each other.
"""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from halo_dash.collector.frames import DATA, HEADERS, PREFACE, RST_STREAM, Frame, FrameScanner

ROOM: Final = 16 << 20


class Client(Protocol):
    """The client's end of a spliced connection."""

    @property
    def is_held(self) -> bool:
        """Whether it is not read because it was told to wait."""

    def hold(self) -> None:
        """Read no more from it."""

    def let_go(self) -> None:
        """Read from it again."""

    def close(self) -> None:
        """Hang up."""


class Uploads:
    """All connections with requests under way, oldest first."""

    def __init__(self, patience_s: float, room: int = ROOM) -> None:
        """`patience_s`: how long a client may leave a request unfinished without sending more of it."""
        self._patience_s = patience_s
        self._room = room
        self._under_way: dict[Upload, None] = {}
        self._sending: dict[Upload, int] = {}
        """How far each had come when it was last looked at."""
        self._timer: asyncio.TimerHandle | None = None
        self._is_full = False
        self.total = 0

    def changed(self, upload: Upload, size: int) -> None:
        """The bytes under way on `upload` grew by `size`, which may be negative."""
        self.total += size
        if upload.size:
            self._under_way.setdefault(upload)
        else:
            self._under_way.pop(upload, None)
            upload.client.let_go()
        was_full, self._is_full = self._is_full, self.total > self._room
        if not (was_full or self._is_full):
            return  # nobody is held, and this is asked for every piece of every connection
        for n, each in enumerate(self._under_way):
            if self._is_full and n:
                each.client.hold()
            else:
                each.client.let_go()

    def watch(self, upload: Upload) -> None:
        """See to it that `upload` goes on, or ends."""
        if not upload.is_sending:
            self._sending.pop(upload, None)
            return
        self._sending.setdefault(upload, upload.progress)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._patience_s, self._look)

    def _look(self) -> None:
        self._timer = None
        for upload, before in list(self._sending.items()):
            if upload.progress == before and not upload.client.is_held:
                upload.client.close()
        self._sending = {upload: upload.progress for upload in self._sending}
        if self._sending:
            self._timer = asyncio.get_running_loop().call_later(self._patience_s, self._look)


class Upload:
    """The requests of one connection: bytes of each stream until it is answered."""

    def __init__(self, uploads: Uploads, client: Client) -> None:
        self.client = client
        self.size = 0
        self.progress = 0
        """Pieces of requests received; a ping is none."""
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
        grown = 0
        frames = list(self._inward.feed(data))
        if not frames or any(frame.kind in {DATA, HEADERS} for frame in frames):
            self.progress += 1
        for frame in frames:
            if frame.kind == DATA:
                grown += frame.length
                self._streams[frame.stream] = self._streams.get(frame.stream, 0) + frame.length
            if frame.kind == RST_STREAM:
                grown -= self._finish(frame)
            elif frame.ends_stream:
                self._open.discard(frame.stream)
            elif frame.kind in {DATA, HEADERS}:
                self._open.add(frame.stream)
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
        self._uploads.watch(self)
