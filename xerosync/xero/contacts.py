"""Xero's contacts: the customers of the books. Our id of a customer is kept as ContactNumber."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from xerosync.model.books import ContactPage, XeroAddress, XeroContact
from xerosync.model.connection import Connection
from xerosync.model.customers import Customer
from xerosync.model.pushing import ContactFields, wanted
from xerosync.xero.answers import write_json
from xerosync.xero.caller import Caller
from xerosync.xero.errors import XeroUnavailableError
from xerosync.xero.refusals import hold_for, is_refused, messages_of
from xerosync.xero.transport import Call
from xerosync.xero.wire import elements, item_count, read_contact

PAGE_SIZE = 1000
"""Contacts a page (Xero's most)."""

_MOST_MERGES = 10
"""How far merged contacts are followed: each may have been merged into another in its turn."""

_LINES = ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4")


class XeroContacts:
    """Reads and writes contacts, in one lane."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

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
        answer = await self._caller.call(connection, Call("GET", f"/Contacts/{contact_id}"))
        found = elements(answer, "Contacts")
        if not found:
            raise XeroUnavailableError("Xero's answer about the contact is empty.")
        return read_contact(found[0])

    async def follow(self, connection: Connection, contact_id: str) -> XeroContact:
        """Return a contact, or the one that it was merged into in the end. Raises MissingError."""
        contact = await self.get(connection, contact_id)
        for _ in range(_MOST_MERGES):
            if contact.merged_to is None:
                break
            contact = await self.get(connection, contact.merged_to)
        return contact

    async def find_by_number(self, connection: Connection, contact_number: str) -> XeroContact | None:
        """Return the contact with this ContactNumber, archived or not; None where there is none.

        By `where`, not by path: a ContactNumber that looks like an id would be taken for a ContactID there.
        """
        escaped = contact_number.replace("\\", "\\\\").replace('"', '\\"')
        params = {"where": f'ContactNumber=="{escaped}"', "page": "1", "includeArchived": "true"}
        found = await self._list(connection, params)
        return next((contact for contact in found if contact.contact_number == contact_number), None)

    async def find_by_name(self, connection: Connection, name: str) -> XeroContact | None:
        """Return the contact of this name, in any case, as Xero compares them; an active one before an archived one."""
        named = [it for it in await self.search(connection, name) if _folded(it.name) == _folded(name)]
        return min(named, key=lambda contact: contact.is_archived, default=None)

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
        return await self._write(connection, "PUT", "/Contacts", wanted(customer), send_before)

    async def update(self, connection: Connection, contact_id: str, fields: ContactFields) -> XeroContact:
        """Write some fields of a contact; may be repeated. Raises HoldError where Xero refuses."""
        return await self._write(connection, "POST", f"/Contacts/{contact_id}", fields)

    async def _write(
        self,
        connection: Connection,
        method: str,
        path: str,
        fields: ContactFields,
        send_before: datetime | None = None,
    ) -> XeroContact:
        body = b'{"Contacts":[' + write_json(contact_payload(fields)) + b"]}"
        call = Call(method, path, {"summarizeErrors": "false"}, body)
        found = elements(await self._caller.call(connection, call, send_before=send_before), "Contacts")
        if len(found) != 1:
            raise XeroUnavailableError("Xero's answer does not tell what became of the contact.")
        if is_refused(found[0]):
            raise hold_for(messages_of(found[0]))
        return read_contact(found[0])

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


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
