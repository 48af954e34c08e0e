"""`POST /_sandbox/documents/load`: many customers and documents with their lines in one call, all or nothing.

The elements are what the API takes, and besides: `id`; `lines` and `groups` (a line names its group by `groupId`,
a group is given its `id`); `status`, reached at once (a final one gets its number and dates); `paymentStatus`;
`sentOn`, the day of sending, today's by default. No webhook is sent.
"""

from collections.abc import Callable
from typing import Any

from standins.sequence import lifecycle
from standins.sequence.customers import new_customer
from standins.sequence.drafting import new_document, new_line, total
from standins.sequence.errors import Invalid
from standins.sequence.kinds import CREDIT_NOTE, INVOICE, PAYMENT_STATUSES, STATUSES, Kind
from standins.sequence.lines import new_group
from standins.sequence.reading import Fields, shared
from standins.sequence.records import Customer, Document, LinkedService
from standins.sequence.state import Account, new_id

_ISSUED = ("FINAL", "SENT")


def load_documents(account: Account, fields: Fields) -> dict[str, Any]:
    """Load `{customers, invoices, creditNotes}` and return what was made, in the same order.

    The answer is `{customers: [id], invoices: [{id, number}], creditNotes: [{id, number}]}`. Raises Invalid or
    NotAllowed for the first element that can't be loaded, and nothing is loaded then.
    """
    undo: list[Callable[[], object]] = [account.invoices.keep_counters(), account.credit_notes.keep_counters()]
    try:
        customers = [_load_customer(account, each, undo) for each in fields.children("customers") or ()]
        invoices = [_load(account, INVOICE, each, undo) for each in fields.children("invoices") or ()]
        notes = [_load(account, CREDIT_NOTE, each, undo) for each in fields.children("creditNotes") or ()]
    except Exception:
        for step in reversed(undo):
            step()
        raise
    return {
        "customers": [each.id for each in customers],
        "invoices": [{"id": each.id, "number": each.number} for each in invoices],
        "creditNotes": [{"id": each.id, "number": each.number} for each in notes],
    }


def _load_customer(account: Account, fields: Fields, undo: list[Callable[[], object]]) -> Customer:
    customer_id = fields.text("id") or new_id()
    if customer_id in account.customers:
        raise Invalid(f"{fields.path('id')} is taken by another customer")
    customer = new_customer(account, fields, customer_id=customer_id, seq=account.next_customer_seq())
    account.add_customer(customer)
    undo.append(lambda: account.drop_last_customer(customer))
    return customer


def _load(account: Account, kind: Kind, fields: Fields, undo: list[Callable[[], object]]) -> Document:
    register = account.register(kind)
    document_id = fields.text("id") or new_id()
    if register.find(document_id) is not None:
        raise Invalid(f"{fields.path('id')} is taken by another {kind.name}")
    document = new_document(account, kind, fields, document_id)
    _fill(document, fields)
    _place(document, fields)
    status = document.status
    if status in _ISSUED:
        lifecycle.issue_dates(account, register, document)
        document.balance_version = 1
    if status == "SENT":
        document.sent_on = fields.day("sentOn") or account.today()
    register.add(document)
    undo.append(lambda: register.remove(document))
    if status in (*_ISSUED, "VOIDED"):
        register.number_next(document)
    invoice = account.invoices.find(document.credited_invoice_id)
    if invoice is not None:
        before = invoice.credit_note_ids
        invoice.credit_note_ids = (*before, document.id)
        undo.append(lambda: setattr(invoice, "credit_note_ids", before))
    return document


def _fill(document: Document, fields: Fields) -> None:
    """Add groups and lines, and total them."""
    for index, group in enumerate(fields.children("groups") or ()):
        document.groups.append(new_group(group, group_id=group.text("id") or new_id(), index=index))
    for index, line in enumerate(fields.children("lines") or ()):
        made = new_line(document, line, line_id=line.text("id") or new_id(), index=index)
        made.title = shared(made.title)
        document.lines.append(made)
    total(document)


def _place(document: Document, fields: Fields) -> None:
    """Set what the API would have made step by step."""
    document.status = fields.choice("status", STATUSES) or "DRAFT"
    document.payment_status = fields.choice("paymentStatus", PAYMENT_STATUSES) or "UNPAID"
    document.linked_services = tuple(
        LinkedService(
            external_id=link.full("externalId"),
            external_service=link.full("externalService"),
            sync_time=link.full("syncTime"),
            external_url=link.text("externalUrl"),
        )
        for link in fields.children("linkedServices") or ()
    )
