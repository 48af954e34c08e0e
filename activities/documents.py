"""The steps of a document's life. Each reads Sequence when it acts and does only what the truth calls for.

So every step may be repeated, doubled or come too early: the one that is not called for changes nothing and
tells how things stand.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.interceptor import denials, held_if_it_comes_back
from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.clock import utc_now
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, Kind
from xerosync.core.errors import (
    CustomerPendingError,
    DeniedError,
    HoldError,
    MissingError,
    RefusedReadError,
    RetryLaterError,
    UnusableAnswerError,
)
from xerosync.core.holds import Hold, HoldReason
from xerosync.core.rate_limits import Lane
from xerosync.core.xero_records import PLACEHOLDER, XeroDocument
from xerosync.customers.links import CustomerLinking
from xerosync.documents.awaiting_customer import NewCustomers
from xerosync.documents.chart_check import Charts
from xerosync.documents.create import Creating
from xerosync.documents.credit_notes import Allocating
from xerosync.documents.header_change import header_change
from xerosync.documents.hold_retries import may_be_over
from xerosync.documents.lifecycle import (
    Step,
    is_applied,
    is_as_far,
    is_reported,
    is_up_to_date,
    may_be_pushed,
    next_step,
)
from xerosync.documents.link import CALL_TIMEOUT, DocumentLink
from xerosync.documents.messages import ConfirmInput, Held, Outcome, StepInput
from xerosync.documents.payments import report
from xerosync.documents.ports import Billing, Books, Links
from xerosync.documents.timeline import held_again
from xerosync.documents.views import SequenceView, XeroView
from xerosync.faultpoints import FaultPoint, reach

HELD = "Held"
"""Type of the ApplicationError whose details are a `Held`."""

READS = 7
"""How often Sequence is read for what a signal said, within about two minutes."""

_READS_OF_MISSING = 6
"""How often Sequence must deny a document (for about a minute) before a step believes it."""

_READS_OF_UNUSABLE = 8
"""How often Sequence must answer without the document (for about four minutes) before it is held for that."""

_WAIT_FOR_UNKNOWN = timedelta(days=7)
"""How long a document that Sequence never knew is held, and looked for, before it is taken for a mistake."""

_DONE = {DocumentStatus.FINAL: is_up_to_date, DocumentStatus.SENT: is_applied}
"""What tells, by the status in Sequence, that there is nothing left to write on a document in Xero."""

log = structlog.get_logger()


class LaneClients(NamedTuple):
    """Sequence and Xero, both asked in the same lane."""

    billing: Billing
    books: Books
    sequence_links: CustomerLinking | None = None


class _NotConnectedError(HoldError):
    """The store knows that the account is not connected to the document's organisation: Xero was not asked."""

    def __init__(self, words: str = "") -> None:
        super().__init__(HoldReason.DISCONNECTED, words)


