"""/Currencies: those the organisation is subscribed to. PUT subscribes to one more, where the plan allows it."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.xero.actions import set_currencies
from standins.xero.chart import CURRENCY_NAMES
from standins.xero.document_api import API, JSON
from standins.xero.envelope import enveloped
from standins.xero.errors import InvalidError, ValidationError
from standins.xero.filtering import Field
from standins.xero.listing import filtered
from standins.xero.query import Parameters, elements_of, organisation_of, text_of

_FIELDS: Mapping[str, Field[str]] = {
    "Code": Field("String", lambda code: code),
    "Description": Field("String", lambda code: CURRENCY_NAMES.get(code, code)),
}


def currency_json(code: str) -> JSON:
    """Return a currency as answers show it."""
    return {"Code": code, "Description": CURRENCY_NAMES.get(code, code)}


async def index(request: Request) -> Response:
    """Answer GET."""
    found = filtered(organisation_of(request).profile.currencies, Parameters(request), "Currency", _FIELDS)
    return enveloped(request, "Currencies", [currency_json(code) for code in found])


async def create(request: Request) -> Response:
    """Answer PUT with one currency."""
    organisation = organisation_of(request)
    payload = (await elements_of(request, "Currencies", "Currency"))[0]
    code = text_of(payload, "Code") or ""
    try:
        set_currencies(organisation, [*organisation.profile.currencies, code])
    except InvalidError as error:
        messages = [{"Message": message} for message in error.messages]
        raise ValidationError([{**payload, "ValidationErrors": messages}]) from error
    return enveloped(request, "Currencies", [currency_json(code)])


routes: list[Route] = [
    Route(f"{API}/Currencies", index, methods=["GET"]),
    Route(f"{API}/Currencies", create, methods=["PUT"]),
]
