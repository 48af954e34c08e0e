"""What every answer and every request of the edge passes, before a route sees it."""

import asyncio
from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 1024 * 1024
READ_SECONDS = 10

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Set where a route sets nothing itself (OWASP's list of HTTP headers)."""


class HostGuard:
    """Refuses requests whose Host names somebody else: a page that had its own name resolve to us, for one."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str], *, besides: Sequence[str] = ()) -> None:
        """Take the names, and the paths that answer to any name."""
        self._app = app
        self._hosts = frozenset(hosts)
        self._besides = frozenset(besides)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 421."""
        if scope["type"] == "http" and scope["path"] not in self._besides and not self._is_ours(scope):
            refusal = PlainTextResponse("This server does not go by that name: see XEROSYNC_PUBLIC_URL.\n", 421)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        named = [value for name, value in scope["headers"] if name == b"host"]
        return len(named) == 1 and _host_of(named[0].decode("latin-1")) in self._hosts


class SecurityHeaders:
    """Sets the headers that no route sets."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and complete the answer."""

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, complete if scope["type"] == "http" else send)


class BodyLimit:
    """Refuses a body that is too long, or too slow: 413, 408."""

    def __init__(self, app: ASGIApp, *, most_bytes: int = MOST_BYTES, seconds: float = READ_SECONDS) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a body that is counted while it is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read, is_whole = 0, False
        until = asyncio.get_running_loop().time() + self._seconds

        async def counted() -> Message:
            nonlocal read, is_whole
            if is_whole:
                # What comes after the body is that the client went away: that may take as long as it likes.
                return await receive()
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, f"The body did not come within {self._seconds:g} seconds.") from None
            read += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if read > self._most_bytes:
                raise HTTPException(413, f"A body may have {self._most_bytes:,} bytes.")
            return message

        await self._app(scope, counted, send)


def _host_of(value: str) -> str:
    """Return a Host header without its port, in small letters."""
    if value.startswith("["):
        return value.partition("]")[0].lower() + "]"
    return value.partition(":")[0].lower()
