"""Telling Sequence how far an invoice is paid in Xero, each state once."""

from typing import Final

import structlog

from activities.ports import Billing
from xerosync.model.books import Payment
from xerosync.model.documents import Document, DocumentStatus, PaymentStatus
from xerosync.model.errors import RetryLaterError, XerosyncError
from xerosync.model.lifecycle import is_told
from xerosync.model.links import DocumentLink
from xerosync.model.messages import SequenceView, XeroView

_STATUSES: Final = {
    Payment.NOTHING: PaymentStatus.UNPAID,
    Payment.PART: PaymentStatus.PARTIALLY_PAID,
    Payment.FULL: PaymentStatus.PAID,
}
_ISSUED = (DocumentStatus.FINAL, DocumentStatus.SENT)

log = structlog.get_logger()


async def report(billing: Billing, document: Document, payment: Payment) -> None:
    """Set an invoice's payment status in Sequence, where it does not say so already.

    What nobody pays any more stays UNCOLLECTIBLE where somebody wrote it off, and a draft or voided invoice has no
    payment status.

    Raises:
        HoldError: Sequence refuses. RetryLaterError: it does not answer; it may be told again as it is.
    """
    status = _STATUSES[payment]
    is_written_off = document.payment_status is PaymentStatus.UNCOLLECTIBLE and payment is Payment.NOTHING
    if document.status in _ISSUED and document.payment_status is not status and not is_written_off:
        await billing.set_payment_status(document.ref, status)


class Reporter:
    """Tells Sequence of payments while a sweep passes. What it can't tell is left to the documents' own steps.

    Once Sequence does not answer, it is not asked again: a sweep does not wait for one side on behalf of the other.
    """

    def __init__(self, billing: Billing | None) -> None:
        self._billing = billing

    async def report(self, link: DocumentLink, view: XeroView) -> XeroView:
        """Tell what a view shows of a document, and return the view with what Sequence knows by then."""
        if self._billing is None or is_told(link.known.model_copy(update={"xero": view})):
            return view
        try:
            document = await self._billing.document(link.ref)
            if SequenceView.of(document) != link.sequence:
                # Somebody sent, voided or amended it meanwhile: its own step reads that, too.
                return view
            await report(self._billing, document, view.payment)
        except XerosyncError as error:
            log.warning("payment not told by the sweep", document=str(link.ref), reason=type(error).__name__)
            if isinstance(error, RetryLaterError):
                self._billing = None
            return view
        return view.told()
