"""Refusals of the Sequence stand-in, and the one place where their body is made.

    Refusal
    ├── Invalid       400  the request can't be understood
    ├── NotAllowed    400  the document or customer is not in a state for it
    ├── Unauthorized  401
    ├── NotFound      404 where Sequence publishes that, else 400
    ├── Conflict      409  a balance moved meanwhile
    └── TooMany       429

Sequence publishes the status codes and no bodies but one: notification policies answer 400 with `{"errors": [...]}`,
whose elements it does not publish. `{"message", "code"}` here, and as such an element, is ours, and no client should
read anything into it beyond showing the message to a person.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from standins.exactjson import ExactJSONResponse, MalformedJSON

_POLICIES = "/api/notifications/policies"
_TELLS_MISSING = re.compile(
    r"GET /api/invoices/[^/]+|GET /api/customers/[^/]+/aliases|POST /api/invoices/[^/]+/line-items"
    r"|PUT /api/invoices/[^/]+/line-items/[^/]+|\w+ /_sandbox/.*"
)
"""Where 404 is published; anywhere else a missing thing is a 400."""


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
        """The body of the answer: `message`, `code` and what a published shape adds to them."""
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
    """There is no such thing in this account; `code` says so where the status is 400."""

    status = HTTPStatus.NOT_FOUND
    code = "NOT_FOUND"


class Conflict(Refusal):
    """Somebody else changed it meanwhile. Its body is published."""

    status = HTTPStatus.CONFLICT

    @property
    def body(self) -> dict[str, Any]:
        """The message and the present balances."""
        return {"message": self.message, **self.extra}


class TooMany(Refusal):
    """More requests in a minute than the key has."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "RATE_LIMITED"


async def refused(request: Request, error: Exception) -> Response:
    """Answer a refusal."""
    assert isinstance(error, Refusal)
    path, status = request.url.path, error.status
    if status == HTTPStatus.NOT_FOUND and not _TELLS_MISSING.fullmatch(f"{request.method} {path}"):
        status = HTTPStatus.BAD_REQUEST
    is_of_policy = status == HTTPStatus.BAD_REQUEST and path.startswith(_POLICIES)
    return ExactJSONResponse({"errors": [error.body]} if is_of_policy else error.body, status)


async def malformed(_: Request, error: Exception) -> Response:
    """Answer a body that is not JSON."""
    return ExactJSONResponse(Invalid(f"The body is not JSON: {error}").body, HTTPStatus.BAD_REQUEST)


async def unroutable(_: Request, error: Exception) -> Response:
    """Answer an address or a method that does not exist."""
    assert isinstance(error, HTTPException)
    body = {"message": error.detail, "code": HTTPStatus(error.status_code).name}
    return ExactJSONResponse(body, error.status_code, error.headers)


HANDLERS: Mapping[Any, Any] = {Refusal: refused, MalformedJSON: malformed, HTTPException: unroutable}
"""For Starlette: which function answers for which exception."""
