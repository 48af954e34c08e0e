"""Signals that come before what they tell, or that are wrong."""

import asyncio
from datetime import date, timedelta

import pytest
from temporalio import activity
from temporalio.client import WorkflowExecutionStatus

from tests.patience import until
from tests.workflows.house import House
from tests.workflows.test_invoice_sync import has_read, pushed
from tests.workflows.world import invoice
from xerosync.core.documents import Document, DocumentRef, DocumentStatus
from xerosync.core.xero_records import XeroStatus
from xerosync.documents.messages import SyncState


@pytest.mark.parametrize(("signal", "status"), [("sent", DocumentStatus.SENT), ("voided", DocumentStatus.VOIDED)])
async def test_a_signal_that_overtakes_what_it_tells_is_made_good_within_minutes(
    house: House, signal: str, status: DocumentStatus
):
    ref = await pushed(house)
    before = house.billing.reads
    await house.workflows.signal(ref, signal)
    await until(lambda: has_read(house, before + 1))
    house.billing.set(ref, status=status)
    await house.days(5 / 24 / 60)
    assert (await house.handle(ref).describe()).status is WorkflowExecutionStatus.COMPLETED
    document = house.books.documents["INV-1"]
    assert document.status is XeroStatus.VOIDED or document.issue_date == date(2026, 1, 2)


async def test_a_signal_that_is_wrong_is_read_for_some_minutes_and_nothing_is_written(house: House):
    ref = await pushed(house)
    before = house.billing.reads
    await house.workflows.signal(ref, "voided")
    await until(lambda: has_read(house, before + 1))
    await house.environment.sleep(timedelta(minutes=10))
    # A step reads once, and what confirms the signal seven times; then the document waits without anything pending.
    assert house.billing.reads == before + 1 + 7
    assert house.books.writes == ["create INV-1"]
    assert (await house.status(ref)).state is SyncState.PUSHED
    assert (await house.handle(ref).describe()).raw_description.pending_activities == []
    length = await house.history_length(ref)
    await house.days(3)
    assert await house.history_length(ref) == length


async def test_a_wrong_signal_writes_no_more_than_once_where_xero_does_not_approve(house: House):
    house.books.may_approve = False
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    await house.workflows.signal(ref, "voided")
    await house.environment.sleep(timedelta(minutes=10))
    await house.until(ref, SyncState.HELD)
    assert house.books.writes in (["create INV-1"], ["create INV-1", "change INV-1"])


async def test_another_signal_is_acted_upon_while_an_early_one_is_confirmed(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    ref, is_pushed, read = house.billing.put(invoice(DocumentStatus.DRAFT)), asyncio.Event(), house.billing.document

    async def document(ref: DocumentRef) -> Document:
        if activity.info().activity_type == "confirm_claim":
            await is_pushed.wait()
        return await read(ref)

    monkeypatch.setattr(house.billing, "document", document)
    await house.workflows.signal(ref, "finalized")
    await until(lambda: _is_under_way(house, ref, "confirm_claim"))
    house.billing.set(ref, status=DocumentStatus.FINAL)
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    assert await _is_under_way(house, ref, "confirm_claim")
    is_pushed.set()
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.workflows.signal(ref, "sent")
    assert (await house.result(ref)).state is SyncState.SETTLED


async def _is_under_way(house: House, ref: DocumentRef, activity: str) -> bool:
    described = await house.handle(ref).describe()
    return activity in {each.activity_type.name for each in described.raw_description.pending_activities}
