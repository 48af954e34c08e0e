"""Who may ask a stand-in, and where it may deliver to: this machine alone, and no page of anybody else.

A page in a browser on this machine can reach every loopback port. With a name of its own that resolves to 127.0.0.1
(DNS rebinding) it could also read the answers, a signing key among them: so the Host must be one of loopback. Without
such a name it can still send forms and simple requests: so an Origin, which browsers add to these, must be the
stand-in's own. Programs send none and are not asked for one.
"""

import re
from collections.abc import Iterable

import httpx
from starlette.types import ASGIApp, Receive, Scope, Send

from standins.asgi import answer

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_USUAL_PORTS = frozenset({5432, 7233, 8233})
"""PostgreSQL, Temporal and its Web UI, where they usually listen."""
_FIRST_USER_PORT = 1024
_LOOPBACK_HOST = re.compile(rb"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
_TEXT = "text/plain; charset=utf-8"
_FORBIDDEN = 403


class OriginMiddleware:
    """Outermost of all: what it refuses reaches nothing, not even the journal."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or (refusal := _refusal(scope)) is None:
            await self.app(scope, receive, send)
            return
        await answer(send, _FORBIDDEN, refusal.encode(), media_type=_TEXT)


class Targets:
    """Where webhooks may go: to loopback ports that no server of the stack listens on.

    Whoever starts the stack names its ports; receivers, such as the edge, are not among them.
    """

    def __init__(self, stack_ports: Iterable[int] = ()) -> None:
        self._stack_ports = _USUAL_PORTS | set(stack_ports)

    def add_stack_ports(self, *ports: int) -> None:
        """Refuse these ports too."""
        self._stack_ports |= set(ports)

    def refusal(self, url: str) -> str | None:
        """Return why nothing is delivered to `url`, None where it may be."""
        try:
            target = httpx.URL(url)
            port = target.port or {"http": 80, "https": 443}.get(target.scheme, 0)
        except httpx.InvalidURL:
            return "it is no address"
        if target.scheme not in {"http", "https"} or target.host not in LOOPBACK:
            return "a stand-in delivers to 127.0.0.1, localhost and [::1] alone, over http or https"
        if port < _FIRST_USER_PORT or port in self._stack_ports:
            return f"port {port} is not one for receivers of webhooks"
        return None


def _refusal(scope: Scope) -> str | None:
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    origins = [value for name, value in scope["headers"] if name == b"origin"]
    if len(hosts) != 1 or not _LOOPBACK_HOST.fullmatch(hosts[0]):
        return "This stand-in answers to the hosts 127.0.0.1, localhost and [::1] alone."
    if any(origin.lower() != b"http://" + hosts[0].lower() for origin in origins):
        return "This stand-in answers no page but its own."
    return None
