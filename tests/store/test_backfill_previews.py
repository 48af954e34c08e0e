"""A preview of a backfill: each document once however often a page is repeated, and nothing of another account."""

from datetime import date

import pytest

from tests.doubles.memory import MemoryStore
from tests.workflows.world import MemoryBilling, invoice
from xerosync.backfill.messages import PreviewPageInput
from xerosync.backfill.previewing import BackfillPreview
from xerosync.backfill.report import BackfillResult, BackfillRow, expected
from xerosync.core.documents import Document, DocumentStatus, Kind
from xerosync.core.errors import MissingError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.postgres import Database, PostgresBackfillPreviews


class LookAhead:
    """Tells by a document's number what would become of it."""

    async def __call__(self, document: Document) -> BackfillRow:
        match document.number:
            case "INV-GONE":
                raise MissingError("There is none.")
            case "INV-LATE":
                raise RetryLaterError("Sequence does not answer.")
            case "INV-HELD":
                return expected(
                    document, [(HoldReason.CUSTOMER_UNLINKED, "Not linked."), (HoldReason.TAX_REJECTED, "Odd tax.")]
                )
            case _:
                return expected(document, [])


@pytest.fixture
def previews(database: Database) -> PostgresBackfillPreviews:
    return PostgresBackfillPreviews(database)


class Desk:
    """Looks ahead at Sequence's documents in memory."""

    def __init__(self, previews: PostgresBackfillPreviews) -> None:
        self.billing = MemoryBilling()
        self.previews = previews
        self.preview = BackfillPreview(self.billing, MemoryStore(), previews, LookAhead())

    def put(self, number: str, status: DocumentStatus = DocumentStatus.FINAL, **update: object) -> None:
        self.billing.put(invoice(status, id=f"id-{number}", number=number, **update))

    async def run(self, preview_id: str = "first", since: date | None = None, *, twice: bool = False) -> int:
        """Look at all pages, each of them twice if asked to; return how many documents were counted."""
        counted = 0
        for kind in Kind:
            asked = PreviewPageInput(account_id="acme", preview_id=preview_id, kind=kind, since=since)
            while True:
                if twice:
                    await self.preview.page(asked)
                page = await self.preview.page(asked)
                counted += page.documents
                if page.cursor is None:
                    break
                asked = asked.model_copy(update={"cursor": page.cursor})
        return counted

    async def became(self) -> dict[str, str]:
        return {str(row.number): row.became.value for row in await self.previews.rows("acme")}


@pytest.fixture
def desk(previews: PostgresBackfillPreviews) -> Desk:
    return Desk(previews)


async def test_each_document_has_a_row_however_often_a_page_is_repeated(desk: Desk) -> None:
    desk.put("INV-1")
    desk.put("INV-HELD")
    desk.put("INV-D", DocumentStatus.DRAFT)
    desk.put("CN-1", kind=Kind.CREDIT_NOTE)
    assert await desk.run(twice=True) == 4
    assert await desk.became() == {
        "INV-1": "would go",
        "INV-HELD": "would be on hold",
        "INV-D": "skipped: a draft",
        "CN-1": "would go",
    }
    assert (await desk.previews.counts("acme"))[BackfillResult.WOULD_GO] == 2
    assert await desk.previews.holds("acme") == {HoldReason.CUSTOMER_UNLINKED: 1, HoldReason.TAX_REJECTED: 1}
    [held] = await desk.previews.rows("acme", BackfillResult.WOULD_HOLD)
    assert held.words == "Not linked. Odd tax."
    last = await desk.previews.last("acme")
    assert last
    assert last.ended_at
    assert await desk.previews.last("other") is None
    assert await desk.previews.rows("other") == []


async def test_a_new_preview_drops_the_one_before(desk: Desk) -> None:
    desk.put("INV-1", issue_date=date(2025, 12, 31))
    desk.put("INV-2")
    await desk.run()
    del desk.billing.documents["id-INV-2"]
    await desk.run("second", date(2026, 1, 1))
    assert await desk.became() == {"INV-1": "skipped: issued earlier"}
    last = await desk.previews.last("acme")
    assert last
    assert last.since == date(2026, 1, 1)


async def test_what_can_not_be_read_does_not_keep_the_others(desk: Desk) -> None:
    desk.put("INV-GONE")
    desk.put("INV-1")
    await desk.run()
    results = {row.document_id: row.became.value for row in await desk.previews.rows("acme")}
    assert results == {"id-INV-GONE": "not readable", "id-INV-1": "would go"}


async def test_a_preview_that_sequence_keeps_waiting_has_not_ended(desk: Desk) -> None:
    desk.put("INV-LATE")
    with pytest.raises(RetryLaterError):
        await desk.run()
    last = await desk.previews.last("acme")
    assert last
    assert last.ended_at is None


async def test_rows_come_page_by_page_in_one_order(desk: Desk) -> None:
    for number in range(7):
        desk.put(f"INV-{number}", kind=Kind.CREDIT_NOTE if number % 2 else Kind.INVOICE)
    await desk.run()
    pages = [page async for page in desk.previews.all_pages("acme")]
    [whole] = pages
    after, seen = "", list[str]()
    while rows := await desk.previews.rows("acme", after=after, limit=3):
        seen += [row.document_id for row in rows]
        after = f"{rows[-1].kind}/{rows[-1].document_id}"
    assert seen == [row.document_id for row in whole]
    assert len(set(seen)) == 7
