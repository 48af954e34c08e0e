"""The two kinds of document, and the words in which they differ on the wire."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """What an invoice and a credit note call the same thing."""

    name: str
    path: str
    number: str
    number_prefix: str
    status_filter: str
    search_filter: str
    line_parent: str
    resource_type: str
    period: tuple[str, str]
    """First and last day of a line's service period."""


INCLUSIVE = ("start", "endInclusive")
"""First and last day of an invoice's billing period, and of the service period of a credit note's line."""

INVOICE = Kind(
    name="invoice",
    path="/invoices",
    number="invoiceNumber",
    number_prefix="INV-",
    status_filter="invoiceStatus",
    search_filter="search",
    line_parent="invoiceId",
    resource_type="INVOICE",
    period=("startDate", "endDate"),
)
CREDIT_NOTE = Kind(
    name="credit note",
    path="/credit-notes",
    number="creditNoteNumber",
    number_prefix="CN-",
    status_filter="creditNoteStatus",
    search_filter="searchCreditNoteNumber",
    line_parent="creditNoteId",
    resource_type="CREDIT_NOTE",
    period=INCLUSIVE,
)

STATUSES = ("IN_PROGRESS", "DRAFT", "FINAL", "SENT", "VOIDED")
PAYMENT_STATUSES = ("UNPAID", "PARTIALLY_PAID", "PAID", "UNCOLLECTIBLE")
TAX_STATUSES = ("TAXED", "TAX_EXEMPT", "REVERSE_CHARGED")
