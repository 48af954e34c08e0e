"""/Contacts: list, one record by ContactID or ContactNumber, PUT, POST.

PUT only creates: a Name or ContactNumber that an active contact has is refused. POST updates the contact that
ContactID, else ContactNumber, else Name stands for, and creates one where there is none.
"""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.xero.batch import write_all
from standins.xero.contact_edits import edit_contact, find_contact
from standins.xero.document_api import API, JSON
from standins.xero.envelope import enveloped
from standins.xero.errors import NotFoundError
from standins.xero.filtering import Field
from standins.xero.listing import Selection, narrow_by_where, page_of
from standins.xero.model import NIL_ID, Contact
from standins.xero.query import Parameters, elements_of, organisation_of, text_of
from standins.xero.rendering import contact_json, contact_summary
from standins.xero.state import Organisation

_SEARCHED = ("name", "first_name", "last_name", "contact_number", "email")


async def index(request: Request) -> Response:
    """Answer GET on the list; archived contacts come only with includeArchived=true."""
    organisation, parameters = organisation_of(request), Parameters(request)
    contacts = organisation.contacts
    selection = Selection(contacts.ordered)
    if (wanted := parameters.ids("IDs")) is not None:
        selection.among(
            [contact for key in wanted if (contact := contacts.get(key))], lambda contact: contact.id in wanted
        )
    if (since := parameters.modified_since()) is not None:
        selection.among(contacts.ordered.since(since), lambda contact: contact.updated >= since)
    if not parameters.flag("includeArchived"):
        selection.among(contacts.by_status["ACTIVE"], lambda contact: contact.status == "ACTIVE")
    if term := (parameters.text("searchTerm") or "").casefold():
        selection.keep(lambda contact: any(term in (getattr(contact, name) or "").casefold() for name in _SEARCHED))
    fields = contact_fields(organisation)
    narrow_by_where(selection, parameters, "Contact", fields)
    found, page = page_of(selection, parameters, "Contact", fields)
    if parameters.flag("summaryOnly"):
        return enveloped(request, "Contacts", [contact_summary(contact) for contact in found], page)
    detail = page is not None
    return enveloped(request, "Contacts", [contact_json(contact, detail=detail) for contact in found], page)


async def one(request: Request) -> Response:
    """Answer GET on a record, by ContactID or ContactNumber."""
    organisation = organisation_of(request)
    contact = find_by_reference(organisation, request.path_params["record_id"])
    return enveloped(request, "Contacts", [contact_json(contact) | balances_json(organisation, contact)])


async def create(request: Request) -> Response:
    """Answer PUT: every element is a new contact."""
    return await _write(request, lambda _organisation, _payload: None)


async def update(request: Request) -> Response:
    """Answer POST: an element that names a contact changes it."""
    return await _write(request, find_contact)


async def update_one(request: Request) -> Response:
    """Answer POST on a record."""
    contact_id = find_by_reference(organisation_of(request), request.path_params["record_id"]).id
    return await _write(request, lambda organisation, _: organisation.contacts.get(contact_id))


async def _write(request: Request, match: Callable[[Organisation, JSON], Contact | None]) -> Response:
    organisation = organisation_of(request)
    elements = await elements_of(request, "Contacts", "Contact")

    def save(payload: JSON) -> JSON:
        change = edit_contact(organisation, payload, match(organisation, payload))
        if change.changed:
            organisation.put_contact(change.contact)
            organisation.note(change.contact.id, "Created" if change.created else "Edited")
        return contact_json(change.contact)

    def echo(payload: JSON) -> JSON:
        shown = {name: value for name, value in payload.items() if name != "UpdatedDateUTC"}
        return {**shown, "ContactID": text_of(payload, "ContactID") or NIL_ID}

    return write_all(
        request,
        organisation,
        elements,
        key="Contacts",
        save=save,
        echo=echo,
        error_flag="HasValidationErrors",
        warns=False,
    )


def balances_json(organisation: Organisation, contact: Contact) -> JSON:
    """Return Balances of a contact, left out when nothing is outstanding; amounts in the documents' currencies."""
    today = organisation.today()
    body: JSON = {}
    for name, sale in (("AccountsReceivable", True), ("AccountsPayable", False)):
        open_ones = [
            invoice
            for invoice in organisation.invoices.by_contact[contact.id]
            if invoice.is_sale is sale and invoice.status == "AUTHORISED"
        ]
        if open_ones:
            overdue = [invoice for invoice in open_ones if invoice.due_date and invoice.due_date < today]
            body[name] = {
                "Outstanding": sum(invoice.due for invoice in open_ones),
                "Overdue": sum(invoice.due for invoice in overdue),
            }
    return {"Balances": body} if body else {}


def contact_fields(organisation: Organisation) -> Mapping[str, Field[Contact]]:
    """Return what where and order may name on contacts."""
    contacts = organisation.contacts

    def found(contact: Contact | None) -> list[Contact]:
        return [] if contact is None else [contact]

    return {
        "ContactID": Field("Guid", lambda c: c.id, lambda value: found(contacts.get(value))),
        "ContactNumber": Field("String", lambda c: c.contact_number, lambda value: found(contacts.numbered(value))),
        "AccountNumber": Field("String", lambda c: c.account_number),
        "ContactStatus": Field("String", lambda c: c.status, lambda value: contacts.by_status[value]),
        "Name": Field("String", lambda c: c.name),
        "FirstName": Field("String", lambda c: c.first_name),
        "LastName": Field("String", lambda c: c.last_name),
        "CompanyNumber": Field("String", lambda c: c.company_number),
        "EmailAddress": Field("String", lambda c: c.email),
        "TaxNumber": Field("String", lambda c: c.tax_number),
        "DefaultCurrency": Field("String", lambda c: c.default_currency),
        "IsCustomer": Field("Boolean", lambda c: c.is_customer),
        "IsSupplier": Field("Boolean", lambda c: c.is_supplier),
        "UpdatedDateUTC": Field("DateTime", lambda c: c.updated, since=contacts.ordered.since),
    }


def find_by_reference(organisation: Organisation, reference: str) -> Contact:
    """Return the contact with this ContactID or ContactNumber. Raises NotFoundError."""
    contacts = organisation.contacts
    found = contacts.get(reference.lower()) or contacts.numbered(reference)
    if found is None:
        raise NotFoundError(reference)
    return found


routes: list[Route] = [
    Route(f"{API}/Contacts", index, methods=["GET"]),
    Route(f"{API}/Contacts", create, methods=["PUT"]),
    Route(f"{API}/Contacts", update, methods=["POST"]),
    Route(f"{API}/Contacts/{{record_id}}", one, methods=["GET"]),
    Route(f"{API}/Contacts/{{record_id}}", update_one, methods=["POST"]),
]
