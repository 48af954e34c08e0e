"""What a Xero organisation holds, as values that never change once committed.

An edit makes a new value and puts it in the place of the old one (`dataclasses.replace`). So a refused
request leaves nothing half done, and a snapshot is no more than a copy of the references. Amounts are
Decimals in the document's own currency; `updated` is UpdatedDateUTC in milliseconds since 1970; `sequence`
is the order of creation.
"""

from dataclasses import dataclass
from datetime import date as Day  # noqa: N812 - documents have a field of that name
from decimal import Decimal

ZERO = Decimal("0.00")
ONE = Decimal(1)
NIL_ID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class Kind:
    """How invoices and credit notes differ on the wire."""

    noun: str  # the element: Invoice
    plural: str  # the list and the path: Invoices
    words: str  # in messages: Invoice, Credit Note
    sales_type: str
    purchase_type: str
    category: str  # of its webhook events
    number_prefix: str

    @property
    def id_field(self) -> str:
        """The field that carries the id: InvoiceID."""
        return f"{self.noun}ID"

    @property
    def number_field(self) -> str:
        """The field that carries the number: InvoiceNumber."""
        return f"{self.noun}Number"


INVOICE = Kind("Invoice", "Invoices", "Invoice", "ACCREC", "ACCPAY", "INVOICE", "INV-")
CREDIT_NOTE = Kind("CreditNote", "CreditNotes", "Credit Note", "ACCRECCREDIT", "ACCPAYCREDIT", "CREDITNOTE", "CN-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A row of the chart of accounts. A bank account may have no code."""

    id: str
    code: str | None
    name: str
    type: str
    tax_type: str
    status: str = "ACTIVE"
    description: str = ""
    system_account: str | None = None
    enable_payments: bool = False
    bank_account_number: str | None = None
    currency_code: str | None = None
    updated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """A tax rate, in percent, and the kinds of account and of document that it may stand on."""

    tax_type: str
    name: str
    rate: Decimal
    report_tax_type: str
    sales: bool
    purchases: bool
    status: str = "ACTIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A product or service that lines may name by its code."""

    id: str
    code: str
    name: str = ""
    description: str = ""
    unit_price: Decimal | None = None
    account_code: str | None = None
    tax_type: str | None = None
    updated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One of the two address slots of a contact, POBOX or STREET; None where nothing was ever written."""

    type: str
    line1: str | None = None
    line2: str | None = None
    line3: str | None = None
    line4: str | None = None
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    attention_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One of the four phone slots of a contact."""

    type: str
    number: str = ""
    area_code: str = ""
    country_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A further person of a contact; at most five."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    include_in_emails: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """When a document falls due: `day` counted as `type` says (DAYSAFTERBILLDATE, OFFOLLOWINGMONTH, …)."""

    day: int
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A customer or supplier. `merged_to` names the contact it was merged into, if any."""

    id: str
    sequence: int
    name: str
    updated: int
    status: str = "ACTIVE"
    contact_number: str | None = None
    account_number: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company_number: str | None = None
    email: str = ""
    bank_account_details: str = ""
    tax_number: str | None = None
    default_currency: str | None = None
    receivable_tax_type: str | None = None
    payable_tax_type: str | None = None
    sales_account_code: str | None = None
    purchases_account_code: str | None = None
    addresses: tuple[Address, ...] = ()
    phones: tuple[Phone, ...] = ()
    persons: tuple[Person, ...] = ()
    sales_terms: Term | None = None
    bills_terms: Term | None = None
    is_customer: bool = False
    is_supplier: bool = False
    merged_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a document. `line_amount` is net of discount, with tax inside when amounts are Inclusive."""

    id: str
    description: str
    quantity: Decimal = ONE
    unit_amount: Decimal = ZERO
    line_amount: Decimal = ZERO
    tax_amount: Decimal = ZERO
    tax_type: str = "NONE"
    account_code: str | None = None
    item_code: str | None = None
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    tracking: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An invoice or a credit note, sales or purchase.

    `paid` is what payments (on a credit note: refunds) have settled, `credited` what allocations have.
    `created_by` is the id of the app that wrote it, None when a person did in Xero's own pages.
    """

    id: str
    sequence: int
    type: str
    number: str
    contact_id: str
    status: str
    date: Day
    due_date: Day | None
    line_amount_types: str
    currency: str
    currency_rate: Decimal
    lines: tuple[Line, ...]
    sub_total: Decimal
    total_tax: Decimal
    total: Decimal
    updated: int
    total_discount: Decimal = ZERO
    reference: str = ""
    url: str | None = None
    branding_theme_id: str | None = None
    expected_payment_date: Day | None = None
    planned_payment_date: Day | None = None
    sent: bool = False
    paid: Decimal = ZERO
    credited: Decimal = ZERO
    fully_paid_on: Day | None = None
    created_by: str | None = None
    payments: tuple[str, ...] = ()
    allocations: tuple[str, ...] = ()
    has_attachments: bool = False

    @property
    def due(self) -> Decimal:
        """What is left to pay; on a credit note, the credit that remains."""
        return self.total - self.paid - self.credited

    @property
    def is_sale(self) -> bool:
        """Whether it is on the receivable side."""
        return self.type.startswith("ACCREC")

    @property
    def is_settled_in_part(self) -> bool:
        """Whether a payment or credit stands against it, which freezes most of it (Xero's rule)."""
        return self.status == "PAID" or bool(self.payments or self.allocations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money received for an invoice or refunded on a credit note, in the document's currency."""

    id: str
    sequence: int
    kind: str  # the noun of the document's Kind
    document_id: str
    account_id: str
    date: Day
    amount: Decimal
    currency_rate: Decimal
    type: str
    updated: int
    reference: str = ""
    is_reconciled: bool = False
    status: str = "AUTHORISED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """Credit of a credit note set against an invoice."""

    id: str
    credit_note_id: str
    invoice_id: str
    amount: Decimal
    date: Day


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """One entry under History and Notes; `at` in milliseconds since 1970."""

    at: int
    changes: str
    user: str
    details: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file on a record; `content` is base64."""

    id: str
    name: str
    mime_type: str
    content: str
