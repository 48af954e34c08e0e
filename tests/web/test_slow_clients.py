"""Clients that are slow, greedy or malformed on purpose, over raw sockets; and whom the edge believes who asks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import pytest
from cryptography.fernet import Fernet
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from tests.patience import PATIENCE
from xerosync.settings import Settings
from xerosync.web.errors import EXCEPTION_HANDLERS
from xerosync.web.guards import BodyLimit, HostGuard, SecurityHeaders
from xerosync.web.serve import serving

SECONDS = 0.3
HOST = b"Host: edge\r\n"
Serve = Callable[..., contextlib.AbstractAsyncContextManager[str]]


async def read(request: Request) -> Response:
    return PlainTextResponse(f"{len(await request.body())} of {request.client.host if request.client else None}")


async def ignore(_: Request) -> Response:
    return PlainTextResponse("ignored", 202)


async def much(_: Request) -> Response:
    return PlainTextResponse("x" * 50_000_000)


async def begun(_: Scope, receive: Receive, send: Send) -> None:
    """Answer first, and say then what comes of the body."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun, then ", "more_body": True})
    while (came := await receive())["type"] == "http.request":
        pass
    await send({"type": "http.response.body", "body": came["type"].encode()})


APP = Starlette(
    routes=[
        Route("/read", read, methods=["POST"]),
        Route("/ignore", ignore, methods=["POST"]),
        Route("/much", much),
        Mount("/begun", begun),
    ],
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(HostGuard, hosts=("edge",)),
        Middleware(BodyLimit, most_bytes=1_000, seconds=SECONDS),
    ],
    exception_handlers=EXCEPTION_HANDLERS,
)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    @contextlib.asynccontextmanager
    async def serve(**values: str) -> AsyncIterator[str]:
        needed = {
            "DATABASE_URL": "postgresql://u:p@127.0.0.1/x",
            "TOKEN_KEYS": Fernet.generate_key().decode(),
            "XERO_CLIENT_ID": "client",
            "SERVE_PORT": "0",
        }
        for name, value in (needed | values).items():
            monkeypatch.setenv(f"XEROSYNC_{name}", value)
        async with serving(APP, Settings.load(None), client_seconds=SECONDS) as url:
            yield url

    return serve


@pytest.fixture
async def url(serve: Serve) -> AsyncIterator[str]:
    async with serve() as url:
        yield url


async def said(url: str, sent: bytes, *more: bytes, end: bool = False) -> bytes:
    """Send, and return all that comes until the server ends the connection."""
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    try:
        async with asyncio.timeout(PATIENCE):
            for part in (sent, *more):
                writer.write(part)
                with contextlib.suppress(ConnectionError):
                    await writer.drain()
            if end:
                writer.close()
                return b""
            try:
                return await reader.read()
            except ConnectionError:
                return b""
    finally:
        writer.close()


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("head", [b"", b"POST /re", b"POST /read HTTP/1.1\r\nHost: ed"])
async def test_a_head_that_does_not_come_ends_the_connection(url: str, head: bytes) -> None:
    assert await said(url, head) == b""


async def test_a_second_head_that_does_not_come_ends_the_connection(url: str) -> None:
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    writer.write(b"POST /read HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n\r\n1")
    assert status(await reader.readuntil(b"1 of 127.0.0.1")) == 200
    writer.write(b"POST /read HT")
    async with asyncio.timeout(PATIENCE):
        assert await reader.read() == b""
    writer.close()


async def test_a_body_that_does_not_come_is_408(url: str) -> None:
    for framing in (b"Content-Length: 5\r\n\r\n12", b"Transfer-Encoding: chunked\r\n\r\n2\r\n12\r\n"):
        answer = await said(url, b"POST /read HTTP/1.1\r\n" + HOST + framing)
        assert status(answer) == 408
        assert b"connection: close" in answer.lower()


