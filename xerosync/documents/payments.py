"""Reporting to Sequence how far an invoice is paid in Xero: each state once, and never an older one after a newer."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import structlog

from xerosync.core.documents import ISSUED, Document, DocumentRef
from xerosync.core.errors import RetryLaterError, XerosyncError
from xerosync.core.xero_records import Payment
from xerosync.documents.lifecycle import is_reported, newest
from xerosync.documents.link import DocumentLink
from xerosync.documents.payment_status import status_to_set
from xerosync.documents.ports import Billing, Links
from xerosync.documents.views import SequenceView, XeroView
from xerosync.faultpoints import FaultPoint, reach

log = structlog.get_logger()


class ReportUnderWayError(RetryLaterError):
    """A report of another payment may still arrive in Sequence: after it this one would be the older."""

    ambiguous = False


async def report(
    billing: Billing, links: Links, document: Document, payment: Payment, now: Callable[[], datetime]
) -> None:
    """Set an invoice's payment status in Sequence, where it does not say so already.

    That it begins is stored before: if the answer is lost and the payment is taken back, that is still to be reported.

    Raises:
        HoldError: Sequence refuses. RetryLaterError: it does not answer; it may be reported again as it is.
        ReportUnderWayError: another one's answer was lost, and it may still arrive.
    """
    status = status_to_set(document, payment)
    # Also where Sequence says so already: what still arrives would change that.
    _begun(await links.document(document.ref), payment, now())
    if status is not None:
        await links.change(document.ref, lambda link: _begun(link, payment, now()))
        reach(FaultPoint.BEFORE_PAYMENT)
        await billing.set_payment_status(document.ref, status)
        reach(FaultPoint.AFTER_PAYMENT)


def _begun(link: DocumentLink, payment: Payment, at: datetime) -> DocumentLink:
    until = link.xero.reports_arrive_until(payment) if link.xero else None
    if until and at < until:
        raise ReportUnderWayError(retry_after=until - at)
    return link.reporting(payment, at)


class Report(NamedTuple):
    """What came of a report: the newest view, whether it was reported now, and whether it had changed in Sequence."""

    view: XeroView
    was_made: bool = False
    is_changed: bool = False


class Reporter:
    """Reports payments to Sequence while a sweep passes. What it can't report is left to the documents' own steps.

    Once Sequence does not answer, it is not asked again: a sweep does not wait for one side on behalf of the other.
    """

    def __init__(self, billing: Billing | None, links: Links, now: Callable[[], datetime]) -> None:
        self._billing = billing
        self._links = links
        self._now = now

    async def report(self, ref: DocumentRef, view: XeroView) -> Report:
        """Report the newest payment that is known.

        The link is read again: a page of a sweep may be minutes old, and a step may have reported a later view. While
        a report is on its way, or its answer is lost, the next one is the step's: a sweep's might overtake it.
        """
        link = await self._links.document(ref)
        latest = newest(link.xero, view) or view
        if link.xero and link.xero.reporting is not link.xero.reported:
            return Report(latest)
        if self._billing is None or is_reported(link.known.model_copy(update={"xero": latest})):
            return Report(latest)
        try:
            document = await self._billing.document(ref)
            if document.status not in ISSUED:
                return Report(latest, is_changed=True)
            await report(self._billing, self._links, document, latest.payment, self._now)
        except ReportUnderWayError:
            return Report(latest)
        except XerosyncError as error:
            log.warning("payment not reported by the sweep", document=str(ref), reason=type(error).__name__)
            if isinstance(error, RetryLaterError):
                self._billing = None
            return Report(latest)
        return Report(latest, was_made=True, is_changed=SequenceView.of(document) != link.sequence)
