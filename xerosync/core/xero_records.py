"""Invoices, credit notes and contacts as Xero keeps them: the side of the books."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from xerosync.core.base import Message
from xerosync.core.documents import Kind

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

    @property
    def is_unapproved(self) -> bool:
        """Whether the document does not count in the books yet: nobody who may has approved it."""
        return self in (XeroStatus.DRAFT, XeroStatus.SUBMITTED)


class Payment(StrEnum):
    """How far a document is settled in Xero, without its amounts."""

    NOTHING = "nothing"
    PART = "part"
    FULL = "full"


class Allocation(StrEnum):
    """Whether a credit note is to be set against the invoice that it credits, and how far that is."""

    NONE = "none"
    WANTED = "wanted"
    PENDING = "pending"
    """The invoice is not there yet, or not sent on both sides."""
    DONE = "done"


class Amounts(Message):
    """What of a document is paid, credited and still open in Xero, in its currency, and when Xero was asked (UTC).

    Of a credit note `paid` is what was refunded, `credited` what is set against invoices, `open` what remains.
    """

    paid: Decimal
    credited: Decimal
    open: Decimal
    seen_at: datetime

    @property
    def total(self) -> Decimal:
        """The document's total in Xero when it was asked, tax included."""
        return self.paid + self.credited + self.open

    def is_as(self, other: "Amounts") -> bool:
        """Whether both say the same, whenever they were seen."""
        return (self.paid, self.credited, self.open) == (other.paid, other.credited, other.open)


class XeroDocument(Message):
    """What Xero answered about one invoice or credit note.

    Amounts are in `currency`; `issue_date` (Xero's Date) and `due_date` are calendar dates of the organisation,
    `open_amount` is what is due of an invoice or remains of a credit note, None where Xero does not say;
    `allocated_to` names the invoices that a credit note is set against. `updated_at` is Xero's UpdatedDateUTC, which
    not every edit moves; `seen_at` is when we asked, UTC.
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
    open_amount: Decimal | None = None
    allocated_to: tuple[str, ...] = ()
    reference: str | None = None
    url: str | None = None
    updated_at: datetime
    seen_at: datetime

    @property
    def is_frozen(self) -> bool:
        """Whether a payment or credit keeps Xero from changing its dates."""
        return self.payment is not Payment.NOTHING

    @property
    def amounts(self) -> Amounts:
        """What is paid, credited and open."""
        left = self.total - self.amount_paid - self.amount_credited if self.open_amount is None else self.open_amount
        return Amounts(paid=self.amount_paid, credited=self.amount_credited, open=left, seen_at=self.seen_at)

    @property
    def payment(self) -> Payment:
        """How far it is settled. Credit counts as payment, as in Sequence, where it makes an invoice PAID, too."""
        if self.status is XeroStatus.PAID:
            return Payment.FULL
        return Payment.PART if self.amount_paid > 0 or self.amount_credited > 0 else Payment.NOTHING


class XeroAddress(Message):
    """One of a contact's two address slots, POBOX (where bills go) or STREET; free text, empty where nothing is."""

    slot: str
    lines: tuple[str, ...] = ()
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written in it."""
        return not (self.lines or self.city or self.region or self.postal_code or self.country)


class XeroPerson(Message):
    """A further person of a contact."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    in_emails: bool = False


class XeroContact(Message):
    """A contact of a Xero organisation. Lists without pages leave out the persons and what it was merged into."""

    contact_id: str
    name: str
    contact_number: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    tax_number: str | None = None
    default_currency: str | None = None
    receivable_tax_type: str | None = None
    addresses: tuple[XeroAddress, ...] = ()
    persons: tuple[XeroPerson, ...] = ()
    is_customer: bool = False
    is_archived: bool = False
    merged_to: str | None = None

    def address(self, slot: str) -> XeroAddress:
        """Return the address of a slot; an empty one where Xero has none."""
        return next((it for it in self.addresses if it.slot == slot), XeroAddress(slot=slot))


class ContactPage(NamedTuple):
    """A page of contacts; `total` is how many all pages have together, where Xero says it."""

    contacts: Sequence[XeroContact]
    total: int | None
    is_last: bool
