"""Setting a credit note against the invoice that it credits, once, when both are sent on both sides.

What is set is all that is open on one of the two: what the credit note has left, or what is due of the invoice. So a
second such call, of an attempt that was given up, finds nothing left and is refused by Xero.
"""

from dataclasses import dataclass
from decimal import Decimal

import structlog

from xerosync.connection.connection import Connection
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, Kind
from xerosync.core.errors import HoldError, MissingError
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import Allocation, Payment
from xerosync.documents.lifecycle import is_applied
from xerosync.documents.link import DocumentLink
from xerosync.documents.ports import Books, Links
from xerosync.documents.views import XeroView
from xerosync.faultpoints import FaultPoint, reach

log = structlog.get_logger()


def credited_invoice(document: Document) -> DocumentRef | None:
    """Name the invoice that a credit note credits."""
    if document.credited_invoice_id is None:
        return None
    return DocumentRef(account_id=document.account_id, kind=Kind.INVOICE, document_id=document.credited_invoice_id)


def prospect(invoice: DocumentLink) -> Allocation:
    """Return what an invoice allows: WANTED now, PENDING until later, NONE for good."""
    sequence, xero = invoice.sequence, invoice.xero
    if xero and (xero.status.is_gone or xero.payment is Payment.FULL):
        return Allocation.NONE
    is_over = sequence is not None and sequence.status in (DocumentStatus.VOIDED, DocumentStatus.DELETED)
    if is_over or invoice.ignored:
        return Allocation.NONE
    is_ready = sequence and xero and sequence.status is DocumentStatus.SENT and is_applied(sequence, xero)
    return Allocation.WANTED if is_ready else Allocation.PENDING


@dataclass(frozen=True, slots=True)
class Allocating:
    """Allocates credit notes in one lane."""

    books: Books
    links: Links

    async def allocate(
        self, connection: Connection, document: Document, note: XeroView
    ) -> tuple[Allocation, XeroView | None]:
        """Set a credit note against its invoice; return how far that is, and the credit note where it was read.

        Raises:
            HoldError: Xero refuses, or lacks one of the two.
            RetryLaterError: the next attempt looks at the allocations first.
        """
        ref = credited_invoice(document)
        if ref is None:
            return Allocation.NONE, None
        link = await self.links.document(ref)
        may = prospect(link)
        if may is not Allocation.WANTED or link.xero is None:
            return may, None
        if link.is_elsewhere(connection.tenant_id):
            return Allocation.NONE, None
        try:
            return await self._set(connection, note, link.xero.xero_id)
        except MissingError as error:
            raise HoldError(HoldReason.REMOVED_IN_XERO, str(error)) from error

    async def _set(self, connection: Connection, note: XeroView, invoice_id: str) -> tuple[Allocation, XeroView | None]:
        found = await self.books.get(connection, Kind.CREDIT_NOTE, note.xero_id)
        if invoice_id in found.allocated_to:
            return Allocation.DONE, XeroView.of(found, None, after=note)
        invoice = await self.books.get(connection, Kind.INVOICE, invoice_id)
        nothing = Decimal(0)
        amount = min(found.open_amount or nothing, invoice.open_amount or nothing)
        if amount <= nothing or found.status.is_gone or invoice.status.is_gone or found.issue_date is None:
            return Allocation.NONE, XeroView.of(found, None, after=note)
        day = max(found.issue_date, invoice.issue_date or found.issue_date)
        reach(FaultPoint.BEFORE_ALLOCATION)
        await self.books.allocate(connection, found.xero_id, invoice_id, amount=amount, day=day)
        reach(FaultPoint.AFTER_ALLOCATION)
        log.info("credit note allocated", xero_id=found.xero_id, invoice_id=invoice_id)
        return Allocation.DONE, None
