"""What invoices have and credit notes have not: payment status, edits after sending, reconciling.

A sent invoice can still change its due date, purchase order number, memo, reference and billing address; a due
date set so counts as set by hand and ends the payment terms, and can be moved but not cleared.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.exactjson import ExactJSONResponse
from standins.sequence import lifecycle, rendering
from standins.sequence.documents import announce
from standins.sequence.drafting import Reader
from standins.sequence.errors import Invalid
from standins.sequence.kinds import INVOICE, PAYMENT_STATUSES
from standins.sequence.reading import Fields, fields_of
from standins.sequence.records import Document
from standins.sequence.state import account_of

_SENT_DETAILS: Mapping[str, tuple[str, Reader]] = {
    "purchaseOrderNumber": ("purchase_order_number", Fields.text),
    "memo": ("memo", Fields.text),
    "reference": ("reference", Fields.text),
    "customerBillingAddress": ("billing_address", Fields.address),
    "dueDate": ("due_date", Fields.day),
}
_KEPT = ("customerBillingAddress", "dueDate")
_COMPARABLE = ("INVOICE_NUMBER", "STATUS")


async def set_payment_status(request: Request) -> Response:
    """PUT: whether a final or sent invoice is paid."""
    fields = await fields_of(request)
    document = account_of(request).invoices.get(request.path_params["id"])
    change_payment_status(request, document, fields)
    return _answer(request, document)


def change_payment_status(request: Request, document: Document, fields: Fields) -> None:
    """Set the `paymentStatus` of an invoice of the request's account. Raises Invalid, NotAllowed."""
    account = account_of(request)
    status = fields.need("paymentStatus", fields.choice("paymentStatus", PAYMENT_STATUSES))
    lifecycle.set_payment_status(account, account.invoices, document, status)
    announce(request, INVOICE, document, "UPDATED")


async def patch_sent(request: Request) -> Response:
    """PATCH: the few things that a sent invoice may still change."""
    fields = await fields_of(request)
    account = account_of(request)
    document = account.invoices.get(request.path_params["id"])
    lifecycle.require_sent(account.invoices, document)
    for attribute, value in _sent_details(fields).items():
        if attribute == "due_date":
            lifecycle.move_due_date(document, value)
        else:
            setattr(document, attribute, value)
    document.updated_at = account.stamp()
    announce(request, INVOICE, document, "UPDATED")
    return _answer(request, document)


async def reconcile(request: Request) -> Response:
    """POST: compare with an integration; 202 without a body. There is none behind the stand-in to differ from."""
    fields = await fields_of(request)
    fields.need("integrationService", fields.choice("integrationService", ("Xero",)))
    named = fields.need("invoiceIds", fields.texts("invoiceIds"))
    compared = fields.need("propertiesToCompare", fields.texts("propertiesToCompare"))
    if not compared or not set(compared) <= set(_COMPARABLE):
        raise Invalid(f"propertiesToCompare may name {' and '.join(_COMPARABLE)}")
    invoices = account_of(request).invoices
    for invoice_id in named:
        invoices.get(invoice_id)
    return Response(status_code=HTTPStatus.ACCEPTED)


def _sent_details(fields: Fields) -> dict[str, Any]:
    """Return the attributes to change. Raises Invalid for any field that a sent invoice keeps."""
    frozen = [name for name in fields.names() if name not in _SENT_DETAILS]
    if frozen:
        raise Invalid(f"A sent invoice keeps {', '.join(frozen)}; it may change {', '.join(_SENT_DETAILS)}")
    details: dict[str, Any] = {}
    for name, (attribute, read) in _SENT_DETAILS.items():
        if fields.given(name):
            value = read(fields, name)
            details[attribute] = fields.need(name, value) if name in _KEPT else value
    return details


def _answer(request: Request, document: Document) -> Response:
    return ExactJSONResponse(rendering.document(account_of(request), INVOICE, document, full=False))


routes = [
    Route("/invoices/reconcile-with-integration", reconcile, methods=["POST"]),
    Route("/invoices/{id}/payment-status", set_payment_status, methods=["PUT"]),
    Route("/invoices/{id}/sent", patch_sent, methods=["PATCH"]),
]
