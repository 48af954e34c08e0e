"""What activities about customers need of the world outside, as small Protocols."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from xerosync.connection.connection import Connection
from xerosync.core.documents import DocumentRef
from xerosync.core.holds import HoldReason
from xerosync.core.owed import OwedActs
from xerosync.core.xero_records import ContactPage, XeroContact
from xerosync.customers.contact_fields import ContactFields
from xerosync.customers.customer import Customer
from xerosync.customers.importing import ImportOutcome, ImportRow, NewCustomer
from xerosync.customers.matching import KnownCustomer


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
            HoldError: Sequence refused, be it that the alias is in use.
            RetryLaterError: `ambiguous` tells whether the customer may have been created all the same.
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

    async def page(
        self, connection: Connection, number: int, *, customers_only: bool = False, include_archived: bool = False
    ) -> ContactPage:
        """Return page `number` (from 1) of the contacts by name: all, or those that are customers."""
        ...

    async def some(self, connection: Connection, contact_ids: Sequence[str]) -> Sequence[XeroContact]:
        """Return the contacts of those ids that there are, archived or not; 40 ids at most."""
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


class CustomerLinks(OwedActs, Protocol):
    """The links of customers in the store. Raises RetryLaterError while the database is down."""

    async def connection(self, account_id: str) -> Connection | None:
        """Return the account's connection."""
        ...

    async def mark_disconnected(self, account_id: str, *, since: datetime) -> None:
        """Note that Xero did not let the account in, unless somebody connected it again since (UTC)."""
        ...

    async def contact_of(self, account_id: str, customer_id: str) -> str | None:
        """Return the ContactID a customer is linked to."""
        ...

    async def link_customer(
        self, account_id: str, customer_id: str, contact_id: str, customer_name: str | None = None
    ) -> None:
        """Link a customer to a contact, in place of the one it had."""
        ...

    async def unlink_customer(self, account_id: str, customer_id: str) -> None:
        """Forget a customer's link, if it has one."""
        ...

    async def unlinking(self, account_id: str, customer_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these customers were unlinked while Sequence may still show the link."""
        ...

    async def held_by(
        self, account_id: str, reason: HoldReason, customer_id: str | None = None
    ) -> Sequence[DocumentRef]:
        """Name the documents that a hold keeps: those of one customer or of all."""
        ...


class Intents(Protocol):
    """What is being created on either side. Raises RetryLaterError while the database is down."""

    async def intend(self, account_id: str, subjects: Sequence[str], at: datetime) -> frozenset[str]:
        """Note, before it is asked for, that these are about to be created (UTC); return those not noted before."""
        ...

    async def intents(self, account_id: str, subjects: Sequence[str]) -> Mapping[str, datetime]:
        """Return since when (UTC) which of these may or may not have been created."""
        ...

    async def withdraw(self, account_id: str, intents: Mapping[str, datetime]) -> None:
        """Forget intents, unless they were made anew since: what was intended was certainly not created."""
        ...

    async def linked(self, account_id: str, subjects: Sequence[str]) -> None:
        """Forget intents whatever their instant: the links of what was intended are stored."""
        ...


class Imports(Intents, Protocol):
    """The report of an import and its directory of known customers."""

    async def begin(self, account_id: str, import_id: str) -> None:
        """Begin an import, or go on with it: the report and directory of any other one of the account are dropped."""
        ...

    async def keep_known(self, account_id: str, import_id: str, customers: Sequence[KnownCustomer]) -> None:
        """Write customers into the directory. E-mail addresses that were read stay where none are given."""
        ...

    async def unread(self, account_id: str) -> Sequence[str]:
        """Name the customers of the directory that are not linked and whose e-mail addresses were not read."""
        ...

    async def like(self, account_id: str, contacts: Sequence[XeroContact]) -> Sequence[KnownCustomer]:
        """Return the customers of the directory that share something with any of these contacts."""
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
        """Count the contacts of an import by what became of them."""
        ...

    async def customers_of(self, account_id: str, contact_ids: Sequence[str]) -> Mapping[str, str]:
        """Return, by ContactID, the customer that a contact is linked to."""
        ...

    async def waited_for(self, account_id: str) -> Sequence[DocumentRef]:
        """Name the documents held for want of a link whose customer has one by now."""
        ...
