"""One kind of document of a whole organisation, as Xero listed it, to be taken off one by one. Pure.

A document of Sequence finds its own by its link, by the address that leads to it, and by its number, unless another's
link or address claims that one. What nobody took is left.
"""

from collections.abc import Iterable, Iterator

from xerosync.core.documents import Document
from xerosync.documents.link import DocumentLink
from xerosync.reconcile.compare import XeroSummary

_Index = dict[str, tuple[str, ...]]
"""Xero ids by what they share; tuples, since nearly all hold one."""


class XeroIndex:
    """Holds what Xero listed. Only what no link claims is also found by number and by origin."""

    def __init__(self) -> None:
        self._all: dict[str, XeroSummary] = {}
        self._by_number: _Index = {}
        self._by_origin: _Index = {}

    def __len__(self) -> int:
        return len(self._all)

    def put(self, documents: Iterable[XeroSummary]) -> None:
        """Add what was listed; a document that comes again is as it came last."""
        for shown in documents:
            before = self._all.get(shown.xero_id)
            if before:
                self._drop(before)
            self._all[shown.xero_id] = shown
            if shown.document_id is None:
                _add(self._by_number, shown.number.casefold(), shown.xero_id)
                if shown.origin is not None:
                    _add(self._by_origin, shown.origin, shown.xero_id)

    def take(self, document: Document, link: DocumentLink) -> list[XeroSummary]:
        """Take off all that may be this document's, in no order."""
        ids = {*self._by_origin.get(document.id, ()), *self._numbered(document)}
        if link.xero:
            ids.add(link.xero.xero_id)
        taken = [self._all[each] for each in ids if each in self._all]
        for shown in taken:
            self._drop(shown)
        return taken

    def take_all_of(self, document_id: str) -> None:
        """Take off what a document's link or address claims, where the document itself can't be read."""
        for shown in [each for each in self._all.values() if document_id in (each.document_id, each.origin)]:
            self._drop(shown)

    def rest(self) -> Iterator[XeroSummary]:
        """Return what nobody took."""
        return iter(self._all.values())

    def _numbered(self, document: Document) -> list[str]:
        found = self._by_number.get(document.number.casefold(), ()) if document.number else ()
        return [each for each in found if self._all[each].origin in (None, document.id)]

    def _drop(self, shown: XeroSummary) -> None:
        del self._all[shown.xero_id]
        if shown.document_id is None:
            _remove(self._by_number, shown.number.casefold(), shown.xero_id)
            if shown.origin is not None:
                _remove(self._by_origin, shown.origin, shown.xero_id)


def _add(index: _Index, key: str, xero_id: str) -> None:
    index[key] = (*index.get(key, ()), xero_id)


def _remove(index: _Index, key: str, xero_id: str) -> None:
    left = tuple(each for each in index[key] if each != xero_id)
    if left:
        index[key] = left
    else:
        del index[key]
