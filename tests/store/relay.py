"""A port before a server that passes bytes both ways, and leaves no connection open when it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress


class Relay:
    """Passes bytes between a port of loopback and a server's.

    A greeting is what is said with a client before its bytes go on to the server.
    """

    def __init__(
        self,
        host: str,
        port: int,
        greeting: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]] | None = None,
    ) -> None:
        self._target = host, port
        self._greeting = greeting
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()
        self.port = 0

    async def open(self) -> None:
        """Let connections through, at the same port as before."""
        self._server = await asyncio.start_server(self._start, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Break every connection, also one that is only being made, and take no new ones."""
        if not self._server:
            return
        self._server.close()
        await self._server.wait_closed()
        self._server = None
        passing = list(self._passing)
        for each in passing:
            each.cancel()
        await asyncio.gather(*passing, return_exceptions=True)

    def _start(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def end(passing: asyncio.Task[None]) -> None:
            self._passing.discard(passing)
            _end(writer, cut=passing.cancelled())

        passing = asyncio.ensure_future(self._pass(reader, writer))
        self._passing.add(passing)
        # Not in the task: one that is cancelled before its first step runs nothing at all.
        passing.add_done_callback(end)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            if self._greeting:
                await self._greeting(reader, writer)
            server_reader, server_writer = await asyncio.open_connection(*self._target)
            cut = True
            try:
                await asyncio.gather(_copy(reader, server_writer), _copy(server_reader, writer))
                cut = False
            finally:
                _end(server_writer, cut=cut)


def _end(writer: asyncio.StreamWriter, *, cut: bool) -> None:
    """Close a connection once what was written has gone out, or at once where it is cut."""
    if cut:
        writer.transport.abort()
    else:
        writer.close()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.close()
