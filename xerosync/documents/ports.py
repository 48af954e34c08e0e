"""What activities need of the world outside, as small Protocols. The adapters behind them are chosen in `worker.py`."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from xerosync.connection.chart import Chart
from xerosync.connection.connection import Connection
from xerosync.core.documents import (
    EVERY_DOCUMENT,
    Document,
    DocumentFilter,
    DocumentPage,
    DocumentRef,
    DocumentStatus,
    DocumentWithLines,
    Kind,
    PaymentStatus,
)
from xerosync.core.holds import HoldReason
from xerosync.core.owed import OwedActs
from xerosync.core.xero_records import XeroDocument
from xerosync.documents.header_change import HeaderChange
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import Release
from xerosync.documents.sequence_cursor import SequenceCursor
from xerosync.documents.sweep_spacing import Spacing
from xerosync.documents.timeline import TimelineEntry
from xerosync.documents.views import XeroView


class Billing(Protocol):
    """Sequence, the truth about documents. All methods raise RetryLaterError while Sequence does not answer."""

    async def document(self, ref: DocumentRef) -> Document:
        """Return a document without its lines. Raises MissingError where there is none."""
        ...

    async def listed(self, ref: DocumentRef, after: str) -> Document | None:
        """Return a document as the page behind a cursor of its list shows it, "" for the first; None: it does not.

        That page is read once for all who ask meanwhile, and after each of them asked.
        """
        ...

    def pages(
        self, kind: Kind, account_id: str, only: DocumentFilter = EVERY_DOCUMENT, *, newest_first: bool = False
    ) -> AsyncIterator[DocumentPage]:
        """Return the whole list of the documents of a kind that pass a filter, page by page.

        A page that does not come is asked for again: RetryLaterError says that it did not for 40 seconds.
        """
        ...

    async def page(self, kind: Kind, account_id: str, after: str | None = None) -> DocumentPage:
        """Return a page of all documents of a kind, the oldest first, from a page's `after` on."""
        ...

    async def with_lines(self, document: Document) -> DocumentWithLines:
        """Return a document with all its lines, in their order, and its groups."""
        ...

    async def lists(self, ref: DocumentRef, customer_id: str | None) -> bool:
        """Whether a list names a document: that of a customer, else the oldest ones of its kind. No other is read."""
        ...

    async def mark_as_sent(self, ref: DocumentRef) -> Document:
        """Set SENT without e-mail or syncs, finalizing first if needed; return the document as it is then."""
        ...

    async def set_payment_status(self, ref: DocumentRef, status: PaymentStatus) -> Document:
        """Say how far an invoice is paid; return it as it is then. Raises HoldError where Sequence refuses."""
        ...

    async def show_link(self, account_id: str, customer_id: str, contact_id: str) -> bool:
        """Write which contact a customer is linked to, where people see it. False: it does not answer now."""
        ...


class Books(Protocol):
    """Xero, through one connection. Raises RetryLaterError while Xero does not answer, HoldError on refusals."""

    def payload_digest(self, connection: Connection, document: DocumentWithLines, contact_id: str) -> str:
        """Return the SHA-256 of what `create` would send, after all checks. Raises HoldError like `create`."""
        ...

    async def create(
        self, connection: Connection, document: DocumentWithLines, contact_id: str, *, send_before: datetime
    ) -> XeroDocument:
        """Create the document, AUTHORISED: with placeholder dates, or, if it is SENT, its own dates and sent.

        Raises:
            HoldError: Xero refused, or would refuse; nothing was created.
            RetryLaterError: `ambiguous` tells whether the document may be in Xero all the same.
        """
        ...

    async def note_origin(
        self, connection: Connection, ref: DocumentRef, number: str | None, xero_id: str, *, by_sweep: bool = False
    ) -> bool:
        """Note the way back to Sequence where the document itself has no place for it. Never fails a step.

        Returns whether nothing is left to do. A sweep has time: it may use what is left to bulk work.
        """
        ...

    async def find(self, connection: Connection, kind: Kind, number: str) -> XeroDocument | None:
        """Look a document up by its number; None where no document in force or voided carries it."""
        ...

    async def merged_into(self, connection: Connection, contact_id: str) -> str | None:
        """Return the ContactID that a contact was merged into in the end; None where it was not."""
        ...

    def origin(self, found: XeroDocument) -> str | None:
        """Return the id of the document in Sequence that a document's address leads to; None where to none."""
        ...

    def is_ours(self, found: XeroDocument, document: Document, contact_id: str | None) -> bool:
        """Whether a document found by its number is the one that we would have created."""
        ...

    def differences(self, found: XeroDocument, document: Document, contact_id: str) -> Sequence[str]:
        """Say what speaks against a document of somebody else's, found by its number, being this one. None: it is."""
        ...

    async def change_header(
        self, connection: Connection, change: HeaderChange, *, after_sweep: bool = False
    ) -> XeroDocument:
        """Write dates, reference and sent; lines are left alone. Return the document as Xero then has it.

        With `after_sweep` it follows from what a sweep saw in Xero, so it may wait for others of that sweep.
        """
        ...

    async def void(self, connection: Connection, kind: Kind, xero_id: str) -> XeroDocument:
        """Void a document; one that is voided or deleted already is returned as it is."""
        ...

    async def get(self, connection: Connection, kind: Kind, xero_id: str) -> XeroDocument:
        """Return the document as it is now. Raises MissingError where there is none."""
        ...

    async def allocate(
        self, connection: Connection, credit_note_id: str, invoice_id: str, *, amount: Decimal, day: date
    ) -> None:
        """Set an amount of a credit note against an invoice. After a lost answer its allocations show what was done."""
        ...

    def unpaid_since(self, connection: Connection, kind: Kind, since: date) -> AsyncIterator[Sequence[XeroDocument]]:
        """Return pages of the documents that are approved, not paid in full, and dated on that day or later."""
        ...

    def changed_since(
        self, connection: Connection, kind: Kind, since: datetime | None
    ) -> AsyncIterator[Sequence[XeroDocument]]:
        """Return pages of the documents that Xero stamped since (UTC, to the second); all of them without."""
        ...


