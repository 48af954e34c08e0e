"""`/customers`: create, read, list, replace, archive; by alias; and their contacts.

Not published, and chosen here: `legalName` and `label` filter by a part of the name without regard to case,
`email` and `alias` by the whole; archiving twice changes nothing; a push to Xero that is asked for appears as a
pending integration id without a value until a PUT brings the real one; a parent owns the organization that its children
are the members of. A PUT replaces the whole customer: whatever it leaves out is cleared.
"""

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.exactjson import ExactJSONResponse
from standins.sequence import rendering
from standins.sequence.aliases import check_aliases, set_aliases
from standins.sequence.contacts import new_contact
from standins.sequence.errors import Invalid, NotFound
from standins.sequence.kinds import TAX_STATUSES
from standins.sequence.paging import Page, respond
from standins.sequence.reading import Fields, fields_of
from standins.sequence.records import Customer, IntegrationId, Pairs
from standins.sequence.state import Account, account_of, new_id, sequence_of

INTEGRATIONS = ("Xero",)


def new_customer(account: Account, fields: Fields, *, customer_id: str, seq: int) -> Customer:
    """Return a customer that is in no account yet. Raises Invalid."""
    now = account.stamp()
    contacts = [new_contact(account, each) for each in fields.children("contacts") or ()]
    if not any(contact.billing_preference == "PRIMARY" for contact in contacts):
        raise Invalid(f"{fields.path('contacts')} must have one contact whose billingPreference is PRIMARY")
    return Customer(
        seq=seq,
        id=customer_id,
        legal_name=fields.full("legalName"),
        address=fields.need("address", fields.address("address")),
        tax_status=fields.need("taxStatus", fields.choice("taxStatus", TAX_STATUSES)),
        contacts=contacts,
        created_at=now,
        status=fields.choice("status", ("DRAFT", "ACTIVE")) or "ACTIVE",
        label=fields.text("label"),
        url=fields.text("url"),
        integration_ids=_pushed(fields, _integration_ids(fields)),
        custom_properties=_custom_properties(fields) or (),
        parent_id=_parent_id(account, fields, customer_id),
    )


async def create(request: Request) -> Response:
    """POST: a new customer, 201."""
    return _answer(request, create_customer(request, await fields_of(request)), status=201)


def create_customer(request: Request, fields: Fields) -> Customer:
    """Add a customer to the request's account. Raises Invalid, NotAllowed."""
    account = account_of(request)
    customer = new_customer(account, fields, customer_id=new_id(), seq=account.next_customer_seq())
    aliases = fields.texts("customerAliases") or ()
    check_aliases(account, customer.id, aliases)
    account.add_customer(customer)
    set_aliases(account, customer.id, aliases)
    _announce(request, customer, "CREATED")
    return customer


async def read(request: Request) -> Response:
    """GET one."""
    return _answer(request, account_of(request).customer(request.path_params["id"]))


async def by_alias(request: Request) -> Response:
    """GET the customer that has an alias, in a shape of its own."""
    account, wanted = account_of(request), request.path_params["alias"]
    for alias in account.aliases.values():
        if alias.value == wanted:
            return ExactJSONResponse(rendering.customer_by_alias(account, account.customer(alias.customer_id)))
    raise NotFound(f"There is no customer with the alias {wanted}")


async def listing(request: Request) -> Response:
    """GET a page, newest first, archived ones only with `includeArchived=true`."""
    account = account_of(request)
    page = Page.asked(request)
    found = [seq for seq in account.customer_order if _passes(account, seq, request.query_params)]
    return respond(page, found, lambda seq: rendering.listed_customer(account, account.customers_by_seq[seq]))


async def replace(request: Request) -> Response:
    """PUT: every field that is left out is cleared."""
    fields = await fields_of(request)
    account = account_of(request)
    old = account.customer(request.path_params["id"])
    new = new_customer(account, fields, customer_id=old.id, seq=old.seq)
    aliases = fields.texts("customerAliases") or ()
    check_aliases(account, old.id, aliases)
    new.created_at, new.archived_at = old.created_at, old.archived_at
    account.replace_customer(new)
    set_aliases(account, new.id, aliases)
    _announce(request, new, "UPDATED")
    return _answer(request, new)


async def archive(request: Request) -> Response:
    """POST: archived, once."""
    customer = account_of(request).customer(request.path_params["id"])
    archive_customer(request, customer)
    return _answer(request, customer)


def archive_customer(request: Request, customer: Customer) -> None:
    """Archive a customer of the request's account; nothing happens to one that is archived already."""
    if customer.archived_at is None:
        customer.archived_at = account_of(request).stamp()
        _announce(request, customer, "ARCHIVED")


def _announce(request: Request, customer: Customer, what: str) -> None:
    account = account_of(request)
    sequence_of(request).webhooks.emit(
        account, f"CUSTOMER_{what}", "CUSTOMER", customer.id, lambda: rendering.customer(account, customer)
    )


def _answer(request: Request, customer: Customer, *, status: int = 200) -> Response:
    return ExactJSONResponse(rendering.customer(account_of(request), customer), status)


def _passes(account: Account, seq: int, query: QueryParams) -> bool:
    customer = account.customers_by_seq[seq]
    if customer.archived_at is not None and query.get("includeArchived", "false") != "true":
        return False
    for name, value in (("legalName", customer.legal_name), ("label", customer.label or "")):
        if query.get(name, "").casefold() not in value.casefold():
            return False
    email, alias = query.get("email"), query.get("alias")
    if email is not None and all(contact.email != email for contact in customer.contacts):
        return False
    return alias is None or any(
        each.value == alias and each.customer_id == customer.id for each in account.aliases.values()
    )


def _parent_id(account: Account, fields: Fields, customer_id: str) -> str | None:
    parent_id = fields.text("parentId")
    if parent_id is not None and (parent_id == customer_id or parent_id not in account.customers):
        raise Invalid(f"{fields.path('parentId')} must be the id of another customer")
    return parent_id


def _integration_ids(fields: Fields) -> list[IntegrationId]:
    given = fields.children("integrationIds") or ()
    return [IntegrationId(each.full("service"), each.full("id")) for each in given]


def _pushed(fields: Fields, known: list[IntegrationId]) -> list[IntegrationId]:
    """Return `known` with a pending entry for each service that the customer is to be pushed to."""
    services = fields.texts("pushToIntegrations") or ()
    if any(service not in INTEGRATIONS for service in services):
        raise Invalid(f"{fields.path('pushToIntegrations')} may name {', '.join(INTEGRATIONS)}")
    there = {each.service for each in known}
    return known + [IntegrationId(service, "", pending=True) for service in services if service not in there]


def _custom_properties(fields: Fields) -> Pairs | None:
    given = fields.child("customProperties")
    if given is None:
        return None
    return tuple((name, given.need(name, given.text(name))) for name in given.names())


routes = [
    Route("/customers/by-alias/{alias}", by_alias, methods=["GET"]),
    Route("/customers/{id}", read, methods=["GET"]),
    Route("/customers", listing, methods=["GET"]),
    Route("/customers", create, methods=["POST"]),
    Route("/customers/{id}", replace, methods=["PUT"]),
    Route("/customers/{id}/archive", archive, methods=["POST"]),
]
