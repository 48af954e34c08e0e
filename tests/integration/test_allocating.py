"""A credit note that credits an invoice, over HTTP: set against it in Xero, once, whatever becomes of the answer."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from tests.integration.branch import open_branch
from tests.integration.office import Office
from xerosync.core.documents import Kind
from xerosync.documents.messages import SyncState


@pytest.fixture
async def branch(office: Office) -> AsyncIterator[Office]:
    async with open_branch(office) as opened:
        await opened.services.store.set_defaults(opened.account_id, allocate_credit_notes=True)
        yield opened


async def test_a_credit_note_is_set_against_its_invoice_once_though_the_answer_is_lost(branch: Office):
    customer = await branch.customer()
    invoice = await branch.final(customer)
    await branch.act(invoice, "send")
    await branch.signal([invoice], "sent")
    await branch.reach([invoice], SyncState.SETTLED)
    note = await branch.draft(customer, Kind.CREDIT_NOTE, invoiceId=invoice.document_id)
    await branch.act(note, "finalize")
    await branch.signal([note], "finalized")
    await branch.reach([note], SyncState.PUSHED)
    branch.companies.xero.faults.add("drop_after", method="PUT", path="/api.xro/2.0/CreditNotes/", times=1)
    await branch.act(note, "send")
    await branch.signal([note], "sent")
    await branch.reach([note], SyncState.SETTLED)
    there, credited = (await branch.link(note)).xero, (await branch.link(invoice)).xero
    assert there
    assert credited
    [row] = await branch.xero(f"CreditNotes/{there.xero_id}", "CreditNotes")
    [allocation] = row["Allocations"]
    assert allocation["Invoice"]["InvoiceID"] == credited.xero_id
    assert (row["RemainingCredit"], row["Status"]) == (Decimal(0), "PAID")
