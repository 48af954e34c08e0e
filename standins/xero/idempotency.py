"""Xero's memory of an Idempotency-Key: six minutes from the first call, per app, errors included.

The same key with the same request is answered from memory and changes nothing; with another request it is
400. A second call while the first is under way waits for it. Refusals by token or limit never reach this
memory. A batch that broke off in the middle is remembered as the 500 that its caller was sent.
"""

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from standins import presets
from standins.asgi import Captured, answer, header, is_exempt, is_reset, per_request, read_body, replay
from standins.clock import Clock
from standins.exactjson import dumps
from standins.faults import PARTIAL_AFTER
from standins.xero.identity.middleware import CLIENT, TENANT

MEMORY = timedelta(minutes=6)
LONGEST_KEY = 128

_API = "/api.xro/"


@dataclass(slots=True)
class _Remembered:
    since: datetime
    fingerprint: bytes
    under_way: asyncio.Lock = field(default_factory=asyncio.Lock)
    start: Message | None = None
    body: bytes = b""


class IdempotencyState(Protocol):
    """What the middleware reads of a stand-in."""

    clock: Clock


class IdempotencyMiddleware:
    """Answers a repeated PUT or POST as it answered the first; sits right outside the resources."""

    def __init__(self, app: ASGIApp, *, state: IdempotencyState) -> None:
        self.app = app
        self.state = state
        self._memory: OrderedDict[tuple[str, str], _Remembered] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if is_reset(scope):
            self._memory.clear()
        key = None if is_exempt(scope) else header(scope, b"idempotency-key")
        if not key or scope["method"] not in {"PUT", "POST"} or not scope["path"].startswith(_API):
            await self.app(scope, receive, send)
            return
        if len(key) > LONGEST_KEY:
            await _refuse(send, f"Idempotency Key must be at most {LONGEST_KEY} characters.")
            return
        body = await read_body(receive)
        if body is None:
            return
        remembered = self._remember(scope, key, body)
        if remembered.fingerprint != _fingerprint(scope, body):
            await _refuse(send, f"Idempotency Key: {key} is used with a different request.")
            return
        async with remembered.under_way:
            if remembered.start is None:
                await self._answer_first(remembered, scope, replay(body, receive))
        if remembered.start is not None:
            # A copy: the middlewares outside put their own headers on it.
            await send({**remembered.start, "headers": list(remembered.start.get("headers", []))})
            await send({"type": "http.response.body", "body": remembered.body, "more_body": False})

    async def _answer_first(self, remembered: _Remembered, scope: Scope, receive: Receive) -> None:
        caught = Captured()
        await self.app(scope, receive, caught)
        if PARTIAL_AFTER in per_request(scope):
            caught = Captured()
            status, body, headers = presets.STATUSES["server_error"]
            await answer(caught, status, body, headers)
        remembered.start, remembered.body = caught.start, caught.body

    def _remember(self, scope: Scope, key: str, body: bytes) -> _Remembered:
        now = self.state.clock.now()
        while self._memory and not _holds(next(iter(self._memory.values())), now):
            self._memory.popitem(last=False)
        place = (str(per_request(scope).get(CLIENT, "")), key)
        found = self._memory.get(place)
        if found is None or not _holds(found, now):
            self._memory.pop(place, None)
            found = self._memory[place] = _Remembered(now, _fingerprint(scope, body))
        return found


def _holds(remembered: _Remembered, now: datetime) -> bool:
    # An answer from the future belongs to a clock that was set back since.
    return remembered.since <= now < remembered.since + MEMORY


def _fingerprint(scope: Scope, body: bytes) -> bytes:
    """Return what makes two requests the same: verb, organisation, path, query and body."""
    tenant = str(per_request(scope).get(TENANT, "")).encode()
    head = b"\n".join((scope["method"].encode(), tenant, scope["path"].encode(), scope["query_string"]))
    return hashlib.sha256(head + b"\n\n" + body).digest()


async def _refuse(send: Send, message: str) -> None:
    shape = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [{"ValidationErrors": [{"Message": message}]}],
    }
    await answer(send, 400, dumps(shape))
