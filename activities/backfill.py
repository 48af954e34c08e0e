"""The two halves of a page of a backfill: reading decides and starts nothing, starting may be repeated.

So a worker that dies in the middle changes neither what is started nor what is counted.
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from temporalio import activity

from xerosync.backfill.plan import (
    BackfillAction,
    BackfillCounts,
    BackfillPage,
    BackfillPageInput,
    BackfillStartInput,
    action_for,
)
from xerosync.core.documents import DocumentPage, DocumentRef, Kind
from xerosync.documents.ports import Links

_READS_AT_ONCE = 10
_STARTS_AT_ONCE = 20


class Pages(Protocol):
    """Sequence's lists of documents. Raises RetryLaterError while Sequence does not answer."""

    async def page(self, kind: Kind, account_id: str, after: str | None = None) -> DocumentPage:
        """Return a page of all documents of a kind, the oldest first, from a page's `after` on."""
        ...


class Starts(Protocol):
    """The document workflows, as bulk work starts them."""

    async def start(self, ref: DocumentRef) -> None:
        """Start a document's workflow in the bulk lane, unless one runs."""
        ...


@dataclass(frozen=True)
class BackfillActivities:
    """Activities of a backfill. `pages` asks Sequence in the bulk lane."""

    pages: Pages
    links: Links
    workflows: Starts

    @activity.defn
    async def read_page(self, asked: BackfillPageInput) -> BackfillPage:
        """Read a page of Sequence's documents and decide on each."""
        page = await self.pages.page(asked.kind, asked.account_id, asked.cursor)
        turn = asyncio.Semaphore(_READS_AT_ONCE)

        async def fate(place: int) -> BackfillAction:
            document = page.documents[place]
            async with turn:
                return action_for(document, await self.links.document(document.ref), asked.since)

        fates = await asyncio.gather(*(fate(place) for place in range(len(page.documents))))
        return BackfillPage(
            document_ids=tuple(it.id for it, fate in zip(page.documents, fates, strict=True) if fate.is_synced),
            counts=BackfillCounts.of([*fates, *[BackfillAction.UNREADABLE] * len(page.unreadable)]),
            cursor=page.after,
            total=await self._total(asked, page) if asked.kind is Kind.INVOICE and asked.cursor is None else None,
        )

    @activity.defn
    async def start_syncs(self, found: BackfillStartInput) -> None:
        """Make sure that each of these documents has a workflow."""
        turn = asyncio.Semaphore(_STARTS_AT_ONCE)

        async def start(ref: DocumentRef) -> None:
            async with turn:
                await self.workflows.start(ref)

        async with asyncio.TaskGroup() as group:
            for ref in found.refs:
                group.create_task(start(ref))

    async def _total(self, asked: BackfillPageInput, page: DocumentPage) -> int | None:
        credit_notes = await self.pages.page(Kind.CREDIT_NOTE, asked.account_id)
        return None if page.total is None or credit_notes.total is None else page.total + credit_notes.total
