"""All documents of one kind in one account, findable by id, number, status, customer and day of sending.

Invariant: every change of a status, number or day of sending goes through the register, so its indices never lie.
Lists are answered from sorted indices of creation numbers: the cost of a page grows with the page, or, when
several filters meet, with the smallest index among them.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Sequence

from standins.sequence.errors import NotAllowed, NotFound
from standins.sequence.kinds import Kind
from standins.sequence.records import Document


class Register:
    """The documents of one kind; `order` holds their creation numbers, oldest first."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.order: list[int] = []
        self.next_seq = 1
        self.next_number = 1
        self._by_seq: dict[int, Document] = {}
        self._by_id: dict[str, Document] = {}
        self._by_number: dict[str, Document] = {}
        self._by_status: dict[str, list[int]] = {}
        self._by_customer: dict[str, list[int]] = {}
        self._by_sent: list[tuple[str, int]] = []

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, seq: int) -> Document:
        return self._by_seq[seq]

    def get(self, document_id: str) -> Document:
        """Return a document; NotFound when there is none with that id."""
        document = self.find(document_id)
        if document is None:
            raise NotFound(f"There is no {self.kind.name} {document_id}")
        return document

    def find(self, document_id: str | None) -> Document | None:
        """Return the document with that id, if any."""
        return None if document_id is None else self._by_id.get(document_id)

    def numbered(self, number: str) -> Document | None:
        """Return the document with that number, if any."""
        return self._by_number.get(number)

    def with_status(self, status: str) -> Sequence[int]:
        """Return the creation numbers of the documents in `status`, ascending."""
        return self._by_status.get(status, ())

    def of_customer(self, customer_id: str) -> Sequence[int]:
        """Return the creation numbers of a customer's documents, ascending."""
        return self._by_customer.get(customer_id, ())

    def sent_between(self, after: str | None, before: str | None) -> Sequence[int]:
        """Return the creation numbers of what was sent after and before those days (both excluded), ascending."""
        start = bisect_right(self._by_sent, (after, self.next_seq)) if after is not None else 0
        end = bisect_left(self._by_sent, (before, 0)) if before is not None else len(self._by_sent)
        return sorted(seq for _, seq in self._by_sent[start:end])

    def add(self, document: Document) -> None:
        """Add a new document; its `seq` must be the highest so far."""
        self.next_seq = max(self.next_seq, document.seq + 1)
        self.order.append(document.seq)
        self._by_seq[document.seq] = document
        self._by_id[document.id] = document
        self._by_status.setdefault(document.status, []).append(document.seq)
        self._by_customer.setdefault(document.customer_id, []).append(document.seq)
        if document.number is not None:
            self._by_number[document.number] = document
        if document.sent_on is not None:
            insort(self._by_sent, (document.sent_on, document.seq))

    def remove(self, document: Document) -> None:
        """Remove a document for good."""
        del self._by_seq[document.seq]
        del self._by_id[document.id]
        _drop(self.order, document.seq)
        _drop(self._by_status[document.status], document.seq)
        _drop(self._by_customer[document.customer_id], document.seq)
        if document.number is not None:
            del self._by_number[document.number]
        if document.sent_on is not None:
            self._by_sent.remove((document.sent_on, document.seq))

    def set_status(self, document: Document, status: str) -> None:
        """Move a document to another status."""
        _drop(self._by_status[document.status], document.seq)
        insort(self._by_status.setdefault(status, []), document.seq)
        document.status = status

    def set_sent(self, document: Document, day: str) -> None:
        """Note the day on which a document was sent."""
        document.sent_on = day
        insort(self._by_sent, (day, document.seq))

    def set_number(self, document: Document, number: str | None) -> None:
        """Give a document its number, or take it away; NotAllowed when another document has it."""
        if number == document.number:
            return
        if number is not None:
            self.refuse_taken(number)
        if document.number is not None:
            del self._by_number[document.number]
        if number is not None:
            self._by_number[number] = document
        document.number = number

    def refuse_taken(self, number: str) -> None:
        """Refuse a number that a document has already."""
        if number in self._by_number:
            raise NotAllowed(f"The number {number} is taken by another {self.kind.name}")

    def keep_counters(self) -> Callable[[], None]:
        """Return what sets the counters back to where they stand now."""
        kept = (self.next_seq, self.next_number)

        def set_back() -> None:
            self.next_seq, self.next_number = kept

        return set_back

    def number_next(self, document: Document) -> None:
        """Give a document without a number the account's next free one."""
        while document.number is None:
            number = f"{self.kind.number_prefix}{self.next_number}"
            self.next_number += 1
            if number not in self._by_number:
                self.set_number(document, number)


def _drop(ordered: list[int], seq: int) -> None:
    del ordered[bisect_left(ordered, seq)]
