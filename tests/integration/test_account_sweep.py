"""The account's sweep on the real stack: the books are right without any signal, and holds are tried by themselves."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.branch import open_branch
from tests.integration.office import Office
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.holds import HoldReason
from xerosync.core.temporal import ACCOUNT_SWEEP, TASK_QUEUE
from xerosync.documents.messages import SweepInput, SweepResult, SyncState
from xerosync.documents.sequence_cursor import SequenceCursor

DAY = timedelta(days=1)


@pytest.fixture
async def branch(office: Office) -> AsyncIterator[Office]:
    """An account of its own: a sweep counts whatever it finds in an account, also what other tests left there."""
    async with open_branch(office) as opened:
        yield opened


async def sweep(branch: Office) -> SweepResult:
    """Sweep once, as if the last comparison with Sequence had been yesterday."""
    yesterday = datetime.now(UTC) - DAY
    await branch.services.store.move_sequence_cursor(branch.account_id, SequenceCursor(since=yesterday, at=yesterday))
    return await branch.services.temporal.execute_workflow(
        ACCOUNT_SWEEP,
        SweepInput(account_id=branch.account_id),
        id=f"sweep/{branch.account_id}",
        task_queue=TASK_QUEUE,
        result_type=SweepResult,
    )


async def test_a_document_that_nobody_ever_signalled_is_in_xero_once_and_sent_there(branch: Office) -> None:
    customer = await branch.customer()
    refs = [await branch.final(customer, kind) for kind in Kind]
    assert (await sweep(branch)).sequence.new == 2
    await branch.reach(refs, SyncState.PUSHED)
    for ref in refs:
        await branch.act(ref, "send")
    assert (await sweep(branch)).sequence.differing == 2
    await branch.reach(refs, SyncState.SETTLED)
    await branch.assert_once(refs, sent=True)


async def test_a_void_that_nobody_signalled_is_brought_to_xero(branch: Office) -> None:
    ref = await branch.final(await branch.customer())
    await branch.signal([ref], "finalized")
    await branch.reach([ref], SyncState.PUSHED)
    await branch.act(ref, "void")
    await sweep(branch)
    await branch.reach([ref], SyncState.VOIDED)


async def test_a_hold_that_is_due_is_tried_again_and_ends_where_its_cause_is_gone(branch: Office) -> None:
    customer = await branch.customer()
    [taken, ref] = [await branch.final(customer) for _ in range(2)]
    number = (await branch.look(ref))["invoiceNumber"]
    [contact] = [branch.linked[customer]]
    body = {"Type": "ACCREC", "InvoiceNumber": number, "Contact": {"ContactID": contact}, "Status": "DRAFT"}
    line = {"Description": "Something else", "Quantity": "1", "UnitAmount": "7.00", "AccountCode": "200"}
    answer = await branch.people.xero.put("/api.xro/2.0/Invoices", json={**body, "LineItems": [line]})
    [other] = answer.raise_for_status().json()["Invoices"]
    await branch.signal([taken, ref], "finalized")
    await branch.reach([taken], SyncState.PUSHED)
    await branch.reach([ref], SyncState.HELD)
    assert (await sweep(branch)).sequence.retried == 0
    deleted = {"InvoiceID": other["InvoiceID"], "Status": "DELETED"}
    (await branch.people.xero.post("/api.xro/2.0/Invoices", json=deleted)).raise_for_status()
    await due(branch, ref)
    assert (await sweep(branch)).sequence.retried == 1
    await branch.reach([ref], SyncState.PUSHED)
    link = await branch.link(ref)
    assert (link.tries, link.next_try_at) == (0, None)


async def due(branch: Office, ref: DocumentRef) -> None:
    """Let the day pass after which the document's hold is tried again."""
    held = await branch.services.store.change(
        ref, lambda link: link.model_copy(update={"next_try_at": datetime.now(UTC) - timedelta(seconds=1)})
    )
    assert held.current_hold
    assert held.current_hold.reason is HoldReason.NUMBER_TAKEN


async def test_what_waits_is_compared_by_lists_and_costs_no_request_of_its_own(branch: Office) -> None:
    refs = await branch.finals(8)
    await branch.signal(refs, "finalized")
    await branch.reach(refs, SyncState.PUSHED)
    journal = branch.companies.sequence.journal
    before = journal.count(path_prefix="/api/")
    swept = await sweep(branch)
    assert swept.sequence.compared
    assert swept.sequence.compared >= len(refs)
    assert (swept.sequence.differing, swept.xero.signalled) == (0, 0)
    # FINAL and sent, of invoices and of credit notes.
    assert journal.count(path_prefix="/api/") - before == 4
