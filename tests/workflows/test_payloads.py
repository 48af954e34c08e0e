"""What people and other programs send by mistake is named in one sentence; nothing stops and nothing is lost."""

from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from tests.workflows.house import House
from tests.workflows.world import invoice
from xerosync.core.documents import DocumentRef, DocumentStatus
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.core.temporal import INVOICE_SYNC, TASK_QUEUE
from xerosync.core.xero_records import XeroStatus
from xerosync.documents.client import document_workflow_id
from xerosync.documents.messages import SyncState

NAIVE = {"xero_id": "xero-doc-1", "status": "AUTHORISED", "sent": True, "seen_at": "2026-01-01T00:00:00"}
"""A view whose instant lacks a time zone, so that nobody knows which is the newer one."""


async def failed_tasks(house: House, ref: DocumentRef) -> list[str]:
    history = await house.handle(ref).fetch_history()
    failed = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    return [e.workflow_task_failed_event_attributes.failure.message for e in history.events if e.event_type == failed]


async def held(house: House) -> DocumentRef:
    house.books.refuse = HoldError(HoldReason.REJECTED, "No.")
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    house.books.refuse = None
    return ref


@pytest.mark.parametrize("payload", [[], [None], [{}], [{"reason": "because"}], ["rejected"], [{"why": 1}, {"who": 2}]])
async def test_a_release_that_is_not_understood_releases_whatever_there_is(house: House, payload: list[Any]):
    ref = await held(house)
    await house.handle(ref).signal("release", args=payload)
    await house.until(ref, SyncState.PUSHED)
    assert await failed_tasks(house, ref) == []


@pytest.mark.parametrize("payload", [[], [None], [{"sent": True}], [NAIVE], [NAIVE, NAIVE]])
async def test_a_change_in_xero_that_is_not_understood_is_a_hint_to_look_again(house: House, payload: list[Any]):
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    house.billing.set(ref, status=DocumentStatus.VOIDED)
    await house.handle(ref).signal("changed_in_xero", args=payload)
    assert (await house.result(ref)).state is SyncState.VOIDED
    assert house.books.documents["INV-1"].status is XeroStatus.VOIDED
    assert await failed_tasks(house, ref) == []


@pytest.mark.parametrize("payload", [[{"id": 1}], ["a", "b"]])
async def test_a_payload_that_a_signal_does_not_want_is_passed_over(house: House, payload: list[Any]):
    ref = house.billing.put(invoice(DocumentStatus.DRAFT))
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PENDING)
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.handle(ref).signal("sent", args=payload)
    await house.result(ref)
    assert await failed_tasks(house, ref) == []


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ([], "account_id: Field required, and 2 more"),
        ([{"account_id": "acme", "kind": "Invoice", "document_id": "doc-1"}], "kind: Input should be 'invoice'"),
        ([{"account_id": "acme", "kind": "invoice", "document_id": ""}], "document_id: String should have at least"),
        ([{"account_id": "acme", "kind": "invoice", "document_id": "doc-1", "id": 1}], "id: Extra inputs"),
        (["doc-1"], "the whole: Input should be a valid dictionary"),
    ],
)
async def test_an_input_that_is_not_understood_ends_in_one_sentence(house: House, start: list[Any], words: str):
    ref = house.billing.put(invoice())
    handle = await house.client.start_workflow(
        INVOICE_SYNC, args=start, id=document_workflow_id(ref), task_queue=TASK_QUEUE, start_signal="finalized"
    )
    with pytest.raises(WorkflowFailureError) as failure:
        await handle.result()
    cause = failure.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.message.startswith(f"The input is not understood ({words}")
    assert "\n" not in cause.message
    assert (await handle.describe()).status is WorkflowExecutionStatus.FAILED
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
