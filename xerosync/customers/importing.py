"""Importing Xero's customers into Sequence: first all customers to compare with, then page by page of contacts.

A page may be repeated at any point. What was imported is in the store, link and report together.

Each contact becomes a customer once. Sequence takes no idempotency key for customers, but an alias leads to one
customer of the account, and a new customer carries its contact's: a second create is refused, and the alias finds the
first. That aliases are unique is not published in so many words. So an intent is stored before each create, and no
other attempt creates while an earlier create may still be under way.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import TypeVar

import structlog

from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.clock import utc_now
from xerosync.core.errors import HoldError, MissingError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import ContactPage, XeroContact
from xerosync.customers.contact_to_customer import ImportOutcome, ImportRow, NewCustomer, missing
from xerosync.customers.customer import Customer
from xerosync.customers.links import CustomerLinking
from xerosync.customers.matching import Directory, KnownCustomer, judge
from xerosync.customers.messages import (
    ImportCounts,
    ImportOpenInput,
    ImportOpenResult,
    ImportPageInput,
    ImportPageResult,
)
from xerosync.customers.ports import ImportStore
from xerosync.documents.client import release
from xerosync.documents.intent import Intent
from xerosync.faultpoints import FaultPoint, reach

_KNOWN_AT_ONCE = 500
_READS_AT_ONCE = 10

_CREATES_AT_ONCE = 10
"""Creates under way together, and so the most intents to check after a worker died."""

_Pending = tuple[ImportRow, NewCustomer]
_Answer = TypeVar("_Answer")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CustomerImport:
    """Imports customers. `linking` asks both sides in the bulk lane."""

    linking: CustomerLinking
    store: ImportStore
    call_timeout: timedelta
    now: Callable[[], datetime] = utc_now

    async def open(self, opened: ImportOpenInput) -> ImportOpenResult:
        """Store which customers Sequence has, to compare contacts with.

        Sequence's list leaves out e-mail addresses: those of customers that are not linked are read one by one. Xero's
        archived contacts are read to learn which were merged: the contact that remains belongs to the same customer.
        """
        account_id, import_id = opened.account_id, opened.import_id
        await self.store.begin(account_id, import_id, is_whole=opened.is_whole)
        merges = await self._ask_xero(account_id, self._merges)
        if merges is None:
            return ImportOpenResult(stopped=True)
        links = {link.customer_id: link.contact_id for link in await self.linking.store.customer_links(account_id)}

        def known(customer: Customer, emails: tuple[str, ...] | None = None) -> KnownCustomer:
            contact_id = links.get(customer.id) or customer.xero_contact_id
            return KnownCustomer(
                customer_id=customer.id,
                name=customer.legal_name,
                tax_number=customer.tax_number,
                emails=emails,
                contact_id=_remaining(contact_id, merges) if contact_id else None,
            )

        async def with_emails(customer_id: str) -> KnownCustomer | None:
            try:
                customer = await self.linking.customers.get(account_id, customer_id)
            except MissingError:
                return None
            return known(customer, tuple(person.email for person in customer.people))

        async for some in _in_parts(self.linking.customers.customers(account_id), _KNOWN_AT_ONCE):
            await self.store.keep_known(account_id, import_id, [known(customer) for customer in some])
        unread = await self.store.unread(account_id)
        for start in range(0, len(unread), _READS_AT_ONCE):
            some_ids = unread[start : start + _READS_AT_ONCE]
            read = await asyncio.gather(*map(with_emails, some_ids))
            await self.store.keep_known(account_id, import_id, [customer for customer in read if customer])
        return ImportOpenResult()

    async def page(self, page: ImportPageInput) -> ImportPageResult:
        """Read a page of contacts, judge each, and import those that can be; a preview only judges.

        Raises:
            RetryLaterError: a side does not answer, or it is uncertain whether an earlier create arrived.
        """
        read = await self._ask_xero(page.account_id, lambda connection: self._read(connection, page))
        if read is None:
            return await self._result(page, stopped=True)
        await self._import(page, read.contacts)
        if not page.preview:
            waiting = await self.store.waited_for(page.account_id)
            await release(self.linking.workflows, waiting, HoldReason.CUSTOMER_UNLINKED)
        return await self._result(page, contacts=read.total, is_last=read.is_last)

    async def _ask_xero(self, account_id: str, ask: Callable[[Connection], Awaitable[_Answer]]) -> _Answer | None:
        """Return what Xero answers; None where the account is not connected, or is refused now, which is stored."""
        began = self.now()
        connection = await self.linking.store.connection(account_id)
        if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
            return None
        try:
            return await ask(connection)
        except HoldError as error:
            if error.reason is not HoldReason.DISCONNECTED:
                raise
            await self.linking.store.mark_disconnected(account_id, since=began)
            return None

    async def _merges(self, connection: Connection) -> Mapping[str, str]:
        """Return, by ContactID, which contacts others were merged into."""
        merges: dict[str, str] = {}
        for number in count(1):
            page = await self.linking.contacts.archived(connection, number)
            merges |= {contact.contact_id: contact.merged_to for contact in page.contacts if contact.merged_to}
            if page.is_last:
                break
        return merges

    async def _read(self, connection: Connection, page: ImportPageInput) -> ContactPage:
        if not page.contact_ids:
            return await self.linking.contacts.customers(connection, page.page)
        found = await self.linking.contacts.some(connection, page.contact_ids)
        there = {contact.contact_id for contact in found}
        absent = [missing(contact_id) for contact_id in page.contact_ids if contact_id not in there]
        await self.store.keep(page.account_id, page.import_id, absent)
        return ContactPage(found, total=None, is_last=True)

    async def _import(self, page: ImportPageInput, contacts: Sequence[XeroContact]) -> None:
        account_id, ids = page.account_id, [contact.contact_id for contact in contacts]
        rows = await self.store.rows(account_id, page.import_id, ids)
        done = {row.contact_id for row in rows if row.outcome is ImportOutcome.IMPORTED}
        linked = await self.store.customers_of(account_id, ids)
        known = await self._without_removed_links(account_id, await self.store.like(account_id, contacts))
        # In a thread of its own: a page of misspelt countries keeps a processor busy for seconds.
        undone = [contact for contact in contacts if contact.contact_id not in done]
        judged = await asyncio.to_thread(_judge_all, undone, linked, known, as_new=page.as_new)
        await self.store.keep(account_id, page.import_id, [row for row, _ in judged])
        if page.preview:
            return
        await self._link(page, [row for row, _ in judged if row.contact_id not in linked])
        await self._create_all(page, [(row, new) for row, new in judged if new])

    async def _without_removed_links(self, account_id: str, known: Sequence[KnownCustomer]) -> Sequence[KnownCustomer]:
        """Return known customers without the links that Sequence may still show although they were removed."""
        unlinking = await self.linking.store.unlinking(account_id, [it.customer_id for it in known if it.contact_id])
        return [it.model_copy(update={"contact_id": None}) if it.customer_id in unlinking else it for it in known]

    async def _link(self, page: ImportPageInput, rows: Sequence[ImportRow]) -> None:
        """Store links that Sequence or the ContactNumber shows, and show them in Sequence."""
        found = [row for row in rows if row.outcome is ImportOutcome.LINKED]
        links = {row.customer_id: row.contact_id for row in found if row.customer_id}
        if links:
            async with self.linking.shown_in_sequence(page.account_id, links):
                await self.store.keep_linked(page.account_id, page.import_id, found)
                reach(FaultPoint.LINK_STORED)

    async def _create_all(self, page: ImportPageInput, pending: Sequence[_Pending]) -> None:
        """Create customers in Sequence, and store each one's link and row of the report.

        Raises:
            RetryLaterError: some could not be created now, or it is uncertain whether they were; the rest is stored.
        """
        late: RetryLaterError | None = None
        for start in range(0, len(pending), _CREATES_AT_ONCE):
            absent, unsettled = await self._recover(page, pending[start : start + _CREATES_AT_ONCE])
            late = unsettled or late
            await self._create(page, absent)
        if late:
            raise late

    async def _recover(
        self, page: ImportPageInput, pending: Sequence[_Pending]
    ) -> tuple[Sequence[_Pending], RetryLaterError | None]:
        """Return which of them certainly do not exist; those that an earlier attempt created are stored."""
        asked_at = self.now()
        intents = await self.store.intents(page.account_id, [new.alias for _, new in pending])
        found: list[ImportRow] = []
        absent: list[_Pending] = []
        late: RetryLaterError | None = None
        for row, new in pending:
            at = intents.get(new.alias)
            if at is None:
                absent.append((row, new))
            elif customer_id := await self.linking.customers.by_alias(page.account_id, new.alias):
                found.append(_imported(row, customer_id))
            elif (unsettled := _intent(new, at).settled_at(self.call_timeout) - asked_at) > timedelta(0):
                late = RetryLaterError("Waiting to learn whether a customer was created.", retry_after=unsettled)
            else:
                await self.store.withdraw(page.account_id, {new.alias: at})
                absent.append((row, new))
        if found:
            log.info("customers found after a lost answer", customers=len(found))
            await self._keep(page, found)
        return absent, late

    async def _create(self, page: ImportPageInput, pending: Sequence[_Pending]) -> None:
        """Create customers together. An intent whose create did not answer stays for the next attempt to check."""
        if not pending:
            return
        at = self.now()
        noted = await self.store.intend(page.account_id, [new.alias for _, new in pending], at)
        mine = [(row, new) for row, new in pending if new.alias in noted]
        results = await asyncio.gather(*(self._create_one(page.account_id, row, new, at) for row, new in mine))
        await self._keep(page, [result for result in results if isinstance(result, ImportRow)])
        undone = [
            new.alias
            for (_, new), result in zip(mine, results, strict=True)
            if (not result.ambiguous if isinstance(result, RetryLaterError) else result.customer_id is None)
        ]
        if undone:
            await self.store.withdraw(page.account_id, dict.fromkeys(undone, at))
        for result in results:
            if isinstance(result, RetryLaterError):
                raise result
        if len(mine) < len(pending):
            raise RetryLaterError("Another attempt creates some of the customers.")

    async def _keep(self, page: ImportPageInput, rows: Sequence[ImportRow]) -> None:
        created = [row for row in rows if row.customer_id]
        refused = [row for row in rows if not row.customer_id]
        if created:
            await self.store.keep_linked(page.account_id, page.import_id, created)
        if refused:
            await self.store.keep(page.account_id, page.import_id, refused)

    async def _create_one(
        self, account_id: str, row: ImportRow, new: NewCustomer, at: datetime
    ) -> ImportRow | RetryLaterError:
        left = _intent(new, at).given_up_at(self.call_timeout) - self.now()
        customers = self.linking.customers
        try:
            async with asyncio.timeout(left.total_seconds()):
                try:
                    return _imported(row, await customers.create_from(account_id, new))
                except HoldError as refusal:
                    # The alias may be in use because a create that counted as lost was not.
                    if customer_id := await customers.by_alias(account_id, new.alias):
                        return _imported(row, customer_id)
                    reason = f"Sequence refused it: {refusal.words}"
                    return row.model_copy(update={"outcome": ImportOutcome.INVALID, "reasons": (reason,)})
        except RetryLaterError as error:
            return error
        except TimeoutError:
            return RetryLaterError("Sequence did not say in time whether a customer was created.")

    async def _result(
        self, page: ImportPageInput, *, contacts: int | None = None, is_last: bool = True, stopped: bool = False
    ) -> ImportPageResult:
        counts = ImportCounts.of(await self.store.tally(page.account_id, page.import_id))
        log.info("page of contacts imported", page=page.page, **counts.model_dump())
        return ImportPageResult(counts=counts, contacts=contacts, is_last=is_last, stopped=stopped)


def _judge_all(
    contacts: Sequence[XeroContact],
    linked: Mapping[str, str],
    known: Sequence[KnownCustomer],
    *,
    as_new: bool,
) -> list[tuple[ImportRow, NewCustomer | None]]:
    directory = Directory(known)
    return [judge(it, linked.get(it.contact_id), directory, as_new=as_new) for it in contacts]


def _imported(row: ImportRow, customer_id: str) -> ImportRow:
    return row.model_copy(update={"outcome": ImportOutcome.IMPORTED, "customer_id": customer_id})


def _intent(new: NewCustomer, at: datetime) -> Intent:
    return Intent(number=new.alias, payload_digest="", at=at)


def _remaining(contact_id: str, merges: Mapping[str, str]) -> str:
    """Return the contact that one was merged into in the end; a circle, which Xero does not make, ends somewhere."""
    for _ in merges:
        if contact_id not in merges:
            break
        contact_id = merges[contact_id]
    return contact_id


async def _in_parts(customers: AsyncIterator[Customer], size: int) -> AsyncIterator[list[Customer]]:
    part: list[Customer] = []
    async for customer in customers:
        part.append(customer)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
