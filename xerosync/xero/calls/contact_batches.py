"""What contacts do in batches: be created, be changed, be looked up by id, by our number or by name.

As with documents, `summarizeErrors=false`, and results are matched by ContactNumber or ContactID: that Xero keeps the
order of a request is nowhere said.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from xerosync.core.errors import XerosyncError
from xerosync.core.xero_records import XeroContact
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.document_batches import MAX_BYTES, MAX_DOCUMENTS, envelope, raise_if_lost, written
from xerosync.xero.calls.group_commit import Item
from xerosync.xero.calls.lists import MAX_QUERY, PAGE_SIZE, literal, not_whole, read_page
from xerosync.xero.calls.transport import Call
from xerosync.xero.wire import read_contact

WHOLE = {"page": "1", "pageSize": str(PAGE_SIZE), "includeArchived": "true"}
"""Only paged lists show contacts whole, and what they were merged into."""

_WRITE = {"summarizeErrors": "false"}

Results = Mapping[str, XeroContact | XerosyncError]
Found = Mapping[str, XeroContact | XerosyncError | None]


class CreateContacts:
    """PUT, which only creates: a POST would change the contact that has the name."""

    name = "create Contacts"
    max_items = MAX_DOCUMENTS
    max_bytes = MAX_BYTES

    def request(self, items: Sequence[Item]) -> Call:
        """Return the PUT. Its Idempotency-Key is of these attempts only, as with documents."""
        key = hashlib.sha256("\n".join(sorted(item.mark for item in items)).encode()).hexdigest()
        return Call("PUT", "/Contacts", _WRITE, envelope("Contacts", items), idempotency_key=key)

    def results(self, items: Sequence[Item], answer: Answer) -> Results:
        """Return each contact as created, or its refusal, by ContactNumber."""
        raise_if_lost(answer)
        return written("Contacts", "ContactNumber", items, answer, _read_written, id_field="ContactID")


class ChangeContacts:
    """POST by ContactID; what an element leaves out stays as it is."""

    name = "change Contacts"
    max_items = MAX_DOCUMENTS
    max_bytes = MAX_BYTES

    def request(self, items: Sequence[Item]) -> Call:
        """Return the POST. It may be repeated as it is, so it needs no Idempotency-Key."""
        return Call("POST", "/Contacts", _WRITE, envelope("Contacts", items))

    def results(self, items: Sequence[Item], answer: Answer) -> Results:
        """Return each contact as changed, or its refusal, by ContactID."""
        return written("Contacts", "ContactID", items, answer, _read_written, id_field="ContactID")


class FindContacts(ABC):
    """GET of contacts, archived or not, by something that tells one from all others and that `where` can say."""

    name: str
    max_items = MAX_DOCUMENTS
    max_bytes = MAX_QUERY

    @abstractmethod
    def item(self, key: str) -> Item:
        """Return the item that looks something up; its content is what it takes of the address."""

    @abstractmethod
    def request(self, items: Sequence[Item]) -> Call:
        """Return the GET for all of them."""

    @abstractmethod
    def pick(self, key: str, found: Iterable[XeroContact]) -> XeroContact | None:
        """Choose, of all that were found, the one that was looked for."""

    def results(self, items: Sequence[Item], answer: Answer) -> Found:
        """Return, by key, the contact, or None where there is none. Raises as `lists.read_page`."""
        page = read_page(answer, "Contacts")
        found = [read_contact(element) for element in page.records]
        return {item.key: self.pick(item.key, found) or not_whole(page, "Contacts") for item in items}


class FindContactsById(FindContacts):
    """By ContactID: one by its path, several by `IDs`."""

    name = "find Contacts by id"

    def item(self, key: str) -> Item:
        """Return the item of an id."""
        return Item(key=key, content=quote(f"{key},", safe="").encode())

    def request(self, items: Sequence[Item]) -> Call:
        """Return the GET of these ids."""
        if len(items) == 1:
            return Call("GET", f"/Contacts/{quote(items[0].key, safe='')}")
        return Call("GET", "/Contacts", {"IDs": ",".join(item.key for item in items), **WHOLE})

    def results(self, items: Sequence[Item], answer: Answer) -> Found:
        """Return, by id, the contact, or None where there is none: what a path does not lead to is not there."""
        if answer.status == HTTPStatus.NOT_FOUND and len(items) == 1:
            return {items[0].key: None}
        return super().results(items, answer)

    def pick(self, key: str, found: Iterable[XeroContact]) -> XeroContact | None:
        """Choose the contact of this id."""
        return next((contact for contact in found if contact.contact_id.lower() == key.lower()), None)


class FindContactsByNumber(FindContacts):
    """By ContactNumber, with `where`, not by path: there, one that looks like an id would be taken for a ContactID."""

    name = "find Contacts by number"

    def item(self, key: str) -> Item:
        """Return the item of a number."""
        return Item(key=key, content=quote(f"{_numbered(key)} OR ", safe="").encode())

    def request(self, items: Sequence[Item]) -> Call:
        """Return the GET of these numbers."""
        return Call("GET", "/Contacts", {"where": " OR ".join(_numbered(item.key) for item in items), **WHOLE})

    def pick(self, key: str, found: Iterable[XeroContact]) -> XeroContact | None:
        """Choose the contact of exactly this number."""
        return next((contact for contact in found if contact.contact_number == key), None)


class FindContactsByName(FindContacts):
    """By name in any case, as Xero compares names: one by search, several by `where`.

    Whether `where` heeds case is not published, so both sides are lowered. A refusal of that parts the batch until
    each is alone, where search finds it.
    """

    name = "find Contacts by name"

    def item(self, key: str) -> Item:
        """Return the item of a name."""
        return Item(key=key, content=quote(f"{_named(key)} OR ", safe="").encode())

    def request(self, items: Sequence[Item]) -> Call:
        """Return the GET of these names."""
        if len(items) == 1:
            return Call("GET", "/Contacts", {"searchTerm": items[0].key, **WHOLE})
        return Call("GET", "/Contacts", {"where": " OR ".join(_named(item.key) for item in items), **WHOLE})

    def pick(self, key: str, found: Iterable[XeroContact]) -> XeroContact | None:
        """Choose the contact of this name, an active one before an archived one."""
        named = [contact for contact in found if _folded(contact.name) == _folded(key)]
        return min(named, key=lambda contact: contact.is_archived, default=None)


def _numbered(number: str) -> str:
    return f"ContactNumber=={literal(number)}"


def _named(name: str) -> str:
    return f"Name.ToLower()=={literal(name.lower())}"


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _read_written(element: dict[str, Any], _: Answer) -> XeroContact:
    return read_contact(element)
