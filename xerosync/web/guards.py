"""What every answer and every request of the edge passes, before a route sees it."""

import asyncio
import re
from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 1024 * 1024
MOST_HEADER_BYTES = 32 * 1024
READ_SECONDS = 10

_BY_HTTPS_SECONDS = 365 * 24 * 3600
_UNFRAMED = "frame-ancestors 'none'"


def content_policy(*, frames: str = "'none'", forms: str = "'self'") -> str:
    """Return what a page may load, which sites may show it in a frame, and where its forms may lead."""
    return (
        f"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors {frames}; "
        f"form-action {forms}"
    )


_HEADERS = {
    "Cache-Control": "no-store",
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

    def __init__(self, app: ASGIApp, *, forms_lead_to: Sequence[str] = (), is_https: bool = False) -> None:
        """Take the sites that forms lead to besides ours (browsers check redirects, too), and whether we have TLS."""
        self._app = app
        self._headers = _HEADERS | {
            "Content-Security-Policy": content_policy(forms=" ".join(["'self'", *forms_lead_to]))
        }
        if is_https:
            self._headers["Strict-Transport-Security"] = f"max-age={_BY_HTTPS_SECONDS}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and complete the answer."""

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_framed = _UNFRAMED not in headers.get("content-security-policy", _UNFRAMED)
                for name, value in self._headers.items():
                    # X-Frame-Options can't name sites: a page that may stand in a frame goes without it.
                    if not (is_framed and name == "X-Frame-Options"):
                        headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, complete if scope["type"] == "http" else send)


class BodyLimit:
    """Refuses headers that are too long, and a body that is too long, too slow or of two lengths: 431, 413, 408, 400.

    An answer that is given before the body was read ends the connection: what else its client sends is not waited for.
    One that has begun can't be refused any more: it goes on as if its client had gone away.
    """

    def __init__(self, app: ASGIApp, *, most_bytes: int = MOST_BYTES, seconds: float = READ_SECONDS) -> None:
        self._app = app
        self._most_bytes = most_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a body that is counted while it is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if refusal := _of_headers(scope):
            await refusal(scope, receive, send)
            return
        body = _CountedBody(scope, receive, self._most_bytes, self._seconds)

        async def ending(message: Message) -> None:
            body.is_being_answered = True
            if message["type"] == "http.response.start" and not body.is_whole:
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        await self._app(scope, body.receive, ending)


class _CountedBody:
    """The body of a request, counted while it is read."""

    def __init__(self, scope: Scope, receive: Receive, most_bytes: int, seconds: float) -> None:
        lengths = [int(value) for name, value in scope["headers"] if name == b"content-length"]
        is_chunked = any(name == b"transfer-encoding" for name, _ in scope["headers"])
        self._receive = receive
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._until = asyncio.get_running_loop().time() + seconds
        self._read = 0
        self._is_told_too_long = any(length > most_bytes for length in lengths)
        self.is_whole = not is_chunked and not any(lengths)
        self.is_being_answered = False

    async def receive(self) -> Message:
        """Return the next part. Raises HTTPException where it is too long or too slow."""
        if self._is_told_too_long:
            return self._too_long()
        if self.is_whole:
            # What comes after the body is that the client went away: that may take as long as it likes.
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            return self._refused(408, f"The body did not come within {self._seconds:g} seconds.")
        self._read += len(message.get("body", b""))
        self.is_whole = not message.get("more_body", False)
        return self._too_long() if self._read > self._most_bytes else message

    def _too_long(self) -> Message:
        return self._refused(413, f"A body may have {self._most_bytes:,} bytes.")

    def _refused(self, status: int, words: str) -> Message:
        if self.is_being_answered:
            return {"type": "http.disconnect"}
        raise HTTPException(status, words)


def _of_headers(scope: Scope) -> Response | None:
    names = [name for name, _ in scope["headers"]]
    if b"content-length" in names and b"transfer-encoding" in names:
        # A proxy before us may have read the other one, and would take the rest of the body for a request.
        return PlainTextResponse("A body has one length.\n", 400, {"connection": "close"})
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADER_BYTES:
        return PlainTextResponse(f"Headers may have {MOST_HEADER_BYTES:,} bytes.\n", 431, {"connection": "close"})
    return None


_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^\[\]:@/]+)(?P<port>:[0-9]*)?")


def _host_of(value: str) -> str | None:
    """Return a Host header without its port, in small letters; None where it is no name with a port."""
    host = _HOST.fullmatch(value)
    return host["name"].lower() if host else None
