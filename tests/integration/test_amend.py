"""What Sequence lets change on a sent invoice reaches Xero where that has a place for it, and nothing else moves."""

from typing import Any

from tests.integration.office import ADDRESS, PATHS, Office
from tests.patience import until
from xerosync.core.documents import DocumentRef
from xerosync.documents.messages import SyncState

AMENDED = {
    "dueDate": "2030-03-03",
    "purchaseOrderNumber": "PO 8",
    "memo": "Thank you",
    "customerBillingAddress": {**ADDRESS, "town": "Leeds"},
}


async def in_xero(office: Office, ref: DocumentRef) -> dict[str, Any]:
    xero = (await office.link(ref)).xero
    assert xero
    [row] = await office.xero(f"Invoices/{xero.xero_id}", "Invoices")
    return row


async def test_an_amended_invoice_has_due_date_and_reference_in_xero_and_the_lines_it_had(office: Office):
    ref = await office.final(await office.customer())
    await office.act(ref, "send")
    await office.signal([ref], "sent")
    await office.reach([ref], SyncState.SETTLED)
    before = await in_xero(office, ref)
    await office.sequence("PATCH", f"{PATHS[ref.kind]}/{ref.document_id}/sent", AMENDED)
    await office.signal([ref], "amended")

    async def arrived() -> bool:
        return (await in_xero(office, ref))["DueDateString"].startswith("2030-03-03")

    await until(arrived)
    after = await in_xero(office, ref)
    assert after["Reference"] == "PO 8"
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed <= {"DueDate", "DueDateString", "Reference", "UpdatedDateUTC", "UpdatedDateUTCString"}
    posts = office.companies.xero.journal.entries("POST", "/api.xro/2.0/Invoices")
    # What people posted to one invoice, in this office that tests share, is not ours.
    ours = [post for post in posts if post.path == "/api.xro/2.0/Invoices"]
    written = [fields for post in ours for fields in post.body["Invoices"]]
    [fields] = [each for each in written if each["InvoiceID"] == after["InvoiceID"]]
    assert fields.keys() == {"InvoiceID", "Status", "SentToContact", "DueDate", "Reference"}
