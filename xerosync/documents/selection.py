"""Which documents of an account a person wants to see: a filter, and a place in the list that it makes. Pure."""

import re
from datetime import date, datetime
from typing import NamedTuple

from xerosync.core.base import Message
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState

_YEARS = range(2000, 3000)
_WORD = re.compile(r"[^\W_]+")


class Selection(Message):
    """The documents that pass every filter that is set. `hold` is the reason of the hold in force.

    `search` holds the beginnings of words of the number or of the customer's name, in any case and order. `drift` lets
    only those pass whose totals are not the same on both sides. `issued_from` and `issued_to` are the first and the
    last issue date in Sequence that pass: a document that was never read there has none.
    """

    search: str = ""
    state: SyncState | None = None
    hold: HoldReason | None = None
    kind: Kind | None = None
    customer_id: str | None = None
    issued_from: date | None = None
    issued_to: date | None = None
    alarm: bool = False
    drift: bool = False
    ignored: bool = False

    @property
    def words(self) -> list[str]:
        """The words that are searched for, in small letters."""
        return [word.lower() for word in _WORD.findall(self.search)]


class ListPlace(NamedTuple):
    """The place of a document in a list: what is sent but dated 3000 stands first, then what changed last (UTC)."""

    is_sent_but_3000: bool
    changed_at: datetime
    kind: Kind
    document_id: str

    @classmethod
    def of(cls, link: DocumentLink) -> "ListPlace":
        """Return the place of a stored link."""
        assert link.updated_at is not None
        return cls(link.is_sent_but_3000, link.updated_at, link.ref.kind, link.ref.document_id)

    def ref(self, account_id: str) -> DocumentRef:
        """Return the name of the document that stands there."""
        return DocumentRef(account_id=account_id, kind=self.kind, document_id=self.document_id)

    def __str__(self) -> str:
        """Return the place as an address holds it."""
        return f"{self.is_sent_but_3000:d}~{self.changed_at.isoformat()}~{self.kind.value}~{self.document_id}"

    @classmethod
    def parse(cls, text: str) -> "ListPlace":
        """Return the place that an address holds. Raises ValueError where it is none."""
        first, changed_at, kind, document_id = text.split("~", 3)
        at = datetime.fromisoformat(changed_at)
        if at.tzinfo is None or at.year not in _YEARS:
            raise ValueError("a place has an instant of our time, with its time zone")
        return cls(first == "1", at, Kind(kind), document_id)
