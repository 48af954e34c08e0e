"""/Items: products and services that lines may name. Untracked ones, with their sales side only."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.xero.batch import write_all
from standins.xero.dates import moment_field
from standins.xero.document_api import API, JSON
from standins.xero.envelope import enveloped
from standins.xero.errors import InvalidError, NotFoundError
from standins.xero.filtering import Field
from standins.xero.listing import filtered
from standins.xero.model import NIL_ID, Item
from standins.xero.query import Parameters, elements_of, number_of, organisation_of, text_of
from standins.xero.state import Organisation
from standins.xero.totals import to_places

MAX_CODE = 30
_FIELDS: Mapping[str, Field[Item]] = {
    "ItemID": Field("Guid", lambda item: item.id),
    "Code": Field("String", lambda item: item.code),
    "Name": Field("String", lambda item: item.name),
    "Description": Field("String", lambda item: item.description),
    "UpdatedDateUTC": Field("DateTime", lambda item: item.updated),
}


def item_json(item: Item, unit_places: int = 2) -> JSON:
    """Return an item as answers show it."""
    sales: JSON = {}
    if item.unit_price is not None:
        sales["UnitPrice"] = to_places(item.unit_price, unit_places)
    if item.account_code is not None:
        sales["AccountCode"] = item.account_code
    if item.tax_type is not None:
        sales["TaxType"] = item.tax_type
    return {
        "ItemID": item.id,
        "Code": item.code,
        "Name": item.name,
        "Description": item.description,
        "UpdatedDateUTC": moment_field(item.updated),
        "PurchaseDetails": {},
        "SalesDetails": sales,
        "IsTrackedAsInventory": False,
        "IsSold": True,
        "IsPurchased": False,
    }


async def index(request: Request) -> Response:
    """Answer GET on the list."""
    organisation, parameters = organisation_of(request), Parameters(request)
    since, places = parameters.modified_since() or 0, parameters.unit_places()
    held = [item for item in organisation.items.values() if item.updated >= since]
    found = filtered(held, parameters, "Item", _FIELDS)
    return enveloped(request, "Items", [item_json(item, places) for item in found])


async def one(request: Request) -> Response:
    """Answer GET on an item, by ItemID or Code."""
    item = _named(organisation_of(request), request.path_params["record_id"])
    return enveloped(request, "Items", [item_json(item, Parameters(request).unit_places())])


async def create(request: Request) -> Response:
    """Answer PUT: every element is new."""
    return await _write(request, lambda _organisation, _payload: None)


async def update(request: Request) -> Response:
    """Answer POST: an element with the Code or ItemID of an item changes it."""
    return await _write(request, _matching)


async def update_one(request: Request) -> Response:
    """Answer POST on an item."""
    item = _named(organisation_of(request), request.path_params["record_id"])
    return await _write(request, lambda organisation, _: organisation.items.get(item.code))


async def delete(request: Request) -> Response:
    """Answer DELETE."""
    organisation = organisation_of(request)
    del organisation.items[_named(organisation, request.path_params["record_id"]).code]
    return Response(status_code=204)


async def _write(request: Request, match: Callable[[Organisation, JSON], Item | None]) -> Response:
    organisation, places = organisation_of(request), Parameters(request).unit_places()
    elements = await elements_of(request, "Items", "Item")

    def save(payload: JSON) -> JSON:
        old = match(organisation, payload)
        item = _read(organisation, payload, old)
        if old is not None and old.code != item.code:
            del organisation.items[old.code]
        organisation.items[item.code] = item
        return item_json(item, places)

    def echo(payload: JSON) -> JSON:
        return {"ItemID": NIL_ID, **payload}

    return write_all(request, organisation, elements, key="Items", save=save, echo=echo, error_flag=None, warns=False)


def _read(organisation: Organisation, payload: JSON, old: Item | None) -> Item:
    code = text_of(payload, "Code") or (old.code if old else None)
    if code is None or len(code) > MAX_CODE:
        raise InvalidError(f"An item Code of {MAX_CODE} characters at most must be specified")
    if code in organisation.items and (old is None or old.code != code):
        raise InvalidError(f"Price List Item with Code '{code}' already exists")
    fields: dict[str, Any] = {"code": code, "updated": organisation.stamp()}
    for name, attribute in (("Name", "name"), ("Description", "description")):
        if (text := text_of(payload, name)) is not None:
            fields[attribute] = text
    sales = payload.get("SalesDetails")
    if isinstance(sales, dict):
        fields["unit_price"] = number_of(sales, "UnitPrice")
        fields["account_code"] = text_of(sales, "AccountCode")
        fields["tax_type"] = text_of(sales, "TaxType")
    return replace(old, **fields) if old else Item(id=organisation.xero.new_id(), **fields)


def _matching(organisation: Organisation, payload: JSON) -> Item | None:
    item_id = text_of(payload, "ItemID")
    if item_id is None:
        return organisation.items.get(text_of(payload, "Code") or "")
    return next((item for item in organisation.items.values() if item.id == item_id.lower()), None)


def _named(organisation: Organisation, reference: str) -> Item:
    found = organisation.items.get(reference) or _matching(organisation, {"ItemID": reference})
    if found is None:
        raise NotFoundError(reference)
    return found


routes: list[Route] = [
    Route(f"{API}/Items", index, methods=["GET"]),
    Route(f"{API}/Items", create, methods=["PUT"]),
    Route(f"{API}/Items", update, methods=["POST"]),
    Route(f"{API}/Items/{{record_id}}", one, methods=["GET"]),
    Route(f"{API}/Items/{{record_id}}", update_one, methods=["POST"]),
    Route(f"{API}/Items/{{record_id}}", delete, methods=["DELETE"]),
]
