"""How a person names a document: by number, such as INV-1, or by kind and Sequence's id."""

from collections.abc import Sequence

from xerosync.model.documents import DocumentRef, Kind
from xerosync.model.errors import MisconfiguredError, MissingError
from xerosync.services import Services


class UnknownDocumentError(MisconfiguredError):
    """There is no such document."""


async def named(services: Services, words: Sequence[str]) -> DocumentRef:
    """Return the document that one word (a number) or two (`invoice` or `credit_note`, and an id) name.

    Whatever it is, it is looked up in the store, then in Sequence.

    Raises:
        UnknownDocumentError: nothing has that number, or the words are neither.
    """
    match [word.strip() for word in words]:
        case [number] if _kind(number) is None:
            found = await services.store.document_by_number(number)
            ref = found.ref if found else await services.billing.find_by_number(number)
            if ref is None:
                raise UnknownDocumentError(f"No invoice or credit note has the number {number}: check it in Sequence.")
            return ref
        case [word, document_id] if kind := _kind(word):
            account_id = await services.billing.account_id()
            ref = DocumentRef(account_id=account_id, kind=kind, document_id=document_id)
            if (await services.store.document(ref)).sequence is None:
                await _look_up(services, ref)
            return ref
        case _:
            raise UnknownDocumentError(
                "Name a document by its number, such as INV-1, or as `invoice ID` or `credit_note ID`."
            )


def split(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the words that name a document, and those after them."""
    length = 2 if words and _kind(words[0]) else 1
    return words[:length], words[length:]


def _kind(word: str) -> Kind | None:
    return {kind.value: kind for kind in Kind}.get(word.lower().replace("-", "_"))


async def _look_up(services: Services, ref: DocumentRef) -> None:
    try:
        await services.billing.document(ref)
    except MissingError:
        raise UnknownDocumentError(f"Sequence has no {ref}: check its id and kind there.") from None