async def test_a_body_too_long_is_413_by_its_length_or_as_it_comes(url: str) -> None:
    head = b"POST /read HTTP/1.1\r\n" + HOST
    assert status(await said(url, head + b"Content-Length: 1001\r\n\r\n")) == 413
    chunks = b"Transfer-Encoding: chunked\r\n\r\n" + b"3e9\r\n" + b"x" * 1001 + b"\r\n"
    assert status(await said(url, head + chunks)) == 413
    right = await said(url, head + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
    assert (status(right), right.rpartition(b"\r\n")[2]) == (200, b"1 of 127.0.0.1")


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 1001\r\n\r\n",
        b"Content-Length: 5\r\n\r\n12",
        b"Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"x" * 1001 + b"\r\n",
    ],
)
async def test_an_answer_that_has_begun_takes_a_body_too_long_or_too_slow_for_a_client_that_left(
    url: str, framing: bytes
) -> None:
    with capture_logs() as lines:
        answer = await said(url, b"GET /begun/ HTTP/1.1\r\n" + HOST + framing)
    assert status(answer) == 200
    assert b"begun, then" in answer
    assert b"http.disconnect" in answer
    assert not [line for line in lines if line["log_level"] == "error"]


async def test_a_body_that_nobody_reads_is_not_waited_for(url: str) -> None:
    for path, expected in ((b"/ignore", 202), (b"/nothing", 404), (b"/much", 405)):
        answer = await said(url, b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"Content-Length: 900\r\n\r\n1")
        assert status(answer) == expected


async def test_a_client_that_does_not_read_its_answer_is_cut_off(url: str) -> None:
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port, limit=1)
    writer.write(b"GET /much HTTP/1.1\r\n" + HOST + b"\r\n")
    async with asyncio.timeout(PATIENCE):
        received = len(await reader.readexactly(1))
    # The answer has begun, so the server's wait began before this one, in the same loop, and is over before it.
    await asyncio.sleep(4 * SECONDS)
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE):
            while part := await reader.read(1_000_000):
                received += len(part)
    writer.close()
    assert received < 50_000_000


async def test_a_client_that_goes_away_in_the_middle_is_no_fault(url: str) -> None:
    with capture_logs() as lines:
        await said(url, b"POST /read HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\n12", end=True)
        async with asyncio.timeout(PATIENCE):
            while not lines:
                await asyncio.sleep(0.01)
    assert [(line["event"], line["log_level"]) for line in lines] == [("client went away", "info")]


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (b"Host: edge\r\nHost: edge\r\n", 400),
        (b"", 400),
        (b"Host: evil.example\r\n", 421),
        (b"Host: edge@evil.example\r\n", 421),
        (b"Host: edge:80@evil.example\r\n", 421),
        (b"Host: edge:x\r\n", 421),
        (b"Host: edge/x\r\n", 421),
        (b"Host: EDGE:8443\r\n", 202),
        (b"Host: edge\r\nX-Forwarded-Host: evil.example\r\n", 202),
        (b"Host: edge\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n", 400),
        (b"Host: edge\r\nContent-Length: 1\r\nContent-Length: 2\r\n", 400),
        (b"Host: edge\r\nX: a\x00b\r\n", 400),
        (b"Host: edge\r\nX: " + b"x" * 100_000 + b"\r\n", 431),
    ],
    ids=range(13),
)
async def test_a_request_for_somebody_else_or_of_two_meanings_is_refused(url: str, hosts: bytes, expected: int) -> None:
    answer = await said(url, b"POST /ignore HTTP/1.1\r\nConnection: close\r\n" + hosts + b"\r\n")
    assert status(answer) == expected


async def test_an_absolute_address_of_somebody_else_is_none_of_ours(url: str) -> None:
    answer = await said(url, b"POST http://evil.example/ignore HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
    assert status(answer) == 404


async def test_who_forwards_is_believed_only_from_proxies_that_are_named(serve: Serve) -> None:
    head = b"POST /read HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n" + HOST
    spoofed = head + b"X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n\r\n"
    async with serve() as url:
        assert (await said(url, spoofed)).endswith(b"of 127.0.0.1")
    async with serve(TRUSTED_PROXIES="10.0.0.0/8") as url:
        assert (await said(url, spoofed)).endswith(b"of 127.0.0.1")
    async with serve(TRUSTED_PROXIES="127.0.0.1") as url:
        # The last that a trusted proxy added; what stands before it anybody may have written.
        assert (await said(url, spoofed)).endswith(b"of 198.51.100.7")
