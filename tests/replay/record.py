"""Records the histories that every test run replays: `python -m tests.replay.record`.

Run it when behaviour of workflows is released, and commit what it writes beside what is there already. An old
history that does not replay any more means that running documents would break: mend the workflow with
`workflow.patched`, do not delete the history.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.patience import until
from tests.workflows.customer_world import contact
from tests.workflows.house import House, open_house
from tests.workflows.world import CONNECTION, invoice
from tests.xero_support import customer
from xerosync.backfill.client import start_backfill
from xerosync.backfill.messages import BackfillInput
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.core.temporal import ACCOUNT_SWEEP, TASK_QUEUE
from xerosync.core.xero_records import XeroStatus
from xerosync.customers.client import customer_import_id, customer_push_id
from xerosync.customers.messages import ImportInput
from xerosync.documents.client import document_workflow_id
from xerosync.documents.messages import Release, SweepInput, SyncState
from xerosync.documents.views import XeroView
from xerosync.reconcile.client import start_reconcile
from xerosync.reconcile.messages import ReconcileInput

HISTORIES = Path(__file__).parent / "histories"


async def finalize(house: House, status: DocumentStatus = DocumentStatus.FINAL) -> DocumentRef:
    ref = house.billing.put(invoice(status))
    await house.workflows.signal(ref, "finalized")
    return ref


async def sent_in_sequence(house: House) -> str:
    ref = await finalize(house)
    await house.until(ref, SyncState.PUSHED)
    await house.days(40)
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.workflows.signal(ref, "sent")
    await house.result(ref)
    return document_workflow_id(ref)


async def sent_in_xero(house: House) -> str:
    ref = await finalize(house)
    await house.until(ref, SyncState.PUSHED)
    house.books.set("INV-1", sent=True)
    view = XeroView.of(house.books.documents["INV-1"], applied=None)
    await house.workflows.signal(ref, "changed_in_xero", view)
    await house.result(ref)
    return document_workflow_id(ref)


async def held_and_released(house: House) -> str:
    await house.store.unlink_customer("acme", "customer")
    ref = await finalize(house)
    await house.until(ref, SyncState.HELD)
    await house.store.link_customer("acme", "customer", "contact")
    await house.workflows.signal(ref, "release", Release())
    await house.until(ref, SyncState.PUSHED)
    house.billing.set(ref, status=DocumentStatus.VOIDED)
    await house.workflows.signal(ref, "voided")
    await house.result(ref)
    return document_workflow_id(ref)


async def voided_in_xero_then_in_sequence(house: House) -> str:
    ref = await finalize(house)
    await house.until(ref, SyncState.PUSHED)
    house.books.set("INV-1", status=XeroStatus.VOIDED)
    view = XeroView.of(house.books.documents["INV-1"], applied=None)
    await house.workflows.signal(ref, "changed_in_xero", view)
    await house.until(ref, SyncState.HELD)
    house.billing.set(ref, status=DocumentStatus.VOIDED)
    await house.workflows.signal(ref, "voided")
    await house.result(ref)
    return document_workflow_id(ref)


async def draft_waited_for(house: House) -> str:
    ref = await finalize(house, DocumentStatus.DRAFT)

    async def looked() -> bool:
        return house.billing.reads > 1

    await until(looked)
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.days(1)
    await house.result(ref)
    return document_workflow_id(ref)


async def paid(house: House) -> str:
    await house.store.save_connection(CONNECTION.model_copy(update={"report_payments": True}))
    ref = await finalize(house, DocumentStatus.SENT)
    await house.until(ref, SyncState.SENT)
    house.books.set("INV-1", status=XeroStatus.PAID)
    await house.workflows.signal(ref, "changed_in_xero", XeroView.of(house.books.documents["INV-1"], applied=None))
    await house.result(ref)
    return document_workflow_id(ref)


async def tried_again_by_itself(house: House) -> str:
    house.books.refuse = house.bulk.refuse = HoldError(HoldReason.REJECTED, "No.")
    ref = await finalize(house, DocumentStatus.SENT)
    await house.until(ref, SyncState.HELD)
    await house.days(3.5)
    house.books.refuse = house.bulk.refuse = None
    await house.days(4)
    await house.result(ref)
    return document_workflow_id(ref)


async def allocated(house: House) -> str:
    await house.store.save_connection(CONNECTION.model_copy(update={"allocate_credit_notes": True}))
    await house.result(await finalize(house, DocumentStatus.SENT))
    note = invoice(DocumentStatus.SENT, kind=Kind.CREDIT_NOTE, id="note", number="CN-1", credited_invoice_id="doc-1")
    ref = house.billing.put(note)
    await house.workflows.signal(ref, "sent")
    await house.result(ref)
    return document_workflow_id(ref)


async def swept(house: House) -> str:
    ref = await finalize(house)
    await house.until(ref, SyncState.PUSHED)
    handle = await house.client.start_workflow(
        ACCOUNT_SWEEP, SweepInput(account_id="acme"), id="account-sweep/acme", task_queue=TASK_QUEUE
    )
    await handle.result()
    return handle.id


async def backfilled(house: House) -> str:
    house.billing.put(invoice())
    handle = await start_backfill(house.client, BackfillInput(account_id="acme"))
    await handle.result()
    return handle.id


async def started_by_a_backfill(house: House) -> str:
    ref = house.billing.put(invoice())
    await house.workflows.start(ref)
    await house.until(ref, SyncState.PUSHED)
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.workflows.signal(ref, "sent")
    await house.result(ref)
    return document_workflow_id(ref)


async def imported(house: House) -> str:
    house.contacts.page_size = 1
    house.contacts.put(contact("c1"), contact("c2", email=None))
    await house.customer_workflows.start_import(ImportInput(account_id="acme"))
    await house.customer_workflows.importing("acme").result()
    return customer_import_id("acme")


async def pushed(house: House) -> str:
    house.customers.put(customer("k1", "Ada Ltd"))
    await house.customer_workflows.push("acme", "k1")
    await house.customer_workflows.pushing("acme", "k1").result()
    return customer_push_id("acme", "k1")


async def pushed_in_vain(house: House) -> str:
    house.contacts.put(contact("theirs", "Ada Ltd"))
    return await pushed(house)


async def reconciled(house: House) -> str:
    await house.until(await finalize(house), SyncState.PUSHED)
    handle = await start_reconcile(house.client, ReconcileInput(account_id="acme"))
    await handle.result()
    return handle.id


async def reconciled_and_fixed(house: House) -> str:
    ref = await finalize(house)
    await house.until(ref, SyncState.PUSHED)
    house.books.set("INV-1", sent=True)
    handle = await start_reconcile(house.client, ReconcileInput(account_id="acme", fix=True))
    await handle.result()
    return handle.id


LIVES: tuple[Callable[[House], Awaitable[str]], ...] = (
    sent_in_sequence,
    sent_in_xero,
    held_and_released,
    voided_in_xero_then_in_sequence,
    draft_waited_for,
    paid,
    tried_again_by_itself,
    allocated,
    swept,
    backfilled,
    reconciled,
    reconciled_and_fixed,
    started_by_a_backfill,
    imported,
    pushed,
    pushed_in_vain,
)


def write(name: str, history: object) -> None:
    """Write a history without what only tells of the machine that recorded it."""
    text = json.dumps(_without(history, ("stackTrace", "identity")), indent=1)
    (HISTORIES / f"{name}.json").write_text(text + "\n")


def _without(value: object, names: tuple[str, ...]) -> object:
    if isinstance(value, dict):
        return {key: _without(each, names) for key, each in value.items() if key not in names}
    return [_without(each, names) for each in value] if isinstance(value, list) else value


async def record(version: str) -> None:
    for live in LIVES:
        async with open_house() as house:
            workflow_id = await live(house)
            history = await house.client.get_workflow_handle(workflow_id).fetch_history()
            write(f"{version}-{live.__name__}", json.loads(history.to_json()))


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1]))
