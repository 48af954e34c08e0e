"""Work that nobody does any more: Temporal lost its workflow, or somebody terminated it. The console says so."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.office import Office
from tests.integration.test_bulk import asked, ended, press, results, unlinked
from tests.integration.test_console_access import signed_in
from tests.patience import until
from tests.web.edge import Edge, open_edge
from xerosync.backfill.client import backfill_id, preview_id, start_backfill, start_preview
from xerosync.backfill.messages import BackfillInput, PreviewInput
from xerosync.bulk.client import bulk_workflow_id
from xerosync.bulk.messages import BulkAct, BulkOutcome, BulkRecord, BulkResult
from xerosync.core.documents import DocumentRef
from xerosync.customers.client import customer_import_id
from xerosync.customers.messages import ImportInput
from xerosync.documents.selection import Selection
from xerosync.documents.timeline import EntryKind
from xerosync.reconcile.client import reconcile_id, start_reconcile
from xerosync.reconcile.messages import ReconcileInput


@pytest.fixture
async def edge(office: Office) -> AsyncIterator[Edge]:
    async with open_edge(office) as edge:
        edge.client.headers["Accept"] = "text/html"
        yield await signed_in(office, edge)


async def interrupted(office: Office) -> tuple[BulkRecord, list[DocumentRef]]:
    """Return an act on three documents that Bob confirmed: one is done, and Temporal knows nothing of the act."""
    customer_id, refs = await unlinked(office, 3)
    acts = office.services.bulk_acts
    asked = await acts.freeze(office.account_id, Selection(customer_id=customer_id), BulkAct.IGNORE, "by hand", "Ada")
    async with acts.confirming(office.account_id, asked.bulk_id, "Bob"):
        pass
    [first] = await acts.begin(asked.bulk_id, 1)
    await acts.conclude(asked.bulk_id, first.place, BulkResult(outcome=BulkOutcome.DONE))
    return await acts.get(office.account_id, asked.bulk_id), [ref for ref in refs if ref != first.ref]


def address_of(record: BulkRecord) -> str:
    return f"/accounts/{record.account_id}/bulk/{record.bulk_id}"


async def test_an_act_on_many_whose_workflow_is_lost_says_so_and_the_rest_is_done_once(
    office: Office, edge: Edge
) -> None:
    record, left = await interrupted(office)
    page = (await edge.client.get(address_of(record))).text
    assert "Interrupted: 1 of 3." in page
    assert "Under way" not in page
    assert "interrupted, confirmed by Bob" in (await edge.client.get(f"/accounts/{office.account_id}/bulk")).text
    assert [await press(edge, address_of(record), "go-on") for _ in range(2)] == [303, 303]
    over = await ended(office, address_of(record))
    assert over.stopped_at is None
    assert {outcome for outcome, _ in (await results(office, record)).values()} == {BulkOutcome.DONE}
    for ref in left:
        entries = (await office.services.store.timeline(ref)).entries
        ignored = [entry for entry in entries if entry.happened is EntryKind.IGNORED]
        assert [(entry.cause.who, entry.times) for entry in ignored] == [("Bob", 1)]
    page = (await edge.client.get(address_of(record))).text
    assert "Interrupted" not in page
    assert "Ended" in page


async def test_an_act_on_many_whose_workflow_is_lost_can_be_stopped(office: Office, edge: Edge) -> None:
    record, left = await interrupted(office)
    assert await press(edge, address_of(record), "stop") == 303
    over = await ended(office, address_of(record))
    assert over.stopped_by == "Ada"
    found = await results(office, record)
    assert {found[ref][0] for ref in left} == {BulkOutcome.STOPPED}
    assert not [ref for ref in left if (await office.link(ref)).ignored]


async def begun(office: Office) -> None:
    """Wait until the companies refused something."""

    async def fired() -> bool:
        return any(rule.fired for rule in office.companies.sequence.faults.rules)

    await until(fired)


async def test_an_act_on_many_whose_workflow_somebody_terminated_says_so(office: Office, edge: Edge) -> None:
    customer_id, [ref] = await unlinked(office, 1)
    address = await asked(edge, office, "resync", customer=customer_id)
    office.companies.sequence.faults.add("maintenance", path="/api")
    await press(edge, address, "confirm")
    await begun(office)
    assert "Under way: 0 of 1." in (await edge.client.get(address)).text
    bulk_id = address.rpartition("/")[2]
    await office.services.temporal.get_workflow_handle(bulk_workflow_id(office.account_id, bulk_id)).terminate()
    assert "Interrupted: 0 of 1." in (await edge.client.get(address)).text
    office.mend()
    await press(edge, address, "go-on")
    [(outcome, _)] = (await results(office, await ended(office, address))).values()
    assert outcome is BulkOutcome.DONE, ref


START = {
    "customers/import": lambda office: office.services.customer_workflows.start_import(
        ImportInput(account_id=office.account_id, preview=True)
    ),
    "backfill": lambda office: start_backfill(office.services.temporal, BackfillInput(account_id=office.account_id)),
    "backfill preview": lambda office: start_preview(
        office.services.temporal, PreviewInput(account_id=office.account_id)
    ),
    "reconcile": lambda office: start_reconcile(office.services.temporal, ReconcileInput(account_id=office.account_id)),
}
WORKFLOWS = {
    "customers/import": customer_import_id,
    "backfill": backfill_id,
    "backfill preview": preview_id,
    "reconcile": reconcile_id,
}
SAID = {
    "customers/import": ("import is under way", "import was interrupted"),
    "backfill": ("A backfill is under way", "The newest backfill was interrupted"),
    "backfill preview": ("A preview is under way", "was interrupted: what it had found is below"),
    "reconcile": ("A comparison is under way", "The newest comparison was interrupted"),
}


@pytest.mark.parametrize("what", START)
async def test_what_somebody_terminated_is_not_said_to_be_under_way(office: Office, edge: Edge, what: str) -> None:
    office.companies.sequence.faults.add("maintenance", path="/api")
    page = f"/accounts/{office.account_id}/{what.removesuffix(' preview')}"
    under_way, interrupted = SAID[what]
    await START[what](office)
    await begun(office)
    assert under_way in (await edge.client.get(page)).text
    await office.services.temporal.get_workflow_handle(WORKFLOWS[what](office.account_id)).terminate()
    after = (await edge.client.get(page)).text
    assert interrupted in after
    assert under_way not in after
    assert " disabled" not in after
