"""A credit note is set against the invoice that it credits, once both are sent on both sides."""

from decimal import Decimal

import pytest

from tests.patience import until
from tests.workflows.house import House
from tests.workflows.world import CONNECTION, invoice
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.xero_records import Allocation, XeroStatus
from xerosync.documents.messages import SyncState

NOTE = {"kind": Kind.CREDIT_NOTE, "id": "note", "number": "CN-1", "credited_invoice_id": "doc-1"}


@pytest.fixture(autouse=True)
async def allocating(house: House) -> None:
    await house.store.save_connection(CONNECTION.model_copy(update={"allocate_credit_notes": True}))


async def settled_invoice(house: House) -> DocumentRef:
    ref = house.billing.put(invoice(DocumentStatus.SENT))
    await house.workflows.signal(ref, "sent")
    await house.result(ref)
    return ref


async def note(house: House, status: DocumentStatus = DocumentStatus.SENT, **update: object) -> DocumentRef:
    ref = house.billing.put(invoice(status, **{**NOTE, **update}))
    await house.workflows.signal(ref, "finalized")
    return ref


def allocations(house: House) -> list[str]:
    return [write for write in house.books.writes if write.startswith("allocate")]


async def test_a_credit_note_is_set_against_its_invoice_when_it_is_sent(house: House):
    await settled_invoice(house)
    ref = await note(house, gross_total=Decimal("50.00"), net_total=Decimal("50.00"), total_tax=Decimal(0))
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert allocations(house) == ["allocate CN-1 to INV-1: 50.00"]
    assert (await house.link(ref)).allocation is Allocation.DONE


async def test_never_more_than_is_due_of_the_invoice_is_set_against_it(house: House):
    await settled_invoice(house)
    house.books.set("INV-1", open_amount=Decimal("20.00"))
    await house.result(await note(house))
    assert allocations(house) == ["allocate CN-1 to INV-1: 20.00"]


async def test_after_a_lost_answer_it_is_looked_at_first_and_not_set_twice(house: House):
    await settled_invoice(house)
    ref = await note(house, DocumentStatus.FINAL)
    await house.until(ref, SyncState.PUSHED)
    house.books.lose_answers = 1
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.workflows.signal(ref, "sent")
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert allocations(house) == ["allocate CN-1 to INV-1: 120.00"]


async def test_a_credit_note_waits_for_an_invoice_that_is_not_sent_and_is_set_within_a_day_after(house: House):
    credited = house.billing.put(invoice())
    await house.workflows.signal(credited, "finalized")
    await house.until(credited, SyncState.PUSHED)
    ref = await note(house)

    async def waits() -> bool:
        return (await house.link(ref)).allocation is Allocation.PENDING

    await until(waits)
    await house.until(ref, SyncState.SENT)
    assert allocations(house) == []
    house.billing.set(credited, status=DocumentStatus.SENT)
    await house.workflows.signal(credited, "sent")
    await house.result(credited)
    await house.days(1.1)
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert len(allocations(house)) == 1


async def test_nothing_is_set_against_an_invoice_that_is_voided(house: House):
    ref = await settled_invoice(house)
    link = await house.link(ref)
    assert link.xero
    voided = link.xero.model_copy(update={"status": XeroStatus.VOIDED})
    await house.store.change(ref, lambda link: link.model_copy(update={"xero": voided}))
    assert (await house.result(await note(house))).state is SyncState.SETTLED
    assert allocations(house) == []


async def test_without_the_setting_or_an_invoice_nothing_is_set(house: House):
    await settled_invoice(house)
    await house.result(await note(house, credited_invoice_id=None))
    await house.store.save_connection(CONNECTION)
    await house.result(await note(house, id="other", number="CN-2"))
    assert allocations(house) == []
