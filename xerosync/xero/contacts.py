"""Xero's contacts: the customers of the books. Our id of a customer is kept as ContactNumber.

Writes and look-ups of single contacts share calls with those of others; lists are calls of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from xerosync.model.books import ContactPage, XeroAddress, XeroContact
from xerosync.model.connection import Connection
from xerosync.model.customers import Customer
from xerosync.model.pushing import ContactFields, wanted
from xerosync.xero.answers import write_json
from xerosync.xero.batching import GroupCommit, Item
from xerosync.xero.budget import Lane, Meter
from xerosync.xero.caller import Caller
from xerosync.xero.contact_operations import (
    PAGE_SIZE,
    ChangeContacts,
    CreateContacts,
    FindContacts,
    FindContactsById,
    FindContactsByName,
    FindContactsByNumber,
)
from xerosync.xero.errors import XeroMissingError
from xerosync.xero.transport import Call, Transport
from xerosync.xero.wire import elements, item_count, read_contact

_MOST_MERGES = 10
"""How far merged contacts are followed: each may have been merged into another in its turn."""

_LINES = ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4")


class ContactFinder:
    """Look-ups of one sort, shared by all lanes."""

    def __init__(self, operation: FindContacts, transport: Transport, meter: Meter) -> None:
        self._operation = operation
        self.commit = GroupCommit[XeroContact | None](operation, transport, meter)

    async def find(self, connection: Connection, key: str, lane: Lane) -> XeroContact | None:
        """Return the contact, archived or not; None where there is none."""
        return await self.commit.submit(connection, self._operation.item(key), lane)


@dataclass(frozen=True, slots=True)
class ContactBatches:
    """The group commits of contacts, shared by all lanes."""

    create: GroupCommit[XeroContact]
    change: GroupCommit[XeroContact]
    by_id: ContactFinder
    by_number: ContactFinder
    by_name: ContactFinder

    @classmethod
    def over(cls, transport: Transport, meter: Meter) -> "ContactBatches":
        """Return them over one transport and budget."""
        return cls(
            create=GroupCommit(CreateContacts(), transport, meter),
            change=GroupCommit(ChangeContacts(), transport, meter),
            by_id=ContactFinder(FindContactsById(), transport, meter),
            by_number=ContactFinder(FindContactsByNumber(), transport, meter),
            by_name=ContactFinder(FindContactsByName(), transport, meter),
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

    async def page(
        self, connection: Connection, number: int, *, customers_only: bool = False, include_archived: bool = False
    ) -> ContactPage:
        """Return page `number` (from 1) of the contacts by name, 1,000 to a page: all, or those that are customers."""
        params = {"page": str(number), "pageSize": str(PAGE_SIZE), "order": "Name ASC"}
        if customers_only:
            params["where"] = "IsCustomer==true"
        params["includeArchived"] = str(include_archived).lower()
        answer = await self._caller.call(connection, Call("GET", "/Contacts", params))
        contacts = [read_contact(element) for element in elements(answer, "Contacts")]
        return ContactPage(contacts, item_count(answer), is_last=len(contacts) < PAGE_SIZE)

    async def some(self, connection: Connection, contact_ids: Sequence[str]) -> Sequence[XeroContact]:
        """Return the contacts of those ids that there are, archived or not; 40 ids at most."""
        params = {"IDs": ",".join(contact_ids), "page": "1", "pageSize": str(PAGE_SIZE), "includeArchived": "true"}
        return await self._list(connection, params)

    async def get(self, connection: Connection, contact_id: str) -> XeroContact:
        """Return a contact by its id; one that was merged away names its heir. Raises MissingError."""
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
        return await self._batches.by_number.find(connection, contact_number, self._caller.lane)

    async def find_by_name(self, connection: Connection, name: str) -> XeroContact | None:
        """Return the contact of this name, in any case, as Xero compares them; an active one before an archived one."""
        return await self._batches.by_name.find(connection, name, self._caller.lane)

    async def search(self, connection: Connection, term: str) -> Sequence[XeroContact]:
        """Return the contacts with a text in their names, number or e-mail address, archived or not; 1,000 at most."""
        params = {"searchTerm": term, "page": "1", "pageSize": str(PAGE_SIZE), "includeArchived": "true"}
        return await self._list(connection, params)

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

    async def _list(self, connection: Connection, params: dict[str, str]) -> list[XeroContact]:
        return [read_contact(element) for element in await self._caller.records(connection, "Contacts", params)]


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
