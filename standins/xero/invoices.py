"""/Invoices: sales invoices and bills."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.xero.actions import mark_sent
from standins.xero.dates import date_field, date_string
from standins.xero.document_api import API, JSON, DocumentApi, View, find_document, narrow_by_status
from standins.xero.envelope import enveloped
from standins.xero.errors import ValidationError
from standins.xero.listing import Selection
from standins.xero.model import INVOICE, ZERO, Document
from standins.xero.query import Parameters, organisation_of
from standins.xero.registers import Union
from standins.xero.rendering import (
    contact_json,
    contact_reference,
    dates_json,
    line_json,
    payment_reference,
    totals_json,
)
from standins.xero.state import Organisation


def invoice_json(organisation: Organisation, invoice: Document, view: View) -> JSON:
    """Return an invoice as answers show it."""
    contact = organisation.contacts.get(invoice.contact_id)
    assert contact is not None
    body: JSON = {
        "Type": invoice.type,
        "InvoiceID": invoice.id,
        "InvoiceNumber": invoice.number,
        "Reference": invoice.reference,
    }
    if not view.summary:
        body |= {
            "Payments": [payment_reference(organisation.payments[key]) for key in invoice.payments],
            "CreditNotes": _credits(organisation, invoice),
            "Prepayments": [],
            "Overpayments": [],
        }
    body |= {
        "AmountDue": ZERO if invoice.status in {"VOIDED", "DELETED"} else invoice.due,
        "AmountPaid": invoice.paid,
        "AmountCredited": invoice.credited,
        "SentToContact": invoice.sent,
        "CurrencyRate": invoice.currency_rate,
        "IsDiscounted": bool(invoice.total_discount),
        "HasAttachments": invoice.has_attachments,
        "HasErrors": False,
    }
    if invoice.url is not None:
        body["Url"] = invoice.url
    if invoice.branding_theme_id is not None:
        body["BrandingThemeID"] = invoice.branding_theme_id
    body["Contact"] = contact_json(contact) if view.detail and not view.summary else contact_reference(contact)
    body |= dates_json(invoice)
    for name, day in (
        ("ExpectedPaymentDate", invoice.expected_payment_date),
        ("PlannedPaymentDate", invoice.planned_payment_date),
    ):
        if day is not None:
            body |= {name: date_field(day), f"{name}String": date_string(day)}
    if not view.summary:
        lines = invoice.lines if view.detail else ()
        body["LineItems"] = [line_json(line, organisation, view.unit_places) for line in lines]
    if invoice.total_discount:
        body["TotalDiscount"] = invoice.total_discount
    return body | totals_json(invoice)


def _credits(organisation: Organisation, invoice: Document) -> list[JSON]:
    found: list[JSON] = []
    for key in invoice.allocations:
        allocation = organisation.allocations[key]
        note = organisation.credit_notes.get(allocation.credit_note_id)
        found.append(
            {
                "CreditNoteID": allocation.credit_note_id,
                "CreditNoteNumber": note.number if note else "",
                "ID": allocation.credit_note_id,
                "HasErrors": False,
                "AppliedAmount": allocation.amount,
                "DateString": date_string(allocation.date),
                "Date": date_field(allocation.date),
                "LineItems": [],
                "Total": note.total if note else allocation.amount,
            }
        )
    return found


def _narrow(organisation: Organisation, selection: Selection[Document], parameters: Parameters, app: str) -> None:
    register = organisation.invoices
    if (wanted := parameters.ids("IDs")) is not None:
        found = [document for key in wanted if (document := register.get(key))]
        selection.among(found, lambda invoice: invoice.id in wanted)
    if (numbers := parameters.many("InvoiceNumbers")) is not None:
        wanted_numbers = set(numbers)
        found = [invoice for number in wanted_numbers for invoice in register.numbered(number)]
        selection.among(found, lambda invoice: invoice.number in wanted_numbers)
    if (owners := parameters.ids("ContactIDs")) is not None:
        selection.among(
            Union(register.by_contact[owner] for owner in owners), lambda invoice: invoice.contact_id in owners
        )
    if statuses := parameters.many("Statuses"):
        narrow_by_status(organisation, INVOICE, selection, statuses)
    if parameters.flag("createdByMyApp"):
        selection.keep(lambda invoice: invoice.created_by == app)
    if term := (parameters.text("searchTerm") or "").casefold():
        selection.keep(lambda invoice: term in invoice.number.casefold() or term in invoice.reference.casefold())


async def online_invoice(request: Request) -> Response:
    """Answer GET …/OnlineInvoice: the address where the customer sees an approved sales invoice."""
    organisation = organisation_of(request)
    invoice = find_document(organisation, INVOICE, request.path_params["record_id"])
    shown = invoice.is_sale and invoice.status in {"AUTHORISED", "PAID"}
    links = [{"OnlineInvoiceUrl": f"https://in.xero.com/{invoice.id.replace('-', '')}"}] if shown else []
    return enveloped(request, "OnlineInvoices", links)


async def email(request: Request) -> Response:
    """Answer POST …/Email: 204, and the invoice is marked as sent.

    Xero's Demo Company can't send. The words of the refusals are unverified.
    """
    organisation = organisation_of(request)
    invoice = find_document(organisation, INVOICE, request.path_params["record_id"])
    contact = organisation.contacts.get(invoice.contact_id)
    message = None
    if organisation.profile.is_demo:
        message = "Emails cannot be sent from the Demo Company through the API"
    elif not invoice.is_sale or invoice.status not in {"SUBMITTED", "AUTHORISED", "PAID"}:
        message = "Only approved sales invoices can be emailed"
    elif contact is None or not contact.email:
        message = "The contact has no email address"
    if message is not None:
        raise ValidationError([{"InvoiceID": invoice.id, "ValidationErrors": [{"Message": message}]}])
    if invoice.status != "SUBMITTED":
        mark_sent(organisation, INVOICE, invoice)
    return Response(status_code=204)


INVOICES = DocumentApi(INVOICE, invoice_json, _narrow)

routes: list[Route] = [
    *INVOICES.routes(),
    Route(f"{API}/Invoices/{{record_id}}/OnlineInvoice", online_invoice, methods=["GET"]),
    Route(f"{API}/Invoices/{{record_id}}/Email", email, methods=["POST"]),
]
