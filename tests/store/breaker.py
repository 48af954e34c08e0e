"""A way to the database, or another server, that a test can cut and mend, as if that were stopped and started again."""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

from pydantic import SecretStr


class Breaker:
    """Passes bytes between a port of its own and the server's."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._port = 0

    @property
    def url(self) -> SecretStr:
        """The database's URL by way of the breaker."""
        credentials = self._parts.netloc.rpartition("@")[0]
        return SecretStr(self._parts._replace(netloc=f"{credentials}@127.0.0.1:{self._port}").geturl())

    @property
    def address(self) -> str:
        """Host and port of the breaker."""
        return f"127.0.0.1:{self._port}"

    async def mend(self) -> None:
        """Let connections through, at the same port as before."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Break every connection and take no new ones."""
        if self._server:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        if self._server:
            await self._server.wait_closed()
        self._server = None

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert self._parts.hostname
        database_reader, database_writer = await asyncio.open_connection(self._parts.hostname, self._parts.port)
        mine = {writer, database_writer}
        self._writers |= mine
        with suppress(OSError):
            await asyncio.gather(_copy(reader, database_writer), _copy(database_reader, writer))
        for each in mine:
            each.close()
        self._writers -= mine


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.close()
