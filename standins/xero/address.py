"""How Xero reads an address: the names of resources in any case, a slash at the end, /Organisations for /Organisation.

An address that is too long is not found: 404, though every record is there. Reported by clients that name more than
some fifty ids: the query string may have 2,048 characters as it is sent, percent signs counted (xero-node#404,
Xero-NetStandard#471, Xero-OpenAPI#534).
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from standins import presets
from standins.asgi import answer, is_exempt

LONGEST_QUERY = 2048
_API = "/api.xro/2.0/"
_RESOURCES = (
    "Organisation Accounts Contacts Invoices CreditNotes Payments Currencies TaxRates BrandingThemes Items "
    "Allocations History Attachments OnlineInvoice Email Actions pdf"
)
_NAMES = {**{name.lower(): name for name in _RESOURCES.split()}, "organisations": "Organisation"}


class AddressMiddleware:
    """Sits before everything that reads a request; what it refuses counts toward no limit (unverified)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if not is_exempt(scope) and len(scope["query_string"]) > LONGEST_QUERY:
            status, body, headers = presets.STATUSES["not_found"]
            await answer(send, status, body, headers)
            return
        scope["path"] = canonical(scope["path"])
        await self.app(scope, receive, send)


def canonical(path: str) -> str:
    """Return the path of a request as the routes spell it. What names a record, the second part, stays as it is."""
    if not path.startswith(_API):
        return path
    parts = path.removeprefix(_API).removesuffix("/").split("/")
    first, *rest = (_NAMES.get(part.lower(), part) if place != 1 else part for place, part in enumerate(parts))
    if first == "Organisation":
        rest = [_NAMES.get(part.lower(), part) for part in rest]
    return _API + "/".join([first, *rest])
