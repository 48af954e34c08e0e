"""Looking documents up by number, many with one call."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from xerosync.core.documents import Kind
from xerosync.core.errors import XerosyncError
from xerosync.core.xero_records import XeroDocument, XeroStatus
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.group_commit import Item, Operation
from xerosync.xero.calls.lists import FIRST_PAGE, MAX_QUERY, is_sayable, literal, not_whole, read_page
from xerosync.xero.calls.transport import Call
from xerosync.xero.names import KINDS
from xerosync.xero.wire import sales_documents


class FindDocuments(Operation[XeroDocument | None]):
    """GET by numbers: invoices have a parameter for it, with commas between the numbers; credit notes need `where`.

    Never by path: a 404 of a path does not prove that the number is free.
    """

    max_bytes = MAX_QUERY

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.name = f"find {KINDS[kind].plural}"

    def can_find(self, number: str) -> bool:
        """Whether this call can name a number."""
        return is_sayable(number) and not (self._kind is Kind.INVOICE and "," in number)

    def item(self, number: str) -> Item:
        """Return the item that looks a number up; its content is its part of the address."""
        piece = f"{number}," if self._kind is Kind.INVOICE else f"{self._condition(number)} OR "
        return Item(key=number, content=quote(piece, safe="").encode())

    def request(self, items: Sequence[Item]) -> Call:
        """Return the GET. Paged, because only paged lists are whole."""
        names = KINDS[self._kind]
        numbers = [item.key for item in items]
        if self._kind is Kind.INVOICE:
            return Call("GET", names.path, {"InvoiceNumbers": ",".join(numbers), **FIRST_PAGE})
        where = " OR ".join(self._condition(number) for number in numbers)
        return Call("GET", names.path, {"where": where, **FIRST_PAGE})

    def results(self, items: Sequence[Item], answer: Answer) -> Mapping[str, XeroDocument | XerosyncError | None]:
        """Return, by number, the document in force, else the voided one, else None. Raises as `lists.read_page`."""
        names = KINDS[self._kind]
        page = read_page(answer, names.plural)
        found = list(sales_documents(self._kind, page.records, page.asked_at))
        return {item.key: best(item.key, found) or not_whole(page, names.plural) for item in items}

    def _condition(self, number: str) -> str:
        return f"{KINDS[self._kind].number}=={literal(number)}"


def best(number: str, found: Sequence[XeroDocument]) -> XeroDocument | None:
    """Choose the document that has the number in use: exactly it before any case of it, in force before voided."""
    candidates = [
        document
        for document in found
        if document.number.casefold() == number.casefold() and document.status is not XeroStatus.DELETED
    ]
    return min(candidates, key=lambda it: (it.number != number, it.status is XeroStatus.VOIDED), default=None)
