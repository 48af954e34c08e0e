"""How far an invoice is paid in Xero, as Sequence says it. Pure."""

from typing import Final

from xerosync.core.documents import ISSUED, Document, PaymentStatus
from xerosync.core.xero_records import Payment

_STATUSES: Final = {
    Payment.NOTHING: PaymentStatus.UNPAID,
    Payment.PART: PaymentStatus.PARTIALLY_PAID,
    Payment.FULL: PaymentStatus.PAID,
}


def status_to_set(document: Document, payment: Payment) -> PaymentStatus | None:
    """Return the payment status that an invoice should have in Sequence and has not; None where it is right.

    What nobody pays any more stays UNCOLLECTIBLE where somebody wrote it off, and a draft or voided invoice has no
    payment status.
    """
    has, wanted = document.payment_status, _STATUSES[payment]
    is_written_off = has is PaymentStatus.UNCOLLECTIBLE and payment is Payment.NOTHING
    return None if has is wanted or is_written_off or document.status not in ISSUED else wanted
