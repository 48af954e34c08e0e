"""Invoices, credit notes and contacts as Xero keeps them: the side of the books."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from xerosync.model.base import Message
from xerosync.model.documents import Kind

PLACEHOLDER = date(3000, 1, 1)
"""The issue and due date of a document in Xero until it is sent (Sequence's own convention)."""


class XeroStatus(StrEnum):
    """Status of an invoice or credit note in Xero."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    AUTHORISED = "AUTHORISED"
    PAID = "PAID"
    VOIDED = "VOIDED"
    DELETED = "DELETED"

    @property
    def is_gone(self) -> bool:
        """Whether the document no longer counts in the books."""
        return self in (XeroStatus.VOIDED, XeroStatus.DELETED)


class XeroDocument(Message):
    """What Xero answered about one invoice or credit note.

    Amounts are in `currency`; `issue_date` (Xero's Date) and `due_date` are calendar dates of the organisation,
    `updated_at` is Xero's UpdatedDateUTC, which not every edit moves; `seen_at` is when we asked, UTC.
    """

    xero_id: str
    kind: Kind
    number: str
    status: XeroStatus
    sent: bool
    issue_date: date | None
    due_date: date | None
    contact_id: str | None
    currency: str
    total: Decimal
    total_tax: Decimal
    amount_paid: Decimal = Decimal(0)
    amount_credited: Decimal = Decimal(0)
    reference: str | None = None
    url: str | None = None
    updated_at: datetime
    seen_at: datetime

    @property
    def is_frozen(self) -> bool:
        """Whether a payment or credit keeps Xero from changing its dates."""
        return self.status is XeroStatus.PAID or self.amount_paid > 0 or self.amount_credited > 0


class XeroContact(Message):
    """A contact of a Xero organisation."""

    contact_id: str
    name: str
    contact_number: str | None = None
    email: str | None = None
    is_customer: bool = False
    is_archived: bool = False
    merged_to: str | None = None
