"""A preview of a backfill, a page at a time: what would become of each document. Nothing is started, Xero is not asked.

A page may be repeated: its rows replace those that it wrote before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from xerosync.backfill.messages import PreviewPage, PreviewPageInput
from xerosync.backfill.pages import total_of
from xerosync.backfill.plan import BackfillAction, action_for
from xerosync.backfill.report import BackfillRow, became, unreadable
from xerosync.core.clock import utc_now
from xerosync.core.documents import Document, Kind
from xerosync.core.errors import MissingError, UnusableAnswerError
from xerosync.core.gathering import some_at_once
from xerosync.documents.link import DocumentLink
from xerosync.documents.ports import Billing, Links

_AT_ONCE = 8


class PreviewStore(Protocol):
    """Where the rows are kept. Raises RetryLaterError while the database is down."""

    async def begin(self, asked: PreviewPageInput) -> None:
        """Begin a preview, or go on with it: the one before is dropped."""
        ...

    async def keep(self, asked: PreviewPageInput, rows: Sequence[BackfillRow]) -> None:
        """Write rows, in place of those of the same documents."""
        ...

    async def end(self, asked: PreviewPageInput) -> None:
        """Keep that the preview has all documents."""
        ...


class LookAhead(Protocol):
    """Tells what would become of a document that a backfill would start."""

    async def __call__(self, document: Document) -> BackfillRow:
        """Return it."""
        ...


@dataclass(frozen=True)
class BackfillPreview:
    """Looks ahead at pages of Sequence's lists. `billing` asks in the bulk lane."""

    billing: Billing
    links: Links
    store: PreviewStore
    look_ahead: LookAhead

    async def page(self, asked: PreviewPageInput) -> PreviewPage:
        """Read a page, and keep what would become of each document of it.

        Raises:
            RetryLaterError: Sequence or the store does not answer.
        """
        is_first = asked.kind is Kind.INVOICE and asked.cursor is None
        if is_first:
            await self.store.begin(asked)
        page = await self.billing.page(asked.kind, asked.account_id, asked.cursor)
        links = await self.links.document_links(asked.account_id, asked.kind, [each.id for each in page.documents])
        rows = await some_at_once(lambda each: self._row(asked, each, links), page.documents, _AT_ONCE)
        await self.store.keep(asked, [*rows, *(unreadable(asked.kind, each) for each in page.unreadable)])
        if page.after is None and asked.kind is Kind.CREDIT_NOTE:
            await self.store.end(asked)
        return PreviewPage(
            documents=len(rows) + len(page.unreadable),
            cursor=page.after,
            total=await total_of(self.billing, asked.account_id, page) if is_first else None,
        )

    async def _row(self, asked: PreviewPageInput, document: Document, links: Mapping[str, DocumentLink]) -> BackfillRow:
        link = links[document.id]
        if action_for(document, link, asked.since) is not BackfillAction.STARTED:
            return became(document, link, asked.since, utc_now())
        try:
            return await self.look_ahead(document)
        except (MissingError, UnusableAnswerError):
            return unreadable(document.kind, document.id)
