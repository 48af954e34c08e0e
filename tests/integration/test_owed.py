"""Commands of a person, killed between what they store and what follows from it: the next sweep does the rest."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.office import Office
from tests.integration.program import killed
from tests.integration.test_operators import taken
from tests.patience import PATIENCE, until
from xerosync.core.documents import DocumentRef
from xerosync.core.owed import OVERDUE
from xerosync.customers.overdue import OverdueActs
from xerosync.documents.messages import SyncState
from xerosync.faultpoints import FaultPoint


@pytest.fixture
async def held(office: Office) -> DocumentRef:
    """An invoice whose customer is not linked."""
    ref = await office.final(await office.customer(linked=False))
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.HELD)
    return ref


async def sweep(office: Office) -> None:
    services = office.services
    await OverdueActs(services.linking()).do(office.account_id, datetime.now(UTC) + OVERDUE)


async def test_a_link_from_the_command_line_is_completed_by_itself(
    office: Office, held: DocumentRef, tmp_path: Path
) -> None:
    customer_id = (await office.link(held)).customer_id
    assert customer_id
    contact_id = office.linked[customer_id]
    await killed(office.environment, FaultPoint.LINK_STORED, tmp_path, "link-customer", customer_id, contact_id)
    assert await office.services.store.contact_of(office.account_id, customer_id) == contact_id
    assert (await office.link(held)).state is SyncState.HELD
    await sweep(office)
    await office.reach([held], SyncState.PUSHED)
    shown = await office.sequence("GET", f"/api/customers/{customer_id}")
    assert [each["id"] for each in shown["integrationIds"]] == [contact_id]


async def test_an_unlinking_from_the_command_line_is_completed_by_itself(office: Office, tmp_path: Path) -> None:
    customer_id = await office.customer()
    await killed(office.environment, FaultPoint.LINK_REMOVED, tmp_path, "unlink-customer", customer_id)
    ref = await office.final(customer_id)
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.HELD)
    await sweep(office)
    assert (await office.sequence("GET", f"/api/customers/{customer_id}"))["integrationIds"] == []


async def test_a_link_that_sequence_alone_knows_is_believed_for_a_document(office: Office) -> None:
    customer_id = await office.customer(linked=False)
    contact_id = office.linked[customer_id]
    await office.services.customers.link(office.account_id, customer_id, contact_id)
    ref = await office.final(customer_id)
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.PUSHED)
    assert await office.services.store.contact_of(office.account_id, customer_id) == contact_id


async def test_a_setting_releases_what_waited_for_it_although_the_command_died(
    office: Office, held: DocumentRef, tmp_path: Path
) -> None:
    await killed(office.environment, FaultPoint.SETTING_STORED, tmp_path, "settings", "--push-new-customers")
    connection = await office.services.store.connection(office.account_id)
    assert connection
    assert connection.push_new_customers
    assert (await office.link(held)).state is SyncState.HELD
    await sweep(office)

    async def waits_for_push() -> bool:
        hold = (await office.link(held)).hold
        return hold is not None and hold.waits_for_push

    try:
        await until(waits_for_push)
    finally:
        await office.services.store.set_defaults(office.account_id, push_new_customers=False)


async def test_a_document_that_a_person_ignored_is_signalled_by_itself(
    office: Office, held: DocumentRef, tmp_path: Path
) -> None:
    words = ("invoice", held.document_id, "--because", "It is a trial.")
    await killed(office.environment, FaultPoint.DOCUMENT_STORED, tmp_path, "ignore", *words)
    workflow = office.services.workflows.handle(held)
    await sweep(office)
    await asyncio.wait_for(workflow.result(), PATIENCE)


async def test_a_document_that_a_person_adopted_continues_by_itself(office: Office, tmp_path: Path) -> None:
    ref, number, xero_id = await taken(office)
    await killed(office.environment, FaultPoint.DOCUMENT_STORED, tmp_path, "adopt", number, xero_id)
    await office.act(ref, "send")
    await sweep(office)
    await office.reach([ref], SyncState.SETTLED)
