"""The account's sweep on the real stack: the books are right without any signal, and holds are tried by themselves."""

from datetime import UTC, datetime, timedelta

from tests.integration.office import Office
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.holds import HoldReason
from xerosync.core.temporal import ACCOUNT_SWEEP, TASK_QUEUE
from xerosync.documents.messages import SweepInput, SweepResult, SyncState
from xerosync.documents.sequence_cursor import SequenceCursor

DAY = timedelta(days=1)


async def sweep(office: Office) -> SweepResult:
    """Sweep once, as if the last comparison with Sequence had been yesterday."""
    yesterday = datetime.now(UTC) - DAY
    await office.services.store.move_sequence_cursor(office.account_id, SequenceCursor(since=yesterday, at=yesterday))
    return await office.services.temporal.execute_workflow(
        ACCOUNT_SWEEP,
        SweepInput(account_id=office.account_id),
        id=f"sweep/{office.account_id}",
        task_queue=TASK_QUEUE,
        result_type=SweepResult,
    )


async def test_a_document_that_nobody_ever_signalled_is_in_xero_once_and_sent_there(office: Office) -> None:
    customer = await office.customer()
    refs = [await office.final(customer, kind) for kind in Kind]
    assert (await sweep(office)).sequence.new == 2
    await office.reach(refs, SyncState.PUSHED)
    for ref in refs:
        await office.act(ref, "send")
    assert (await sweep(office)).sequence.differing == 2
    await office.reach(refs, SyncState.SETTLED)
    await office.assert_once(refs, sent=True)


async def test_a_void_that_nobody_signalled_is_brought_to_xero(office: Office) -> None:
    ref = await office.final(await office.customer())
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.PUSHED)
    await office.act(ref, "void")
    await sweep(office)
    await office.reach([ref], SyncState.VOIDED)


async def test_a_hold_that_is_due_is_tried_again_and_ends_where_its_cause_is_gone(office: Office) -> None:
    customer = await office.customer()
    [taken, ref] = [await office.final(customer) for _ in range(2)]
    number = (await office.look(ref))["invoiceNumber"]
    [contact] = [office.linked[customer]]
    body = {"Type": "ACCREC", "InvoiceNumber": number, "Contact": {"ContactID": contact}, "Status": "DRAFT"}
    line = {"Description": "Something else", "Quantity": "1", "UnitAmount": "7.00", "AccountCode": "200"}
    answer = await office.people.xero.put("/api.xro/2.0/Invoices", json={**body, "LineItems": [line]})
    [other] = answer.raise_for_status().json()["Invoices"]
    await office.signal([taken, ref], "finalized")
    await office.reach([taken], SyncState.PUSHED)
    await office.reach([ref], SyncState.HELD)
    assert (await sweep(office)).sequence.retried == 0
    deleted = {"InvoiceID": other["InvoiceID"], "Status": "DELETED"}
    (await office.people.xero.post("/api.xro/2.0/Invoices", json=deleted)).raise_for_status()
    await due(office, ref)
    assert (await sweep(office)).sequence.retried == 1
    await office.reach([ref], SyncState.PUSHED)
    link = await office.link(ref)
    assert (link.tries, link.next_try_at) == (0, None)


async def due(office: Office, ref: DocumentRef) -> None:
    """Let the day pass after which the document's hold is tried again."""
    held = await office.services.store.change(
        ref, lambda link: link.model_copy(update={"next_try_at": datetime.now(UTC) - timedelta(seconds=1)})
    )
    assert held.current_hold
    assert held.current_hold.reason is HoldReason.NUMBER_TAKEN


async def test_what_waits_is_compared_by_lists_and_costs_no_request_of_its_own(office: Office) -> None:
    refs = await office.finals(8)
    await office.signal(refs, "finalized")
    await office.reach(refs, SyncState.PUSHED)
    await sweep(office)  # what other tests left here is read anew
    journal = office.companies.sequence.journal
    before = journal.count(path_prefix="/api/")
    swept = await sweep(office)
    assert swept.sequence.compared
    assert swept.sequence.compared >= len(refs)
    assert (swept.sequence.differing, swept.xero.signalled) == (0, 0)
    # FINAL and sent, of invoices and of credit notes.
    assert journal.count(path_prefix="/api/") - before == 4
