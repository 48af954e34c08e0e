"""/CreditNotes: sales and purchase credit notes. No filters by id, number, status or app: only `where` has them.

A credit note has no Url. Whether it keeps a DueDate is not published: `Settings.credit_note_due_dates`.
"""

from starlette.routing import Route

from standins.xero.dates import date_field
from standins.xero.document_api import JSON, DocumentApi, View
from standins.xero.listing import Selection
from standins.xero.model import CREDIT_NOTE, ZERO, Document
from standins.xero.query import Parameters
from standins.xero.rendering import (
    contact_json,
    contact_reference,
    dates_json,
    line_json,
    payment_reference,
    totals_json,
)
from standins.xero.state import Organisation


def credit_note_json(organisation: Organisation, note: Document, view: View) -> JSON:
    """Return a credit note as answers show it."""
    contact = organisation.contacts.get(note.contact_id)
    assert contact is not None
    lines = note.lines if view.detail else ()
    body: JSON = {
        "CreditNoteID": note.id,
        "CreditNoteNumber": note.number,
        "Payments": [payment_reference(organisation.payments[key]) for key in note.payments],
        "ID": note.id,
        "CurrencyRate": note.currency_rate,
        "Type": note.type,
        "Reference": note.reference,
        "SentToContact": note.sent,
        "RemainingCredit": ZERO if note.status in {"VOIDED", "DELETED"} else note.due,
        "Allocations": [_allocation(organisation, key) for key in note.allocations],
        "HasAttachments": note.has_attachments,
        "HasErrors": False,
        "Contact": contact_json(contact) if view.detail else contact_reference(contact),
        **dates_json(note),
        "LineItems": [line_json(line, organisation, view.unit_places) for line in lines],
        **totals_json(note),
    }
    if note.branding_theme_id is not None:
        body["BrandingThemeID"] = note.branding_theme_id
    return body


def _allocation(organisation: Organisation, key: str) -> JSON:
    allocation = organisation.allocations[key]
    invoice = organisation.invoices.get(allocation.invoice_id)
    return {
        "AllocationID": allocation.id,
        "Amount": allocation.amount,
        "Date": date_field(allocation.date),
        "Invoice": {"InvoiceID": allocation.invoice_id, "InvoiceNumber": invoice.number if invoice else ""},
    }


def _narrow(_organisation: Organisation, _selection: Selection[Document], _parameters: Parameters, _app: str) -> None:
    """Xero's own list has no such parameters and ignores them: where is the only way."""


CREDIT_NOTES = DocumentApi(CREDIT_NOTE, credit_note_json, _narrow)

routes: list[Route] = CREDIT_NOTES.routes()
