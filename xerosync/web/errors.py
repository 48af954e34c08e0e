"""What goes wrong, as an answer: a page for a person, one line for a program. Never a traceback."""

from collections.abc import Mapping
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from xerosync.core.errors import (
    HoldError,
    MisconfiguredError,
    MissingError,
    RetryLaterError,
    UnexpectedError,
    XerosyncError,
)
from xerosync.web.pages import render

log = structlog.get_logger()


class NoRoleError(HTTPException):
    """Somebody is signed in, but nobody gave them a role of ours."""

    def __init__(self, name: str, where: str) -> None:
        super().__init__(
            403, f"{name} is signed in, but has no role here: ask for viewer, operator or admin in {where}."
        )


class NoAccountError(HTTPException):
    """Somebody is signed in with a role, but nobody said for which accounts."""

    def __init__(self, name: str, where: str) -> None:
        super().__init__(403, f"{name} is signed in, but may see no account: ask for one, or for * (all), in {where}.")


def refusal(request: Request, status_code: int, words: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer that says what is wrong, in the form that whoever asks reads."""
    accepts = request.headers.get("accept", "")
    if request.url.path.startswith("/api/"):
        return JSONResponse({"error": words}, status_code, headers=dict(headers or {}))
    if "text/html" in accepts or request.headers.get("hx-request"):
        page = render(request, "refusal.html", status_code=status_code, words=words)
        page.headers.update(headers or {})
        return page
    return PlainTextResponse(f"{words}\n", status_code, headers=dict(headers or {}))


_IN_WORDS = {
    "Not Found": "There is no such page.",
    "Method Not Allowed": "This address does not take a request of that kind.",
}
"""What Starlette says where it finds no route, as a sentence."""


async def _http(request: Request, error: HTTPException) -> Response:
    return refusal(request, error.status_code, _IN_WORDS.get(error.detail, error.detail), error.headers)


async def _gone(request: Request, _: ClientDisconnect) -> Response:
    log.info("client went away", path=request.url.path)
    return Response(status_code=400)


async def _later(request: Request, error: RetryLaterError) -> Response:
    log.warning("request not served", path=request.url.path, reason=str(error))
    return refusal(request, 503, f"{error} Try again in a moment.", {"Retry-After": "10"})


async def _missing(request: Request, error: MissingError) -> Response:
    return refusal(request, 404, str(error))


async def _refused(request: Request, error: XerosyncError) -> Response:
    return refusal(request, 409, error.in_full)


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("request failed", path=request.url.path, exc_info=error)
    return refusal(request, 500, str(UnexpectedError(error)))


EXCEPTION_HANDLERS: Mapping[Any, Any] = {
    HTTPException: _http,
    ClientDisconnect: _gone,
    RetryLaterError: _later,
    MissingError: _missing,
    HoldError: _refused,
    MisconfiguredError: _refused,
    XerosyncError: _refused,
    Exception: _unexpected,
}
