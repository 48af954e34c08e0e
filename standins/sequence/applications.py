"""`/credit-note-applications`: a part of a credit note's balance allocated to an invoice.

Money is a JSON number here. Both balance versions must be the current ones, else 409 with the current balances.
`Idempotency-Key` is required: the same key with the same body answers what it answered, with 200 instead of 201.
Not published, and chosen here: an invoice credited in full is PAID, in part PARTIALLY_PAID; the same key with
another body is refused; keys are kept for good.
"""

from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from standins.exactjson import ExactJSONResponse
from standins.sequence import lifecycle, money
from standins.sequence.documents import announce
from standins.sequence.errors import Conflict, Invalid, NotAllowed
from standins.sequence.kinds import CREDIT_NOTE, INVOICE
from standins.sequence.reading import Fields, fields_of
from standins.sequence.records import Application, Document
from standins.sequence.rendering import balance
from standins.sequence.state import Account, account_of, new_id


async def apply(request: Request) -> Response:
    """POST: allocate, 201; 200 for a repetition."""
    fields = await fields_of(request)
    account = account_of(request)
    key = request.headers.get("idempotency-key")
    if not key:
        raise Invalid("The header Idempotency-Key is required")
    asked = _asked(fields)
    known = account.applied.get(key)
    if known is not None:
        if known.asked != asked:
            raise Invalid("The Idempotency-Key was used for another application")
        return ExactJSONResponse(known.answer, HTTPStatus.OK)
    note = account.credit_notes.get(asked["creditNoteId"])
    invoice = account.invoices.get(asked["invoiceId"])
    amount = _allowed(account, fields, note, invoice)
    application = Application(new_id(), invoice.id, amount, account.stamp())
    note.applications += (application,)
    for document in (note, invoice):
        document.applied += amount
        document.balance_version += 1
        document.updated_at = application.applied_at
    invoice.payment_status = "PARTIALLY_PAID" if balance(invoice) else "PAID"
    answer = _answer(note, invoice, application)
    account.remember_application(key, asked, answer)
    announce(request, INVOICE, invoice, "UPDATED")
    announce(request, CREDIT_NOTE, note, "UPDATED")
    return ExactJSONResponse(answer, HTTPStatus.CREATED)


def _asked(fields: Fields) -> dict[str, Any]:
    """Return the request in a form that can be compared and kept."""
    return {
        "creditNoteId": fields.full("creditNoteId"),
        "invoiceId": fields.full("invoiceId"),
        "amount": str(fields.number("amount").normalize()),
        "currency": fields.need("currency", fields.choice("currency", money.CURRENCIES)),
        "creditNoteBalanceVersion": fields.need("creditNoteBalanceVersion", fields.whole("creditNoteBalanceVersion")),
        "invoiceBalanceVersion": fields.need("invoiceBalanceVersion", fields.whole("invoiceBalanceVersion")),
    }


def _allowed(account: Account, fields: Fields, note: Document, invoice: Document) -> int:
    """Return the amount in minor units when it may be applied. Raises NotAllowed, Conflict, Invalid."""
    lifecycle.require_issued(account.credit_notes, note)
    lifecycle.require_issued(account.invoices, invoice)
    currency = fields.choice("currency", money.CURRENCIES)
    if not note.currency == invoice.currency == currency:
        raise NotAllowed("Credit note, invoice and amount must be of one currency")
    if note.customer_id != invoice.customer_id:
        raise NotAllowed("Credit note and invoice must be of one customer")
    versions = (fields.whole("creditNoteBalanceVersion"), fields.whole("invoiceBalanceVersion"))
    if versions != (note.balance_version, invoice.balance_version):
        raise Conflict(
            "A balance changed meanwhile; read both again",
            {"currentInvoiceBalance": _balance(invoice), "currentCreditNoteBalance": _balance(note)},
        )
    amount = money.minor(fields.number("amount"), note.currency, "amount")
    if amount <= 0:
        raise Invalid("amount must be above zero")
    if amount > min(balance(note), balance(invoice)):
        raise NotAllowed("amount is more than what is left of the credit note or of the invoice")
    return amount


def _answer(note: Document, invoice: Document, application: Application) -> dict[str, Any]:
    return {
        "ledgerTransactionId": application.id,
        "creditNoteId": note.id,
        "invoiceId": invoice.id,
        "amount": money.number(application.amount, note.currency),
        "currency": note.currency,
        "appliedAt": application.applied_at,
        "invoiceBalance": _balance(invoice),
        "creditNoteBalance": _balance(note),
    }


def _balance(document: Document) -> dict[str, Any]:
    return {
        "value": money.number(balance(document), document.currency),
        "currency": document.currency,
        "version": document.balance_version,
    }


routes = [Route("/credit-note-applications", apply, methods=["POST"])]