class Organisations(Protocol):
    """What Xero lets documents be booked to. Raises RetryLaterError without an answer, HoldError where not let in."""

    async def chart(self, connection: Connection) -> Chart:
        """Return the organisation's ledger accounts, tax rates and currencies."""
        ...

    async def renewed(self, connection: Connection, chart: Chart) -> Chart:
        """Return a chart with the ledger accounts and currencies of now, in two calls."""
        ...


class Links(OwedActs, Protocol):
    """The store. Every method is one transaction and raises RetryLaterError while the database is down."""

    async def connection(self, account_id: str) -> Connection | None:
        """Return the account's connection."""
        ...

    async def mark_disconnected(self, account_id: str, *, since: datetime) -> None:
        """Note that Xero did not let the account in, unless somebody connected it again since (UTC)."""
        ...

    async def chart(self, account_id: str) -> Chart | None:
        """Return the chart that is kept of the account's organisation."""
        ...

    async def save_chart(self, account_id: str, chart: Chart) -> None:
        """Keep a chart that was read."""
        ...

    async def held_by(
        self, account_id: str, reason: HoldReason, customer_id: str | None = None
    ) -> Sequence[DocumentRef]:
        """Name the documents that a hold keeps, the oldest first."""
        ...

    async def contact_of(self, account_id: str, customer_id: str) -> str | None:
        """Return the ContactID a customer is linked to."""
        ...

    async def link_customer(
        self, account_id: str, customer_id: str, contact_id: str, customer_name: str | None = None
    ) -> None:
        """Link a customer to a contact, in place of the one it had."""
        ...

    async def contacts_of(self, account_id: str, customer_ids: Sequence[str]) -> Mapping[str, str]:
        """Return, by customer id, the ContactIDs that some customers are linked to."""
        ...

    async def document_links(
        self, account_id: str, kind: Kind, document_ids: Sequence[str]
    ) -> Mapping[str, DocumentLink]:
        """Return what is known of some documents, by id; an empty link where nothing is."""
        ...

    async def claims(self, tenant_id: str, kind: Kind, xero_ids: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Return, by Xero id, the account and the document whose link names a document of an organisation."""
        ...

    async def document(self, ref: DocumentRef) -> DocumentLink:
        """Return what is known of a document; an empty link where nothing is."""
        ...

    async def change(
        self,
        ref: DocumentRef,
        change: Callable[[DocumentLink], DocumentLink],
        *,
        if_unchanged: TimelineEntry | None = None,
    ) -> DocumentLink:
        """Apply a pure change to a document's link and return the link after it.

        Where somebody else changes the link meanwhile, the change is applied again, to theirs. What it means is added
        to the document's timeline with it; of one that changes nothing, `if_unchanged`.
        """
        ...

    async def add_entry(self, ref: DocumentRef, entry: TimelineEntry) -> None:
        """Add to a document's timeline what changes nothing by itself."""
        ...

    async def open_kinds(self, account_id: str) -> Sequence[Kind]:
        """Return the kinds of which a document is in Xero and not settled."""
        ...

    async def in_xero(self, account_id: str, xero_ids: Sequence[str]) -> Sequence[DocumentLink]:
        """Return the links of those ids of the account's organisation that are not voided, settled ones among them."""
        ...

    async def origins_owed(self, account_id: str, at_most: int) -> Sequence[DocumentLink]:
        """Return the links of credit notes in the account's organisation whose way back is owed, the oldest first."""
        ...

    async def waiting(self, account_id: str, kind: Kind, *, after: str, limit: int) -> Sequence[DocumentLink]:
        """Return links of a kind that are neither settled nor voided, by id (code points): those behind an id."""
        ...

    async def waiting_by_status(self, account_id: str, kind: Kind) -> Mapping[DocumentStatus, int]:
        """Count the links of a kind that are neither settled nor voided, by their status in Sequence."""
        ...

    async def holds_due(self, account_id: str, now: datetime, limit: int) -> Sequence[DocumentLink]:
        """Return links whose hold is due for another try at an instant (UTC), the longest due first."""
        ...

    async def sequence_cursor(self, account_id: str) -> SequenceCursor | None:
        """Return how far the comparison with Sequence has come; None: it was never made."""
        ...

    async def move_sequence_cursor(self, account_id: str, to: SequenceCursor) -> None:
        """Remember how far it has come; `since` stays as it was first. What was asked for until `asked_at` is done."""
        ...

    async def keep_earlier(self, account_id: str, kind: Kind, documents: Mapping[str, DocumentStatus]) -> None:
        """Keep which documents of Sequence were issued before the connection; what was kept of one before stays."""
        ...

    async def earlier(self, account_id: str, kind: Kind, document_ids: Sequence[str]) -> Mapping[str, DocumentStatus]:
        """Return those of some documents that were issued before the connection, with their status at that time."""
        ...

    async def sweep_cursor(self, account_id: str, kind: Kind) -> datetime | None:
        """Return up to when Xero's changes of that kind were read (UTC)."""
        ...

    async def move_sweep_cursor(self, account_id: str, kind: Kind, to: datetime) -> None:
        """Remember up to when Xero's changes of that kind were read."""
        ...


class Announcement(NamedTuple):
    """What Xero's webhook announced and no sweep has looked at: which hint of which delivery, the document's Xero id.

    `type` is Xero's name for the event, or `gap` and `unreadable`, which name no document.
    """

    digest: bytes
    place: int
    type: str
    xero_id: str


class Echoes(NamedTuple):
    """How many of the documents that we wrote Xero's webhook announced, and how many it did not."""

    echoed: int
    silent: int


class KeptSpacing(NamedTuple):
    """How far apart sweeps are; None: there was none yet. `asked_at` (UTC): a person asked for one then."""

    spacing: Spacing | None
    asked_at: datetime | None


class Spacings(Protocol):
    """How far apart each account's sweeps of Xero are, and what decides that. Raises RetryLaterError likewise."""

    async def get(self, account_id: str) -> KeptSpacing:
        """Return how far apart an account's sweeps are, and when a person asked for one that has not begun (UTC)."""
        ...

    async def save(self, account_id: str, spacing: Spacing, asked_at: datetime | None) -> None:
        """Keep how far apart they are; what a person asked for until then (UTC) is done."""
        ...

    async def announced(self, account_id: str) -> Sequence[Announcement]:
        """Return what Xero's webhook announced of an account that no sweep has looked at yet, the oldest first."""
        ...

    async def swept(self, announced: Sequence[Announcement]) -> None:
        """Keep that a sweep has looked at these."""
        ...

    async def echoes(self, account_id: str, since: datetime, until: datetime) -> Echoes:
        """Count the documents written by us within a time (UTC), by whether Xero's webhook announced them."""
        ...


class CallsLeft(Protocol):
    """What is left of an organisation's calls."""

    async def day_left(self, tenant_id: str) -> int | None:
        """Return how many calls of the day an organisation has left; None where nobody knows."""
        ...


class Workflows(Protocol):
    """The document workflows."""

    async def signal(
        self, ref: DocumentRef, name: str, payload: XeroView | Release | None = None, *, number: str | None = None
    ) -> None:
        """Signal a document's workflow, starting it where none runs; a number that is known stands in its summary."""
        ...


class LinkSource(Protocol):
    """Links of customers that the store does not have."""

    async def take_over(self, connection: Connection, customer_id: str) -> str | None:
        """Link a customer as Sequence shows it, after checking it in Xero; return the ContactID. None: no link.

        Raises:
            HoldError: `contact_archived`: that contact is archived. Nothing was linked.
        """
        ...
