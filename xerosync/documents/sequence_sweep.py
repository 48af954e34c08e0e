"""The Sequence side of a sweep: once a day (UTC), and where Sequence did not call us, what waits is compared.

    lists of Sequence, 100 a request ──▶ what differs from the store ───────┐
                                    └──▶ what nobody ever signalled ────────┼──▶ signal `release`: read again
    what waits here and is on no list ──▶ read singly ──▶ what differs ─────┘

So no signal is needed for the sync to be right. Sequence has no filter by time of change; the lists that hold what
waits are those of FINAL documents and of SENT ones that are not paid. A list that is longer than what waits here, as
after years without this product, is not read: then the documents are read singly, so that the cost never grows with
the history. What was issued before the account was connected is a backfill's matter: see `earlier_documents.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.asking_again import asked_again
from xerosync.core.clock import utc_now
from xerosync.core.documents import Document, DocumentFilter, DocumentPage, DocumentRef, DocumentStatus, Kind
from xerosync.core.errors import MissingError, UnusableAnswerError, XerosyncError
from xerosync.core.gathering import some_at_once
from xerosync.core.holds import HoldReason
from xerosync.core.rate_limits import Lane
from xerosync.core.xero_records import Allocation
from xerosync.documents.awaiting_customer import NewCustomers
from xerosync.documents.credit_notes import credited_invoice, prospect
from xerosync.documents.earlier_documents import EarlierDocuments
from xerosync.documents.hold_retries import HoldRetries
from xerosync.documents.lifecycle import Step, next_step, owes_report
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import Release, SequenceSweepResult, SyncState
from xerosync.documents.ports import Billing, Links, Workflows
from xerosync.documents.sequence_cursor import SequenceCursor
from xerosync.documents.views import SequenceView
from xerosync.faultpoints import FaultPoint, reach

PAGE = 1_000
"""Links that are read from the store at a time."""

PER_LIST_PAGE = 100
"""Documents that a page of Sequence's lists holds."""

SPARE_PAGES = 10
"""So many pages of a list more than there are documents that wait are read all the same."""

_DAY = timedelta(days=1)
_AT_ONCE = 20

CLOSED = (SyncState.SETTLED, SyncState.VOIDED)

