"""All that Temporal knew is lost, and PostgreSQL kept: nothing is doubled, and all is found again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.service import RPCError, RPCStatusCode

from tests.chaos.workers import Watched
from tests.integration.office import Office, open_office
from tests.integration.own_servers import OwnServers, own_servers
from tests.patience import until
from xerosync.cli.reconcile import run_reconcile
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.holds import HoldReason
from xerosync.documents.client import sweep_id, sweep_now
from xerosync.documents.messages import SyncState
from xerosync.reconcile.messages import ReconcileInput


@pytest.fixture
def entered(tmp_path: Path) -> Path:
    """A folder that PostgreSQL's own account may pass through."""
    tmp_path.chmod(0o711)
    return tmp_path


@pytest.fixture
async def servers(entered: Path) -> AsyncIterator[OwnServers]:
    tmp_path = entered
    async with own_servers(tmp_path / "servers") as servers:
        yield servers


@pytest.fixture
async def office(servers: OwnServers) -> AsyncIterator[Office]:
    async with open_office(servers.embedded, servers.database_url, works=False) as office:
        yield office


async def is_known(office: Office, ref: DocumentRef) -> bool:
    """Whether Temporal has a workflow of a document, open or ended."""
    try:
        await office.services.workflows.handle(ref).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


async def has_sweep(office: Office) -> bool:
    """Whether the account has its Schedule."""
    try:
        await office.services.temporal.get_schedule_handle(sweep_id(office.account_id)).describe()
    except RPCError:
        return False
    return True


async def a_create_whose_answer_is_lost(office: Office, customer_id: str) -> DocumentRef:
    """Return a document of which nobody knows whether it came to Xero; it did."""
    rule = office.companies.xero.faults.add("drop_after", method="PUT", path="/api.xro/2.0/Invoices")
    ref = await office.final(customer_id)
    await office.signal([ref], "finalized")

    async def befell() -> bool:
        return rule.fired > 0

    await until(befell)
    return ref


async def mark_as_sent_in_xero(office: Office, ref: DocumentRef) -> None:
    """Do what a person does in Xero."""
    xero = (await office.link(ref)).xero
    assert xero
    fields = {"InvoiceID": xero.xero_id, "SentToContact": True}
    (await office.people.xero.post(f"/api.xro/2.0/Invoices/{xero.xero_id}", json=fields)).raise_for_status()


@pytest.mark.slow
async def test_histories_that_are_gone_are_not_missed(office: Office, servers: OwnServers, tmp_path: Path) -> None:
    customer_id, stranger = await office.customer(), await office.customer(linked=False)
    worker = Watched("worker", tmp_path, office.environment)
    await worker.start()
    settled, waiting, to_send, sent_in_xero, to_void = [await office.final(customer_id) for _ in range(5)]
    note = await office.final(customer_id, Kind.CREDIT_NOTE)
    held = await office.final(stranger)
    await office.signal([settled, waiting, to_send, sent_in_xero, to_void, note, held], "finalized")
    await office.reach([settled, waiting, to_send, sent_in_xero, to_void, note], SyncState.PUSHED)
    await office.reach([held], SyncState.HELD)
    await office.act(settled, "send")
    await office.signal([settled], "sent")
    await office.reach([settled], SyncState.SETTLED)
    in_doubt = await a_create_whose_answer_is_lost(office, customer_id)

    await servers.kill_temporal()
    servers.forget_temporal()
    office.mend()
    # What happens meanwhile nobody is told of.
    await office.act(to_send, "send")
    await office.act(to_void, "void")
    await mark_as_sent_in_xero(office, sent_in_xero)
    new = await office.final(customer_id)
    await servers.start_temporal()
    known = [ref for ref in (waiting, to_send, held, in_doubt) if await is_known(office, ref)]
    assert known == [], "Temporal knows nothing any more"

    # The worker that ran goes on as it is; what it made at its start, the Schedules, only a start makes again.
    told = await office.final(customer_id)
    await office.signal([told], "finalized")
    await office.reach([told], SyncState.PUSHED)
    assert not await has_sweep(office)
    await worker.stop()
    await worker.start()
    await until(lambda: has_sweep(office))
    await office.services.linking().link(office.account_id, stranger, office.linked[stranger], "Stranger")
    await office.services.release(office.account_id, HoldReason.CUSTOMER_UNLINKED)
    await run_reconcile(office.services, ReconcileInput(account_id=office.account_id, fix=True))
    await office.services.spacings.ask(office.account_id)
    await sweep_now(office.services.temporal, office.account_id)
    await office.reach([settled, to_send, sent_in_xero], SyncState.SETTLED)
    await office.reach([waiting, note, in_doubt, new, held, told], SyncState.PUSHED)
    await office.reach([to_void], SyncState.VOIDED)
    await office.assert_once([settled, to_send], sent=True)
    await office.assert_once([waiting, note, in_doubt, new, held, told], sent=False)
    books = await office.in_xero(Kind.INVOICE)
    assert [number for number, rows in books.items() if len(rows) > 1] == []
    result = await run_reconcile(office.services, ReconcileInput(account_id=office.account_id))
    assert result.in_step

    # What waited in step with Sequence has no workflow, and needs none: its next signal starts one.
    await office.act(waiting, "send")
    await office.signal([waiting], "sent")
    await office.reach([waiting], SyncState.SETTLED)
    await office.assert_once([waiting], sent=True)
    await worker.stop()
