"""Memory of a worker process with more and more open documents.

Open documents are workflows that know that their document is in Xero, as after they were continued as new, with the
link in the store: their one step left is to wait. Limits are out of the way; nothing here calls Xero.
"""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

from benchmarks.figures import Figure
from benchmarks.stage import Stage, stage
from benchmarks.waiting import until
from xerosync.core.documents import DocumentRef, DocumentStatus, Header, Kind
from xerosync.core.temporal import INVOICE_SYNC, TASK_QUEUE
from xerosync.core.xero_records import PLACEHOLDER, XeroStatus
from xerosync.documents.client import document_workflow_id, initial_search_attributes
from xerosync.documents.messages import Known, SyncInput
from xerosync.documents.views import SequenceView, XeroView

TITLE = "Memory of a worker"
_STARTS_AT_ONCE = 50
_LIMIT_MB = 400
_PATIENCE_SECONDS = 3_600


async def measure(sizes: tuple[int, ...] = (1_000, 5_000, 20_000)) -> list[Figure]:
    """Open so many documents, one size after the other on one worker, and look when all of them wait."""
    figures: list[Figure] = []
    async with stage(limited=False) as running:
        figures.append(Figure("no open documents", running.worker_rss(), "MB"))
        known = 0
        for size in sizes:
            await _open(running, range(known, size))
            known = size
            await until(lambda size=size: _all_wait(running, size), seconds=_PATIENCE_SECONDS, look_every=1)
            limit = _LIMIT_MB if size == max(sizes) and size >= 20_000 else None
            figures.append(Figure(f"{size:,} open documents", running.worker_rss(), "MB", at_most=limit))
    return figures


async def _open(running: Stage, places: range) -> None:
    room = asyncio.Semaphore(_STARTS_AT_ONCE)

    async def start(place: int) -> None:
        ref = DocumentRef(account_id=running.account_id, kind=Kind.INVOICE, document_id=f"document-{place}")
        known = _known(place)
        async with room:
            await running.services.store.change(ref, lambda link: link.model_copy(update=_row(known)))
            await running.services.temporal.start_workflow(
                INVOICE_SYNC,
                SyncInput(**ref.model_dump(), known=known),
                id=document_workflow_id(ref),
                task_queue=TASK_QUEUE,
                search_attributes=initial_search_attributes(ref),
                static_summary=f"Keep {ref} in step with Xero",
            )

    await asyncio.gather(*(start(place) for place in places))


async def _all_wait(running: Stage, size: int) -> bool:
    """Whether all have shown themselves as pushed: their first task is done."""
    counted = await running.services.temporal.count_workflows("XeroSyncState = 'pushed'")
    return counted.count >= size


def _row(known: Known) -> dict[str, object]:
    assert known.sequence is not None
    header = known.sequence.model_dump(include={"number", "customer_id", "currency"})
    return {**header, "gross_total": Decimal("120.00"), "sequence": known.sequence, "xero": known.xero}


def _known(place: int) -> Known:
    header = Header(issue_date=PLACEHOLDER, due_date=PLACEHOLDER, reference_digest="0" * 64)
    return Known(
        sequence=SequenceView(
            status=DocumentStatus.FINAL,
            number=f"INV-{place}",
            customer_id=f"customer-{place % 1_000}",
            currency="GBP",
            header=header,
        ),
        xero=XeroView(
            xero_id=f"00000000-0000-0000-0000-{place:012}",
            status=XeroStatus.AUTHORISED,
            sent=False,
            issue_date=PLACEHOLDER,
            due_date=PLACEHOLDER,
            seen_at=datetime.now(UTC),
        ),
    )