READ_AGAIN = Release(lane=Lane.BULK, is_retry=True)
"""Says nothing but that Sequence is to be read. What came in thousands lets others go first."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SequenceSweep:
    """Compares what waits with Sequence. `billing` asks in the bulk lane: nobody waits for a comparison."""

    billing: Billing
    links: Links
    workflows: Workflows
    new_customers: NewCustomers
    retries: HoldRetries
    now: Callable[[], datetime] = utc_now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self, account_id: str) -> SequenceSweepResult:
        """Try due holds again and compare, where that is due. Where Sequence does not answer, the next sweep compares.

        Raises:
            RetryLaterError: the store or Temporal does not answer.
        """
        connection = await self.links.connection(account_id)
        if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
            return SequenceSweepResult()  # its documents are held, and reconnecting releases them
        retried = await self.retries.retry_due(connection)
        began, last = self.now(), await self.links.sequence_cursor(account_id)
        if last and not _is_due(last, connection, began):
            return SequenceSweepResult(retried=retried)
        cursor = SequenceCursor(
            since=last.since if last else connection.connected_at or began,
            at=began,
            asked_at=last.asked_at if last else None,
        )
        earlier = EarlierDocuments(self.links, account_id, cursor.since, is_first=last is None)
        comparison = _Comparison(self, connection, earlier, last.at if last else cursor.since, began)
        try:
            for kind in Kind:
                await comparison.run(kind)
        except SequenceAwayError as away:
            log.warning("not compared with Sequence", account_id=account_id, reason=str(away.__cause__))
            return SequenceSweepResult(retried=retried, differing=comparison.differing, new=comparison.new)
        reach(FaultPoint.BEFORE_CURSOR)
        await self.links.move_sequence_cursor(account_id, cursor)
        result = SequenceSweepResult(
            compared=comparison.compared, differing=comparison.differing, new=comparison.new, retried=retried
        )
        log.info("compared with Sequence", account_id=account_id, **result.model_dump())
        return result


class SequenceAwayError(Exception):
    """Sequence does not answer: the comparison ends here. Its cause says why."""


@dataclass(slots=True)
class _Comparison:
    """One comparison of an account. `last` is when the one before began (UTC), of the first when it was connected."""

    sweep: SequenceSweep
    connection: Connection
    earlier: EarlierDocuments
    last: datetime
    began: datetime
    compared: int = 0
    differing: int = 0
    new: int = 0
    _listed: set[str] = field(default_factory=set[str])

    async def run(self, kind: Kind) -> None:
        """Compare the documents of a kind: by Sequence's lists, then singly what is on none of them."""
        self._listed.clear()
        waiting = await self.sweep.links.waiting_by_status(self.connection.account_id, kind)
        # Before the list of unpaid ones, which does not show when they were sent. Whether the day itself passes is not
        # published, and clocks differ.
        surely_ours = (self.earlier.since + _DAY).date()
        if self.earlier.is_first and surely_ours < self.began.date():
            await self._list(kind, DocumentFilter(sent_after=surely_ours), None)
        await self._list(kind, DocumentFilter(sent_after=(self.last - 2 * _DAY).date()), None)
        await self._list(kind, DocumentFilter(status=DocumentStatus.FINAL), waiting.get(DocumentStatus.FINAL, 0))
        if kind is Kind.INVOICE and waiting.get(DocumentStatus.SENT):
            unpaid = DocumentFilter(status=DocumentStatus.SENT, not_paid=True)
            await self._list(kind, unpaid, waiting[DocumentStatus.SENT])
        async for links in self._waiting(kind):
            unlisted = [link for link in links if link.ref.document_id not in self._listed]
            await some_at_once(self._read_and_compare, unlisted, _AT_ONCE)

    async def _list(self, kind: Kind, only: DocumentFilter, waiting: int | None) -> None:
        """Compare what a list holds. With `waiting`, of which so many wait here, only where it is not far longer."""
        asked_at = self.sweep.now()
        pages = aiter(_or_away(self.sweep.billing.pages(kind, self.connection.account_id, only)))
        first = await anext(pages, None)
        if first is None:
            return
        length = -(-(first.total or 0) // PER_LIST_PAGE)
        await self._compare_page(kind, first, only, asked_at)
        # The first comparison reads all that is final, since it keeps what was there before the connection.
        is_kept = self.earlier.is_first and only.status is DocumentStatus.FINAL
        if waiting is not None and length > waiting + SPARE_PAGES and not is_kept:
            log.info("list not read", kind=kind, pages=length, waiting=waiting)
            await self._newest(kind, only)
            return
        async for page in pages:
            await self._compare_page(kind, page, only, asked_at)

    async def _newest(self, kind: Kind, only: DocumentFilter) -> None:
        """Compare what was created since the last comparison, of a list that is too long.

        Sequence does not tell it of credit notes: of them, what stands before a page of nothing but earlier ones.
        """
        asked_at, since = self.sweep.now(), self.last - 2 * _DAY
        pages = self.sweep.billing.pages(kind, self.connection.account_id, only, newest_first=True)
        async for page in _or_away(pages):
            await self._compare_page(kind, page, only, asked_at)
            created = [each.created_at for each in page.documents if each.created_at]
            if min(created) < since if created else await self.earlier.are_all(kind, page.documents):
                return

    async def _compare_page(self, kind: Kind, page: DocumentPage, only: DocumentFilter, asked_at: datetime) -> None:
        documents = {each.id: each for each in page.documents if each.id not in self._listed}
        # What a list can't show is read singly: that step says in words what is wrong with it.
        self._listed.update(documents)
        links = await self.sweep.links.document_links(self.connection.account_id, kind, list(documents))
        contacts = await self._contacts(list(links.values()))

        unknown = [each for each in documents.values() if not _is_known(links[each.id])]
        new = await self.earlier.new_among(kind, unknown, page.unreadable, only)

        async def compare(document: Document) -> None:
            link = links[document.id]
            if _is_known(link):
                await self._compare(link, document, asked_at, contacts)
            elif document.id in new:
                self.new += 1
                await self._signal(link.ref, document.number if document else link.number)

        await some_at_once(compare, list(documents.values()), _AT_ONCE)

    async def _waiting(self, kind: Kind) -> AsyncIterator[Sequence[DocumentLink]]:
        """Return all links that wait, page by page."""
        after = ""
        while links := await self.sweep.links.waiting(self.connection.account_id, kind, after=after, limit=PAGE):
            yield links
            after = links[-1].ref.document_id

    async def _read_and_compare(self, link: DocumentLink) -> None:
        """Read one document singly and compare it; what can't be read is passed over where others can."""
        asked_at = self.sweep.now()
        try:
            document = await asked_again(lambda: self.sweep.billing.document(link.ref), sleep=self.sweep.sleep)
        except MissingError:
            document = None
        except UnusableAnswerError as error:
            log.warning("document not compared", document=str(link.ref), reason=type(error).__name__)
            return
        except XerosyncError as error:
            raise SequenceAwayError from error
        await self._compare(link, document, asked_at, await self._contacts([link]))

    async def _compare(
        self, link: DocumentLink, document: Document | None, asked_at: datetime, contacts: Mapping[str, str]
    ) -> None:
        """Signal a document that Sequence or the store shows otherwise than its workflow may know. None: denied."""
        is_waiting = link.state not in CLOSED
        self.compared += is_waiting
        if link.is_later(asked_at) or link.ignored:
            return
        if not is_waiting:
            # A list shows it by the way: what was amended after it was settled belongs in Xero, too.
            if document and SequenceView.of(document) != link.sequence:
                self.differing += 1
                await self._signal(link.ref, document.number if document else link.number)
            return
        if link.xero and link.current_hold and owes_report(link.known):
            await self.sweep.workflows.signal(link.ref, "changed_in_xero", link.xero, number=link.number)
        if await self._needs_step(link, document, contacts):
            self.differing += 1
            await self._signal(link.ref, document.number if document else link.number)

    async def _needs_step(self, link: DocumentLink, document: Document | None, contacts: Mapping[str, str]) -> bool:
        if document is None:
            # That Sequence denies it is for a step to make sure of, and what may hold it already.
            return link.current_hold is None
        if SequenceView.of(document) != link.sequence:
            return True
        if hold := link.current_hold:
            if hold.reason is not HoldReason.CUSTOMER_UNLINKED or (hold.words and not hold.waits_for_push):
                return False
            # With words it is Xero that does not know the contact, whatever the store says.
            customer_id = link.customer_id or ""
            return customer_id in contacts or (
                hold.waits_for_push
                and await self.sweep.new_customers.is_otherwise(link.ref.account_id, customer_id, hold)
            )
        if link.allocation is Allocation.PENDING and (invoice := credited_invoice(document)):
            return prospect(await self.sweep.links.document(invoice)) is not Allocation.PENDING
        # Somebody may have decided meanwhile that payments are not to be waited for.
        known = link.following(self.connection).known if link.reports_payments else link.known
        return next_step(known) is not Step.WAIT

    async def _contacts(self, links: Sequence[DocumentLink]) -> Mapping[str, str]:
        """Return the contacts of the customers that documents wait for."""
        unlinked = {
            link.customer_id
            for link in links
            if link.hold and link.hold.reason is HoldReason.CUSTOMER_UNLINKED and link.customer_id
        }
        return await self.sweep.links.contacts_of(self.connection.account_id, sorted(unlinked)) if unlinked else {}

    async def _signal(self, ref: DocumentRef, number: str | None) -> None:
        await self.sweep.workflows.signal(ref, "release", READ_AGAIN, number=number)
        reach(FaultPoint.AFTER_SIGNAL)


def _is_due(last: SequenceCursor, connection: Connection, now: datetime) -> bool:
    """Whether the last comparison is of another day, or Sequence did not call us for a while since.

    That is so while an account is disconnected, and while its webhook did not work: somebody asks for a comparison
    then. What happened meanwhile no signal says.
    """
    was_reconnected = connection.connected_at is not None and last.at <= connection.connected_at
    return last.at.date() < now.date() or was_reconnected or last.asked_at is not None


def _is_known(link: DocumentLink) -> bool:
    return link.was_read or link.hold is not None


async def _or_away(pages: AsyncIterator[DocumentPage]) -> AsyncIterator[DocumentPage]:
    """Return the pages of a list. Raises SequenceAwayError where Sequence does not answer."""
    try:
        async for page in pages:
            yield page
    except XerosyncError as error:
        raise SequenceAwayError from error
