"""Sequence's 1,500 requests a minute for each key; off unless switched on.

Sequence publishes the number and the 429. That a minute starts with the first request in it and that Retry-After
tells the seconds until it ends is ours.
"""

from base64 import b64decode
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from standins.asgi import answer, header, is_exempt
from standins.clock import Clock
from standins.exactjson import dumps
from standins.sequence.errors import TooMany

PER_MINUTE = 1500
_MINUTE = timedelta(minutes=1)


class Limits:
    """Counts requests by key; `enabled` and `per_minute` may be changed at any time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[str, tuple[datetime, int]] = {}
        self.enabled = False
        self.per_minute = PER_MINUTE

    def reset(self) -> None:
        """Switch off and forget what was counted."""
        self.reset_counts()
        self.enabled = False
        self.per_minute = PER_MINUTE

    def reset_counts(self) -> None:
        """Begin a new minute for every key."""
        self._windows.clear()

    def take(self, key: str) -> int | None:
        """Count one request of `key`; return the seconds to wait when it is one too many, else None."""
        if not self.enabled:
            return None
        now = self._clock.now()
        start, used = self._windows.get(key, (now, 0))
        if not start <= now < start + _MINUTE:
            start, used = now, 0
        if used >= self.per_minute:
            return max(1, ceil((start + _MINUTE - now).total_seconds()))
        self._windows[key] = (start, used + 1)
        return None


class _Limited(Protocol):
    @property
    def limits(self) -> Limits: ...


def key_of(scope: Scope) -> tuple[str, str] | None:
    """Return client id and secret of the request's Basic credentials, None when there are none to read."""
    return _key_of(header(scope, b"authorization") or "")


@lru_cache(maxsize=100)
def _key_of(credentials: str) -> tuple[str, str] | None:
    scheme, _, coded = credentials.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, secret = b64decode(coded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return (name, secret) if colon else None


class LimitsMiddleware:
    """Answers 429 with Retry-After to what is over the limit of its key."""

    def __init__(self, app: ASGIApp, *, state: _Limited) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        wait = None
        if not is_exempt(scope):
            key = key_of(scope)
            wait = self._state.limits.take(key[0] if key else "")
        if wait is None:
            await self._app(scope, receive, send)
            return
        refusal = TooMany(f"Too many requests in a minute; try again in {wait} seconds")
        headers: Mapping[str, str] = {"Retry-After": str(wait)}
        await answer(send, refusal.status, dumps(refusal.body), headers)
