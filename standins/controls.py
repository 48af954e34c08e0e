"""The `/_sandbox/…` controls that both stand-ins share: journal, clock and faults.

A mistake in a control's body is answered 400 with `{"error": "…"}`; nothing is changed then.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.clock import Clock
from standins.exactjson import ExactJSONResponse, MalformedJSON, body_json
from standins.faults import Faults, InvalidFaultError
from standins.journal import Journal

Handler = Callable[[Request], Awaitable[Response]]

_RULE_FIELDS = {
    "kind": str,
    "method": str,
    "path": str,
    "times": int,
    "skip": int,
    "probability": (int, Decimal),
}


def shared_controls(clock: Clock, journal: Journal, faults: Faults) -> list[Route]:
    """Return the routes for these three; a stand-in adds its own beside them."""

    async def entries(request: Request) -> Response:
        if request.method == "DELETE":
            journal.clear()
            return Response(status_code=204)
        wanted = request.query_params
        found = journal.entries(method=wanted.get("method"), path_prefix=wanted.get("path", ""))
        return ExactJSONResponse([entry.as_json() for entry in found])

    async def counts(request: Request) -> Response:
        wanted = request.query_params
        method, path = wanted.get("method"), wanted.get("path", "")
        rows = [
            row
            for row in journal.counts()
            if (method is None or row["method"] == method) and row["path"].startswith(path)
        ]
        return ExactJSONResponse({"total": sum(row["count"] for row in rows), "counts": rows})

    async def time(request: Request) -> Response:
        if request.method == "POST":
            _move(clock, await control_body(request))
        return ExactJSONResponse({"now": clock.now().isoformat()})

    async def rules(request: Request) -> Response:
        if request.method == "DELETE":
            faults.clear()
            return Response(status_code=204)
        if request.method == "POST":
            return ExactJSONResponse(_add_rule(faults, await control_body(request)), status_code=201)
        return ExactJSONResponse([rule.as_json() for rule in faults.rules])

    async def rule(request: Request) -> Response:
        return Response(status_code=204 if faults.remove(request.path_params["rule_id"]) else 404)

    return [
        Route("/_sandbox/journal", control(entries), methods=["GET", "DELETE"]),
        Route("/_sandbox/journal/counts", control(counts), methods=["GET"]),
        Route("/_sandbox/clock", control(time), methods=["GET", "POST"]),
        Route("/_sandbox/faults", control(rules), methods=["GET", "POST", "DELETE"]),
        Route("/_sandbox/faults/{rule_id:int}", control(rule), methods=["DELETE"]),
    ]


class ControlError(ValueError):
    """What was asked of a control can't be done; the message says why."""


def control(handler: Handler) -> Handler:
    """Wrap a control so that a ControlError or malformed JSON becomes a 400 in one shape."""

    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except (ControlError, MalformedJSON) as error:
            return ExactJSONResponse({"error": str(error)}, status_code=400)

    return guarded


async def control_body(request: Request) -> dict[str, Any]:
    """Return the object a control was sent, `{}` if none. Raises ControlError, MalformedJSON."""
    body = await body_json(request)
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise ControlError("the body must be a JSON object")
    if any("\ud800" <= character <= "\udfff" for character in str(body)):
        raise ControlError("a text of the body holds half of a surrogate pair")
    return body


def _move(clock: Clock, body: dict[str, Any]) -> None:
    if "advance_seconds" in body:
        try:
            clock.advance(timedelta(seconds=float(body["advance_seconds"])))
        except (TypeError, ValueError, OverflowError) as error:
            raise ControlError("advance_seconds must be a number of seconds") from error
    elif "set" in body:
        try:
            at = datetime.fromisoformat(str(body["set"]))
        except ValueError as error:
            raise ControlError("set must be an ISO 8601 date-time") from error
        clock.set(at if at.tzinfo else at.replace(tzinfo=UTC))
    elif body.get("reset"):
        clock.reset()
    else:
        raise ControlError("the clock takes advance_seconds, set or reset")


def _add_rule(faults: Faults, body: dict[str, Any]) -> dict[str, Any]:
    if "seed" in body:
        faults.reseed(int(body.pop("seed")))
    params: dict[str, Any] = dict(body.pop("params", None) or {})
    named = {name: body.pop(name) for name in _RULE_FIELDS if body.get(name) is not None}
    for name, value in named.items():
        if not isinstance(value, _RULE_FIELDS[name]):
            raise ControlError(f"{name} has the wrong type")
    if "kind" not in named:
        raise ControlError("a fault needs a kind")
    try:
        return faults.add(**named, **{**body, **params}).as_json()
    except InvalidFaultError as error:
        raise ControlError(str(error)) from error
