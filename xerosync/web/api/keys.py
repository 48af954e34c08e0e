"""Who asks, by the key in `Authorization: Bearer …`."""

from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from xerosync.core.api_keys import ApiKey, Scope
from xerosync.documents.timeline import ChangeCause, caused_by
from xerosync.postgres import PostgresApiKeys
from xerosync.web.flood import FloodLimit

PER_SECOND, BURST = 50, 500
"""Requests that one key may make in the long run, and at once."""

_LONGEST = 200
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="xerosync"'}

KeyHandler = Callable[[Request, ApiKey], Awaitable[Response]]


class KeyGuard:
    """Opens routes to whoever has a key with the scope that they need."""

    def __init__(self, keys: PostgresApiKeys) -> None:
        self._keys = keys
        self._limit = FloodLimit(PER_SECOND, BURST)

    def needs(self, scope: Scope, handler: KeyHandler) -> Callable[[Request], Awaitable[Response]]:
        """Close a handler to requests without such a key; what it does is put down to the key's name."""

        @wraps(handler)
        async def guarded(request: Request) -> Response:
            key = await self._key(request)
            if scope not in key.scopes:
                raise HTTPException(403, f"This key has no scope {scope}: make one with `starter.py api-key`.")
            if not self._limit.admits(key.key_id):
                raise HTTPException(429, "Too many requests with this key: slow down.", {"Retry-After": "10"})
            with caused_by(ChangeCause(who=f"API key {key.name}")):
                return await handler(request, key)

        guarded.__dict__["needs_scope"] = scope
        return guarded

    async def _key(self, request: Request) -> ApiKey:
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not secret.strip():
            raise HTTPException(401, "Send a key as `Authorization: Bearer KEY`.", _CHALLENGE)
        key = await self._keys.opened_by(secret.strip()) if len(secret) <= _LONGEST else None
        if key is None:
            raise HTTPException(401, "This key is unknown, or was revoked.", _CHALLENGE)
        return key
