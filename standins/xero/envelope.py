"""The shape of answers: Xero's envelope, in JSON or, where the client forgot its Accept header, in XML."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from standins.exactjson import ExactJSONResponse
from standins.xero.dates import milliseconds
from standins.xero.errors import XeroError
from standins.xero.markup import to_xml

PROVIDER_NAME = "xerosync"
JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list an answer holds."""

    number: int
    size: int
    items: int

    def as_json(self) -> dict[str, int]:
        """Return the pagination of the envelope."""
        return {
            "page": self.number,
            "pageSize": self.size,
            "pageCount": -(-self.items // self.size),
            "itemCount": self.items,
        }


def enveloped(request: Request, key: str, elements: Sequence[dict[str, Any]], page: Page | None = None) -> Response:
    """Answer 200 with `elements` under `key`, in Xero's envelope."""
    xero = request.app.state.xero
    body: dict[str, Any] = {
        "Id": xero.new_id(),
        "Status": "OK",
        "ProviderName": PROVIDER_NAME,
        "DateTimeUTC": f"/Date({milliseconds(xero.clock.now())})/",
    }
    if page is not None:
        body["pagination"] = page.as_json()
    body[key] = elements
    return rendered(request, body)


def rendered(request: Request, body: Any, status: int = 200) -> Response:
    """Answer with `body`: text as it is, anything else as JSON when the client accepts that, else as XML."""
    if isinstance(body, str):
        return Response(body, status, media_type="text/html")
    if "application/json" in request.headers.get("accept", ""):
        return ExactJSONResponse(body, status, media_type=JSON_TYPE)
    root = "Response" if status == 200 else "ApiException"  # noqa: PLR2004 - HTTP's
    return Response(to_xml(root, body), status, media_type="text/xml")


async def refused(request: Request, error: Exception) -> Response:
    """Answer a XeroError; an exception handler of the application."""
    assert isinstance(error, XeroError)
    return rendered(request, error.body(), error.status)
