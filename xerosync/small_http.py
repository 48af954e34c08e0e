"""A few addresses to read over HTTP beside the work of a process: probes, metrics. No framework, no thread.

It answers GET and HEAD alone, closes after each answer, and cuts off who takes more than some seconds.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import NamedTuple

from xerosync.core.errors import MisconfiguredError

_SECONDS = 10.0
_MOST_AT_ONCE = 50


class HttpAnswer(NamedTuple):
    """An answer."""

    status: HTTPStatus
    body: bytes
    content_type: str = "text/plain; charset=utf-8"


Reader = Callable[[], Awaitable[HttpAnswer]]


@contextlib.asynccontextmanager
async def serve_pages(host: str, port: int, pages: Mapping[str, Reader], *, setting: str) -> AsyncGenerator[int]:
    """Serve each page under its path while the block runs; yield the port, which 0 leaves to the system.

    `setting` names, in messages, what host and port were set by: `XEROSYNC_HEALTH` for …_HOST and …_PORT.

    Raises:
        MisconfiguredError: the port is taken, or the address is not of this machine.
    """
    under_way = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal under_way
        under_way += 1
        try:
            with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                async with asyncio.timeout(_SECONDS):
                    head = await reader.readuntil(b"\r\n\r\n")
                    busy = HttpAnswer(HTTPStatus.SERVICE_UNAVAILABLE, b"busy\n")
                    page = await _page(head, pages) if under_way <= _MOST_AT_ONCE else busy
                    writer.write(_written(page, with_body=not head.startswith(b"HEAD ")))
                    await writer.drain()
        finally:
            under_way -= 1
            writer.close()

    try:
        server = await asyncio.start_server(answer, host, port)
    except OSError as error:
        raise MisconfiguredError(
            f"{setting}_PORT is {port} on {host}, which can't be had ({error.strerror}): set it to a free port "
            f"(0 picks one), and {setting}_HOST to an address of this machine."
        ) from error
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _page(head: bytes, pages: Mapping[str, Reader]) -> HttpAnswer:
    words = head.split(b"\r\n", 1)[0].split(b" ")
    if len(words) != len(("method", "path", "version")):
        return HttpAnswer(HTTPStatus.BAD_REQUEST, b"not HTTP\n")
    if words[0] not in (b"GET", b"HEAD"):
        return HttpAnswer(HTTPStatus.METHOD_NOT_ALLOWED, b"GET only\n")
    reader = pages.get(words[1].split(b"?", 1)[0].decode("latin-1"))
    return await reader() if reader else HttpAnswer(HTTPStatus.NOT_FOUND, f"{' '.join(sorted(pages))}\n".encode())


def _written(page: HttpAnswer, *, with_body: bool) -> bytes:
    head = (
        f"HTTP/1.1 {page.status.value} {page.status.phrase}\r\nContent-Type: {page.content_type}\r\n"
        f"Content-Length: {len(page.body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (page.body if with_body else b"")
