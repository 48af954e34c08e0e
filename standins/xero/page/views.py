"""What the pages show: one page of a register, newest change first, and one document.

Nothing here scans a register: a page is a slice of an ordered list, a search is a look-up of a number.
"""

from typing import Any, TypeVar
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from standins import pages
from standins.pages import Listed
from standins.xero.dates import moment
from standins.xero.document_api import find_document
from standins.xero.errors import ForbiddenError, NotFoundError
from standins.xero.model import CREDIT_NOTE, INVOICE, Contact, Document
from standins.xero.registers import DocumentRegister, Ordered
from standins.xero.state import Organisation, Xero

T = TypeVar("T", Document, Contact)

KINDS = {"invoices": INVOICE, "credit-notes": CREDIT_NOTE}
STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")
CONTACT_STATUSES = ("ACTIVE", "ARCHIVED")


def xero_of(request: Request) -> Xero:
    """Return the stand-in."""
    found: Xero = request.app.state.xero
    return found


def organisation_at(request: Request) -> Organisation:
    """Return the organisation that the address names. Raises NotFoundError."""
    tenant_id = request.path_params["tenant"]
    try:
        return xero_of(request).organisation(tenant_id)
    except ForbiddenError as error:
        raise NotFoundError(tenant_id) from error


def show(request: Request, template: str, *, http_status: int = 200, **context: Any) -> Response:
    """Render a page with what every page needs."""
    clock = xero_of(request).clock
    return pages.show(request, "xero", template, clock, http_status=http_status, moment=moment, **context)


def missing(request: Request) -> Response:
    """Say that there is no such page."""
    return show(request, "missing.html", http_status=404)


async def overview(request: Request) -> Response:
    """Show the organisations, the clock and what is going on."""
    xero = xero_of(request)
    return show(
        request,
        "overview.html",
        organisations=list(xero.organisations.values()),
        connections=xero.identity.connections.of(None),
        faults=[rule for rule in xero.faults.rules if rule.times != 0],
        calls=xero.journal.count(),
        hooks=xero.webhooks.hooks,
        identity=xero.identity,
    )


async def documents(request: Request) -> Response:
    """Show a page of invoices or credit notes; `status` narrows it, `number` looks one up."""
    organisation, kind = organisation_at(request), KINDS[request.path_params["tab"]]
    register = organisation.register(kind)
    status, number = request.query_params.get("status", ""), request.query_params.get("number", "").strip()
    if number:
        found = register.numbered(number)
        listed = Listed.found(found)
    else:
        listed = _page(request, register.by_status[status] if status else register.ordered)
    contacts = {document.contact_id: organisation.contacts.get(document.contact_id) for document in listed.rows}
    return show(
        request,
        "documents.html",
        organisation=organisation,
        kind=kind,
        tab=request.path_params["tab"],
        listed=listed,
        contacts=contacts,
        status=status,
        number=number,
        statuses=STATUSES,
        counts=_counts(register),
    )


async def document(request: Request) -> Response:
    """Show one document with its lines, its history and what can be done with it."""
    organisation, kind = organisation_at(request), KINDS[request.path_params["tab"]]
    found = find_document(organisation, kind, request.path_params["record"])
    return show(
        request,
        "document.html",
        organisation=organisation,
        kind=kind,
        tab=request.path_params["tab"],
        document=found,
        contact=organisation.contacts.get(found.contact_id),
        history=tuple(reversed(organisation.history.get(found.id, ()))),
        link=found.url if (found.url or "").startswith(("http://", "https://")) else None,
    )


async def deep_link(request: Request) -> Response:
    """Lead to the record that one of Xero's deep links names: by the organisation's short code, and its own address."""
    short_code = request.query_params.get("shortcode", "")
    place = urlsplit(request.query_params.get("redirecturl", ""))
    for organisation in xero_of(request).organisations.values():
        if organisation.profile.short_code != short_code:
            continue
        if place.path.lower().startswith("/contacts/view/"):
            contact = organisation.contacts.get(place.path.rpartition("/")[2].lower())
            if contact:
                query = urlencode({"number": contact.name})
                return RedirectResponse(f"/page/{organisation.tenant_id}/contacts?{query}")
        for tab, parameter in (("invoices", "InvoiceID"), ("credit-notes", "creditNoteID")):
            if wanted := parse_qs(place.query).get(parameter):
                return RedirectResponse(f"/page/{organisation.tenant_id}/{tab}/{quote(wanted[0], safe='')}")
    raise NotFoundError(short_code)


async def contacts(request: Request) -> Response:
    """Show a page of contacts; `status` narrows it, `number` looks one up by name or ContactNumber."""
    organisation = organisation_at(request)
    register = organisation.contacts
    status, number = request.query_params.get("status", ""), request.query_params.get("number", "").strip()
    if number:
        named = (register.named(number), register.archived_named(number), register.numbered(number))
        found = list({contact.id: contact for contact in named if contact is not None}.values())
        listed = Listed.found(found)
    else:
        listed = _page(request, register.by_status[status] if status else register.ordered)
    return show(
        request,
        "contacts.html",
        organisation=organisation,
        tab="contacts",
        listed=listed,
        status=status,
        number=number,
        statuses=CONTACT_STATUSES,
        counts={name: len(register.by_status[name]) for name in CONTACT_STATUSES},
    )


async def settings(request: Request) -> Response:
    """Show lock dates, currencies, accounts and the connections of an organisation."""
    organisation = organisation_at(request)
    connections = xero_of(request).identity.connections
    return show(
        request,
        "settings.html",
        organisation=organisation,
        tab="settings",
        accounts=sorted(organisation.accounts.values(), key=lambda account: account.code or ""),
        connections=[held for held in connections.of(None) if held.tenant_id == organisation.tenant_id],
    )


def _page(request: Request, records: Ordered[T]) -> Listed[T]:
    return Listed.asked(request, len(records), records.slice)


def _counts(register: DocumentRegister) -> dict[str, int]:
    return {status: len(register.by_status[status]) for status in STATUSES}
