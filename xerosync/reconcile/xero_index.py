"""Documents of one kind that an organisation's Xero lists, found by link, address and number. Pure.

A document of Sequence takes those that its link names, whose address leads to it, or that have its number unless a link
or address of another document claims them. What is left at the end belongs to no document of Sequence.
"""

from collections.abc import Iterable, Iterator

from xerosync.core.documents import Document
from xerosync.documents.link import DocumentLink
from xerosync.reconcile.pairs import XeroSummary

_Index = dict[str, tuple[str, ...]]
"""Xero ids by number or by origin; tuples, since nearly all hold one."""


class XeroIndex:
    """Holds what Xero listed. Only documents that no link claims are also found by number and by origin."""

    def __init__(self, listed: Iterable[XeroSummary]) -> None:
        """Hold documents that differ in their Xero id."""
        self._all: dict[str, XeroSummary] = {}
        self._by_number: _Index = {}
        self._by_origin: _Index = {}
        for each in listed:
            self._all[each.xero_id] = each
            if each.document_id is None:
                _add(self._by_number, each.number.casefold(), each.xero_id)
                if each.origin is not None:
                    _add(self._by_origin, each.origin, each.xero_id)

    def take(self, document: Document, link: DocumentLink) -> list[XeroSummary]:
        """Remove and return all that may be this document, in no order."""
        ids = {*self._by_origin.get(document.id, ()), *self._with_number_of(document)}
        if link.xero:
            ids.add(link.xero.xero_id)
        taken = [self._all[each] for each in ids if each in self._all]
        for each in taken:
            self._drop(each)
        return taken

    def take_all_of(self, document_id: str) -> None:
        """Remove what the link or address of a document claims, for a document that can't be read."""
        for found in [each for each in self._all.values() if document_id in (each.document_id, each.origin)]:
            self._drop(found)

    def rest(self) -> Iterator[XeroSummary]:
        """Return what was not taken."""
        return iter(self._all.values())

    def _with_number_of(self, document: Document) -> list[str]:
        found = self._by_number.get(document.number.casefold(), ()) if document.number else ()
        return [each for each in found if self._all[each].origin in (None, document.id)]

    def _drop(self, found: XeroSummary) -> None:
        del self._all[found.xero_id]
        if found.document_id is None:
            _remove(self._by_number, found.number.casefold(), found.xero_id)
            if found.origin is not None:
                _remove(self._by_origin, found.origin, found.xero_id)


def _add(index: _Index, key: str, xero_id: str) -> None:
    index[key] = (*index.get(key, ()), xero_id)


def _remove(index: _Index, key: str, xero_id: str) -> None:
    left = tuple(each for each in index[key] if each != xero_id)
    if left:
        index[key] = left
    else:
        del index[key]
