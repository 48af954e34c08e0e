"""A document's workflow on a real Temporal server with a skipping clock."""

from datetime import date
from decimal import Decimal

import pytest
from temporalio.client import WorkflowExecutionStatus

from tests.histories import kept_of
from tests.patience import until
from tests.workflows.house import House
from tests.workflows.world import CONNECTION, invoice
from xerosync.connection.connection import ConnectionStatus
from xerosync.core.documents import DocumentRef, DocumentStatus
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.core.temporal import INVOICE_SYNC, TASK_QUEUE
from xerosync.core.xero_records import PLACEHOLDER, XeroStatus
from xerosync.documents.client import document_workflow_id
from xerosync.documents.messages import Release, SyncInput, SyncState
from xerosync.documents.views import XeroView


async def pushed(house: House, status: DocumentStatus = DocumentStatus.FINAL) -> DocumentRef:
    ref = house.billing.put(invoice(status))
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    return ref


async def seen_in_xero(house: House) -> XeroView:
    return XeroView.of(house.books.documents["INV-1"], applied=None)


async def test_a_finalized_document_is_in_xero_with_placeholder_dates(house: House):
    await pushed(house)
    document = house.books.documents["INV-1"]
    assert (document.issue_date, document.due_date, document.sent) == (PLACEHOLDER, PLACEHOLDER, False)


async def test_a_sent_document_gets_its_real_dates_and_is_marked_sent(house: House):
    ref = await pushed(house)
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.workflows.signal(ref, "sent")
    assert (await house.result(ref)).state is SyncState.SETTLED
    document = house.books.documents["INV-1"]
    assert (document.issue_date, document.due_date, document.sent) == (date(2026, 1, 2), date(2026, 2, 1), True)


async def test_a_sent_signal_before_finalized_pushes_with_real_dates_in_one_call(house: House):
    ref = house.billing.put(invoice(DocumentStatus.SENT))
    await house.workflows.signal(ref, "sent")
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert house.books.writes == ["create INV-1"]


async def test_doubled_signals_create_and_change_once(house: House):
    ref = house.billing.put(invoice())
    for _ in range(5):
        await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    house.billing.set(ref, status=DocumentStatus.SENT)
    for _ in range(5):
        await house.workflows.signal(ref, "sent")
    await house.result(ref)
    assert house.books.writes == ["create INV-1", "change INV-1"]


async def test_a_draft_is_waited_for_and_pushed_once_it_is_final(house: House):
    ref = house.billing.put(invoice(DocumentStatus.DRAFT, number=None))
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PENDING)
    await until(lambda: has_read(house, 2))
    assert house.books.writes == []
    house.billing.set(ref, status=DocumentStatus.FINAL, number="INV-1")
    await house.days(1)
    await house.until(ref, SyncState.PUSHED)


async def has_read(house: House, at_least: int) -> bool:
    return house.billing.reads >= at_least


async def test_a_document_of_zero_goes_to_xero_only_when_it_is_sent(house: House):
    nothing = Decimal(0)
    ref = house.billing.put(invoice(net_total=nothing, total_tax=nothing, gross_total=nothing))
    await house.workflows.signal(ref, "finalized")
    await until(lambda: has_read(house, 1))
    assert (await house.status(ref)).state is SyncState.PENDING
    assert house.books.writes == []
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.workflows.signal(ref, "sent")
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert house.books.documents["INV-1"].issue_date == date(2026, 1, 2)


async def test_a_lost_sent_signal_is_found_within_a_day(house: House):
    ref = await pushed(house)
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.days(1.1)
    assert (await house.result(ref)).state is SyncState.SETTLED


async def test_a_lost_signal_of_the_sweep_is_found_in_the_store_within_a_day(house: House):
    ref = await pushed(house)
    house.books.set("INV-1", sent=True)
    view = await seen_in_xero(house)
    await house.store.change(ref, lambda link: link.seen(view))
    await house.days(1.1)
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert house.billing.documents[ref.document_id].status is DocumentStatus.SENT


async def test_marked_sent_in_xero_is_reported_and_the_placeholder_dates_go(house: House):
    ref = await pushed(house)
    house.books.set("INV-1", sent=True)
    await house.workflows.signal(ref, "changed_in_xero", await seen_in_xero(house))
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert house.billing.documents[ref.document_id].status is DocumentStatus.SENT
    assert house.books.documents["INV-1"].issue_date == date(2026, 1, 2)


async def test_dates_that_a_person_set_in_xero_are_ignored(house: House):
    ref = await pushed(house)
    house.books.set("INV-1", sent=True, issue_date=date(2026, 1, 20), due_date=date(2026, 3, 1))
    await house.workflows.signal(ref, "changed_in_xero", await seen_in_xero(house))
    assert (await house.result(ref)).state is SyncState.SETTLED
    document = house.books.documents["INV-1"]
    assert (document.issue_date, document.due_date) == (date(2026, 1, 20), date(2026, 3, 1))


