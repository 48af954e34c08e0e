"""How a customer gets linked to a contact, and what follows: its documents are released, and Sequence shows the link.

    link-customer, push, import, Sequence's integrationIds
        ──▶ owed ──▶ link stored ──▶ documents released ──▶ Sequence shown ──▶ settled
             └── the process died on the way ──▶ the next sweep of the account does the rest (`overdue.py`)

The link in the store is the one that counts. Where the store has none, Sequence may know one: from its own integration,
from an import elsewhere, or from a person. While an unlinking is under way Sequence may still show the link that is to
go, so it is not believed then.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

from xerosync.connection.connection import Connection
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import HoldError, MissingError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import link_of, owing, removal_of
from xerosync.core.xero_records import XeroContact
from xerosync.customers.customer import Customer
from xerosync.customers.ports import Contacts, Customers, LinkStore
from xerosync.documents.client import release
from xerosync.documents.ports import Workflows
from xerosync.faultpoints import FaultPoint, reach

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CustomerLinking:
    """Links customers to contacts, and unlinks them. `customers` and `contacts` ask both sides in one lane."""

    customers: Customers
    contacts: Contacts
    store: LinkStore
    workflows: Workflows

    async def link(
        self, account_id: str, customer_id: str, contact_id: str, customer_name: str | None = None
    ) -> Sequence[DocumentRef]:
        """Link a customer to a contact, release the documents that waited for it, and return those."""
        async with self.shown_in_sequence(account_id, {customer_id: contact_id}):
            await self.store.link_customer(account_id, customer_id, contact_id, customer_name)
            reach(FaultPoint.LINK_STORED)
            return await self.release_documents(account_id, customer_id)

    async def unlink(self, account_id: str, customer_id: str) -> None:
        """Forget a customer's link in the store, then remove it from Sequence.

        The removal is owed before the store forgets: until it is done Sequence shows a link that must not be believed.

        Raises:
            HoldError: Sequence refused. The store has forgotten the link; its removal from Sequence is owed.
            RetryLaterError: Sequence, or the store, does not answer; likewise, unless the store did not answer.
        """
        async with owing(self.store, removal_of(account_id, customer_id)):
            await self.store.unlink_customer(account_id, customer_id)
            reach(FaultPoint.LINK_REMOVED)
            await self.remove_from_sequence(account_id, customer_id)

    async def unlink_from(self, account_id: str, customer_id: str, contact_id: str | None) -> bool:
        """Unlink a customer from a contact that is gone; return whether it was still linked so.

        `contact_id` is what the store had (None: nothing, while Sequence shows a contact that is gone). A customer that
        was linked otherwise since keeps that link, on both sides. Raises like `unlink`.
        """
        if await self.store.contact_of(account_id, customer_id) != contact_id:
            return False
        async with owing(self.store, removal_of(account_id, customer_id)):
            if contact_id:
                await self.store.unlink_customer(account_id, customer_id, contact_id)
            reach(FaultPoint.LINK_REMOVED)
            await self.remove_from_sequence(account_id, customer_id)
        return True

    async def known_to_sequence(self, connection: Connection, customer: Customer) -> XeroContact | None:
        """Return the contact that Sequence links a customer to, or the one that it was merged into in the end.

        None: Sequence shows no link, the organisation has no such contact, or the customer is being unlinked. The
        contact may be archived: the caller decides what that means.
        """
        if customer.xero_contact_id is None:
            return None
        try:
            contact = await self.contacts.follow(connection, customer.xero_contact_id)
        except MissingError:
            return None
        # Asked last: Sequence was read a while ago, and an unlinking may have begun since.
        is_being_unlinked = await self.store.unlinking(connection.account_id, [customer.id])
        return None if is_being_unlinked else contact

    async def take_over(self, connection: Connection, customer_id: str) -> str | None:
        """Link a customer that has no link in the store as Sequence shows it; return the ContactID. None: no link.

        Raises:
            HoldError: `contact_archived`: that contact is archived. Nothing was linked.
        """
        try:
            customer = await self.customers.get(connection.account_id, customer_id)
        except MissingError:
            return None
        contact = await self.known_to_sequence(connection, customer)
        if contact is None:
            return None
        if contact.is_archived:
            raise HoldError(HoldReason.CONTACT_ARCHIVED)
        log.info("took over the link that Sequence shows", customer_id=customer_id, contact_id=contact.contact_id)
        await self.link(connection.account_id, customer_id, contact.contact_id, customer.legal_name)
        return contact.contact_id

    @asynccontextmanager
    async def shown_in_sequence(self, account_id: str, links: Mapping[str, str]) -> AsyncGenerator[None]:
        """Show links (ContactID by customer id) in Sequence after the body has stored them; owed meanwhile.

        Sequence comes last: where it does not answer, the documents are released all the same.
        """
        async with owing(self.store, *(link_of(account_id, customer_id) for customer_id in links)):
            yield
            for customer_id, contact_id in links.items():
                await self.show(account_id, customer_id, contact_id)

    async def release_documents(self, account_id: str, customer_id: str) -> Sequence[DocumentRef]:
        """Release the documents that wait for a customer's link, and return them."""
        waiting = await self.store.held_by(account_id, HoldReason.CUSTOMER_UNLINKED, customer_id)
        await release(self.workflows, waiting, HoldReason.CUSTOMER_UNLINKED)
        return waiting

    async def show(self, account_id: str, customer_id: str, contact_id: str) -> None:
        """Write a link to Sequence. It may refuse: an older customer may break a rule of today, or be gone."""
        try:
            await self.customers.link(account_id, customer_id, contact_id)
        except (HoldError, MissingError) as refusal:
            log.warning("sequence did not take a link", customer_id=customer_id, reason=str(refusal))

    async def remove_from_sequence(self, account_id: str, customer_id: str) -> None:
        """Remove a link from Sequence, unless the customer was linked again since.

        Raises:
            HoldError: Sequence refused. It still shows the link, so the removal stays owed.
        """
        if await self.store.contact_of(account_id, customer_id):
            return
        with suppress(MissingError):
            await self.customers.link(account_id, customer_id, None)