@dataclass(frozen=True)
class DocumentActivities:
    """Activities of one document. Clients are shared by all of them.

    `bulk` is both sides in the lane of documents that were not asked for one by one. Without `charts` Xero alone
    checks ledger accounts and currencies; without `new_customers` none is pushed because of a document; without
    `sequence_links` no customer is linked because Sequence says so.
    """

    billing: Billing
    books: Books
    links: Links
    bulk: LaneClients | None = None
    charts: Charts | None = None
    new_customers: NewCustomers | None = None
    sequence_links: CustomerLinking | None = None
    call_timeout: timedelta = CALL_TIMEOUT
    now: Callable[[], datetime] = utc_now

    @activity.defn
    async def push_document(self, step: StepInput) -> Outcome:
        """Bring a FINAL or SENT document into Xero, exactly once; one that is there already is left as it is.

        The intent stands in the store before the create leaves. An attempt that finds an intent without a Xero
        id looks the number up first and adopts what is its own.
        """
        sides = self._in(step.lane)
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
        async with self._holding(step.ref):
            known = await self._read_link(step)
            document, link = known.document, known.link
            if document is None or link.ignored:
                return await self._at_rest(known)
            if link.xero is None and link.intent:
                link = await creating.recover(known.connected(), document, link.intent)
            if link.xero is None and may_be_pushed(SequenceView.of(document)):
                link = await creating.create(known.connected(link), document)
                if link.hold is None:
                    return link.outcome
            return await self._done(step.ref)

    @activity.defn
    async def apply_sent(self, step: StepInput) -> Outcome:
        """Write the real dates and "sent" on a document that Sequence has as SENT; also what was amended since.

        On one that is FINAL only what was amended: its dates wait until it is sent. One that Xero does not show as
        approved is approved with it, if the connected user may.
        """
        ref = step.ref
        async with self._holding(ref):
            known = await self._read_link(step)
            document, xero = known.document, known.link.xero
            if document is None or known.link.ignored:
                return await self._at_rest(known)
            if xero is None or xero.status.is_gone:
                return await self._done(ref)
            is_done = _DONE.get(document.status)
            if is_done is None or (is_done(SequenceView.of(document), xero) and not xero.status.is_unapproved):
                return await self._done(ref)
            is_sent = document.status is DocumentStatus.SENT
            if is_sent and document.issue_date is None and xero.has_placeholder:
                raise HoldError(HoldReason.REJECTED, f"The {ref.kind.words} is sent, but has no issue date.")
            reach(FaultPoint.BEFORE_CHANGE)
            change = header_change(document, xero, was_sent=step.xero is None or step.xero.sent)
            try:
                answer = await self._in(step.lane).books.change_header(known.connected(), change)
            except HoldError as error:
                if error.reason is not HoldReason.FROZEN_BY_PAYMENT or not change.is_needless(xero):
                    raise
                log.info("sent and paid in Xero already", xero_id=xero.xero_id)
                return await self._done(ref, xero.model_copy(update={"applied": document.header}))
            if answer.status.is_unapproved or answer.status.is_gone:
                # Whatever else Xero took: what was asked for is an approved document, and that it is not.
                return await self._done(ref, XeroView.of(answer, None, after=xero))
            brought = {"reference_digest": document.header.reference_digest}
            view = XeroView.of(answer, document.header if is_sent else None, after=xero).model_copy(update=brought)
            if document.kind is Kind.CREDIT_NOTE and view.due_date == PLACEHOLDER:
                # Whether Xero lets a credit note's DueDate be changed is not published; nothing falls due by it.
                view = view.model_copy(update={"due_date": None})
            if not (change.is_shown_by(answer) and is_done(SequenceView.of(document), view)):
                raise HoldError(HoldReason.REJECTED, _ignored(document, answer))
            return await self._done(ref, view)

    @activity.defn
    async def report_sent(self, step: StepInput) -> Outcome:
        """Mark a document as sent in Sequence because Xero shows it as sent. No e-mail goes out."""
        ref = step.ref
        async with self._holding(ref):
            known = await self._read_link(step)
            document, link = known.document, known.link
            if document is None or link.ignored:
                return await self._at_rest(known)
            is_sent = link.xero is not None and link.xero.sent and not link.xero.status.is_gone
            if document.status is DocumentStatus.FINAL and is_sent:
                reach(FaultPoint.BEFORE_MARK)
                asked_at = self.now()
                try:
                    marked = await self.billing.mark_as_sent(ref)
                except MissingError as error:
                    # It was there a moment ago; the next attempt makes sure.
                    raise DeniedError(f"Sequence does not know {ref} any more.") from error
                reach(FaultPoint.AFTER_MARK)
                if marked.status is DocumentStatus.FINAL:
                    raise RetryLaterError(f"Sequence took {ref} as sent, but still shows it as FINAL.")
                await self.links.change(ref, lambda link: link.read(marked, asked_at))
            return await self._done(ref)

    @activity.defn
    async def report_payment(self, step: StepInput) -> Outcome:
        """Tell Sequence how far an invoice is paid in Xero, unless a sweep did so on its way. No hold keeps from it."""
        ref, billing = step.ref, self._in(step.lane).billing
        async with self._holding(ref):
            known = await self._read_link(step)
            document, link = known.document, known.link
            if document is None:
                return await self._at_rest(known)
            if link.xero and not is_reported(link.known):
                before = link.xero
                await report(billing, document, before.payment)
                reach(FaultPoint.BEFORE_STORE)
                link = await self.links.change(ref, lambda link: link.reported(before))
            return link.outcome if step.stays_held else await self._done(ref)

    @activity.defn
    async def allocate_credit(self, step: StepInput) -> Outcome:
        """Set a credit note against the invoice that it credits, once both are sent on both sides."""
        ref = step.ref
        async with self._holding(ref):
            known = await self._read_link(step)
            document, link = known.document, known.link
            if document is None or link.ignored:
                return await self._at_rest(known)
            if link.xero is None or next_step(link.known) is not Step.ALLOCATE:
                return await self._done(ref)
            allocating = Allocating(self._in(step.lane).books, self.links)
            allocation, view = await allocating.allocate(known.connected(), document, link.xero)
            await self.links.change(ref, lambda link: link.allocated(allocation))
            return await self._done(ref, view)

    @activity.defn
    async def void_document(self, step: StepInput) -> Outcome:
        """Void a document in Xero that Sequence has as VOIDED."""
        ref = step.ref
        async with self._holding(ref):
            known = await self._read_link(step)
            document, xero = known.document, known.link.xero
            if document is None or known.link.ignored:
                return await self._at_rest(known)
            if xero is None or xero.status.is_gone or document.status is not DocumentStatus.VOIDED:
                return await self._done(ref)
            reach(FaultPoint.BEFORE_VOID)
            answer = await self._in(step.lane).books.void(known.connected(), ref.kind, xero.xero_id)
            if not answer.status.is_gone:
                raise HoldError(HoldReason.REJECTED, f"Xero took the void but shows the document as {answer.status}")
            return await self._done(ref, XeroView.of(answer, applied=xero.applied, after=xero))

    @activity.defn
    async def confirm_claim(self, asked: ConfirmInput) -> Outcome:
        """Read a document until Sequence shows it as far as a signal said, for about two minutes; write nothing.

        A signal may overtake the commit that it speaks of. What does not come in time the sweep of the account finds.

        Raises:
            ApplicationError: Sequence does not show it so yet; the next attempt comes in a while.
        """
        attempt = activity.info().attempt
        try:
            link = (await self._read_link(StepInput(ref=asked.ref, lane=asked.lane))).link
        except (HoldError, UnusableAnswerError):
            # What keeps it from being read is for the next step to meet.
            return (await self.links.document(asked.ref)).outcome
        if attempt >= READS or is_as_far(link.sequence.status if link.sequence else None, asked.claimed):
            return link.outcome
        raise ApplicationError(
            f"Sequence does not show {asked.ref} as {asked.claimed} yet.",
            type="Unconfirmed",
            next_retry_delay=timedelta(seconds=2**attempt),
            category=ApplicationErrorCategory.BENIGN,
        )

    def _in(self, lane: Lane) -> LaneClients:
        """Return both sides in a lane."""
        return (
            self.bulk if self.bulk and lane is Lane.BULK else LaneClients(self.billing, self.books, self.sequence_links)
        )

    @asynccontextmanager
    async def _holding(self, ref: DocumentRef) -> AsyncGenerator[None]:
        """Record a hold that a step meets, and hand it to the workflow as an error that is not retried."""
        began = self.now()
        try:
            with held_if_it_comes_back():
                yield
        except (HoldError, MissingError, UnusableAnswerError) as met_error:
            error = met_error if isinstance(met_error, HoldError) else await self._believed(ref, met_error)
            if error.reason is HoldReason.DISCONNECTED and not isinstance(error, _NotConnectedError):
                # Xero said so: no other document of the account needs to ask.
                log.warning("disconnected in Xero", account_id=ref.account_id, document=str(ref))
                await self.links.mark_disconnected(ref.account_id, since=began)
            waits_for_push = isinstance(error, CustomerPendingError)
            met = Hold(reason=error.reason, words=error.words, since=self.now(), waits_for_push=waits_for_push)
            reach(FaultPoint.BEFORE_HOLD)
            link = await self.links.change(ref, lambda link: link.held(met), if_unchanged=held_again(met))
            reach(FaultPoint.AFTER_HOLD)
            # What ended the cause before the hold stood in the store signalled nobody.
            is_over = await self._is_over(link, met)
            held = Held(hold=(link.hold or met).in_brief(link.name), outcome=link.outcome, is_over=is_over)
            tell = log.error if link.is_alarm else log.info
            tell("document held", reason=met.reason)
            raise ApplicationError(
                held.hold.sentence(), held, type=HELD, non_retryable=True, category=ApplicationErrorCategory.BENIGN
            ) from None  # the error's own words would travel along

    async def _is_over(self, link: DocumentLink, hold: Hold) -> bool:
        """Whether the store knows, by now, that what holds a document is over."""
        account_id, customer_id = link.ref.account_id, link.customer_id or ""
        match hold.reason:
            # With words it is Xero that does not know the contact, whatever the store says.
            case HoldReason.CUSTOMER_UNLINKED if hold.waits_for_push or not hold.words:
                if await self.links.contact_of(account_id, customer_id):
                    return True
                awaited = self.new_customers if hold.waits_for_push else None
                return bool(awaited and await awaited.is_otherwise(account_id, customer_id, hold))
            case HoldReason.DISCONNECTED | HoldReason.LEDGER_ACCOUNT_MISSING:
                connection = await self.links.connection(account_id)
                if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
                    return False
                return may_be_over(hold.reason, link, connection)
            case _:
                return False

    async def _believed(self, ref: DocumentRef, error: MissingError | UnusableAnswerError) -> HoldError:
        """Return the hold of a document, or part of it, that Sequence answers for and still can't be read.

        Where Sequence fails to read anything it is no matter of this document: then the next attempt may succeed.
        """
        is_unusable = isinstance(error, UnusableAnswerError)
        if denials() + 1 < (_READS_OF_UNUSABLE if is_unusable else _READS_OF_MISSING):
            raise DeniedError(f"Sequence does not show all of {ref} yet.") from error
        if is_unusable:
            await self.billing.lists(ref, None)
        return HoldError(HoldReason.REJECTED, error.in_full)

    async def _read(self, ref: DocumentRef, lane: Lane = Lane.LIVE) -> Document | MissingError:
        """Return the document; what Sequence says instead once it has denied it often enough.

        A signal may overtake the commit that makes its document visible, so one "not found" proves nothing.
        """
        try:
            return await self._in(lane).billing.document(ref)
        except MissingError as error:
            if denials() + 1 < _READS_OF_MISSING:
                raise DeniedError(f"Sequence does not show {ref} yet.") from error
            return error

    async def _read_link(self, step: StepInput) -> "_Known":
        """Read the document and bring its link up to date with it, and with what the workflow saw in Xero."""
        asked_at = self.now()
        found, connection = await asyncio.gather(
            self._read(step.ref, step.lane), self.links.connection(step.ref.account_id)
        )
        document, denial = (found, None) if isinstance(found, Document) else (None, found)

        def learn(link: DocumentLink) -> DocumentLink:
            # Only the store knows which document of Xero it is: a signal may tell how that stands, not which.
            seen = link.seen(step.xero) if step.xero and link.xero else link
            return (seen.read(document, asked_at) if document else seen).following(connection, document)

        link = await self.links.change(step.ref, learn)
        reach(FaultPoint.AFTER_READ)
        if document and link.is_later(asked_at):
            raise RetryLaterError(f"Another attempt read {step.ref} later.")
        return _Known(document, link, connection, denial)

    async def _done(self, ref: DocumentRef, view: XeroView | None = None) -> Outcome:
        """Store what a step saw, free of any hold, and tell how both sides stand."""
        reach(FaultPoint.BEFORE_STORE)
        link = await self.links.change(ref, lambda link: (link.wrote(view) if view else link).freed())
        reach(FaultPoint.AFTER_STORE)
        return link.outcome

    async def _at_rest(self, known: "_Known") -> Outcome:
        """Do nothing about a document that a person wants left alone; settle a draft that was deleted.

        Sequence deletes nothing else, so for the rest something is amiss there. What Sequence never knew is most likely
        on its way, or a mistake of whoever signalled: a person should see it.
        """
        link, denial = known.link, known.denial
        if link.ignored and link.sequence:
            return link.outcome
        if link.is_finalized:
            raise HoldError(
                HoldReason.REJECTED,
                _told("Sequence does not know it any more: is it asked with the right key?", denial),
            )
        looked_for = self.now() - link.hold.since if link.hold else timedelta(0)
        if not link.was_read and looked_for < _WAIT_FOR_UNKNOWN:
            unknown = f"Sequence knows no {link.ref}: is its id right, and is it of this account?"
            raise HoldError(HoldReason.REJECTED, _told(unknown, denial))
        if isinstance(denial, RefusedReadError) and await self.billing.lists(link.ref, link.customer_id):
            raise HoldError(HoldReason.REJECTED, denial.in_full)
        return (await self.links.change(link.ref, DocumentLink.deleted)).outcome


class _Known(NamedTuple):
    """What a step knows once it has read: the document, unless Sequence denies it, its link and its connection."""

    document: Document | None
    link: DocumentLink
    connection: Connection | None
    denial: MissingError | None = None

    def connected(self, link: DocumentLink | None = None) -> Connection:
        """Return the connection to the document's organisation, as a later `link` names it. Raises HoldError."""
        connection = self.connection
        if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
            raise _NotConnectedError
        if (link or self.link).is_elsewhere(connection.tenant_id):
            raise _NotConnectedError("It is in the books of the organisation that the account was connected to before.")
        return connection


def _told(sentence: str, denial: MissingError | None) -> str:
    """Add what Sequence said, where it said more than that there is no such thing."""
    return f"{sentence} {denial.in_full}" if isinstance(denial, RefusedReadError) else sentence


def _ignored(document: Document, answer: XeroDocument) -> str:
    return (
        f"Xero took the change of {document.number} but kept the dates {answer.issue_date} and {answer.due_date}"
        f" and sent {answer.sent}"
    )
