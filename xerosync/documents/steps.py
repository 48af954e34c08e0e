"""The steps of a document's life. Each reads Sequence when it acts and does only what the truth calls for.

So every step may be repeated, doubled or come too early: the one that is not called for changes nothing and
shows how things stand. What keeps it from being done is raised: HoldError, or MissingError and UnusableAnswerError
where Sequence does not show the document (`documents/holding.py` makes a hold of them).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from xerosync.core.documents import Document, DocumentStatus, Kind
from xerosync.core.errors import DeniedError, HoldError, MissingError, RetryLaterError, UnusableAnswerError
from xerosync.core.holds import HoldReason
from xerosync.core.rate_limits import Lane
from xerosync.core.xero_records import PLACEHOLDER, XeroDocument
from xerosync.documents.awaiting_customer import NewCustomers
from xerosync.documents.chart_check import Charts
from xerosync.documents.create import Creating
from xerosync.documents.credit_notes import Allocating
from xerosync.documents.header_change import header_change
from xerosync.documents.lifecycle import (
    Step,
    is_applied,
    is_as_far,
    is_reported,
    is_up_to_date,
    may_be_pushed,
    next_step,
)
from xerosync.documents.messages import CHANGED_IN_XERO, ConfirmInput, Outcome, StepInput
from xerosync.documents.payments import report
from xerosync.documents.ports import Billing, Books, Links, LinkSource
from xerosync.documents.reading import DocumentReader
from xerosync.documents.views import SequenceView, XeroView
from xerosync.faultpoints import FaultPoint, reach

_DONE = {DocumentStatus.FINAL: is_up_to_date, DocumentStatus.SENT: is_applied}
"""What shows, by the status in Sequence, that there is nothing left to write on a document in Xero."""

_UNCHANGEABLE = frozenset({HoldReason.FROZEN_BY_PAYMENT, HoldReason.LOCKED_PERIOD})
"""Where Xero changes a document no more, whatever is asked for."""

log = structlog.get_logger()


class LaneClients(NamedTuple):
    """Sequence and Xero, both asked in the same lane; `sequence_links` takes over the links that Sequence shows."""

    billing: Billing
    books: Books
    sequence_links: LinkSource


@dataclass(frozen=True, slots=True)
class DocumentSteps:
    """The steps, in whichever lane is asked for. `clients` gives both companies in a lane.

    `denials` says how often Sequence denied the document to earlier attempts of a step.
    """

    clients: Callable[[Lane], LaneClients]
    links: Links
    charts: Charts
    new_customers: NewCustomers
    call_timeout: timedelta
    denials: Callable[[], int]
    now: Callable[[], datetime]

    async def push(self, step: StepInput) -> Outcome:
        """Bring a FINAL or SENT document into Xero, exactly once; one that is there already is left as it is.

        The intent stands in the store before the create leaves. An attempt that finds an intent without a Xero
        id looks the number up first and adopts what is its own.
        """
        sides = self.clients(step.lane)
        creating = Creating(
            sides.billing,
            sides.books,
            self.links,
            self.charts,
            self.new_customers,
            sides.sequence_links,
            self.call_timeout,
            self.now,
        )
        known = await self._reader.read(step)
        document, link = known.document, known.link
        if document is None or link.ignored:
            return await self._reader.at_rest(known)
        if link.xero is None and link.intent:
            link = await creating.recover(known.connected(), document, link.intent)
        if link.xero is None and may_be_pushed(SequenceView.of(document)):
            link = await creating.create(known.connected(link), document)
            if link.hold is None:
                return link.outcome
        return await self._reader.done(step.ref)

    async def apply_sent(self, step: StepInput) -> Outcome:
        """Write the real dates and "sent" on a document that Sequence has as SENT; also what was amended since.

        On one that is FINAL only what was amended: its dates wait until it is sent. One that Xero does not show as
        approved is approved with it, if the connected user may.
        """
        ref = step.ref
        known = await self._reader.read(step)
        document, xero = known.document, known.link.xero
        if document is None or known.link.ignored:
            return await self._reader.at_rest(known)
        if xero is None or xero.status.is_gone:
            return await self._reader.done(ref)
        is_done = _DONE.get(document.status)
        if is_done is None or (is_done(SequenceView.of(document), xero) and not xero.status.is_unapproved):
            return await self._reader.done(ref)
        is_sent = document.status is DocumentStatus.SENT
        if is_sent and document.issue_date is None and xero.has_placeholder:
            raise HoldError(HoldReason.REJECTED, f"The {ref.kind.words} is sent, but has no issue date.")
        reach(FaultPoint.BEFORE_CHANGE)
        change = header_change(document, xero)
        try:
            answer = await self.clients(step.lane).books.change_header(
                known.connected(), change, after_sweep=step.signal == CHANGED_IN_XERO
            )
        except HoldError as error:
            is_doubt = error.reason in _UNCHANGEABLE and change.is_for_doubt(document, xero)
            if not is_doubt and (error.reason is not HoldReason.FROZEN_BY_PAYMENT or not change.is_needless(xero)):
                raise
            log.info("nothing to change in Xero, and refused there", xero_id=xero.xero_id, reason=error.reason)
            return await self._reader.done(ref, xero.model_copy(update={"applied": document.header, "unconfirmed": ()}))
        if answer.status.is_unapproved or answer.status.is_gone:
            # Whatever else Xero took: what was asked for is an approved document, and that it is not.
            return await self._reader.done(ref, XeroView.of(answer, None, after=xero), answer)
        brought = {"reference_digest": document.header.reference_digest, "unconfirmed": ()}
        view = XeroView.of(answer, document.header if is_sent else None, after=xero).model_copy(update=brought)
        if document.kind is Kind.CREDIT_NOTE and view.due_date == PLACEHOLDER:
            # Whether Xero lets a credit note's DueDate be changed is not published; nothing falls due by it.
            view = view.model_copy(update={"due_date": None})
        if not (change.is_shown_by(answer) and is_done(SequenceView.of(document), view)):
            raise HoldError(HoldReason.REJECTED, _ignored(document, answer))
        return await self._reader.done(ref, view, answer)

    async def report_sent(self, step: StepInput) -> Outcome:
        """Mark a document as sent in Sequence because Xero shows it as sent. No e-mail goes out."""
        ref = step.ref
        known = await self._reader.read(step)
        document, link = known.document, known.link
        if document is None or link.ignored:
            return await self._reader.at_rest(known)
        is_sent = link.xero is not None and link.xero.sent and not link.xero.status.is_gone
        if document.status is DocumentStatus.FINAL and is_sent:
            reach(FaultPoint.BEFORE_MARK)
            asked_at = self.now()
            try:
                marked = await self.clients(Lane.LIVE).billing.mark_as_sent(ref)
            except MissingError as error:
                # It was there a moment ago; the next attempt makes sure.
                raise DeniedError(f"Sequence does not know {ref} any more.") from error
            reach(FaultPoint.AFTER_MARK)
            if marked.status is DocumentStatus.FINAL:
                raise RetryLaterError(f"Sequence took {ref} as sent, but still shows it as FINAL.")
            await self.links.change(ref, lambda link: link.read(marked, asked_at))
        return await self._reader.done(ref)

    async def report_payment(self, step: StepInput) -> Outcome:
        """Report the payment of an invoice to Sequence, unless a sweep did so on its way. No hold keeps from it."""
        ref, billing = step.ref, self.clients(step.lane).billing
        known = await self._reader.read(step)
        document, link = known.document, known.link
        if document is None:
            return await self._reader.at_rest(known)
        if link.xero and not is_reported(link.known):
            before = link.xero
            await report(billing, self.links, document, before.payment, self.now)
            reach(FaultPoint.BEFORE_STORE)
            link = await self.links.change(ref, lambda link: link.reported(before))
        return link.outcome if step.stays_held else await self._reader.done(ref)

    async def allocate(self, step: StepInput) -> Outcome:
        """Set a credit note against the invoice that it credits, once both are sent on both sides."""
        ref = step.ref
        known = await self._reader.read(step)
        document, link = known.document, known.link
        if document is None or link.ignored:
            return await self._reader.at_rest(known)
        if link.xero is None or next_step(link.known) is not Step.ALLOCATE:
            return await self._reader.done(ref)
        allocating = Allocating(self.clients(step.lane).books, self.links)
        allocation, view = await allocating.allocate(known.connected(), document, link.xero)
        await self.links.change(ref, lambda link: link.allocated(allocation))
        return await self._reader.done(ref, view)

    async def void(self, step: StepInput) -> Outcome:
        """Void a document in Xero that Sequence has as VOIDED."""
        ref = step.ref
        known = await self._reader.read(step)
        document, xero = known.document, known.link.xero
        if document is None or known.link.ignored:
            return await self._reader.at_rest(known)
        if xero is None or xero.status.is_gone or document.status is not DocumentStatus.VOIDED:
            return await self._reader.done(ref)
        reach(FaultPoint.BEFORE_VOID)
        answer = await self.clients(step.lane).books.void(known.connected(), ref.kind, xero.xero_id)
        if not answer.status.is_gone:
            raise HoldError(HoldReason.REJECTED, f"Xero took the void but shows the document as {answer.status}")
        return await self._reader.done(ref, XeroView.of(answer, applied=xero.applied, after=xero), answer)

    async def confirm(self, asked: ConfirmInput) -> tuple[bool, Outcome]:
        """Read a document; return whether Sequence shows it as far as a signal said, and how both sides stand."""
        try:
            link = (await self._reader.read(StepInput(ref=asked.ref, lane=asked.lane))).link
        except (HoldError, UnusableAnswerError):
            # What keeps it from being read may be over with the next read: nothing is confirmed by it.
            return False, (await self.links.document(asked.ref)).outcome
        return is_as_far(link.sequence.status if link.sequence else None, asked.claimed), link.outcome

    @property
    def _reader(self) -> DocumentReader:
        return DocumentReader(lambda lane: self.clients(lane).billing, self.links, self.denials, self.now)


def _ignored(document: Document, answer: XeroDocument) -> str:
    return (
        f"Xero took the change of {document.number} but kept the dates {answer.issue_date} and {answer.due_date}"
        f" and sent {answer.sent}"
    )
