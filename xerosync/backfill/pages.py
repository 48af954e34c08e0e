"""A page of a backfill in two steps: reading decides and starts nothing, starting may be repeated.

So a worker that is killed in between changes neither what is started nor what is counted.
"""

from dataclasses import dataclass

from xerosync.backfill.messages import BackfillCounts, BackfillPage, BackfillPageInput, BackfillStartInput
from xerosync.backfill.plan import BackfillAction, action_for
from xerosync.core.documents import DocumentPage, DocumentRef, Kind
from xerosync.core.gathering import some_at_once
from xerosync.documents.client import DocumentWorkflows
from xerosync.documents.ports import Billing, Links

_STARTS_AT_ONCE = 20


@dataclass(frozen=True)
class BackfillPages:
    """Reads pages of Sequence's lists and starts the workflows. `billing` asks in the bulk lane."""

    billing: Billing
    links: Links
    workflows: DocumentWorkflows

    async def read(self, asked: BackfillPageInput) -> BackfillPage:
        """Read a page of Sequence's documents and decide on each."""
        page = await self.billing.page(asked.kind, asked.account_id, asked.cursor)
        ids = [each.id for each in page.documents]
        links = await self.links.document_links(asked.account_id, asked.kind, ids)
        actions = [action_for(each, links[each.id], asked.since) for each in page.documents]
        needed = [each for each, action in zip(page.documents, actions, strict=True) if action.needs_workflow]
        return BackfillPage(
            document_ids=tuple(each.id for each in needed),
            numbers={each.id: each.number for each in needed if each.number},
            counts=BackfillCounts.of([*actions, *[BackfillAction.UNREADABLE] * len(page.unreadable)]),
            cursor=page.after,
            total=await total_of(self.billing, asked.account_id, page)
            if asked.kind is Kind.INVOICE and asked.cursor is None
            else None,
        )

    async def start(self, found: BackfillStartInput) -> None:
        """Make sure that each of these documents has a workflow."""

        async def start(ref: DocumentRef) -> None:
            await self.workflows.start(ref, found.numbers.get(ref.document_id), listed_after=found.listed_after)

        await some_at_once(start, found.refs, _STARTS_AT_ONCE)


async def total_of(billing: Billing, account_id: str, invoices: DocumentPage) -> int | None:
    """Count the documents of both kinds, by the first page of invoices; None where Sequence does not say."""
    credit_notes = await billing.page(Kind.CREDIT_NOTE, account_id)
    return None if invoices.total is None or credit_notes.total is None else invoices.total + credit_notes.total
