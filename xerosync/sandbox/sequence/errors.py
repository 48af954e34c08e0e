"""Refusals of the Sequence stand-in, and the one place where their body is made.

    Refusal
    ├── Invalid       400  the request can't be understood
    ├── NotAllowed    400  the document or customer is not in a state for it
    ├── Unauthorized  401
    ├── NotFound      404
    ├── Conflict      409  a balance moved meanwhile
    └── TooMany       429

Sequence publishes the status codes and no bodies: `{"message", "code"}` here is ours, and no client should read
anything into it beyond showing the message to a person.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from xerosync.sandbox.exactjson import ExactJSONResponse, MalformedJSON


class Refusal(Exception):  # noqa: N818 - the stand-in refuses; nothing went wrong in it
    """The request is refused."""

    status = HTTPStatus.BAD_REQUEST
    code = "REFUSED"

    def __init__(self, message: str, extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.extra = dict(extra or {})

    @property
    def body(self) -> dict[str, Any]:
        """The body that tells it: `message`, `code` and what a published shape adds to them."""
        return {"message": self.message, "code": self.code, **self.extra}


class Invalid(Refusal):
    """The request can't be understood: a field is missing or not of its form."""

    code = "INVALID_REQUEST"


class NotAllowed(Refusal):
    """What was asked is not possible in the present state."""

    code = "INVALID_STATE"


class Unauthorized(Refusal):
    """The key is missing or unknown."""

    status = HTTPStatus.UNAUTHORIZED
    code = "UNAUTHORIZED"


class NotFound(Refusal):
    """There is no such thing in this account."""

    status = HTTPStatus.NOT_FOUND
    code = "NOT_FOUND"


class Conflict(Refusal):
    """Somebody else changed it meanwhile."""

    status = HTTPStatus.CONFLICT
    code = "VERSION_CONFLICT"


class TooMany(Refusal):
    """More requests in a minute than the key has."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "RATE_LIMITED"


async def refused(_: Request, error: Exception) -> Response:
    """Answer a refusal."""
    assert isinstance(error, Refusal)
    return ExactJSONResponse(error.body, error.status)


async def malformed(_: Request, error: Exception) -> Response:
    """Answer a body that is not JSON."""
    return ExactJSONResponse(Invalid(f"The body is not JSON: {error}").body, HTTPStatus.BAD_REQUEST)


async def unroutable(_: Request, error: Exception) -> Response:
    """Answer an address or a method that does not exist."""
    assert isinstance(error, HTTPException)
    body = {"message": error.detail, "code": HTTPStatus(error.status_code).name}
    return ExactJSONResponse(body, error.status_code, error.headers)


HANDLERS: Mapping[Any, Any] = {Refusal: refused, MalformedJSON: malformed, HTTPException: unroutable}
"""For Starlette: which exception is told how."""
