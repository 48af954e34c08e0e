"""Faults on demand: what networks, proxies and busy services do, by endpoint, count and probability.

A rule fires before the stand-in's own logic (drop_before, slow, and the plain statuses: nothing is committed)
or after it (drop_after, partial, malformed, truncated: something is committed and the caller gets no proper
answer). `refused` puts the refusals of a batch in an unusual place. The first rule that matches decides;
`slow` adds itself and lets the next one decide.
"""

import asyncio
import fnmatch
import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from standins import presets
from standins.asgi import EXTENSION, Captured, answer, is_exempt, per_request, set_header
from standins.clock import Clock
from standins.exactjson import dumps

PARTIAL_AFTER = "partial_after"
"""Key of the request's state: after how many elements of a batch the document resources stop."""

REFUSAL = "refusal"
"""Key of the request's state: the Refusal that the document resources answer with."""

PLACES = ("Contact", "LineItems", "Tracking", "Warnings", "nowhere")
KINDS = frozenset(
    {"drop_before", "drop_after", "partial", "refused", "slow", "status", "malformed", "truncated", *presets.STATUSES}
)
_DATED_WAIT = timedelta(seconds=27)
_GLOB = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Where a refused element carries its messages, and the message, where the element is not refused anyway.

    In `Contact`, in the first of `LineItems` or in that one's `Tracking`, in `Warnings`; `nowhere` is an answer with
    the nil id and nothing flagged (xero-php-oauth2#275).
    """

    place: str
    message: str | None = None


class InvalidFaultError(ValueError):
    """The rule makes no sense; the message says which part."""


class ConnectionDropped(ConnectionResetError):  # noqa: N818 - what a peer sees, where there is no transport to close
    """The fault asked for a broken connection and the server offers none to break."""


@dataclass(slots=True)
class FaultRule:
    """One rule. `times` counts down to 0 (None: no end); `skip` lets so many requests pass first."""

    id: int
    kind: str
    method: str | None = None
    path: str | None = None
    times: int | None = None
    skip: int = 0
    probability: float = 1.0
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    fired: int = 0

    def covers(self, method: str, path: str) -> bool:
        """Return whether a request is this rule's; a path is a prefix, or a glob if it has * ? or [."""
        if self.times == 0 or (self.method is not None and self.method.upper() != method):
            return False
        if self.path is None:
            return True
        if _GLOB.isdisjoint(self.path):
            return path.startswith(self.path)
        return fnmatch.fnmatchcase(path, self.path)

    def as_json(self) -> dict[str, Any]:
        """Return the rule as `/_sandbox/faults` shows it."""
        return {name: getattr(self, name) for name in self.__slots__}


class Faults:
    """The rules in force, in the order they were added, with a seeded die."""

    def __init__(self, seed: int = 0) -> None:
        self._die = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._ids = itertools.count(1)
        self._rules: list[FaultRule] = []

    @property
    def rules(self) -> list[FaultRule]:
        """The rules, spent ones included."""
        return list(self._rules)

    def add(
        self,
        kind: str,
        *,
        method: str | None = None,
        path: str | None = None,
        times: int | None = None,
        skip: int = 0,
        probability: float = 1.0,
        **params: Any,
    ) -> FaultRule:
        """Add a rule; raises InvalidFaultError.

        `params`: slow `seconds` (1); partial `k`, how many elements of the batch are processed (1); refused `place`,
        one of PLACES, and `message`, for which every element is refused (None: what is wrong with it); status, and
        every preset over its own, `status`, `body`, `headers`.
        """
        if kind not in KINDS:
            raise InvalidFaultError(f"kind {kind!r} is not one of {', '.join(sorted(KINDS))}")
        unknown = params.keys() - _params_of(kind)
        if unknown:
            raise InvalidFaultError(f"kind {kind!r} takes no {', '.join(sorted(unknown))}")
        if kind == "partial" and not isinstance(params.get("k", 1), int):
            raise InvalidFaultError("kind 'partial' needs a whole number of elements after which it breaks")
        if kind == "status" and not isinstance(params.get("status"), int):
            raise InvalidFaultError("kind 'status' needs an integer status")
        if kind == "refused" and params.get("place") not in PLACES:
            raise InvalidFaultError(f"kind 'refused' needs a place: {', '.join(PLACES)}")
        if not 0 <= probability <= 1:
            raise InvalidFaultError("probability lies between 0 and 1")
        rule = FaultRule(next(self._ids), kind, method, path, times, skip, float(probability), dict(params))
        self._rules.append(rule)
        return rule

    def remove(self, rule_id: int) -> bool:
        """Remove one rule; False when there is none of that id."""
        before = len(self._rules)
        self._rules = [rule for rule in self._rules if rule.id != rule_id]
        return len(self._rules) < before

    def clear(self) -> None:
        """Remove all rules."""
        self._rules.clear()

    def reseed(self, seed: int) -> None:
        """Start the random numbers again, so that a run can be repeated."""
        self._die.seed(seed)

    def draw(self, method: str, path: str) -> list[FaultRule]:
        """Fire the rules for a request: any number of `slow`, then at most one other."""
        drawn: list[FaultRule] = []
        for rule in self._rules:
            if not rule.covers(method, path) or not self._falls(rule):
                continue
            drawn.append(rule)
            if rule.kind != "slow":
                break
        return drawn

    def _falls(self, rule: FaultRule) -> bool:
        if rule.skip > 0:
            rule.skip -= 1
            return False
        if rule.probability < 1 and self._die.random() >= rule.probability:
            return False
        if rule.times is not None:
            rule.times -= 1
        rule.fired += 1
        return True


class FaultState(Protocol):
    """What the middleware reads of a stand-in."""

    clock: Clock
    faults: Faults


class FaultMiddleware:
    """Applies the drawn faults to a request; sits right inside the journal."""

    def __init__(self, app: ASGIApp, *, state: FaultState) -> None:
        self.app = app
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if is_exempt(scope):
            await self.app(scope, receive, send)
            return
        final: FaultRule | None = None
        for rule in self.state.faults.draw(scope["method"], scope["path"]):
            per_request(scope)["fault"] = rule.kind
            if rule.kind == "slow":
                await asyncio.sleep(float(rule.params.get("seconds", 1)))
            else:
                final = rule
        if final is not None and final.kind == "refused":
            per_request(scope)[REFUSAL] = Refusal(final.params["place"], final.params.get("message"))
            final = None
        if final is None:
            await self.app(scope, receive, send)
        elif final.kind == "drop_before":
            await _break(scope, receive, "abort")
        elif final.kind in {"drop_after", "partial", "malformed", "truncated"}:
            await self._process_and_spoil(final, scope, receive, send)
        else:
            status, body, headers = _plain(final)
            if final.kind == "rate_date":
                at = self.state.clock.now() + _DATED_WAIT
                headers = {"retry-after": format_datetime(at, usegmt=True), **headers}
            await answer(send, status, body, headers)

    async def _process_and_spoil(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        if rule.kind == "partial":
            per_request(scope)[PARTIAL_AFTER] = int(rule.params.get("k", 1))
        caught = Captured()
        await self.app(scope, receive, caught)
        if rule.kind == "drop_after":
            await _break(scope, receive, "abort")
        elif rule.kind == "partial":
            status, body, headers = presets.STATUSES["server_error"]
            await answer(send, status, body, headers)
        elif rule.kind == "malformed":
            await answer(send, 200, caught.body[: len(caught.body) // 2] + b'{"')
        else:
            await _truncate(caught, scope, receive, send)


async def _truncate(caught: Captured, scope: Scope, receive: Receive, send: Send) -> None:
    start: Message = caught.start or {"type": "http.response.start", "status": 200, "headers": []}
    set_header(start, b"content-length", str(max(len(caught.body), 1)))
    await send(start)
    half = caught.body[: len(caught.body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    await _break(scope, receive, "close")


async def _break(scope: Scope, receive: Receive, how: str) -> None:
    """Close the connection and wait until the server has noticed, so that it answers nothing of its own."""
    connection = scope.get("extensions", {}).get(EXTENSION)
    if connection is None:
        raise ConnectionDropped("the connection was dropped by a fault")
    connection[how]()
    while (await receive())["type"] != "http.disconnect":
        continue


def _params_of(kind: str) -> frozenset[str]:
    if kind == "status" or kind in presets.STATUSES:
        return frozenset({"status", "body", "headers"})
    return frozenset({"slow": {"seconds"}, "partial": {"k"}, "refused": {"place", "message"}}.get(kind, set()))


def _plain(rule: FaultRule) -> tuple[int, bytes, Mapping[str, str]]:
    status, body, headers = presets.STATUSES.get(rule.kind, (200, b"", {}))
    given = rule.params.get("body")
    if given is not None:
        body = given.encode() if isinstance(given, str) else dumps(given)
    more: Mapping[str, str] = rule.params.get("headers") or {}
    return (
        int(rule.params.get("status", status)),
        body,
        {**headers, **{k.lower(): str(v) for k, v in more.items()}},
    )
