"""The contact that Sequence says a customer is linked to, believed after a look at that contact in Xero.

The link in the store is the one that counts. Where the store has none, Sequence may know better: its own integration,
an import elsewhere or a person linked the customer there. While an unlinking is under way Sequence may still show the
link that is to go, so it is not believed then.
"""

from dataclasses import dataclass

import structlog

from xerosync.connection.connection import Connection
from xerosync.core.errors import HoldError, MissingError
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import XeroContact
from xerosync.customers.customer import Customer
from xerosync.customers.links import Linking
from xerosync.customers.ports import Contacts, CustomerLinks, Customers
from xerosync.documents.ports import Releases

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SequenceLinks:
    """Looks at the links that Sequence shows. `customers` and `contacts` ask both sides in one lane."""

    customers: Customers
    contacts: Contacts
    links: CustomerLinks
    workflows: Releases

    async def contact(self, connection: Connection, customer: Customer) -> XeroContact | None:
        """Return the contact that Sequence links a customer to, or the one that it was merged into in the end.

        None: Sequence shows no link, the organisation has no such contact, or the customer is being unlinked. Whether
        the contact is archived is for the caller to judge.
        """
        if customer.xero_contact_id is None:
            return None
        try:
            contact = await self.contacts.follow(connection, customer.xero_contact_id)
        except MissingError:
            return None
        # Asked last: Sequence was read a while ago, and an unlinking may have begun since.
        is_being_unlinked = await self.links.unlinking(connection.account_id, [customer.id])
        return None if is_being_unlinked else contact

    async def take_over(self, connection: Connection, customer_id: str) -> str | None:
        """Link a customer of which the store has no link as Sequence shows it; return the ContactID. None: no link.

        Raises:
            HoldError: `contact_archived`: that contact is archived. Nothing was linked.
        """
        try:
            customer = await self.customers.get(connection.account_id, customer_id)
        except MissingError:
            return None
        contact = await self.contact(connection, customer)
        if contact is None:
            return None
        if contact.is_archived:
            raise HoldError(HoldReason.CONTACT_ARCHIVED)
        log.info("took over the link that Sequence shows", customer_id=customer_id, contact_id=contact.contact_id)
        linking = Linking(self.customers, self.links, self.workflows)
        await linking.link(connection.account_id, customer_id, contact.contact_id, customer.legal_name)
        return contact.contact_id
