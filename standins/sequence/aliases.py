"""Aliases of customers: other names, each of which leads to one customer of the account."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.exactjson import ExactJSONResponse
from standins.sequence import rendering
from standins.sequence.errors import Invalid, NotAllowed
from standins.sequence.records import Alias
from standins.sequence.state import Account, account_of, new_id


def check_aliases(account: Account, customer_id: str, values: Sequence[str]) -> None:
    """Refuse aliases that are blank, doubled or another customer's."""
    if not all(value.strip() for value in values) or len(set(values)) != len(values):
        raise Invalid("customerAliases must be different and not blank")
    for alias in account.aliases.values():
        if alias.value in values and alias.customer_id != customer_id:
            raise NotAllowed(f"The alias {alias.value} belongs to another customer")


def set_aliases(account: Account, customer_id: str, values: Sequence[str]) -> None:
    """Make these the customer's aliases; those it has keep their ids."""
    kept = {alias.value for alias in account.aliases.values() if alias.customer_id == customer_id}
    for alias in list(account.aliases.values()):
        if alias.customer_id == customer_id and alias.value not in values:
            del account.aliases[alias.id]
    for value in values:
        if value not in kept:
            alias = Alias(id=new_id(), customer_id=customer_id, value=value, created_at=account.stamp())
            account.aliases[alias.id] = alias


async def listing(request: Request) -> Response:
    """GET a customer's aliases: all of them, without pages."""
    account = account_of(request)
    customer = account.customer(request.path_params["id"])
    found = [each for each in account.aliases.values() if each.customer_id == customer.id]
    return ExactJSONResponse({"items": [rendering.alias(account, each) for each in found]})


routes = [Route("/customers/{id}/aliases", listing, methods=["GET"])]
