"""What every answer and every request of the edge passes, before a route sees it."""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
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


def _host_of(value: str) -> str:
    """Return a Host header without its port, in small letters."""
    if value.startswith("["):
        return value.partition("]")[0].lower() + "]"
    return value.partition(":")[0].lower()
