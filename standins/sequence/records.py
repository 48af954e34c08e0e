"""What the Sequence stand-in keeps in memory: compact records, with amounts as whole minor units.

An amount is an int in the minor unit of its document's currency (pence, cents, yen) and becomes a decimal string
only in an answer. Quantities, rates and tax rates stay the strings they were given as. Dates are `YYYY-MM-DD`,
instants end in `Z`. Optional things are None and leave no trace in an answer.
"""

from dataclasses import dataclass, field

Pairs = tuple[tuple[str, str], ...]
"""Metadata of a document, or the external ids of a line: ordered (key, value)."""


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country` is an ISO 3166-1 alpha-2 code."""

    line1: str
    town: str
    postcode: str
    country: str
    line2: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` to `end`, both included."""

    start: str
    end: str


@dataclass(slots=True)
class Contact:
    """A person at a customer; `billing_preference` is PRIMARY, STANDARD or NONE."""

    id: str
    name: str
    email: str
    billing_preference: str
    created_at: str
    updated_at: str
    archived_at: str | None = None


@dataclass(slots=True)
class IntegrationId:
    """A customer's tie to another service; `pending` while a push to it has not been answered."""

    service: str
    id: str
    last_synced: str | None = None
    pending: bool = False


@dataclass(slots=True)
class Alias:
    """Another name by which a customer is found."""

    id: str
    customer_id: str
    value: str
    created_at: str
    label: str | None = None


@dataclass(slots=True)
class Customer:
    """Somebody who is billed."""

    seq: int
    id: str
    legal_name: str
    address: Address
    tax_status: str
    contacts: list[Contact]
    created_at: str
    status: str = "ACTIVE"
    label: str | None = None
    url: str | None = None
    integration_ids: list[IntegrationId] = field(default_factory=list[IntegrationId])
    custom_properties: Pairs = ()
    archived_at: str | None = None
    parent_id: str | None = None


@dataclass(slots=True)
class Line:
    """One line; `external_ids` with key Xero is its ledger account. `credited_line_id` only on credit notes."""

    id: str
    index: int
    title: str
    quantity: str
    rate: str
    tax_rate: str
    net: int
    tax: int
    rate_display: str = "ABSOLUTE"
    description: str | None = None
    group_id: str | None = None
    service_period: Period | None = None
    external_ids: Pairs = ()
    price_id: str | None = None
    product_id: str | None = None
    credited_line_id: str | None = None


@dataclass(slots=True)
class Group:
    """A heading under which lines stand."""

    id: str
    index: int
    title: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """A part of a credit note's balance allocated to an invoice."""

    id: str
    invoice_id: str
    amount: int
    applied_at: str


@dataclass(frozen=True, slots=True)
class LinkedService:
    """A document's tie to another service, as Sequence itself records it."""

    external_id: str
    external_service: str
    sync_time: str
    external_url: str | None = None


@dataclass(slots=True)
class Document:
    """An invoice or a credit note with its lines.

    `applied` is what applications took: from a credit note's balance, or off an invoice's. `balance_version`
    is 0 until the document is final and rises with every change of its balance.
    """

    seq: int
    id: str
    customer_id: str
    currency: str
    created_at: str
    updated_at: str
    legal_name: str
    billing_address: Address
    shipping_address: Address
    emails: tuple[str, ...]
    status: str = "DRAFT"
    number: str | None = None
    issue_date: str | None = None
    due_date: str | None = None
    due_date_given: bool = False
    payment_term_days: int | None = None
    accounting_date: str | None = None
    sent_on: str | None = None
    purchase_order_number: str | None = None
    reference: str | None = None
    memo: str | None = None
    tax_id: str | None = None
    tax_status: str | None = None
    billing_period: Period | None = None
    billing_schedule_id: str | None = None
    metadata: Pairs = ()
    payment_status: str = "UNPAID"
    credited_invoice_id: str | None = None
    credit_note_ids: tuple[str, ...] = ()
    linked_services: tuple[LinkedService, ...] = ()
    applications: tuple[Application, ...] = ()
    applied: int = 0
    balance_version: int = 0
    net: int = 0
    tax: int = 0
    lines: list[Line] = field(default_factory=list[Line])
    groups: list[Group] = field(default_factory=list[Group])

    @property
    def gross(self) -> int:
        """Net and tax together, in minor units."""
        return self.net + self.tax


@dataclass(slots=True)
class Policy:
    """Who is notified of what: `types` None means everything."""

    id: str
    name: str
    channel: str
    recipients: tuple[str, ...]
    types: tuple[str, ...] | None
    secret: str | None
    created_at: str
