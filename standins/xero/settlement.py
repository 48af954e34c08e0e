"""Payments and allocations, and what they do to the documents they settle.

A document whose last penny is settled becomes PAID on that day; one whose settlement is undone becomes AUTHORISED
again. Payments of a foreign currency are taken at the document's own rate.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from standins.xero.errors import InvalidError
from standins.xero.model import CREDIT_NOTE, INVOICE, ZERO, Account, Allocation, Document, Kind, Payment
from standins.xero.state import Organisation
from standins.xero.totals import to_cents

_TOO_MUCH = "Payment amount exceeds the amount outstanding on this document"
_PAYMENT_TYPES = {
    "ACCREC": "ACCRECPAYMENT",
    "ACCPAY": "ACCPAYPAYMENT",
    "ACCRECCREDIT": "ARCREDITPAYMENT",
    "ACCPAYCREDIT": "APCREDITPAYMENT",
}


def pay(
    organisation: Organisation,
    kind: Kind,
    document: Document,
    *,
    account: Account,
    amount: Decimal,
    day: date,
    reference: str = "",
    is_reconciled: bool = False,
) -> Payment:
    """Record a payment of an approved document, or a refund of a credit note. Raises InvalidError."""
    if document.status not in {"AUTHORISED", "PAID"}:
        raise InvalidError(f"{kind.words} is not of valid status for payment")
    if account.type != "BANK" and not account.enable_payments:
        raise InvalidError("The account is not a bank account and payments to it are not enabled.")
    if amount <= 0:
        raise InvalidError("Payment amount must be greater than zero")
    if amount > document.due:
        raise InvalidError(_TOO_MUCH)
    payment = Payment(
        id=organisation.xero.new_id(),
        sequence=organisation.next_sequence(),
        kind=kind.noun,
        document_id=document.id,
        account_id=account.id,
        date=day,
        amount=to_cents(amount),
        currency_rate=document.currency_rate,
        type=_PAYMENT_TYPES[document.type],
        updated=organisation.stamp(),
        reference=reference,
        is_reconciled=is_reconciled,
    )
    organisation.put_payment(payment)
    payments = (*document.payments, payment.id)
    _settle(organisation, kind, replace(document, payments=payments, paid=document.paid + payment.amount), day)
    organisation.note(document.id, "Payment", f"{payment.amount} on {day.isoformat()}")
    return payment


def remove_payment(organisation: Organisation, payment: Payment) -> Payment:
    """Delete a payment; the document is open again. Raises InvalidError."""
    if payment.status == "DELETED":
        raise InvalidError("This payment has already been deleted.")
    kind = INVOICE if payment.kind == INVOICE.noun else CREDIT_NOTE
    deleted = replace(payment, status="DELETED", updated=organisation.stamp())
    organisation.put_payment(deleted)
    document = organisation.register(kind).get(payment.document_id)
    assert document is not None
    payments = tuple(key for key in document.payments if key != payment.id)
    _settle(organisation, kind, replace(document, payments=payments, paid=document.paid - payment.amount), payment.date)
    return deleted


def allocate(organisation: Organisation, note: Document, invoice: Document, amount: Decimal, day: date) -> Allocation:
    """Set credit of a credit note against an invoice of the same contact and currency. Raises InvalidError."""
    if note.status != "AUTHORISED":
        raise InvalidError("Credit Note is not of valid status for allocation")
    if invoice.status != "AUTHORISED" or invoice.is_sale is not note.is_sale:
        raise InvalidError("Invoice is not of valid status for allocation")
    if invoice.contact_id != note.contact_id or invoice.currency != note.currency:
        raise InvalidError("The credit note and the invoice must be of the same contact and currency.")
    if amount <= 0:
        raise InvalidError("The amount to allocate must be greater than zero")
    if amount > note.due:
        raise InvalidError("The amount to allocate exceeds the remaining credit of the credit note")
    if amount > invoice.due:
        raise InvalidError("The amount to allocate exceeds the amount outstanding on the invoice")
    allocation = Allocation(
        id=organisation.xero.new_id(),
        credit_note_id=note.id,
        invoice_id=invoice.id,
        amount=to_cents(amount),
        date=day,
    )
    organisation.allocations[allocation.id] = allocation
    for kind, document in ((CREDIT_NOTE, note), (INVOICE, invoice)):
        keys, credited = (*document.allocations, allocation.id), document.credited + allocation.amount
        _settle(organisation, kind, replace(document, allocations=keys, credited=credited), day)
        organisation.note(document.id, "Credit Applied", f"{allocation.amount} on {day.isoformat()}")
    return allocation


def remove_allocation(organisation: Organisation, allocation: Allocation) -> None:
    """Undo an allocation; both documents are open again."""
    del organisation.allocations[allocation.id]
    for kind, key in ((CREDIT_NOTE, allocation.credit_note_id), (INVOICE, allocation.invoice_id)):
        document = organisation.register(kind).get(key)
        assert document is not None
        keys = tuple(held for held in document.allocations if held != allocation.id)
        credited = document.credited - allocation.amount
        _settle(organisation, kind, replace(document, allocations=keys, credited=credited), allocation.date)


def _settle(organisation: Organisation, kind: Kind, document: Document, day: date) -> None:
    paid = document.due == ZERO
    status, paid_on = ("PAID", day) if paid else ("AUTHORISED", None)
    settled = replace(document, status=status, fully_paid_on=paid_on, updated=organisation.stamp())
    organisation.put_document(kind, settled)
