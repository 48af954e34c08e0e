"""What the documents of one kind do in batches: be created, be changed, be looked up by number.

`summarizeErrors=false`, since with Xero's default one bad element hides the ids of the good ones. Results are
matched by number or id, never by position, which Xero does not keep.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote

from xerosync.core.documents import Kind
from xerosync.core.errors import XerosyncError
from xerosync.core.xero_records import XeroDocument, XeroStatus
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.group_commit import Item
from xerosync.xero.calls.lists import MAX_QUERY, PAGE_SIZE, is_sayable, literal, not_whole, read_page
from xerosync.xero.calls.transport import Call
from xerosync.xero.errors import XeroUnavailableError
from xerosync.xero.kinds import KINDS
from xerosync.xero.refusals import error_from, is_refused, refusal_of
from xerosync.xero.wire import elements, read_document, sales_documents

MAX_DOCUMENTS = 50
"""Per call (Xero's advice)."""

MAX_BYTES = 3_000_000
"""Per call. Xero says 10 MB; 3.5 MB is what it takes in practice."""

_WRITE = {"summarizeErrors": "false", "unitdp": "4"}

R = TypeVar("R")

Results = Mapping[str, XeroDocument | XerosyncError]


class CreateDocuments:
    """PUT, which only creates: a POST with a number that exists would overwrite that document."""

    max_items = MAX_DOCUMENTS
    max_bytes = MAX_BYTES

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.name = f"create {KINDS[kind].plural}"

    def request(self, items: Sequence[Item]) -> Call:
        """Return the PUT. Its Idempotency-Key is of these attempts only.

        Xero remembers refusals, too: with a key of the content alone, a document whose cause was mended would
        be refused again for six minutes.
        """
        marks = "\n".join(sorted(item.mark for item in items))
        key = hashlib.sha256(marks.encode()).hexdigest()
        names = KINDS[self._kind]
        return Call("PUT", names.path, _WRITE, envelope(names.plural, items), idempotency_key=key)

    def results(self, items: Sequence[Item], answer: Answer) -> Results:
        """Return each document as created, or its refusal, by number."""
        names = KINDS[self._kind]
        raise_if_lost(answer)
        return written(names.plural, names.number, items, answer, partial(_read_written, self._kind), id_field=names.id)


class ChangeDocuments:
    """POST by id, for dates, reference, sent and void; never with LineItems, which it would replace."""

    max_items = MAX_DOCUMENTS
    max_bytes = MAX_BYTES

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.name = f"change {KINDS[kind].plural}"

    def request(self, items: Sequence[Item]) -> Call:
        """Return the POST. It may be repeated as it is, so it needs no Idempotency-Key."""
        names = KINDS[self._kind]
        return Call("POST", names.path, _WRITE, envelope(names.plural, items))

    def results(self, items: Sequence[Item], answer: Answer) -> Results:
        """Return each document as changed, or its refusal, by id."""
        names = KINDS[self._kind]
        return written(names.plural, names.id, items, answer, partial(_read_written, self._kind), id_field=names.id)


class FindDocuments:
    """GET by numbers: for invoices there is a parameter, which a comma divides, for credit notes `where`.

    Never by path: that a path leads nowhere is no proof that the number is free.
    """

    max_items = MAX_DOCUMENTS
    max_bytes = MAX_QUERY

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self.name = f"find {KINDS[kind].plural}"

    def can_find(self, number: str) -> bool:
        """Whether a number can be asked for in so many words, together with others."""
        return is_sayable(number) and not (self._kind is Kind.INVOICE and "," in number)

    def item(self, number: str) -> Item:
        """Return the item that looks a number up; its content is what it takes of the address."""
        piece = f"{number}," if self._kind is Kind.INVOICE else f"{self._condition(number)} OR "
        return Item(key=number, content=quote(piece, safe="").encode())

    def request(self, items: Sequence[Item]) -> Call:
        """Return the GET. Paged, because only paged lists are whole."""
        names = KINDS[self._kind]
        numbers = [item.key for item in items]
        page = {"page": "1", "pageSize": str(PAGE_SIZE)}
        if self._kind is Kind.INVOICE:
            return Call("GET", names.path, {"InvoiceNumbers": ",".join(numbers), **page})
        where = " OR ".join(self._condition(number) for number in numbers)
        return Call("GET", names.path, {"where": where, **page})

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


def raise_if_lost(answer: Answer) -> None:
    """Raise XeroUnavailableError where a create was answered with 404: what it made, if anything, is not told."""
    if answer.status == HTTPStatus.NOT_FOUND:
        raise XeroUnavailableError("Xero did not find where to create.", status=answer.status)


def envelope(plural: str, items: Sequence[Item]) -> bytes:
    """Return the body of a write of several."""
    return b'{"' + plural.encode() + b'":[' + b",".join(item.content for item in items) + b"]}"


def written(
    plural: str,
    key_field: str,
    items: Sequence[Item],
    answer: Answer,
    read: Callable[[dict[str, Any], Answer], R],
    *,
    id_field: str,
) -> Mapping[str, R | XerosyncError]:
    """Read the elements of a write by their key; what can't be told is left out. Raises what befell the whole call."""
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise error_from(answer)
    found: dict[str, R | XerosyncError] = {}
    nameless: list[XerosyncError] = []
    wanted = {item.key for item in items}
    for element in elements(answer, plural):
        key = str(element.get(key_field) or "")
        result = refusal_of(element) if is_refused(element, id_field) else _read(element, answer, read)
        if key in wanted:
            found[key] = result
        elif isinstance(result, XerosyncError):
            nameless.append(result)
    missing = wanted - found.keys()
    if len(missing) == 1 and len(nameless) == 1:
        # A refused element may come back without its number or with a zero id: there is no doubt whose it is.
        found[missing.pop()] = nameless[0]
    return found


def _read(element: dict[str, Any], answer: Answer, read: Callable[[dict[str, Any], Answer], R]) -> R | XerosyncError:
    try:
        return read(element, answer)
    except XeroUnavailableError as error:
        return error


def _read_written(kind: Kind, element: dict[str, Any], answer: Answer) -> XeroDocument:
    # Not when it was answered: what was asked after this write was sent may show more than its answer does.
    return read_document(kind, element, answer.sent_at)
