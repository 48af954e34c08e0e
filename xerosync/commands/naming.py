"""How a person names a document: by number, such as INV-1, or by kind and Sequence's id."""

from collections.abc import Sequence

from xerosync.model.documents import DocumentRef, Kind
from xerosync.model.errors import MisconfiguredError
from xerosync.services import Services


class UnknownDocumentError(MisconfiguredError):
    """There is no such document."""


async def named(services: Services, words: Sequence[str]) -> DocumentRef:
    """Return the document that one word (a number) or two (`invoice` or `credit_note`, and an id) name.

    A number is looked up in the store, then in Sequence.

    Raises:
        UnknownDocumentError: nothing has that number, or the words are neither.
    """
    match [word.strip() for word in words]:
        case [number]:
            found = await services.store.document_by_number(number)
            ref = found.ref if found else await services.billing.find_by_number(number)
            if ref is None:
                raise UnknownDocumentError(f"No invoice or credit note has the number {number}: check it in Sequence.")
            return ref
        case [kind, document_id] if kind.replace("-", "_") in set(Kind):
            account_id = await services.billing.account_id()
            return DocumentRef(account_id=account_id, kind=Kind(kind.replace("-", "_")), document_id=document_id)
        case _:
            raise UnknownDocumentError(
                "Name a document by its number, such as INV-1, or as `invoice ID` or `credit_note ID`."
            )
