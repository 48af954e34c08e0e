"""Xero's contacts: the customers of the books. Our id of a customer is kept as ContactNumber."""

from collections.abc import Sequence
from typing import Any

from xerosync.model.books import XeroContact
from xerosync.model.connection import Connection
from xerosync.model.customers import Address, BillingPreference, Customer
from xerosync.xero.answers import write_json
from xerosync.xero.caller import Caller
from xerosync.xero.errors import XeroUnavailableError
from xerosync.xero.refusals import hold_for, is_refused, messages_of
from xerosync.xero.transport import Call
from xerosync.xero.wire import elements, read_contact

PAGE_SIZE = 1000
"""Contacts a page (Xero's most)."""

MAX_PERSONS = 5
_LONG, _SHORT = 255, 50
_LINE = 500


class XeroContacts:
    """Reads and creates contacts, in one lane."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def page(
        self, connection: Connection, number: int, *, include_archived: bool = False
    ) -> Sequence[XeroContact]:
        """Return page `number` (from 1) of all contacts, 1,000 to a page, by name; fewer: it is the last."""
        params = {"page": str(number), "pageSize": str(PAGE_SIZE), "order": "Name ASC"}
        return await self._list(connection, {**params, "includeArchived": str(include_archived).lower()})

    async def get(self, connection: Connection, contact_id: str) -> XeroContact:
        """Return a contact by its id; one that was merged away names its heir. Raises MissingError."""
        answer = await self._caller.call(connection, Call("GET", f"/Contacts/{contact_id}"))
        found = elements(answer, "Contacts")
        if not found:
            raise XeroUnavailableError("Xero's answer about the contact is empty.")
        return read_contact(found[0])

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
        params = {"searchTerm": name, "page": "1", "pageSize": str(PAGE_SIZE), "includeArchived": "true"}
        named = [it for it in await self._list(connection, params) if _folded(it.name) == _folded(name)]
        return min(named, key=lambda contact: contact.is_archived, default=None)

    async def create(self, connection: Connection, customer: Customer) -> XeroContact:
        """Create the contact of a customer. Look both number and name up before: Xero refuses a name in use.

        Raises:
            HoldError: Xero refused; nothing was created.
            RetryLaterError: `ambiguous` tells whether the contact may be in Xero all the same.
        """
        body = b'{"Contacts":[' + write_json(contact_payload(customer)) + b"]}"
        call = Call("PUT", "/Contacts", {"summarizeErrors": "false"}, body)
        found = elements(await self._caller.call(connection, call), "Contacts")
        if len(found) != 1:
            raise XeroUnavailableError("Xero's answer does not tell what became of the contact.")
        if is_refused(found[0]):
            raise hold_for(messages_of(found[0]))
        return read_contact(found[0])

    async def _list(self, connection: Connection, params: dict[str, str]) -> list[XeroContact]:
        return [read_contact(element) for element in await self._caller.records(connection, "Contacts", params)]


def contact_payload(customer: Customer) -> dict[str, Any]:
    """Return the contact that a customer becomes; the address fills both of Xero's slots, as Xero itself keeps them."""
    people = sorted(customer.contacts, key=lambda person: person.billing_preference is not BillingPreference.PRIMARY)
    primary, others = people[:1], people[1 : 1 + MAX_PERSONS]
    return {
        "Name": customer.legal_name[:_LONG],
        "ContactNumber": customer.id[:_SHORT],
        "EmailAddress": primary[0].email[:_LONG] if primary else "",
        "ContactPersons": [
            {
                "FirstName": person.name[:_LONG],
                "EmailAddress": person.email[:_LONG],
                "IncludeInEmails": person.billing_preference is not BillingPreference.NONE,
            }
            for person in others
        ],
        "Addresses": [_address(slot, customer.address) for slot in ("POBOX", "STREET")],
    }


def _address(slot: str, address: Address) -> dict[str, str]:
    filled = {
        "AddressLine1": address.line1[:_LINE],
        "AddressLine2": (address.line2 or "")[:_LINE],
        "City": address.town[:_LONG],
        "Region": (address.state or "")[:_LONG],
        "PostalCode": address.postcode[:_SHORT],
        "Country": address.country[:_SHORT],
    }
    return {"AddressType": slot, **{name: text for name, text in filled.items() if text}}


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
