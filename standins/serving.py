"""One uvicorn server in the running event loop, on 127.0.0.1 only, that can break a connection on demand.

The protocol adds a scope extension through which `faults` reaches the transport: `abort` closes the
connection with whatever was not yet sent, `close` sends what was written first. The client sees an empty or a
cut reply.
"""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from standins.asgi import EXTENSION

_KEEP_ALIVE_SECONDS = 75
_GRACE_SECONDS = 2
_TURNS_OF_ACCEPTING = 3
_TICK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Served:
    """Where a stand-in answers: `url` without a trailing slash, and its port."""

    url: str
    port: int


class _BreakableProtocol(HttpToolsProtocol):
    """uvicorn's own protocol, with the connection in reach of the application."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {
            EXTENSION: {"abort": self.transport.abort, "close": self.transport.close}  # pyright: ignore[reportArgumentType]  # uvicorn's type allows no callables
        }


class _Server(uvicorn.Server):
    """A server that leaves the process's signals alone and stops without waiting for a tick."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self.should_exit = True
        self._stopping.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # asyncio never closes a connection that it accepted just before its server closed: accept no more, then close.
        for each in sockets or ():
            asyncio.get_running_loop().remove_reader(each)
        for _ in range(_TURNS_OF_ACCEPTING):
            await asyncio.sleep(0)
        await super().shutdown(sockets)

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _TICK_SECONDS)


@contextlib.asynccontextmanager
async def serve(app: ASGIApp, port: int = 0) -> AsyncGenerator[Served]:
    """Serve `app` on 127.0.0.1 until the block ends; port 0 picks one. OSError if it is taken."""
    # asyncio turns Nagle's algorithm off only where the protocol is named; without it an answer takes 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise OSError(errno.EADDRINUSE, f"port {port} is in use") from error
        raise
    bound: int = listener.getsockname()[1]
    server = _Server(
        uvicorn.Config(
            app,
            http=_BreakableProtocol,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listener]), name=f"stand-in on port {bound}")
    started = asyncio.create_task(server.answering.wait())
    try:
        await asyncio.wait({running, started}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        yield Served(url=f"http://127.0.0.1:{bound}", port=bound)
    finally:
        started.cancel()
        server.stop()
        await running
