"""`/sequence-accounts`: the account that the key opens, and no other."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.exactjson import ExactJSONResponse
from standins.sequence.errors import NotFound
from standins.sequence.paging import Page, respond
from standins.sequence.rendering import JSON
from standins.sequence.state import Account, account_of

ORGANISATION_ID = "5e9f1c52-6c0e-4c9b-9a53-7d1d2f4a0b11"


async def listing(request: Request) -> Response:
    """GET a page: one account."""
    account = account_of(request)
    return respond(Page.asked(request, is_sortable=False), [0], lambda _: show(account))


async def read(request: Request) -> Response:
    """GET it by its id."""
    account = account_of(request)
    if request.path_params["id"] != account.id:
        raise NotFound(f"There is no account {request.path_params['id']}")
    return ExactJSONResponse(show(account))


def show(account: Account) -> JSON:
    """Return an account as the API shows it, without its key."""
    return {
        "id": account.id,
        "createdAt": account.created_at,
        "sequenceOrganisationId": ORGANISATION_ID,
        "companyName": account.name,
        "companyNumber": "00000000",
        "country": "GB",
        "sendCustomerNotifications": False,
        "alertEmailAddresses": [],
    }


routes = [
    Route("/sequence-accounts", listing, methods=["GET"]),
    Route("/sequence-accounts/{id}", read, methods=["GET"]),
]
