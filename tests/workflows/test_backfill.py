"""A backfill starts what has no workflow, counts the rest, and ends the same however often it is interrupted."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.histories import kept_of
from tests.patience import until
from tests.workflows.conftest import House
from tests.workflows.world import invoice
from xerosync.backfill.client import start_backfill
from xerosync.backfill.messages import (
    BackfillCounts,
    BackfillInput,
    BackfillPageInput,
    BackfillProgress,
    BackfillStartInput,
)
from xerosync.backfill.pages import BackfillPages
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, DocumentWithLines, Kind
from xerosync.core.errors import HoldError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import PLACEHOLDER, XeroDocument, XeroStatus
from xerosync.documents.client import DocumentWorkflows
from xerosync.documents.header_change import HeaderChange
from xerosync.documents.messages import Release, SyncState

ACCOUNT = BackfillInput(account_id="acme")


def put(house: House, number: str, status: DocumentStatus = DocumentStatus.FINAL, **update: object) -> DocumentRef:
    kind = update.get("kind", Kind.INVOICE)
    return house.billing.put(invoice(status, id=f"{kind}-{number}", number=number, **update))


async def backfilled(house: House, start: BackfillInput = ACCOUNT) -> BackfillProgress:
    return await (await start_backfill(house.client, start)).result()


async def state_of(house: House, ref: DocumentRef) -> SyncState:
    return (await house.link(ref)).state


async def reached(house: House, ref: DocumentRef, state: SyncState) -> None:
    async def is_reached() -> bool:
        return await state_of(house, ref) is state

    await until(is_reached)


async def test_each_document_that_has_no_sync_gets_one_and_the_rest_is_counted(house: House):
    finals = [put(house, f"INV-{number}") for number in range(5)]
    sent = put(house, "INV-S", DocumentStatus.SENT)
    note = put(house, "CN-1", kind=Kind.CREDIT_NOTE, due_date=None)
    put(house, "INV-D", DocumentStatus.DRAFT)
    put(house, "INV-V", DocumentStatus.VOIDED)
    done = await backfilled(house)
    assert done.counts == BackfillCounts(started=7, draft=1, voided=1)
    assert done.total == 9
    for ref in (*finals, note):
        await reached(house, ref, SyncState.PUSHED)
    await reached(house, sent, SyncState.SETTLED)
    assert house.books.documents["INV-S"].issue_date == date(2026, 1, 2)
    assert house.books.writes == []
    assert sorted(house.bulk.writes) == sorted(f"create {number}" for number in house.books.documents)


async def test_a_second_backfill_starts_nothing_again(house: House):
    final, sent = put(house, "INV-1"), put(house, "INV-2", DocumentStatus.SENT)
    await backfilled(house)
    await reached(house, final, SyncState.PUSHED)
    await reached(house, sent, SyncState.SETTLED)
    assert (await backfilled(house)).counts == BackfillCounts(under_way=1, settled=1)
    assert sorted(house.bulk.writes) == ["create INV-1", "create INV-2"]


async def test_only_documents_issued_since_a_day_are_started(house: House):
    put(house, "INV-1", issue_date=date(2025, 12, 31))
    put(house, "INV-2", issue_date=date(2026, 1, 1))
    done = await backfilled(house, BackfillInput(account_id="acme", since=date(2026, 1, 1)))
    assert done.counts == BackfillCounts(started=1, earlier=1)
    assert done.since == date(2026, 1, 1)


async def test_a_document_that_sequence_changed_after_it_settled_is_started_again(house: House):
    ref = put(house, "INV-1", DocumentStatus.SENT)
    await backfilled(house)
    await reached(house, ref, SyncState.SETTLED)
    house.billing.set(ref, due_date=date(2026, 3, 3))
    assert (await backfilled(house)).counts == BackfillCounts(under_way=1)
    await until(lambda: _is_due(house, date(2026, 3, 3)))


async def _is_due(house: House, day: date) -> bool:
    return house.books.documents["INV-1"].due_date == day


async def test_a_page_that_is_started_twice_starts_each_document_once(house: House):
    class Breaks(DocumentWorkflows):
        """Starts workflows, and loses the third answer once."""

        lost = 0

        async def start(self, ref: DocumentRef, number: str | None = None, *, listed_after: str | None = None) -> None:
            await super().start(ref, number, listed_after=listed_after)
            type(self).lost += 1
            if type(self).lost == 3:
                raise RetryLaterError("Temporal does not answer.")

    refs = [put(house, f"INV-{number}") for number in range(2)] + [put(house, f"INV-{number}") for number in (7, 8)]
    pages = BackfillPages(house.billing, house.store, Breaks(house.client))
    asked = BackfillStartInput(
        account_id="acme",
        kind=Kind.INVOICE,
        document_ids=tuple(ref.document_id for ref in refs),
        numbers={refs[0].document_id: "INV-0"},
    )
    with pytest.raises(RetryLaterError):
        await pages.start(asked)
    await pages.start(asked)
    for ref in refs:
        await reached(house, ref, SyncState.PUSHED)
    assert len(house.bulk.writes) == 4
    described = [await DocumentWorkflows(house.client).handle(ref).describe() for ref in refs[:2]]
    assert [await each.static_summary() for each in described] == [
        "Keep invoice INV-0 in step with Xero",
        f"Keep {refs[1]} in step with Xero",
    ]


async def test_reading_a_page_again_counts_the_same(house: House):
    put(house, "INV-1")
    pages = BackfillPages(house.billing, house.store, house.workflows)
    asked = BackfillPageInput(account_id="acme", kind=Kind.INVOICE)
    first = await pages.read(asked)
    assert first == await pages.read(asked)
    assert first.counts == BackfillCounts(started=1)


async def test_a_live_signal_takes_a_document_out_of_the_bulk_lane(house: House):
    ref = put(house, "INV-1")
    await house.store.unlink_customer("acme", "customer")
    await house.workflows.start(ref)
    await house.until(ref, SyncState.HELD)
    await house.store.link_customer("acme", "customer", "contact")
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    assert (house.books.writes, house.bulk.writes) == (["create INV-1"], [])


@pytest.mark.parametrize(
    ("release", "live"), [(Release(), True), (Release(reason=HoldReason.CUSTOMER_UNLINKED), False)]
)
async def test_a_persons_retry_is_live_and_the_release_of_many_stays_bulk(house: House, release: Release, live: bool):
    ref = put(house, "INV-1")
    await house.store.unlink_customer("acme", "customer")
    await house.workflows.start(ref)
    await house.until(ref, SyncState.HELD)
    await house.store.link_customer("acme", "customer", "contact")
    await house.workflows.signal(ref, "release", release)
    await house.until(ref, SyncState.PUSHED)
    assert (house.books if live else house.bulk).writes == ["create INV-1"]


async def test_what_the_sweep_finds_lets_others_go_first_and_a_signal_does_not(house: House):
    ref = put(house, "INV-1")
    await house.workflows.start(ref)
    await house.until(ref, SyncState.PUSHED)
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.days(1.1)
    await house.result(ref)
    assert (house.bulk.writes, house.books.writes) == (["create INV-1", "change INV-1"], [])
    house.billing.set(ref, due_date=date(2026, 3, 3))
    await house.workflows.signal(ref, "amended")
    await house.result(ref)
    assert house.books.writes == ["change INV-1"]


async def test_documents_of_a_backfill_are_read_with_others_of_their_page_until_somebody_signals(house: House):
    refs = [put(house, f"INV-{number}") for number in range(3)]
    await house.store.unlink_customer("acme", "customer")
    await backfilled(house)
    for ref in refs:
        await house.until(ref, SyncState.HELD)
    assert (house.billing.listed_reads, house.billing.reads) == (3, 0)
    await house.store.link_customer("acme", "customer", "contact")
    for ref in refs:
        await house.workflows.signal(ref, "finalized")
        await house.until(ref, SyncState.PUSHED)
    assert (house.billing.listed_reads, house.billing.reads) == (3, 3)


async def test_a_document_that_was_signalled_before_a_backfill_finds_it_is_read_singly(house: House):
    ref = put(house, "INV-1")
    house.billing.is_down = True
    await house.workflows.signal(ref, "finalized")
    await house.workflows.start(ref, listed_after="")
    house.billing.is_down = False
    await house.until(ref, SyncState.PUSHED)
    assert house.billing.listed_reads == 0


async def test_a_document_that_is_voided_after_its_page_was_read_is_voided_in_xero_by_the_signal(house: House):
    ref = put(house, "INV-1")
    read_lines = house.billing.with_lines

    async def voided_meanwhile(document: Document) -> DocumentWithLines:
        house.billing.set(ref, status=DocumentStatus.VOIDED)
        await house.workflows.signal(ref, "voided")
        return await read_lines(document)

    house.billing.with_lines = voided_meanwhile
    await house.workflows.start(ref, listed_after="")
    assert (await house.result(ref)).state is SyncState.VOIDED
    assert house.books.documents["INV-1"].status is XeroStatus.VOIDED
    assert (house.bulk.writes, house.books.writes) == (["create INV-1"], ["void INV-1"])


async def test_starting_a_document_that_has_a_workflow_changes_nothing(house: House):
    ref = put(house, "INV-1")
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    length = await house.history_length(ref)
    await house.workflows.start(ref)
    assert await house.history_length(ref) == length


def others(house: House, number: str, kind: Kind = Kind.INVOICE, **update: object) -> None:
    """Put a document that another tool created into Xero, the same as that of Sequence."""
    house.books.documents[number] = XeroDocument(
        xero_id=f"theirs-{number}",
        kind=kind,
        number=number,
        status=XeroStatus.AUTHORISED,
        sent=False,
        issue_date=date(2026, 1, 2),
        due_date=date(2026, 2, 1) if kind is Kind.INVOICE else None,
        contact_id="contact",
        currency="GBP",
        total=Decimal("120.00"),
        total_tax=Decimal("20.00"),
        updated_at=datetime.now(UTC),
        seen_at=datetime.now(UTC),
    ).model_copy(update=update)


@pytest.mark.parametrize("kind", Kind)
async def test_what_another_tool_brought_to_xero_is_adopted(house: House, kind: Kind):
    others(house, "N-1", kind)
    ref = put(house, "N-1", kind=kind)
    await backfilled(house)
    await reached(house, ref, SyncState.PUSHED)
    link = await house.link(ref)
    assert link.xero
    assert link.xero.xero_id == "theirs-N-1"
    assert link.xero.issue_date != PLACEHOLDER


async def test_an_adopted_document_that_is_paid_is_only_marked_sent(house: House):
    others(house, "INV-1", status=XeroStatus.PAID, amount_paid=Decimal("120.00"))
    ref = put(house, "INV-1", DocumentStatus.SENT)
    await backfilled(house)
    await reached(house, ref, SyncState.SETTLED)
    assert house.books.changes == [HeaderChange(kind=Kind.INVOICE, xero_id="theirs-INV-1")]


async def test_another_document_with_the_number_is_held_with_what_was_found(house: House):
    others(house, "CN-1", Kind.CREDIT_NOTE, total=Decimal("99.00"))
    ref = put(house, "CN-1", kind=Kind.CREDIT_NOTE)
    await backfilled(house)
    await reached(house, ref, SyncState.HELD)
    hold = (await house.link(ref)).hold
    assert hold
    assert hold.reason is HoldReason.NUMBER_TAKEN
    assert "99.00 GBP" in hold.words
    assert not any(write.startswith("create") for write in house.bulk.writes)


async def test_a_total_that_xero_works_out_otherwise_is_kept_as_drift_and_holds_nothing(house: House):
    house.books.extra_tax = Decimal("1.00")
    ref = put(house, "INV-1")
    await house.workflows.signal(ref, "finalized")
    status = await house.until(ref, SyncState.PUSHED)
    assert status.total_differs
    drift = (await house.link(ref)).drift
    assert drift
    assert (drift.in_sequence, drift.in_xero) == (Decimal("120.00"), Decimal("121.00"))
    assert "1.00 GBP more" in drift.sentence()
    assert "121.00" not in await kept_of(house.handle(ref))


async def test_a_bulk_document_that_xero_refuses_is_held(house: House):
    house.bulk.refuse = HoldError(HoldReason.LOCKED_PERIOD, "No.")
    ref = put(house, "INV-1")
    await backfilled(house)
    await reached(house, ref, SyncState.HELD)
