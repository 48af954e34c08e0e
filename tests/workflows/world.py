"""Both companies in memory, for tests of orchestration: the wire itself is tested against the stand-ins over HTTP."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

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
from xerosync.core.errors import HoldError, MissingError, RetryLaterError, XerosyncError
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import PLACEHOLDER, XeroDocument, XeroStatus
from xerosync.documents.header_change import HeaderChange

CONNECTION = Connection(
    account_id="acme",
    grant_id="grant",
    tenant_id="tenant",
    organisation_name="Demo Company",
    short_code="!demo",
    base_currency="GBP",
    default_ledger_account="200",
    report_payments=False,
)
"""A shop that wants no payments reported: its documents are settled once they are sent."""


def invoice(status: DocumentStatus = DocumentStatus.FINAL, **update: object) -> Document:
    """Return an invoice of account acme: 120.00 GBP, dated 2 January 2026, due on 1 February."""
    base = Document(
        kind=Kind.INVOICE,
        id="doc-1",
        account_id="acme",
        status=status,
        currency="GBP",
        number="INV-1",
        issue_date=date(2026, 1, 2),
        due_date=date(2026, 2, 1),
        customer_id="customer",
        customer_name="Ada Ltd",
        net_total=Decimal("100.00"),
        total_tax=Decimal("20.00"),
        gross_total=Decimal("120.00"),
    )
    return base.model_copy(update=update)


def open_amount(document: XeroDocument) -> Decimal:
    """Return what is due of an invoice in Xero, or remains of a credit note."""
    return document.total if document.open_amount is None else document.open_amount


def _passes(document: Document, only: DocumentFilter) -> bool:
    is_of_status = only.status in (None, document.status)
    is_unpaid = not only.not_paid or document.payment_status is not PaymentStatus.PAID
    return is_of_status and is_unpaid and (only.sent_after is None or document.status is DocumentStatus.SENT)


@dataclass
class MemoryBilling:
    """Sequence: the documents by id."""

    documents: dict[str, Document] = field(default_factory=dict)
    shown_links: dict[str, str] = field(default_factory=dict)
    refuse_links: bool = False
    """Whether Sequence does not answer when it is shown a link."""
    is_down: bool = False
    failures: list[Exception] = field(default_factory=list)
    """What the next reads end with."""
    reads: int = 0
    listed_reads: int = 0
    listed_as: dict[str, Document | None] = field(default_factory=dict)
    """By id, how lists show a document where they do not show it as it is."""
    pages_read: int = 0
    payments: list[PaymentStatus] = field(default_factory=list)
    """Payment statuses that were written."""
    refuse_payments: XerosyncError | None = None
    refuse_marks: XerosyncError | None = None

    def put(self, document: Document) -> DocumentRef:
        self.documents[document.id] = document
        return document.ref

    def set(self, ref: DocumentRef, **update: object) -> None:
        self.documents[ref.document_id] = self.documents[ref.document_id].model_copy(update=update)

    async def document(self, ref: DocumentRef) -> Document:
        self.reads += 1
        if self.failures:
            raise self.failures.pop(0)
        if self.is_down:
            raise RetryLaterError("Sequence does not answer.")
        if ref.document_id not in self.documents:
            raise MissingError(f"There is no {ref}.")
        return self.documents[ref.document_id]

    async def listed(self, ref: DocumentRef, after: str) -> Document | None:
        """Each document stands on every page, as it is unless `listed_as` says otherwise."""
        del after
        self.listed_reads += 1
        if self.is_down:
            raise RetryLaterError("Sequence does not answer.")
        return self.listed_as.get(ref.document_id, self.documents.get(ref.document_id))

    async def lists(self, ref: DocumentRef, customer_id: str | None) -> bool:
        del customer_id  # all are one customer's
        if self.is_down:
            raise RetryLaterError("Sequence does not answer.")
        return ref.document_id in self.documents

    async def with_lines(self, document: Document) -> DocumentWithLines:
        return DocumentWithLines(document=document, lines=())

    async def pages(
        self, kind: Kind, account_id: str, only: DocumentFilter = EVERY_DOCUMENT, *, newest_first: bool = False
    ) -> AsyncIterator[DocumentPage]:
        """All that pass the filter, in the order in which they were put; of `sent_after` nothing is known here."""
        if self.is_down:
            raise RetryLaterError("Sequence does not answer.")
        of_kind = [each for each in self.documents.values() if (each.kind, each.account_id) == (kind, account_id)]
        listed = [each for each in of_kind if _passes(each, only)]
        self.pages_read += 1
        yield DocumentPage(documents=tuple(reversed(listed) if newest_first else listed), total=len(listed))

    async def page(self, kind: Kind, account_id: str, after: str | None = None) -> DocumentPage:
        """Two documents to a page, in the order in which they were put."""
        of_kind = [each for each in self.documents.values() if (each.kind, each.account_id) == (kind, account_id)]
        start = int(after or 0)
        more = str(start + 2) if start + 2 < len(of_kind) else None
        return DocumentPage(documents=tuple(of_kind[start : start + 2]), after=more, total=len(of_kind))

    async def mark_as_sent(self, ref: DocumentRef) -> Document:
        if self.refuse_marks:
            raise self.refuse_marks
        self.set(ref, status=DocumentStatus.SENT)
        return self.documents[ref.document_id]

    async def set_payment_status(self, ref: DocumentRef, status: PaymentStatus) -> Document:
        if self.refuse_payments:
            raise self.refuse_payments
        self.payments.append(status)
        self.set(ref, payment_status=status)
        return self.documents[ref.document_id]

    async def show_link(self, account_id: str, customer_id: str, contact_id: str) -> bool:
        assert account_id
        if self.refuse_links:
            return False
        self.shown_links[customer_id] = contact_id
        return True


@dataclass
class MemoryBooks:
    """Xero: the documents by number, and the faults a test asks for."""

    documents: dict[str, XeroDocument] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    looked_up: list[str] = field(default_factory=list)
    """Numbers that were looked for."""
    contact_merges: dict[str, str] = field(default_factory=dict)
    """What contacts were merged into."""
    lose_answers: int = 0
    """So many creates happen, but the answer is lost."""
    refuse: HoldError | None = None
    extra_tax: Decimal = Decimal(0)
    """What Xero works out beyond the tax of Sequence."""
    changes: list[HeaderChange] = field(default_factory=list)
    changed_after_sweep: list[str] = field(default_factory=list[str])
    """Numbers of those whose change may wait for others of a sweep."""
    may_approve: bool = True
    """Whether the connected user may approve; where not, Xero keeps documents SUBMITTED without a word."""
    is_crowded: bool = False
    """Whether calls are so scarce that nothing is noted but by a sweep."""
    origins: list[str] = field(default_factory=list)
    """Ids of the documents on which the way back was noted."""
    unstamped: set[str] = field(default_factory=set)
    """Numbers of documents that were edited without a new stamp."""

    def set(self, number: str, **update: object) -> None:
        self.documents[number] = self.documents[number].model_copy(update={**update, "seen_at": datetime.now(UTC)})

    def payload_digest(self, connection: Connection, document: DocumentWithLines, contact_id: str) -> str:
        return f"{connection.tenant_id}{document.document.number}{contact_id}"

    async def create(
        self, connection: Connection, document: DocumentWithLines, contact_id: str, *, send_before: datetime
    ) -> XeroDocument:
        assert connection.tenant_id
        assert send_before > datetime.now(UTC)
        header = document.document
        self.writes.append(f"create {header.number}")
        if contact_id in self.contact_merges:
            raise HoldError(HoldReason.CONTACT_ARCHIVED, "The contact is archived.")
        if self.refuse:
            raise self.refuse
        if header.number in self.documents:
            raise HoldError(HoldReason.NUMBER_TAKEN, "Invoice # must be unique.")
        is_sent = header.status is DocumentStatus.SENT
        created = XeroDocument(
            xero_id=f"xero-{header.id}",
            kind=header.kind,
            number=header.number or "",
            status=XeroStatus.AUTHORISED if self.may_approve else XeroStatus.SUBMITTED,
            sent=is_sent and self.may_approve,
            issue_date=header.issue_date if is_sent else PLACEHOLDER,
            due_date=header.due_date if is_sent else PLACEHOLDER,
            contact_id=contact_id,
            currency=header.currency,
            total=header.gross_total + self.extra_tax,
            total_tax=header.total_tax + self.extra_tax,
            updated_at=datetime.now(UTC),
            seen_at=datetime.now(UTC),
        )
        self.documents[created.number] = created
        if self.lose_answers:
            self.lose_answers -= 1
            raise RetryLaterError("The answer was lost.")
        return created

    async def note_origin(
        self, connection: Connection, ref: DocumentRef, number: str | None, xero_id: str, *, by_sweep: bool = False
    ) -> bool:
        assert connection.tenant_id
        assert self.documents[number or ""].xero_id == xero_id
        if ref.kind is Kind.CREDIT_NOTE and (by_sweep or not self.is_crowded):
            self.origins.append(xero_id)
            return True
        return ref.kind is Kind.INVOICE

    async def merged_into(self, connection: Connection, contact_id: str) -> str | None:
        assert connection.tenant_id
        return self.contact_merges.get(contact_id)

    async def find(self, connection: Connection, kind: Kind, number: str) -> XeroDocument | None:
        self.looked_up.append(number)
        found = self.documents.get(number)
        return found if found and found.kind is kind and connection.tenant_id else None

    async def get(self, connection: Connection, kind: Kind, xero_id: str) -> XeroDocument:
        assert connection.tenant_id
        for document in self.documents.values():
            if (document.kind, document.xero_id) == (kind, xero_id):
                now = datetime.now(UTC)
                return document.model_copy(update={"seen_at": now, "open_amount": open_amount(document)})
        raise MissingError(f"There is no {xero_id}.")

    def origin(self, found: XeroDocument) -> str | None:
        return found.url

    def is_ours(self, found: XeroDocument, document: Document, contact_id: str | None) -> bool:
        return (found.number, found.total, found.contact_id) == (document.number, document.gross_total, contact_id)

    def differences(self, found: XeroDocument, document: Document, contact_id: str) -> Sequence[str]:
        same = (found.total, found.contact_id) == (document.gross_total, contact_id) and not found.url
        return [] if same else ["it is not the same"]

    async def change_header(
        self, connection: Connection, change: HeaderChange, *, after_sweep: bool = False
    ) -> XeroDocument:
        assert connection.tenant_id
        number = next(n for n, d in self.documents.items() if d.xero_id == change.xero_id)
        self.writes.append(f"change {number}")
        self.changes.append(change)
        if after_sweep:
            self.changed_after_sweep.append(number)
        if self.refuse:
            raise self.refuse
        written = {name: getattr(change, name) for name in ("sent", "issue_date", "due_date", "reference")}
        if self.may_approve and self.documents[number].status.is_unapproved:
            self.set(number, status=XeroStatus.AUTHORISED)
        self.set(number, **{name: value for name, value in written.items() if value is not None})
        return self.documents[number]

    async def allocate(
        self, connection: Connection, credit_note_id: str, invoice_id: str, *, amount: Decimal, day: date
    ) -> None:
        assert connection.tenant_id
        assert day
        by_id = {document.xero_id: document for document in self.documents.values()}
        note, invoice = by_id[credit_note_id], by_id[invoice_id]
        if amount > min(open_amount(note), open_amount(invoice)):
            raise HoldError(HoldReason.REJECTED, "The amount to allocate exceeds what is open.")
        self.writes.append(f"allocate {note.number} to {invoice.number}: {amount}")
        for each, more in ((note, {"allocated_to": (*note.allocated_to, invoice_id)}), (invoice, {})):
            left = open_amount(each) - amount
            status = {} if left else {"status": XeroStatus.PAID}
            self.set(each.number, open_amount=left, amount_credited=each.amount_credited + amount, **more, **status)
        if self.lose_answers:
            self.lose_answers -= 1
            raise RetryLaterError("The answer was lost.")

    async def void(self, connection: Connection, kind: Kind, xero_id: str) -> XeroDocument:
        assert connection.tenant_id
        number = next(n for n, d in self.documents.items() if d.xero_id == xero_id and d.kind is kind)
        self.writes.append(f"void {number}")
        self.set(number, status=XeroStatus.VOIDED)
        return self.documents[number]

    async def unpaid_since(
        self, connection: Connection, kind: Kind, since: date
    ) -> AsyncIterator[Sequence[XeroDocument]]:
        assert connection.tenant_id
        now = datetime.now(UTC)
        unpaid = [d for d in self.documents.values() if d.kind is kind and d.status is XeroStatus.AUTHORISED]
        yield [d.model_copy(update={"seen_at": now}) for d in unpaid if d.issue_date and d.issue_date >= since]

    async def changed_since(
        self, connection: Connection, kind: Kind, since: datetime | None
    ) -> AsyncIterator[Sequence[XeroDocument]]:
        assert connection.tenant_id
        assert since is None or since.tzinfo
        now = datetime.now(UTC)
        stamped = [d for d in self.documents.values() if d.kind is kind and d.number not in self.unstamped]
        yield [d.model_copy(update={"seen_at": now}) for d in stamped]
