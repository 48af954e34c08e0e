"""How a process starts to stop, how it ends, and how another one asks whether it is well."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NoReturn

from xerosync.core.errors import MisconfiguredError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@asynccontextmanager
async def until_stopped() -> AsyncGenerator[asyncio.Event]:
    """Yield an event that Ctrl-C, SIGTERM or a closed terminal sets, until the block ends."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    # `nohup` ignores the closed terminal.
    handled = [each for each in _SIGNALS if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN]
    for number in handled:
        loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        for number in handled:
            loop.remove_signal_handler(number)


def leave(status: int) -> NoReturn:
    """End the process with that exit status, its output flushed, without tearing the interpreter down.

    Temporal's core runs threads that may call into an interpreter that is shutting down, and then abort the process:
    about one run in ten ended with status 134 instead of its own (temporalio/sdk-python issue 300).
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


_HOST = "127.0.0.1"


_PATIENCE = 5.0


@contextlib.asynccontextmanager
async def serve_health(port: int, is_well: Callable[[], Awaitable[bool]]) -> AsyncGenerator[None]:
    """Answer any HTTP request with 200 where `is_well` says so, else with 503.

    Raises:
        MisconfiguredError: the port is taken.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(_PATIENCE):
                await reader.readuntil(b"\r\n\r\n")
                status = b"200 OK" if await is_well() else b"503 Service Unavailable"
                writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                await writer.drain()
        writer.close()

    try:
        server = await asyncio.start_server(answer, _HOST, port)
    except OSError as error:
        raise MisconfiguredError(
            f"Port {port} is taken: stop the other worker, or set XEROSYNC_HEALTH_PORT to a free one (0 picks one)."
        ) from error
    async with server:
        yield


async def ask_health(port: int) -> int:
    """Ask the worker on this machine whether it is well; return the exit code: 0 yes, 1 no, with the reason."""
    try:
        async with asyncio.timeout(_PATIENCE):
            reader, writer = await asyncio.open_connection(_HOST, port)
            writer.write(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            status = await reader.readline()
            writer.close()
    except (OSError, TimeoutError):
        status = b""
    if b" 200 " in status:
        return 0
    reason = "Temporal does not answer it" if status else "it does not answer"
    print(f"The worker on port {port} is not well: {reason}.", file=sys.stderr)  # noqa: T201 - the line a person gets
    return 1
