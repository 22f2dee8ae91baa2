"""Two connections joined end to end."""

from __future__ import annotations

import asyncio

from halo_dash.collector.splice import Pipe, connect


class Listener(asyncio.Protocol):
    """What gRPC's side sees: that somebody came, and that he went."""

    def __init__(self, gone: asyncio.Event) -> None:
        self._gone = gone

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - gone either way
        self._gone.set()


def test_a_client_that_goes_while_it_is_joined_leaves_no_connection_behind() -> None:
    async def play() -> None:
        gone = asyncio.Event()
        server = await asyncio.get_running_loop().create_server(lambda: Listener(gone), "127.0.0.1", 0)
        async with server:
            client = Pipe()
            client.connection_lost(None)
            await connect(client, server.sockets[0].getsockname()[1])
            await asyncio.wait_for(gone.wait(), 10)

    asyncio.run(play())
