"""Xero's contacts: the customers of the books. Our id of a customer is kept as ContactNumber.

Writes and look-ups of single contacts share calls with those of others; lists are calls of their own.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from uuid import uuid4

from xerosync.connection.connection import Connection
from xerosync.core.rate_limits import Lane
from xerosync.core.xero_records import ContactPage, XeroAddress, XeroContact
from xerosync.customers.customer import Customer
from xerosync.customers.customer_to_contact import ContactFields, wanted
from xerosync.xero.calls.answer import write_json
from xerosync.xero.calls.caller import Caller
from xerosync.xero.calls.contact_lookup import (
    FindContacts,
    FindContactsById,
    FindContactsByName,
    FindContactsByNumber,
)
from xerosync.xero.calls.group_commit import GroupCommit, Item
from xerosync.xero.calls.lists import beginning, is_sayable
from xerosync.xero.calls.rate_limit import XeroRateLimiter
from xerosync.xero.calls.transport import Transport
from xerosync.xero.calls.writes import change_contacts, create_contacts
from xerosync.xero.errors import ListNotWholeError, XeroMissingError
from xerosync.xero.wire import read_contact

_MOST_MERGES = 10
"""How far merged contacts are followed: each may have been merged into another in its turn."""

_CONTACT_ID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_LINES = ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4")


class ContactFinder:
    """Look-ups of one sort, shared by all lanes."""

    def __init__(self, operation: FindContacts, transport: Transport, limiter: XeroRateLimiter) -> None:
        self._operation = operation
        self.commit = GroupCommit[XeroContact | None](operation, transport, limiter)

    async def find(self, connection: Connection, key: str, lane: Lane) -> XeroContact | None:
        """Return the contact, archived or not; None where there is none. Raises ListNotWholeError, too."""
        return await self.commit.submit(connection, self._operation.item(key), lane)

    def pick(self, key: str, found: Iterable[XeroContact]) -> XeroContact | None:
        """Choose, of all that were found, the one that was looked for."""
        return self._operation.pick(key, found)


@dataclass(frozen=True, slots=True)
class ContactBatches:
    """The group commits of contacts, shared by all lanes."""

    create: GroupCommit[XeroContact]
    change: GroupCommit[XeroContact]
    by_id: ContactFinder
    by_number: ContactFinder
    by_name: ContactFinder

    @classmethod
    def over(cls, transport: Transport, limiter: XeroRateLimiter) -> "ContactBatches":
        """Return them over one transport and budget."""
        return cls(
            create=GroupCommit(create_contacts(), transport, limiter),
            change=GroupCommit(change_contacts(), transport, limiter),
            by_id=ContactFinder(FindContactsById(), transport, limiter),
            by_number=ContactFinder(FindContactsByNumber(), transport, limiter),
            by_name=ContactFinder(FindContactsByName(), transport, limiter),
        )

    async def close(self) -> None:
        """Wait for the calls under way."""
        for commit in (self.create, self.change, self.by_id.commit, self.by_number.commit, self.by_name.commit):
            await commit.close()


class XeroContacts:
    """Reads and writes contacts, in one lane."""

    def __init__(self, caller: Caller, batches: ContactBatches) -> None:
        self._caller = caller
        self._batches = batches

    async def customers(self, connection: Connection, number: int) -> ContactPage:
        """Return page `number` (from 1) of the active contacts that are customers, by name, 1,000 to a page."""
        return await self._page(connection, number, {"where": "IsCustomer==true"})

    async def archived(self, connection: Connection, number: int) -> ContactPage:
        """Return page `number` (from 1) of the archived contacts, by name, 1,000 to a page.

        A contact that was merged is archived, and names the one that it was merged into.
        """
        return await self._page(connection, number, {"where": 'ContactStatus=="ARCHIVED"', "includeArchived": "true"})

    async def _page(self, connection: Connection, number: int, params: dict[str, str]) -> ContactPage:
        page = await self._caller.page(connection, "Contacts", {"order": "Name ASC", **params}, number)
        return ContactPage([read_contact(element) for element in page.records], page.total, is_last=page.is_last)

    async def some(self, connection: Connection, contact_ids: Sequence[str]) -> Sequence[XeroContact]:
        """Return the contacts of those ids that there are, archived or not; 40 ids at most."""
        params = {"IDs": ",".join(contact_ids), "includeArchived": "true"}
        page = await self._caller.page(connection, "Contacts", params)
        return [read_contact(element) for element in page.records]

    async def get(self, connection: Connection, contact_id: str) -> XeroContact:
        """Return a contact by its id; one that was merged names the one it became. Raises MissingError."""
        if not _CONTACT_ID.fullmatch(contact_id):  # among others it would spoil their call
            raise XeroMissingError
        found = await self._batches.by_id.find(connection, contact_id, self._caller.lane)
        if found is None:
            raise XeroMissingError
        return found

    async def follow(self, connection: Connection, contact_id: str) -> XeroContact:
        """Return a contact, or the one that it was merged into in the end. Raises MissingError."""
        contact = await self.get(connection, contact_id)
        for _ in range(_MOST_MERGES):
            if contact.merged_to is None:
                break
            contact = await self.get(connection, contact.merged_to)
        return contact

    async def find_by_number(self, connection: Connection, contact_number: str) -> XeroContact | None:
        """Return the contact with this ContactNumber, archived or not; None where there is none."""
        return await self._find(self._batches.by_number, connection, contact_number)

    async def find_by_name(self, connection: Connection, name: str) -> XeroContact | None:
        """Return the contact of this name, in any case, as Xero compares them; an active one before an archived one."""
        return await self._find(self._batches.by_name, connection, name)

    async def search(self, connection: Connection, term: str) -> Sequence[XeroContact]:
        """Return the contacts with a text in their names, number or e-mail address, archived or not; 1,000 at most."""
        return await self._search(connection, term, pages=1)

    async def create(
        self, connection: Connection, customer: Customer, *, send_before: datetime | None = None
    ) -> XeroContact:
        """Create the contact of a customer. Look both number and name up before: Xero refuses a name in use.

        Raises:
            HoldError: Xero refused; nothing was created.
            RetryLaterError: `ambiguous` tells whether the contact may be in Xero all the same.
        """
        payload = contact_payload(wanted(customer))
        item = Item(
            key=payload["ContactNumber"],
            content=write_json(payload),
            send_before=send_before,
            mark=uuid4().hex,
        )
        return await self._batches.create.submit(connection, item, self._caller.lane)

    async def update(self, connection: Connection, contact_id: str, fields: ContactFields) -> XeroContact:
        """Write some fields of a contact; may be repeated. Raises HoldError where Xero refuses."""
        item = Item(key=contact_id, content=write_json({"ContactID": contact_id, **contact_payload(fields)}))
        return await self._batches.change.submit(connection, item, self._caller.lane)

    async def _find(self, finder: ContactFinder, connection: Connection, key: str) -> XeroContact | None:
        """Look up together with others, or by a search of its own: for what `where` can't say, or too many have."""
        if is_sayable(key):
            with suppress(ListNotWholeError):
                return await finder.find(connection, key, self._caller.lane)
        return finder.pick(key, await self._search(connection, key))

    async def _search(self, connection: Connection, term: str, *, pages: int | None = None) -> list[XeroContact]:
        params = {"searchTerm": beginning(term), "includeArchived": "true", "order": "Name ASC"}
        contacts: list[XeroContact] = []
        for number in count(1):
            page = await self._caller.page(connection, "Contacts", params, number)
            contacts += [read_contact(element) for element in page.records]
            if page.is_last or number == pages:
                break
        return contacts


def contact_payload(fields: ContactFields) -> dict[str, Any]:
    """Return what to write in Xero's words; what is None or empty is left out, and so left as it is."""
    payload: dict[str, Any] = {
        "Name": fields.name,
        "ContactNumber": fields.contact_number,
        "EmailAddress": fields.email,
        "TaxNumber": fields.tax_number,
        "DefaultCurrency": fields.default_currency,
        "Addresses": [_address(address) for address in fields.addresses] or None,
    }
    if fields.person is not None:
        payload |= {"FirstName": fields.person, "LastName": ""}
    if fields.persons is not None:
        payload["ContactPersons"] = [
            {"FirstName": person.first_name, "EmailAddress": person.email, "IncludeInEmails": person.in_emails}
            for person in fields.persons
        ]
    return {name: value for name, value in payload.items() if value is not None}


def _address(address: XeroAddress) -> dict[str, str]:
    """Return a slot whole: Xero replaces it as a whole."""
    filled = {
        **dict(zip(_LINES, address.lines, strict=False)),
        "City": address.city,
        "Region": address.region,
        "PostalCode": address.postal_code,
        "Country": address.country,
    }
    return {"AddressType": address.slot, **{name: text for name, text in filled.items() if text}}
