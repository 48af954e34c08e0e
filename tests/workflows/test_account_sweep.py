"""The sweep: what changed in Xero reaches the documents concerned, and nobody else."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.doubles.sweeps import xero_sweep
from tests.workflows.house import House
from tests.workflows.world import CONNECTION, invoice
from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.errors import RetryLaterError
from xerosync.core.temporal import ACCOUNT_SWEEP, TASK_QUEUE
from xerosync.core.xero_records import XeroDocument, XeroStatus
from xerosync.documents.header_change import HeaderChange
from xerosync.documents.messages import SweepInput, SweepResult, SyncState, XeroSweepResult
from xerosync.documents.views import XeroView

ACCOUNT = SweepInput(account_id="acme")


async def sweep(house: House) -> XeroSweepResult:
    handle = await house.client.start_workflow(
        ACCOUNT_SWEEP, ACCOUNT, id="account-sweep/acme", task_queue=TASK_QUEUE, result_type=SweepResult
    )
    return (await handle.result()).xero


async def pushed(house: House, number: str) -> DocumentRef:
    ref = house.billing.put(invoice(id=f"doc-{number}", number=number))
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    return ref


async def test_only_the_document_that_was_marked_sent_is_told(house: House):
    marked, other = await pushed(house, "INV-1"), await pushed(house, "INV-2")
    house.books.set("INV-1", sent=True)
    assert await sweep(house) == XeroSweepResult(read=2, signalled=1, calls=1)
    assert (await house.result(marked)).state is SyncState.SETTLED
    assert house.billing.documents[marked.document_id].status is DocumentStatus.SENT
    assert (await house.status(other)).state is SyncState.PUSHED


async def test_a_second_sweep_tells_nobody_again(house: House):
    ref = await pushed(house, "INV-1")
    house.books.set("INV-1", status=XeroStatus.VOIDED)
    assert (await sweep(house)).signalled == 1
    await house.until(ref, SyncState.HELD)
    assert (await sweep(house)).signalled == 0


async def test_a_settled_document_that_is_voided_in_xero_is_held_and_one_that_is_edited_is_left_alone(house: House):
    voided, edited, _ = [await pushed(house, number) for number in ("INV-1", "INV-2", "INV-3")]
    for ref in (voided, edited):
        house.billing.set(ref, status=DocumentStatus.SENT)
        await house.workflows.signal(ref, "sent")
        await house.result(ref)
    await sweep(house)
    house.books.set("INV-1", status=XeroStatus.VOIDED)
    house.books.set("INV-2", due_date=date(2026, 3, 1))
    assert (await sweep(house)).signalled == 1
    assert (await house.until(voided, SyncState.HELD)).hold is not None
    assert (await house.link(edited)).state is SyncState.SETTLED


async def test_our_own_change_whose_answer_was_lost_is_not_taken_for_a_persons_when_sequence_amends_it(house: House):
    ref = await pushed(house, "INV-1")
    change_header = house.books.change_header

    async def lose_the_answer(connection: Connection, change: HeaderChange, *, after_sweep: bool) -> XeroDocument:
        house.books.change_header = change_header
        seen = XeroView.of(await change_header(connection, change, after_sweep=after_sweep), applied=None)
        await house.store.change(ref, lambda link: link.seen(seen))
        house.billing.set(ref, due_date=date(2026, 4, 1))
        raise RetryLaterError("The answer was lost.", retry_after=timedelta(milliseconds=10))

    books: Any = house.books
    books.change_header = lose_the_answer
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.workflows.signal(ref, "sent")
    await house.result(ref)
    assert house.books.documents["INV-1"].due_date == date(2026, 4, 1)


async def test_a_kind_of_document_with_none_open_costs_no_call(house: House):
    assert await sweep(house) == XeroSweepResult()
    ref = house.billing.put(invoice(DocumentStatus.SENT))
    await house.workflows.signal(ref, "sent")
    await house.result(ref)
    assert await sweep(house) == XeroSweepResult()


async def test_a_disconnected_account_is_not_swept(house: House):
    await pushed(house, "INV-1")
    house.books.set("INV-1", sent=True)
    await house.store.save_connection(CONNECTION.model_copy(update={"status": ConnectionStatus.DISCONNECTED}))
    assert await sweep(house) == XeroSweepResult()


async def test_the_cursor_moves_to_when_the_sweep_began(house: House):
    await pushed(house, "INV-1")
    at = xero_sweep(house.books, house.store, house.workflows)
    assert await house.store.sweep_cursor("acme", Kind.INVOICE) is None
    await at.run("acme")
    first = await house.store.sweep_cursor("acme", Kind.INVOICE)
    await at.run("acme")
    second = await house.store.sweep_cursor("acme", Kind.INVOICE)
    assert first
    assert second
    assert first < second


async def test_a_sweep_tells_a_document_whose_workflow_was_ended_by_hand(house: House):
    ref = await pushed(house, "INV-1")
    await house.handle(ref).terminate()
    house.books.set("INV-1", sent=True)
    assert (await sweep(house)).signalled == 1
    assert (await house.result(ref)).state is SyncState.SETTLED


async def test_an_edit_that_xero_does_not_stamp_is_found_once_a_day(house: House):
    ref = await pushed(house, "INV-1")
    house.books.unstamped.add("INV-1")
    today = datetime.now(UTC)
    at = xero_sweep(house.books, house.store, house.workflows, now=lambda: today)
    await house.store.move_sweep_cursor("acme", Kind.INVOICE, today)
    house.books.set("INV-1", sent=True)
    assert (await at.run("acme")).signalled == 0
    await house.store.move_sweep_cursor("acme", Kind.INVOICE, today - timedelta(days=1))
    assert (await at.run("acme")).signalled == 1
    assert (await house.result(ref)).state is SyncState.SETTLED


async def test_the_daily_reading_looks_up_what_lost_its_placeholder_date(house: House):
    ref = await pushed(house, "INV-1")
    await pushed(house, "INV-2")
    house.books.unstamped.add("INV-1")
    house.books.set("INV-1", sent=True, issue_date=date(2026, 1, 9), due_date=date(2026, 2, 9))
    assert await sweep(house) == XeroSweepResult(read=2, signalled=1, calls=1)
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert house.books.documents["INV-1"].issue_date == date(2026, 1, 9)
