"""What the work on customers needs of the world outside: Sequence, Xero, and the store in two parts."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from xerosync.connection.connection import Connection
from xerosync.core.documents import DocumentRef
from xerosync.core.holds import HoldReason
from xerosync.core.owed import Owed, OwedActs
from xerosync.core.xero_records import ContactPage, XeroContact
from xerosync.customers.contact_to_customer import ImportOutcome, ImportRow, NewCustomer
from xerosync.customers.customer import Customer, CustomerLink
from xerosync.customers.customer_to_contact import ContactFields
from xerosync.customers.matching import KnownCustomer
from xerosync.documents.awaiting_customer import PushHolds


class Customers(Protocol):
    """Sequence's customers. All methods raise RetryLaterError while Sequence does not answer."""

    async def get(self, account_id: str, customer_id: str) -> Customer:
        """Return a customer with its contact persons. Raises MissingError where there is none."""
        ...

    def customers(self, account_id: str) -> AsyncIterator[Customer]:
        """Return all customers but archived ones, the oldest first, without contact persons."""
        ...

    async def create_from(self, account_id: str, new: NewCustomer) -> str:
        """Create the customer that a contact becomes, with its alias and its link; return its id.

        Raises:
            HoldError: Sequence refused, for example because the alias is in use.
            RetryLaterError: `ambiguous` says whether the customer may have been created all the same.
        """
        ...

    async def by_alias(self, account_id: str, alias: str) -> str | None:
        """Return the id of the customer that has an alias."""
        ...

    async def link(self, account_id: str, customer_id: str, contact_id: str | None) -> Customer:
        """Write which contact a customer is linked to, None for none. Raises HoldError where Sequence refuses."""
        ...


class Contacts(Protocol):
    """Xero's contacts, in one connection. Raises RetryLaterError while Xero does not answer, HoldError on refusals."""

    async def customers(self, connection: Connection, number: int) -> ContactPage:
        """Return page `number` (from 1) of the active contacts that are customers, by name."""
        ...

    async def archived(self, connection: Connection, number: int) -> ContactPage:
        """Return page `number` (from 1) of the archived contacts; each that was merged names the one it became."""
        ...

    async def some(self, connection: Connection, contact_ids: Sequence[str]) -> Sequence[XeroContact]:
        """Return the contacts of those ids that exist, archived or not; 40 ids at most."""
        ...

    async def follow(self, connection: Connection, contact_id: str) -> XeroContact:
        """Return a contact, or the one that it was merged into in the end. Raises MissingError."""
        ...

    async def find_by_number(self, connection: Connection, contact_number: str) -> XeroContact | None:
        """Return the contact with this ContactNumber, archived or not."""
        ...

    async def find_by_name(self, connection: Connection, name: str) -> XeroContact | None:
        """Return the contact of this name, as Xero compares them; an active one before an archived one."""
        ...

    async def create(
        self, connection: Connection, customer: Customer, *, send_before: datetime | None = None
    ) -> XeroContact:
        """Create the contact of a customer; after `send_before` nothing is sent any more."""
        ...

    async def update(self, connection: Connection, contact_id: str, fields: ContactFields) -> XeroContact:
        """Write some fields of a contact; may be repeated."""
        ...


class LinkStore(OwedActs, Protocol):
    """The links of customers, and what is owed. Raises RetryLaterError while the database is down."""

    async def connection(self, account_id: str) -> Connection | None:
        """Return the account's connection."""
        ...

    async def mark_disconnected(self, account_id: str, *, since: datetime) -> None:
        """Note that Xero refused the account, unless somebody connected it again since (UTC)."""
        ...

    async def contact_of(self, account_id: str, customer_id: str) -> str | None:
        """Return the ContactID a customer is linked to."""
        ...

    async def customer_links(self, account_id: str) -> Sequence[CustomerLink]:
        """Return the links of all customers of an account."""
        ...

    async def link_customer(
        self, account_id: str, customer_id: str, contact_id: str, customer_name: str | None = None
    ) -> None:
        """Link a customer to a contact, in place of the one it had."""
        ...

    async def unlink_customer(self, account_id: str, customer_id: str, contact_id: str | None = None) -> None:
        """Forget a customer's link, if it has one; where a contact is named, the link to that one alone."""
        ...

    async def unlinking(self, account_id: str, customer_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these customers were unlinked while Sequence may still show the link."""
        ...

    async def held_by(
        self, account_id: str, reason: HoldReason, customer_id: str | None = None
    ) -> Sequence[DocumentRef]:
        """Return the documents that wait for one reason: those of one customer or of all."""
        ...

    async def overdue(self, account_id: str, before: datetime) -> Sequence[Owed]:
        """Return what an account owes since before an instant (UTC), the oldest first."""
        ...


class ImportStore(PushHolds, Protocol):
    """What is being created on either side, the report of an import, and the customers that it compares with.

    Raises RetryLaterError while the database is down.
    """

    async def intend(self, account_id: str, subjects: Sequence[str], at: datetime) -> frozenset[str]:
        """Note, before it is asked for, that these are about to be created (UTC); return those not noted before."""
        ...

    async def intents(self, account_id: str, subjects: Sequence[str]) -> Mapping[str, datetime]:
        """Return since when (UTC) which of these may or may not have been created."""
        ...

    async def withdraw(self, account_id: str, intents: Mapping[str, datetime]) -> None:
        """Forget intents, unless they were noted again since: what was intended was certainly not created."""
        ...

    async def forget_intents(self, account_id: str, subjects: Sequence[str]) -> None:
        """Forget intents whatever their instant: the links of what was intended are stored."""
        ...

    async def begin(self, account_id: str, import_id: str, *, is_whole: bool = True) -> None:
        """Begin an import or continue it; the customers of any other import are deleted.

        So is the report, where this import is a whole one; chosen contacts alone replace their own rows.
        """
        ...

    async def keep_known(self, account_id: str, import_id: str, customers: Sequence[KnownCustomer]) -> None:
        """Store customers to compare with. E-mail addresses that were read stay where none are given."""
        ...

    async def unread(self, account_id: str) -> Sequence[str]:
        """Return the known customers that are not linked and whose e-mail addresses were not read."""
        ...

    async def like(self, account_id: str, contacts: Sequence[XeroContact]) -> Sequence[KnownCustomer]:
        """Return the known customers that share something with any of these contacts."""
        ...

    async def keep(self, account_id: str, import_id: str, rows: Sequence[ImportRow]) -> None:
        """Write rows of the report, in place of those their contacts had."""
        ...

    async def keep_linked(self, account_id: str, import_id: str, rows: Sequence[ImportRow]) -> None:
        """Link the customers of rows to their contacts, write the rows, and forget the intents: all or nothing."""
        ...

    async def rows(
        self, account_id: str, import_id: str | None = None, contact_ids: Sequence[str] | None = None
    ) -> Sequence[ImportRow]:
        """Return the report of an import, or some contacts' part of it."""
        ...

    async def tally(self, account_id: str, import_id: str) -> Mapping[ImportOutcome, int]:
        """Count the contacts of an import by outcome."""
        ...

    async def customers_of(self, account_id: str, contact_ids: Sequence[str]) -> Mapping[str, str]:
        """Return, by ContactID, the customer that a contact is linked to."""
        ...

    async def waited_for(self, account_id: str) -> Sequence[DocumentRef]:
        """Return the documents held as `customer_unlinked` whose customer is linked by now."""
        ...
