"""Two connections joined end to end: what one side sends, the other gets, at the pace of the slower."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final, cast

from halo_dash.collector.uploads import Upload, Uploads

HIGH_WATER: Final = 256 << 10
"""Bytes waiting to be sent before the other side is no longer read."""


class Pipe(asyncio.Protocol):
    """One of the two ends."""

    def __init__(self, open_pipes: set[Pipe] | None = None) -> None:
        """`open_pipes`: where to be found as long as the connection lasts."""
        self._open = open_pipes if open_pipes is not None else set()
        self._transport: asyncio.Transport | None = None
        self._peer: Pipe | None = None
        self._early = bytearray()
        self._ended = False
        self._is_slow_ahead = False
        self.is_held = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait, unread, until the other end is there."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=HIGH_WATER)
        self._open.add(self)
        self._read_or_not()

    def join(self, peer: Pipe) -> None:
        """Make `peer` the other end, and pass on what came early."""
        if self._ended:
            peer.close()  # it went away while the other end was made, and can tell nobody any more
            return
        self._peer = peer
        peer._peer = self
        for end in (self, peer):
            end.pass_on_early()
            end.resume()

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        if self._peer is None:
            self._early += data
        else:
            self._peer.send(data)

    def eof_received(self) -> bool:
        """Pass the end on; the other direction may go on."""
        if self._peer is not None:
            self._peer.end()
        return True

    def pause_writing(self) -> None:
        """This side is slow: do not read more from the other."""
        if self._peer is not None:
            self._peer.pause()

    def resume_writing(self) -> None:
        """It has caught up."""
        if self._peer is not None:
            self._peer.resume()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - both ends close alike
        """Close the other end too, after what is still on its way."""
        self._ended = True
        self._open.discard(self)
        if self._peer is not None:
            self._peer.close()

    def pass_on_early(self) -> None:
        """A paused transport may still deliver once."""
        if self._peer is not None and self._early:
            self._peer.send(bytes(self._early))
            self._early.clear()

    def send(self, data: bytes) -> None:
        """Write to this side."""
        if self._transport is not None and not self._ended:
            self._transport.write(data)

    def end(self) -> None:
        """Write no more to this side."""
        if self._transport is not None and not self._ended:
            with contextlib.suppress(OSError, RuntimeError):
                self._transport.write_eof()

    def pause(self) -> None:
        """Read no more from this side until the other has caught up."""
        self._is_slow_ahead = True
        self._read_or_not()

    def resume(self) -> None:
        """The other side has caught up."""
        self._is_slow_ahead = False
        self._read_or_not()

    def hold(self) -> None:
        """Read no more from this side until told to."""
        self.is_held = True
        self._read_or_not()

    def let_go(self) -> None:
        """It may be read again."""
        self.is_held = False
        self._read_or_not()

    def _read_or_not(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._is_slow_ahead or self.is_held or self._peer is None:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def close(self) -> None:
        """Close this side when everything is written."""
        if self._transport is not None:
            self._transport.close()


class ClientPipe(Pipe):
    """The client's end, with its requests counted."""

    def __init__(self, open_pipes: set[Pipe], uploads: Uploads) -> None:
        super().__init__(open_pipes)
        self._upload = Upload(uploads, self)

    def data_received(self, data: bytes) -> None:
        """Count it and pass it on."""
        self._upload.sent(data)
        super().data_received(data)

    def send(self, data: bytes) -> None:
        """See what was answered, and write it."""
        self._upload.answered(data)
        super().send(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Its requests are not under way any more."""
        super().connection_lost(exc)
        self._upload.lost()


async def connect(client: Pipe, place: str | int) -> None:
    """Join `client` to the listener at `place`, a Unix socket or a port of 127.0.0.1."""
    loop = asyncio.get_running_loop()
    inner = Pipe()
    try:
        if isinstance(place, str):
            await loop.create_unix_connection(lambda: inner, place)
        else:
            await loop.create_connection(lambda: inner, "127.0.0.1", place)
    except OSError:
        client.close()
        return
    client.join(inner)
