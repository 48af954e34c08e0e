"""/CreditNotes/{id}/Allocations: credit set against an invoice, which freezes both."""

from datetime import date

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.xero.batch import write_all
from standins.xero.dates import NotADateError, date_field, read_date
from standins.xero.document_api import API, JSON, find_document
from standins.xero.documents import check_lock_dates
from standins.xero.echo import echoed
from standins.xero.envelope import rendered
from standins.xero.errors import InvalidError, NotFoundError
from standins.xero.model import CREDIT_NOTE, Allocation
from standins.xero.query import elements_of, number_of, organisation_of, text_of
from standins.xero.settlement import allocate, remove_allocation
from standins.xero.state import Organisation


def allocation_json(organisation: Organisation, allocation: Allocation) -> JSON:
    """Return an allocation with the invoice and the credit note it ties."""
    invoice = organisation.invoices.get(allocation.invoice_id)
    note = organisation.credit_notes.get(allocation.credit_note_id)
    return {
        "AllocationID": allocation.id,
        "Amount": allocation.amount,
        "Date": date_field(allocation.date),
        "Invoice": {
            "InvoiceID": allocation.invoice_id,
            "InvoiceNumber": invoice.number if invoice else "",
            "Payments": [],
            "CreditNotes": [],
            "Prepayments": [],
            "Overpayments": [],
            "HasErrors": False,
            "IsDiscounted": False,
            "LineItems": [],
            "ValidationErrors": [],
        },
        "CreditNote": {
            "CreditNoteID": allocation.credit_note_id,
            "CreditNoteNumber": note.number if note else "",
            "ID": allocation.credit_note_id,
            "LineItems": [],
        },
        "ValidationErrors": [],
    }


async def create(request: Request) -> Response:
    """Answer PUT: `{Amount, Date, Invoice: {InvoiceID}}`, one or several."""
    organisation = organisation_of(request)
    note_id = find_document(organisation, CREDIT_NOTE, request.path_params["record_id"]).id
    elements = await elements_of(request, "Allocations", "Allocation")

    def save(payload: JSON) -> JSON:
        return allocation_json(organisation, _allocate(organisation, note_id, payload))

    return write_all(
        request, organisation, elements, key="Allocations", save=save, echo=echoed, error_flag=None, warns=False
    )


async def delete(request: Request) -> Response:
    """Answer DELETE: the allocation as it was, with IsDeleted."""
    organisation = organisation_of(request)
    note = find_document(organisation, CREDIT_NOTE, request.path_params["record_id"])
    key = request.path_params["allocation_id"].lower()
    if key not in note.allocations:
        raise NotFoundError(key)
    allocation = organisation.allocations[key]
    remove_allocation(organisation, allocation)
    return rendered(request, {**allocation_json(organisation, allocation), "IsDeleted": True})


def _allocate(organisation: Organisation, note_id: str, payload: JSON) -> Allocation:
    note = find_document(organisation, CREDIT_NOTE, note_id)
    named = payload.get("Invoice")
    reference = text_of(named, "InvoiceID") if isinstance(named, dict) else None
    invoice = organisation.invoices.get((reference or "").lower())
    if invoice is None:
        raise InvalidError("An existing Invoice with the specified InvoiceID could not be found")
    # AppliedAmount is what the field was called, and what pyxero still sends
    amount = number_of(payload, "Amount" if "Amount" in payload else "AppliedAmount")
    if amount is None:
        raise InvalidError("The amount to allocate must be specified")
    day = _day(organisation, payload)
    check_lock_dates(organisation, day)
    return allocate(organisation, note, invoice, amount, day)


def _day(organisation: Organisation, payload: JSON) -> date:
    try:
        return read_date(payload["Date"]) if payload.get("Date") else organisation.today()
    except NotADateError as error:
        raise InvalidError(f"The value '{error}' of Date is not a valid date") from error


_PATH = f"{API}/CreditNotes/{{record_id}}/Allocations"

routes: list[Route] = [
    Route(_PATH, create, methods=["PUT"]),
    Route(_PATH + "/{allocation_id}", delete, methods=["DELETE"]),
]
