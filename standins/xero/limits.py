"""Xero's limits: 5 calls at once, 60 a minute, 5,000 a day per organisation and app; 10,000 a minute per app.

Windows roll, on the stand-in's clock. Every answer shows what is left, even where nothing is limited. A
refused call is 429 with `X-Rate-Limit-Problem` and counts against nothing; `Retry-After` is in seconds, for a
day many of them, and absent for too many at once. What Xero answers from its memory of an Idempotency-Key
counts like any call.
"""

import math
from collections import defaultdict, deque
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, Self

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from standins.asgi import answer, is_exempt, is_reset, per_request, set_header
from standins.clock import Clock
from standins.controls import ControlError, control, control_body
from standins.exactjson import ExactJSONResponse
from standins.xero.identity.middleware import CLIENT, TENANT

_API = "/api.xro/"
_CONTROL = "/_sandbox/limits"
_METER = "xero_meter"
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_STARTER_DAY = 1_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The figures in force. Where `enforced` is False they are in the headers and nothing is refused."""

    concurrent: int = 5
    minute: int = 60
    day: int = 5_000
    app_minute: int = 10_000
    enforced: bool = True

    @classmethod
    def off(cls) -> Self:
        """Refuse nothing."""
        return cls(enforced=False)

    @classmethod
    def real(cls, *, starter: bool = False) -> Self:
        """Xero's own figures; `starter` is the free tier with 1,000 calls a day."""
        return cls(day=_STARTER_DAY) if starter else cls()

    @classmethod
    def scaled(cls, factor: float) -> Self:
        """Xero's own figures times `factor`, none below 1. ValueError for a factor that is not above 0."""
        if not 0 < factor < math.inf:
            raise ValueError("the factor must be above 0")
        own = cls()
        figures = {name: max(1, round(getattr(own, name) * factor)) for name in _FIGURES}
        return replace(own, **figures)


_FIGURES = ("concurrent", "minute", "day", "app_minute")


class _Window:
    """The moments of the calls in a rolling span."""

    __slots__ = ("_moments", "_span")

    def __init__(self, span: timedelta) -> None:
        self._span = span
        self._moments: deque[datetime] = deque()

    def used(self, now: datetime) -> int:
        moments = self._moments
        while moments and moments[0] <= now - self._span:
            moments.popleft()
        # A clock that was set back forgets the calls of the future it left.
        while moments and moments[-1] > now:
            moments.pop()
        return len(moments)

    def add(self, now: datetime) -> None:
        self._moments.append(now)

    def frees_up_in(self, now: datetime) -> int:
        return max(1, math.ceil((self._moments[0] + self._span - now).total_seconds()))


class Meter:
    """What was used: by organisation and app, and by app."""

    def __init__(self) -> None:
        self.at_once: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.reset()

    def reset(self) -> None:
        """Forget all calls made; those under way stay under way."""
        self.minutes: defaultdict[tuple[str, str], _Window] = defaultdict(lambda: _Window(_MINUTE))
        self.days: defaultdict[tuple[str, str], _Window] = defaultdict(lambda: _Window(_DAY))
        self.app_minutes: defaultdict[str, _Window] = defaultdict(lambda: _Window(_MINUTE))

    def refusal(self, limits: Limits, caller: tuple[str, str], now: datetime) -> tuple[str, int | None] | None:
        """Return the problem and the seconds to wait (None: not given) of the first limit that is reached."""
        for problem, window, most in (
            ("day", self.days[caller], limits.day),
            ("appminute", self.app_minutes[caller[0]], limits.app_minute),
            ("minute", self.minutes[caller], limits.minute),
        ):
            if window.used(now) >= most:
                return problem, window.frees_up_in(now)
        return ("concurrent", None) if self.at_once[caller] >= limits.concurrent else None

    def count(self, caller: tuple[str, str], now: datetime) -> None:
        """Count one call that is let in."""
        for window in (self.days[caller], self.app_minutes[caller[0]], self.minutes[caller]):
            window.add(now)

    def remaining(self, limits: Limits, caller: tuple[str, str], now: datetime) -> dict[bytes, int]:
        """Return what is left, by header name."""
        return {
            b"x-daylimit-remaining": max(0, limits.day - self.days[caller].used(now)),
            b"x-minlimit-remaining": max(0, limits.minute - self.minutes[caller].used(now)),
            b"x-appminlimit-remaining": max(0, limits.app_minute - self.app_minutes[caller[0]].used(now)),
        }


class LimitsState(Protocol):
    """What the middleware reads of a stand-in; `limits` may be replaced at any time."""

    clock: Clock
    limits: Limits


class LimitsMiddleware:
    """Counts the calls of each organisation and app, refuses what is too much, shows what is left."""

    def __init__(self, app: ASGIApp, *, state: LimitsState) -> None:
        self.app = app
        self.state = state
        self.meter = Meter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if is_exempt(scope) or not scope["path"].startswith(_API):
            if is_reset(scope):
                self.meter.reset()
            if scope["type"] == "http" and scope["path"] == _CONTROL:
                per_request(scope)[_METER] = self.meter
            await self.app(scope, receive, send)
            return
        limits, meter, now = self.state.limits, self.meter, self.state.clock.now()
        about = per_request(scope)
        caller = (str(about.get(CLIENT, "")), str(about.get(TENANT, "")))

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                for name, left in meter.remaining(limits, caller, self.state.clock.now()).items():
                    set_header(message, name, str(left))
            await send(message)

        if limits.enforced:
            refusal = meter.refusal(limits, caller, now)
            if refusal is not None:
                await answer(with_headers, 429, b"", _refused(*refusal))
                return
            meter.count(caller, now)
        meter.at_once[caller] += 1
        try:
            await self.app(scope, receive, with_headers)
        finally:
            meter.at_once[caller] -= 1


def _refused(problem: str, wait_seconds: int | None) -> dict[str, str]:
    headers = {"x-rate-limit-problem": problem}
    if wait_seconds is not None:
        headers["retry-after"] = str(wait_seconds)
    return headers


async def limits_control(request: Request) -> Response:
    """Show the limits; POST `{"limits": "off" | "real" | "starter" | FACTOR, "reset": true}` changes them."""
    xero: LimitsState = request.app.state.xero
    meter: Meter = getattr(request.state, _METER)
    if request.method == "POST":
        body = await control_body(request)
        if "limits" in body:
            xero.limits = _chosen(body["limits"])
        if body.get("reset", True):
            meter.reset()
    return ExactJSONResponse(asdict(xero.limits))


def _chosen(wanted: Any) -> Limits:
    named = {"off": Limits.off(), "real": Limits.real(), "starter": Limits.real(starter=True)}
    if isinstance(wanted, str) and wanted in named:
        return named[wanted]
    try:
        return Limits.scaled(float(wanted))
    except (TypeError, ValueError) as error:
        raise ControlError("limits is off, real, starter, or a factor above 0") from error


routes = [Route(_CONTROL, control(limits_control), methods=["GET", "POST"])]
