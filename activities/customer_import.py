"""Importing Xero's customers into Sequence: a directory of who is there already, then page by page.

A page may be repeated at any point. What was imported is in the store, link and report together; of what was being
created when a worker died there is an intent, and the alias finds the customer if there is one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from temporalio import activity

from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.errors import HoldError, MissingError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import link_of, owing
from xerosync.core.xero_records import ContactPage, XeroContact
from xerosync.customers.create_in_sequence import CreatingCustomers
from xerosync.customers.customer import Customer
from xerosync.customers.importing import ImportOutcome, ImportRow, NewCustomer, missing
from xerosync.customers.links import show
from xerosync.customers.matching import Directory, KnownCustomer, judge
from xerosync.customers.messages import ImportCounts, ImportOpenInput, ImportPageInput, ImportPageResult
from xerosync.customers.ports import Contacts, CustomerLinks, Customers, Imports
from xerosync.documents.client import release
from xerosync.documents.link import CALL_TIMEOUT
from xerosync.documents.ports import Releases
from xerosync.faultpoints import FaultPoint, reach

_KNOWN_AT_ONCE = 500
_READS_AT_ONCE = 10

log = structlog.get_logger()


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class ImportActivities:
    """Activities of an import. `customers` and `contacts` ask both sides in the bulk lane."""

    customers: Customers
    contacts: Contacts
    links: CustomerLinks
    imports: Imports
    workflows: Releases
    call_timeout: timedelta = CALL_TIMEOUT
    now: Callable[[], datetime] = _utc_now

    @activity.defn
    async def open_import(self, asked: ImportOpenInput) -> None:
        """Note which customers Sequence has, to compare contacts with.

        Sequence's list leaves out e-mail addresses: those of customers that are not linked are read one by one.
        """
        account_id, import_id = asked.account_id, asked.import_id
        await self.imports.begin(account_id, import_id)
        async for some in _in_parts(self.customers.customers(account_id), _KNOWN_AT_ONCE):
            await self.imports.keep_known(account_id, import_id, [_known(customer) for customer in some])
        unread = await self.imports.unread(account_id)
        for start in range(0, len(unread), _READS_AT_ONCE):
            some_ids = unread[start : start + _READS_AT_ONCE]
            read = await asyncio.gather(*(self._with_emails(account_id, customer_id) for customer_id in some_ids))
            await self.imports.keep_known(account_id, import_id, [customer for customer in read if customer])

    @activity.defn
    async def import_page(self, page: ImportPageInput) -> ImportPageResult:
        """Read a page of contacts, judge each, and import those that can be; a preview only judges."""
        began = self.now()
        connection = await self.links.connection(page.account_id)
        if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
            return await self._result(page, stopped=True)
        try:
            read = await self._read(connection, page)
        except HoldError as error:
            if error.reason is not HoldReason.DISCONNECTED:
                raise
            await self.links.mark_disconnected(page.account_id, since=began)
            return await self._result(page, stopped=True)
        await self._work(page, read.contacts)
        if not page.preview:
            waiting = await self.imports.waited_for(page.account_id)
            await release(self.workflows, waiting, HoldReason.CUSTOMER_UNLINKED)
        return await self._result(page, contacts=read.total, is_last=read.is_last)

    async def _read(self, connection: Connection, page: ImportPageInput) -> ContactPage:
        if not page.contact_ids:
            return await self.contacts.page(connection, page.page, customers_only=True)
        found = await self.contacts.some(connection, page.contact_ids)
        there = {contact.contact_id for contact in found}
        absent = [missing(contact_id) for contact_id in page.contact_ids if contact_id not in there]
        await self.imports.keep(page.account_id, page.import_id, absent)
        return ContactPage(found, total=None, is_last=True)

    async def _work(self, page: ImportPageInput, contacts: Sequence[XeroContact]) -> None:
        account_id, ids = page.account_id, [contact.contact_id for contact in contacts]
        rows = await self.imports.rows(account_id, page.import_id, ids)
        done = {row.contact_id for row in rows if row.outcome is ImportOutcome.IMPORTED}
        linked = await self.imports.customers_of(account_id, ids)
        known = await self._believed(account_id, await self.imports.like(account_id, contacts))
        # Away from the event loop: a page of misspelt countries keeps a processor busy for seconds.
        undone = [contact for contact in contacts if contact.contact_id not in done]
        verdicts = await asyncio.to_thread(_verdicts, undone, linked, known, as_new=page.as_new)
        judged = [row for row, _ in verdicts]
        await self.imports.keep(account_id, page.import_id, judged)
        if page.preview:
            return
        found = [row for row in judged if row.outcome is ImportOutcome.LINKED and row.contact_id not in linked]
        await self._adopt(page, found)
        creating = CreatingCustomers(
            self.customers, self.imports, account_id, page.import_id, self.call_timeout, self.now
        )
        await creating.create([(row, new) for row, new in verdicts if new])

    async def _believed(self, account_id: str, known: Sequence[KnownCustomer]) -> Sequence[KnownCustomer]:
        """Return known customers without the links that Sequence may still show although they were removed."""
        unlinking = await self.links.unlinking(account_id, [it.customer_id for it in known if it.contact_id])
        return [it.model_copy(update={"contact_id": None}) if it.customer_id in unlinking else it for it in known]

    async def _adopt(self, page: ImportPageInput, rows: Sequence[ImportRow]) -> None:
        """Store links that Sequence knew of, or that the ContactNumber tells; Sequence is told of the latter."""
        if not rows:
            return
        async with owing(self.links, *(link_of(page.account_id, row.customer_id) for row in rows if row.customer_id)):
            await self.imports.keep_linked(page.account_id, page.import_id, rows)
            reach(FaultPoint.LINK_STORED)
            for row in rows:
                if row.customer_id:
                    await show(self.customers, page.account_id, row.customer_id, row.contact_id)

    async def _with_emails(self, account_id: str, customer_id: str) -> KnownCustomer | None:
        try:
            customer = await self.customers.get(account_id, customer_id)
        except MissingError:
            return None
        return _known(customer, tuple(person.email for person in customer.people))

    async def _result(
        self, page: ImportPageInput, *, contacts: int | None = None, is_last: bool = True, stopped: bool = False
    ) -> ImportPageResult:
        counts = ImportCounts.of(await self.imports.tally(page.account_id, page.import_id))
        log.info("page of contacts imported", page=page.page, **counts.model_dump())
        return ImportPageResult(counts=counts, contacts=contacts, is_last=is_last, stopped=stopped)


def _verdicts(
    contacts: Sequence[XeroContact],
    linked: Mapping[str, str],
    known: Sequence[KnownCustomer],
    *,
    as_new: bool,
) -> list[tuple[ImportRow, NewCustomer | None]]:
    directory = Directory(known)
    return [judge(it, linked.get(it.contact_id), directory, as_new=as_new) for it in contacts]


def _known(customer: Customer, emails: tuple[str, ...] | None = None) -> KnownCustomer:
    return KnownCustomer(
        customer_id=customer.id,
        name=customer.legal_name,
        tax_number=customer.tax_number,
        emails=emails,
        contact_id=customer.xero_contact_id,
    )


async def _in_parts(customers: AsyncIterator[Customer], size: int) -> AsyncIterator[list[Customer]]:
    part: list[Customer] = []
    async for customer in customers:
        part.append(customer)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
