"""Reads the two sides of documents: many from lists, or a single one again from both companies."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from xerosync.connection.connection import Connection
from xerosync.core.documents import Document, DocumentPage, Kind
from xerosync.core.errors import MissingError
from xerosync.core.xero_records import XeroDocument
from xerosync.documents.link import DocumentLink
from xerosync.documents.ports import Billing, Books, Links
from xerosync.reconcile.compare import compare, unlinked
from xerosync.reconcile.findings import Aspect, Finding, FoundInXero, Severity
from xerosync.reconcile.pairs import BothSides, XeroSummary
from xerosync.reconcile.ports import ListedInXero, Listing
from xerosync.reconcile.xero_index import XeroIndex

_PAGE = 1000


@dataclass(frozen=True)
class SidesReader:
    """Reads Sequence and Xero for one account. `billing` and `books` ask in the bulk lane."""

    billing: Billing
    books: Books
    links: Links
    listed: ListedInXero
    connection: Connection

    async def list_xero(self, kind: Kind, listing: Listing) -> tuple[int, int]:
        """Keep all that Xero lists of a kind, a thousand to a call; return how many, and the number of calls."""
        calls = 0
        async for page in self.books.changed_since(self.connection, kind, None):
            calls += 1
            await self.listed.keep_listed(listing, await self._summaries(kind, page))
        return await self.listed.count_listed(listing), calls

    async def from_lists(self, kind: Kind, page: DocumentPage, listing: Listing) -> list[BothSides]:
        """Return both sides of each document of a page; take what belongs to them off what Xero lists."""
        account_id, documents = self.connection.account_id, page.documents
        links = await self.links.document_links(account_id, kind, [each.id for each in documents])
        contacts = await self.links.contacts_of(account_id, sorted({each.customer_id for each in documents}))
        found = await self.listed.listed(
            listing,
            xero_ids=[link.xero.xero_id for link in links.values() if link.xero],
            document_ids=[*links, *page.unreadable],
            numbers=[each.number for each in documents if each.number],
        )
        index = XeroIndex(found)
        for document_id in page.unreadable:
            index.take_all_of(document_id)
        sides = [
            self._sides(each, index.take(each, links[each.id]), links[each.id], contacts.get(each.customer_id))
            for each in documents
        ]
        left = {each.xero_id for each in index.rest()}
        await self.listed.take_listed(listing, [each.xero_id for each in found if each.xero_id not in left])
        return sides

    async def rest(self, listing: Listing) -> AsyncGenerator[Sequence[XeroSummary]]:
        """Return what no document of Sequence took, page by page."""
        after = ""
        while page := await self.listed.rest_listed(listing, after, _PAGE):
            yield page
            after = page[-1].xero_id

    async def check_again(self, before: Finding) -> Finding | None:
        """Read both sides of one document again and compare them.

        A hold that still stands is not read again, unless it is an alarm. Nor is what Sequence lists unreadable.
        """
        ref, kind = before.ref, before.kind
        if ref is None or any(each.aspect is Aspect.UNREADABLE for each in before.differences):
            return before
        link = (await self.links.document_links(ref.account_id, kind, [ref.document_id]))[ref.document_id]
        hold = link.current_hold
        if before.verdict is Severity.HOLD and not before.is_alarm and hold and hold.reason is before.hold:
            return before
        try:
            document = await self.billing.document(ref)
        except MissingError:
            found = await self._read_again(kind, before.seen)
            return next(
                (unlinked(each, ref.account_id) for each in found if each.xero_id == before.seen[0].xero_id), None
            )
        linked = link.xero.xero_id if link.xero else None
        candidates = [
            each
            for each in await self._read_again(kind, _places(before, document, link))
            if each.xero_id == linked or (each.document_id is None and each.origin in (None, document.id))
        ]
        contacts = await self.links.contacts_of(ref.account_id, [document.customer_id])
        return compare(self._sides(document, candidates, link, contacts.get(document.customer_id)))

    def _sides(
        self, document: Document, candidates: Sequence[XeroSummary], link: DocumentLink, contact_id: str | None
    ) -> BothSides:
        return BothSides(document, candidates, link, contact_id, self.connection.tenant_id)

    async def _summaries(self, kind: Kind, found: Sequence[XeroDocument]) -> list[XeroSummary]:
        claims = await self.links.claims(self.connection.tenant_id, kind, [each.xero_id for each in found])
        return [XeroSummary.of(each, self.books.origin(each), claims.get(each.xero_id)) for each in found]

    async def _read_again(self, kind: Kind, places: Sequence[FoundInXero]) -> list[XeroSummary]:
        """Read documents of Xero: by number, many to a call, and by id those that have no number or another one."""
        found: dict[str, XeroDocument] = {}
        for place in places:
            numbered = await self.books.find(self.connection, kind, place.number) if place.number else None
            if numbered:
                found[numbered.xero_id] = numbered
            if place.xero_id and place.xero_id not in found:
                try:
                    found[place.xero_id] = await self.books.get(self.connection, kind, place.xero_id)
                except MissingError:
                    continue
        return await self._summaries(kind, list(found.values()))


def _places(finding: Finding, document: Document, link: DocumentLink) -> list[FoundInXero]:
    """Return where in Xero a document may be: where it was seen, where its link says, and under its number.

    If it was nowhere when Xero was listed, it can be there now only if the store knows of a create: else no call.
    """
    places = {each.xero_id: each for each in finding.seen}
    if link.xero and link.xero.xero_id not in places:
        places[link.xero.xero_id] = FoundInXero(xero_id=link.xero.xero_id, number=document.number or "")
    if not places and link.intent and document.number:
        return [FoundInXero(xero_id="", number=document.number)]
    return list(places.values())