async def test_a_void_that_overtakes_the_push_creates_nothing(house: House):
    ref = house.billing.put(invoice(DocumentStatus.VOIDED))
    await house.workflows.signal(ref, "voided")
    assert (await house.result(ref)).state is SyncState.VOIDED
    assert house.books.writes == []


async def test_a_void_in_sequence_voids_in_xero(house: House):
    ref = await pushed(house)
    house.billing.set(ref, status=DocumentStatus.VOIDED)
    await house.workflows.signal(ref, "voided")
    assert (await house.result(ref)).state is SyncState.VOIDED
    assert house.books.documents["INV-1"].status is XeroStatus.VOIDED


async def test_a_void_in_xero_alone_is_held_and_never_voids_in_sequence(house: House):
    ref = await pushed(house)
    house.books.set("INV-1", status=XeroStatus.VOIDED)
    await house.workflows.signal(ref, "changed_in_xero", await seen_in_xero(house))
    status = await house.until(ref, SyncState.HELD)
    assert status.hold
    assert status.hold.reason is HoldReason.REMOVED_IN_XERO
    assert house.billing.documents[ref.document_id].status is DocumentStatus.FINAL
    house.billing.set(ref, status=DocumentStatus.VOIDED)
    await house.workflows.signal(ref, "voided")
    assert (await house.result(ref)).state is SyncState.VOIDED


async def test_an_unlinked_customer_holds_the_document_until_the_release(house: House):
    await house.store.unlink_customer("acme", "customer")
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    status = await house.until(ref, SyncState.HELD)
    assert status.hold
    assert status.hold.reason is HoldReason.CUSTOMER_UNLINKED
    assert (await house.link(ref)).state is SyncState.HELD
    await house.store.link_customer("acme", "customer", "contact")
    await house.workflows.signal(ref, "release", Release(reason=HoldReason.CUSTOMER_UNLINKED))
    await house.until(ref, SyncState.PUSHED)
    assert (await house.link(ref)).hold is None


async def test_a_release_for_another_reason_leaves_the_hold(house: House):
    await house.store.unlink_customer("acme", "customer")
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    await house.workflows.signal(ref, "release", Release(reason=HoldReason.LOCKED_PERIOD))
    assert (await house.status(ref)).state is SyncState.HELD


async def test_a_lost_release_is_made_up_for_by_the_sweep(house: House):
    await house.store.unlink_customer("acme", "customer")
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    await house.store.link_customer("acme", "customer", "contact")
    await house.days(1.1)
    await house.until(ref, SyncState.PUSHED)


async def test_a_refusal_by_xero_is_held_with_its_words_and_tried_again_by_retry(house: House):
    house.books.refuse = HoldError(HoldReason.REJECTED, "The moon is in the wrong house.")
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    status = await house.until(ref, SyncState.HELD)
    assert "The document was refused." in status.sentence
    link = await house.link(ref)
    assert link.intent is None
    assert link.hold
    assert link.hold.words == "The moon is in the wrong house."
    house.books.refuse = None
    await house.workflows.signal(ref, "release", Release())
    await house.until(ref, SyncState.PUSHED)


async def test_an_amendment_in_sequence_releases_whatever_held_the_document(house: House):
    house.books.refuse = HoldError(HoldReason.REJECTED, "No.")
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    house.books.refuse = None
    await house.workflows.signal(ref, "amended")
    await house.until(ref, SyncState.PUSHED)


async def test_a_create_whose_answer_was_lost_is_adopted_not_doubled(house: House):
    house.books.lose_answers = 1
    await pushed(house)
    assert house.books.writes == ["create INV-1"]


async def test_a_number_that_somebody_else_uses_is_held_with_what_was_found(house: House):
    other = house.billing.put(invoice(id="other", customer_id="another"))
    await house.store.link_customer("acme", "another", "another contact")
    await house.workflows.signal(other, "finalized")
    await house.until(other, SyncState.PUSHED)
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    status = await house.until(ref, SyncState.HELD)
    assert status.hold
    assert status.hold.reason is HoldReason.NUMBER_TAKEN
    assert status.hold.words == "`starter.py status INV-1` says why"
    kept = (await house.link(ref)).hold
    assert kept
    assert "120.00 GBP" in kept.words
    assert "120.00" not in await kept_of(house.handle(ref))


async def test_a_number_of_ours_that_is_in_xero_without_an_intent_is_adopted(house: House):
    ref = await pushed(house)
    await house.store.change(ref, lambda link: link.model_copy(update={"xero": None, "intent": None}))
    await house.handle(ref).terminate()
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    link = await house.link(ref)
    assert link.xero
    assert link.xero.xero_id == "xero-doc-1"


async def test_disconnecting_holds_and_reconnecting_releases(house: House):
    await house.store.save_connection(CONNECTION.model_copy(update={"status": ConnectionStatus.DISCONNECTED}))
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    status = await house.until(ref, SyncState.HELD)
    assert status.hold
    assert status.hold.reason is HoldReason.DISCONNECTED
    await house.store.save_connection(CONNECTION)
    await house.workflows.signal(ref, "release", Release(reason=HoldReason.DISCONNECTED))
    await house.until(ref, SyncState.PUSHED)


