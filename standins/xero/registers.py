"""Where an organisation's records are kept, so that no list of the API has to look at all of them.

    DocumentRegister   by id · by number · by contact · by status · by UpdatedDateUTC
    ContactRegister    by id · by name (active ones, any case) · by ContactNumber · by status · by UpdatedDateUTC

Records are immutable: `put` takes a new version and replaces the old one in every index.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Generic, Protocol, TypeVar

from standins.xero.model import Contact, Document, Kind


class Stamped(Protocol):
    """A record that can stand in an Ordered list."""

    @property
    def id(self) -> str:
        """Its identifier."""
        ...

    @property
    def updated(self) -> int:
        """UpdatedDateUTC in milliseconds."""
        ...

    @property
    def sequence(self) -> int:
        """The order of creation, which breaks ties."""
        ...


T = TypeVar("T", bound=Stamped)


def stamp(record: Stamped) -> tuple[int, int]:
    """Return the key that lists are ordered by: when it last changed, then when it was made."""
    return record.updated, record.sequence


class Ordered(Generic[T]):
    """Records in the order of their last change. Insertion and removal move pointers, never compare all records."""

    __slots__ = ("_records",)

    def __init__(self) -> None:
        self._records: list[T] = []

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[T]:
        return iter(self._records)

    def __contains__(self, record: object) -> bool:
        return record in self._records

    def add(self, record: T) -> None:
        """Put `record` in its place."""
        records = self._records
        if not records or stamp(records[-1]) <= stamp(record):
            records.append(record)
        else:
            records.insert(bisect_left(records, stamp(record), key=stamp), record)

    def discard(self, record: T) -> None:
        """Take out the version of a record that was added with the same stamp."""
        del self._records[bisect_left(self._records, stamp(record), key=stamp)]

    def since(self, at: int) -> list[T]:
        """Return what changed at or after `at`, in milliseconds."""
        return self._records[bisect_left(self._records, (at, 0), key=stamp) :]

    def slice(self, start: int, stop: int) -> list[T]:
        """Return the records at these positions."""
        return self._records[start:stop]


class Union(Generic[T]):
    """Several ordered lists seen as one collection; the order of the whole is not kept."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Iterable[Ordered[T]]) -> None:
        self._parts = list(parts)

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def __iter__(self) -> Iterator[T]:
        return chain.from_iterable(self._parts)

    def __contains__(self, record: object) -> bool:
        return any(record in part for part in self._parts)


class Partitions(Generic[T]):
    """Ordered lists by some key of the record: its status, its contact."""

    __slots__ = ("_lists",)

    def __init__(self) -> None:
        self._lists: dict[str, Ordered[T]] = {}

    def __getitem__(self, key: str) -> Ordered[T]:
        return self._lists.get(key) or Ordered()

    def add(self, key: str, record: T) -> None:
        """Put `record` under `key`."""
        self._lists.setdefault(key, Ordered()).add(record)

    def discard(self, key: str, record: T) -> None:
        """Take `record` out from under `key`."""
        partition = self._lists[key]
        partition.discard(record)
        if not partition:
            del self._lists[key]


class DocumentRegister:
    """The invoices, or the credit notes, of one organisation."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.ordered: Ordered[Document] = Ordered()
        self.by_status: Partitions[Document] = Partitions()
        self.by_contact: Partitions[Document] = Partitions()
        self._by_id: dict[str, Document] = {}
        self._by_number: dict[str, tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Document]:
        return iter(self._by_id.values())

    def get(self, document_id: str) -> Document | None:
        """Return the document with this id."""
        return self._by_id.get(document_id)

    def numbered(self, number: str) -> list[Document]:
        """Return every document with this number, deleted ones and bills included."""
        return [self._by_id[identifier] for identifier in self._by_number.get(number, ())]

    def holder(self, number: str) -> Document | None:
        """Return the sales document that has this number in use: any status but DELETED, so a voided one too."""
        for document in self.numbered(number):
            if document.is_sale and document.status != "DELETED":
                return document
        return None

    def put(self, document: Document) -> None:
        """Add `document`, or put it in the place of the version with its id."""
        old = self._by_id.get(document.id)
        if old is not None:
            self.ordered.discard(old)
            self.by_status.discard(old.status, old)
            self.by_contact.discard(old.contact_id, old)
        self._by_id[document.id] = document
        self.ordered.add(document)
        self.by_status.add(document.status, document)
        self.by_contact.add(document.contact_id, document)
        if old is None or old.number != document.number:
            self._renumber(document, old)

    def _renumber(self, document: Document, old: Document | None) -> None:
        if old is not None:
            rest = tuple(i for i in self._by_number.get(old.number, ()) if i != document.id)
            self._by_number.pop(old.number, None)
            if rest:
                self._by_number[old.number] = rest
        if document.number:
            self._by_number[document.number] = (*self._by_number.get(document.number, ()), document.id)


class ContactRegister:
    """The contacts of one organisation."""

    def __init__(self) -> None:
        self.ordered: Ordered[Contact] = Ordered()
        self.by_status: Partitions[Contact] = Partitions()
        self._by_id: dict[str, Contact] = {}
        self._active_names: dict[str, str] = {}
        self._archived_names: dict[str, str] = {}
        self._numbers: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Contact]:
        return iter(self._by_id.values())

    def get(self, contact_id: str) -> Contact | None:
        """Return the contact with this id."""
        return self._by_id.get(contact_id)

    def named(self, name: str) -> Contact | None:
        """Return the active contact of this name, in any case."""
        return self._find(self._active_names.get(_folded(name)))

    def archived_named(self, name: str) -> Contact | None:
        """Return an archived contact of this name, in any case."""
        return self._find(self._archived_names.get(_folded(name)))

    def numbered(self, contact_number: str) -> Contact | None:
        """Return the contact with this ContactNumber."""
        return self._find(self._numbers.get(contact_number))

    def put(self, contact: Contact) -> None:
        """Add `contact`, or put it in the place of the version with its id."""
        old = self._by_id.get(contact.id)
        if old is not None:
            self.ordered.discard(old)
            self.by_status.discard(old.status, old)
            names = self._names(old)
            if names.get(_folded(old.name)) == old.id:
                del names[_folded(old.name)]
            if old.contact_number and self._numbers.get(old.contact_number) == old.id:
                del self._numbers[old.contact_number]
        self._by_id[contact.id] = contact
        self.ordered.add(contact)
        self.by_status.add(contact.status, contact)
        self._names(contact)[_folded(contact.name)] = contact.id
        if contact.contact_number:
            self._numbers[contact.contact_number] = contact.id

    def _names(self, contact: Contact) -> dict[str, str]:
        return self._active_names if contact.status == "ACTIVE" else self._archived_names

    def _find(self, contact_id: str | None) -> Contact | None:
        return None if contact_id is None else self._by_id[contact_id]


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
