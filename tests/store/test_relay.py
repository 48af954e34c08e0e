"""What is cut is cut, whatever stage its connection is in."""

import asyncio
import socket
from contextlib import suppress

from tests.patience import PATIENCE
from tests.store.relay import Relay


async def test_a_connection_that_is_being_made_is_broken_too() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as queued:
        queued.connect(full.getsockname())  # the only place in its queue: nobody gets through to it any more
        relay = Relay(*full.getsockname())
        await relay.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        while not relay._passing:
            await asyncio.sleep(0)
        await relay.close()
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionError):
                assert not await reader.read()
        writer.close()


async def test_what_was_written_before_the_end_arrives() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(1) * 1_000_000)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    relay = Relay(*server.sockets[0].getsockname())
    await relay.open()
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    writer.write(b"x")
    async with asyncio.timeout(PATIENCE):
        assert len(await reader.read()) == 1_000_000
    writer.close()
    await relay.close()
    server.close()