async def test_an_outage_of_sequence_is_waited_out(house: House):
    house.billing.is_down = True
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await until(lambda: has_read(house, 1))
    house.billing.is_down = False
    await house.days(0.1)
    await house.until(ref, SyncState.PUSHED)


async def test_a_document_that_sequence_does_not_know_yet_is_looked_for(house: House):
    ref = DocumentRef(account_id="acme", kind=invoice().kind, document_id="doc-1")
    await house.workflows.signal(ref, "finalized")
    await until(lambda: has_read(house, 1))
    house.billing.put(invoice())
    await house.days(0.1)
    await house.until(ref, SyncState.PUSHED)


async def test_an_amendment_after_settling_reaches_xero_in_a_new_run(house: House):
    ref = house.billing.put(invoice(DocumentStatus.SENT))
    await house.workflows.signal(ref, "sent")
    await house.result(ref)
    house.billing.set(ref, due_date=date(2026, 3, 3))
    await house.workflows.signal(ref, "amended")
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert house.books.documents["INV-1"].due_date == date(2026, 3, 3)
    assert house.books.writes == ["create INV-1", "change INV-1"]


async def test_a_void_after_settling_reaches_xero_in_a_new_run(house: House):
    ref = house.billing.put(invoice(DocumentStatus.SENT))
    await house.workflows.signal(ref, "sent")
    await house.result(ref)
    house.billing.set(ref, status=DocumentStatus.VOIDED)
    await house.workflows.signal(ref, "voided")
    assert (await house.result(ref)).state is SyncState.VOIDED


async def test_a_long_history_continues_as_new_with_all_it_knew(house: House):
    ref = house.billing.put(invoice())
    start = SyncInput(**ref.model_dump(), history_limit=8)
    handle = await house.client.start_workflow(
        INVOICE_SYNC, start, id=document_workflow_id(ref), task_queue=TASK_QUEUE, start_signal="finalized"
    )
    first_run = house.client.get_workflow_handle(handle.id, run_id=handle.result_run_id)

    async def has_continued() -> bool:
        return (await first_run.describe()).status is WorkflowExecutionStatus.CONTINUED_AS_NEW

    # Only then is it asked: this server never answers a query that reaches a run right when it ends.
    await until(has_continued)
    await house.until(ref, SyncState.PUSHED)
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.workflows.signal(ref, "sent")
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert house.books.writes == ["create INV-1", "change INV-1"]


@pytest.mark.parametrize("days", [1.5, 90.5])
async def test_a_life_takes_the_same_few_events_however_long_it_waits(house: House, days: float):
    ref = await pushed(house)
    await house.days(days)
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.workflows.signal(ref, "sent")
    await house.result(ref)
    # Started, two signals, two steps of three, two upserts, completed; four tasks are twelve more.
    assert await house.history_length(ref) == 12


async def test_no_name_or_amount_of_a_customer_is_in_the_history(house: House):
    ref = house.billing.put(invoice(DocumentStatus.SENT))
    await house.workflows.signal(ref, "sent")
    await house.result(ref)
    history = await kept_of(house.handle(ref))
    assert "Ada Ltd" not in history
    assert "120.00" not in history


async def test_a_pushed_document_that_sequence_denies_is_held_and_goes_on_once_it_is_known_again(house: House):
    ref = await pushed(house)
    document = house.billing.documents.pop(ref.document_id)
    await house.workflows.signal(ref, "sent")
    await house.days(1 / 24)
    await house.until(ref, SyncState.HELD)
    kept = (await house.link(ref)).hold
    assert kept
    assert "Sequence does not know it any more" in kept.words
    house.billing.put(document.model_copy(update={"status": DocumentStatus.SENT}))
    await house.days(1.1)
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert (house.books.writes, house.bulk.writes) == (["create INV-1"], ["change INV-1"])


async def test_a_view_of_another_document_of_xero_changes_nothing(house: House):
    ref = await pushed(house)
    theirs = (await seen_in_xero(house)).model_copy(update={"xero_id": "another", "sent": True})
    await house.workflows.signal(ref, "changed_in_xero", theirs)
    await house.workflows.signal(ref, "amended")
    status = await house.until(ref, SyncState.PUSHED)
    assert status.xero
    assert status.xero.xero_id == "xero-doc-1"
    assert house.billing.documents[ref.document_id].status is DocumentStatus.FINAL


async def test_a_signal_can_not_say_which_document_of_xero_it_is(house: House):
    other = house.billing.put(invoice(id="other", number="INV-2"))
    await house.workflows.signal(other, "finalized")
    await house.until(other, SyncState.PUSHED)
    ref = house.billing.put(invoice(DocumentStatus.SENT))
    theirs = XeroView.of(house.books.documents["INV-2"], applied=None)
    await house.workflows.signal(ref, "changed_in_xero", theirs)
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert house.books.writes == ["create INV-2", "create INV-1"]
    assert house.books.documents["INV-2"].issue_date == PLACEHOLDER
