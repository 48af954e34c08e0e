"""An address that is too long is not found: 404, though every record is there.

Reported by clients that name more than some fifty ids: the query string may have 2,048 characters as it is sent,
percent signs counted (xero-node#404, Xero-NetStandard#471, Xero-OpenAPI#534).
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from xerosync.sandbox import presets
from xerosync.sandbox.asgi import answer, is_exempt

LONGEST_QUERY = 2048


class AddressMiddleware:
    """Sits before everything that reads a request; what it refuses counts toward no limit (unverified)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if not is_exempt(scope) and len(scope["query_string"]) > LONGEST_QUERY:
            status, body, headers = presets.STATUSES["not_found"]
            await answer(send, status, body, headers)
            return
        await self.app(scope, receive, send)
