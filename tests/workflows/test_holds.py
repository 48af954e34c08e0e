"""How long a hold waits before it is tried again, what that costs, and what is shown meanwhile."""

import json

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHistory

from tests.patience import until
from tests.workflows.house import House
from tests.workflows.world import CONNECTION, invoice
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.core.temporal import INVOICE_SYNC, TASK_QUEUE
from xerosync.core.xero_records import XeroStatus
from xerosync.documents.messages import Release, SyncInput, SyncState
from xerosync.documents.views import XeroView


async def held(house: House) -> DocumentRef:
    house.books.refuse = house.bulk.refuse = HoldError(HoldReason.CUSTOMER_UNLINKED, "The contact does not exist.")
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    return ref


def shown_states(history: WorkflowHistory) -> list[str]:
    """Return the states that a history shows one after the other."""
    upserts = [event.upsert_workflow_search_attributes_event_attributes for event in history.events]
    fields = [upsert.search_attributes.indexed_fields for upsert in upserts]
    return [json.loads(each["XeroSyncState"].data) for each in fields if "XeroSyncState" in each]


def tries(house: House) -> list[str]:
    """Return what was asked of Xero: what a person wants now, and what came by the sweep."""
    return [*house.books.writes, *house.bulk.writes]


async def test_what_only_another_try_can_mend_is_tried_after_one_two_four_and_then_every_seven_days(house: House):
    ref = await held(house)
    tried: list[int] = []
    for _ in range(22):
        tried.append(len(tries(house)))
        await house.days(1.01)
    assert [day for day in range(1, 22) if tried[day] > tried[day - 1]] == [1, 3, 7, 14, 21]
    before = await house.history_length(ref)
    await house.days(7)
    await house.until(ref, SyncState.HELD)
    assert await house.history_length(ref) - before == 4, "and two tasks of three: ten events for a try"
    assert shown_states(await house.handle(ref).fetch_history()) == ["held"]


async def test_a_persons_retry_acts_at_once_and_starts_the_waits_afresh(house: House):
    ref = await held(house)
    await house.days(8)
    before = len(tries(house))
    await house.store.change(ref, lambda link: link.tried_by_hand(house.now()))
    await house.workflows.signal(ref, "release", Release())

    async def tried(times: int) -> bool:
        return len(tries(house)) == before + times

    await until(lambda: tried(1))
    await house.days(1.1)
    await until(lambda: tried(2))


async def test_what_was_mended_meanwhile_goes_with_the_next_try(house: House):
    ref = await held(house)
    house.books.refuse = house.bulk.refuse = None
    await house.days(1.1)
    await house.until(ref, SyncState.PUSHED)
    assert shown_states(await house.handle(ref).fetch_history()) == ["held", "pushed"]


async def test_a_document_that_sequence_never_knew_is_held_and_goes_within_a_day_once_it_is_known(house: House):
    ref = invoice().ref
    await house.workflows.signal(ref, "finalized")

    async def asked() -> bool:
        return house.billing.reads > 0

    await until(asked)
    await house.days(0.1)
    status = await house.until(ref, SyncState.HELD)
    assert "`starter.py status invoice doc-1` says why" in status.sentence
    kept = (await house.link(ref)).hold
    assert kept
    assert "Sequence knows no invoice doc-1" in kept.words
    house.billing.put(invoice())
    await house.days(1)
    await house.until(ref, SyncState.PUSHED)


async def unapproved(house: House, status: DocumentStatus = DocumentStatus.FINAL) -> DocumentRef:
    house.books.may_approve = False
    ref = house.billing.put(invoice(status))
    await house.workflows.signal(ref, "finalized")
    shown = await house.until(ref, SyncState.HELD)
    assert shown.hold
    assert (shown.hold.reason, shown.hold.words) == (HoldReason.NOT_APPROVED, "Xero shows it as SUBMITTED")
    assert shown.xero
    return ref


async def test_a_document_that_xero_does_not_approve_is_held_and_goes_on_once_a_person_approved_it(house: House):
    ref = await unapproved(house)
    assert [link.ref for link in await house.store.waiting("acme", Kind.INVOICE, after="", limit=10)] == [ref]
    house.books.set("INV-1", status=XeroStatus.AUTHORISED)
    found = await house.books.get(CONNECTION, Kind.INVOICE, house.books.documents["INV-1"].xero_id)
    await house.workflows.signal(ref, "changed_in_xero", XeroView.of(found, None))
    await house.until(ref, SyncState.PUSHED)
    assert house.books.writes == ["create INV-1"]


@pytest.mark.parametrize("status", [DocumentStatus.FINAL, DocumentStatus.SENT])
async def test_a_retry_tries_the_approval_again(house: House, status: DocumentStatus):
    ref = await unapproved(house, status)
    await house.workflows.signal(ref, "release", Release())

    async def tried() -> bool:
        return house.books.writes == ["create INV-1", "change INV-1"]

    async def approved() -> bool:
        return house.books.documents["INV-1"].status is XeroStatus.AUTHORISED

    await until(tried)
    await house.until(ref, SyncState.HELD)
    assert not await approved()
    house.books.may_approve = True
    await house.workflows.signal(ref, "release", Release(reason=HoldReason.NOT_APPROVED))
    if status is DocumentStatus.SENT:
        assert (await house.result(ref)).state is SyncState.SETTLED
    else:
        await until(approved)
        await house.until(ref, SyncState.PUSHED)
    assert await approved()
    assert house.books.documents["INV-1"].sent is (status is DocumentStatus.SENT)


@pytest.mark.parametrize("workflow_id", ["invoice-sync/acme/invoice/another", "by hand"])
async def test_a_run_under_another_id_than_its_inputs_fails_at_once_in_one_sentence(house: House, workflow_id: str):
    ref = house.billing.put(invoice())
    start = SyncInput(**ref.model_dump())
    handle = await house.client.start_workflow(INVOICE_SYNC, start, id=workflow_id, task_queue=TASK_QUEUE)
    with pytest.raises(WorkflowFailureError) as failure:
        await handle.result()
    assert str(failure.value.cause) == (
        f"WrongPayloadError: The workflow id {workflow_id} is not that of its input: signal with start "
        "invoice-sync/acme/invoice/doc-1 instead."
    )
    assert house.books.writes == []
