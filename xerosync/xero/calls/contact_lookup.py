"""Looking contacts up by id, by our number or by name, many with one call."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from urllib.parse import quote

from xerosync.core.errors import XerosyncError
from xerosync.core.xero_records import XeroContact
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.group_commit import Item, Operation
from xerosync.xero.calls.lists import FIRST_PAGE, MAX_QUERY, literal, not_whole, read_page
from xerosync.xero.calls.transport import Call
from xerosync.xero.wire import read_contact

_WHOLE = {**FIRST_PAGE, "includeArchived": "true"}
"""Only paged lists show contacts whole, and what they were merged into."""

Found = Mapping[str, XeroContact | XerosyncError | None]


class FindContacts(Operation[XeroContact | None]):
    """GET of contacts, archived or not, by a key that only one of them has."""

    max_bytes = MAX_QUERY

    @abstractmethod
    def item(self, key: str) -> Item:
        """Return the item that looks something up; its content is its part of the address."""

    @abstractmethod
    def pick(self, key: str, found: Iterable[XeroContact]) -> XeroContact | None:
        """Choose the contact that was looked for among all that were found."""

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
        return Call("GET", "/Contacts", {"IDs": ",".join(item.key for item in items), **_WHOLE})

    def results(self, items: Sequence[Item], answer: Answer) -> Found:
        """Return, by id, the contact, or None where there is none; a 404 of the path of one id says so, too."""
        if answer.status == HTTPStatus.NOT_FOUND and len(items) == 1:
            return {items[0].key: None}
        return super().results(items, answer)

    def pick(self, key: str, found: Iterable[XeroContact]) -> XeroContact | None:
        """Choose the contact of this id."""
        return next((contact for contact in found if contact.contact_id.lower() == key.lower()), None)


class FindContactsByNumber(FindContacts):
    """By ContactNumber, with `where`. Not by path: Xero would take a number that looks like an id for a ContactID."""

    name = "find Contacts by number"

    def item(self, key: str) -> Item:
        """Return the item of a number."""
        return Item(key=key, content=quote(f"{_numbered(key)} OR ", safe="").encode())

    def request(self, items: Sequence[Item]) -> Call:
        """Return the GET of these numbers."""
        return Call("GET", "/Contacts", {"where": " OR ".join(_numbered(item.key) for item in items), **_WHOLE})

    def pick(self, key: str, found: Iterable[XeroContact]) -> XeroContact | None:
        """Choose the contact of exactly this number."""
        return next((contact for contact in found if contact.contact_number == key), None)


class FindContactsByName(FindContacts):
    """By name in any case, as Xero compares names: one by search, several by `where`.

    Whether `where` respects case is not published, so both sides are lower case. Where Xero refuses such a batch, it
    shrinks until each name is alone, and then the search finds it.
    """

    name = "find Contacts by name"

    def item(self, key: str) -> Item:
        """Return the item of a name."""
        return Item(key=key, content=quote(f"{_named(key)} OR ", safe="").encode())

    def request(self, items: Sequence[Item]) -> Call:
        """Return the GET of these names."""
        if len(items) == 1:
            return Call("GET", "/Contacts", {"searchTerm": items[0].key, **_WHOLE})
        return Call("GET", "/Contacts", {"where": " OR ".join(_named(item.key) for item in items), **_WHOLE})

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
