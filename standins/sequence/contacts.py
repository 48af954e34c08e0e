"""Contacts of a customer: all of them in one answer, archived rather than deleted.

While anybody at a customer is billed, one contact is PRIMARY: a change that would leave only STANDARD ones is
refused.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.exactjson import ExactJSONResponse
from standins.sequence import rendering
from standins.sequence.errors import Invalid, NotAllowed, NotFound
from standins.sequence.reading import Fields, fields_of
from standins.sequence.records import Contact, Customer
from standins.sequence.state import Account, account_of, new_id, sequence_of

BILLING_PREFERENCES = ("PRIMARY", "STANDARD", "NONE")


def new_contact(account: Account, fields: Fields, *, contact_id: str | None = None) -> Contact:
    """Return a contact that is at no customer yet. Raises Invalid."""
    email = fields.full("email")
    if "@" not in email:
        raise Invalid(f"{fields.path('email')} must be an email address")
    now = account.stamp()
    return Contact(
        id=contact_id or new_id(),
        name=fields.full("name"),
        email=email,
        billing_preference=fields.need("billingPreference", fields.choice("billingPreference", BILLING_PREFERENCES)),
        created_at=now,
        updated_at=now,
    )


async def listing(request: Request) -> Response:
    """GET all contacts, archived ones only with `includeArchived=true`."""
    customer = _customer(request)
    archived_too = request.query_params.get("includeArchived", "false") == "true"
    found = [each for each in customer.contacts if archived_too or each.archived_at is None]
    return ExactJSONResponse({"items": [rendering.contact(each) for each in found]})


async def create(request: Request) -> Response:
    """POST one more contact, 201."""
    fields = await fields_of(request)
    customer = _customer(request)
    contact = new_contact(account_of(request), fields)
    return _changed(request, customer, [*customer.contacts, contact], contact, status=201)


async def replace(request: Request) -> Response:
    """PUT a contact in the place of another."""
    fields = await fields_of(request)
    customer = _customer(request)
    old = _contact(customer, request)
    new = new_contact(account_of(request), fields, contact_id=old.id)
    new.created_at, new.archived_at = old.created_at, old.archived_at
    return _changed(request, customer, [new if each is old else each for each in customer.contacts], new)


async def archive(request: Request) -> Response:
    """POST: the contact is archived, once."""
    customer = _customer(request)
    contact = _contact(customer, request)
    if contact.archived_at is not None:
        return ExactJSONResponse(rendering.contact(contact))
    _require_primary([each for each in customer.contacts if each is not contact])
    contact.archived_at = account_of(request).stamp()
    return _changed(request, customer, customer.contacts, contact)


def _customer(request: Request) -> Customer:
    return account_of(request).customer(request.path_params["id"])


def _contact(customer: Customer, request: Request) -> Contact:
    wanted = request.path_params["contact"]
    for contact in customer.contacts:
        if contact.id == wanted:
            return contact
    raise NotFound(f"The customer {customer.id} has no contact {wanted}")


def _require_primary(contacts: list[Contact]) -> None:
    preferences = {each.billing_preference for each in contacts if each.archived_at is None}
    if "STANDARD" in preferences and "PRIMARY" not in preferences:
        raise NotAllowed("A customer with billing contacts needs one whose billingPreference is PRIMARY")


def _changed(
    request: Request, customer: Customer, contacts: list[Contact], contact: Contact, *, status: int = 200
) -> Response:
    _require_primary(contacts)
    customer.contacts = contacts
    account = account_of(request)
    sequence_of(request).webhooks.emit(
        account, "CUSTOMER_UPDATED", "CUSTOMER", customer.id, lambda: rendering.customer(account, customer)
    )
    return ExactJSONResponse(rendering.contact(contact), status)


routes = [
    Route("/customers/{id}/contacts", listing, methods=["GET"]),
    Route("/customers/{id}/contacts", create, methods=["POST"]),
    Route("/customers/{id}/contacts/{contact}", replace, methods=["PUT"]),
    Route("/customers/{id}/contacts/{contact}/archive", archive, methods=["POST"]),
]
