"""The database, Xero and Sequence go away in the midst of work, and come back: nothing lost, doubled or held."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from standins.faults import Faults
from tests.integration.office import Office
from tests.integration.program import run
from tests.patience import until
from xerosync.core.documents import DocumentRef
from xerosync.documents.messages import SyncState
from xerosync.documents.waiting_step import waiting_step

DOCUMENTS = 12
XERO_API = "/api.xro"
SEQUENCE_API = "/api"


@pytest.fixture
async def refs(office: Office) -> AsyncIterator[list[DocumentRef]]:
    """FINAL documents which nobody has signalled yet. Afterwards each is in Xero once, and none was ever held."""
    refs = await office.finals(DOCUMENTS)
    yield refs
    office.mend()
    await office.reach(refs, SyncState.PUSHED)
    await office.assert_once(refs, sent=False)
    assert not [ref for ref in refs if await office.was_held(ref)]


async def fired(faults: Faults, times: int = 1) -> None:
    """Wait until a fault befell so many requests."""

    async def happened() -> bool:
        return sum(rule.fired for rule in faults.rules) >= times

    await until(happened)


async def test_documents_wait_for_a_database_that_is_away_when_they_are_finalized(
    office: Office, refs: Sequence[DocumentRef]
) -> None:
    await office.database.cut()
    await office.signal(refs, "finalized")
    await until(lambda: is_tried_again(office, refs))
    await office.database.mend()


async def test_a_database_that_goes_away_in_the_midst_of_pushing_loses_nothing(
    office: Office, refs: Sequence[DocumentRef]
) -> None:
    faults = office.companies.xero.faults
    # Slow answers hold the creates between the intent, which is stored, and the link, which is not yet.
    faults.add("slow", method="PUT", path=XERO_API, seconds=0.5)
    await office.signal(refs, "finalized")
    await fired(faults)
    await office.database.cut()
    await until(lambda: is_tried_again(office, refs))
    await office.database.mend()


@pytest.mark.parametrize("kind", ["maintenance", "rate_minute", "malformed", "truncated"])
async def test_documents_wait_for_a_xero_that_does_not_answer_properly(
    office: Office, refs: Sequence[DocumentRef], kind: str
) -> None:
    soon = {"headers": {"Retry-After": "1"}} if kind == "rate_minute" else {}
    office.companies.xero.faults.add(kind, path=XERO_API, times=4, **soon)
    await office.signal(refs, "finalized")
    await fired(office.companies.xero.faults)


@pytest.mark.parametrize("kind", ["drop_before", "drop_after", "partial"])
async def test_a_create_whose_answer_is_lost_is_made_once(
    office: Office, refs: Sequence[DocumentRef], kind: str
) -> None:
    office.companies.xero.faults.add(kind, method="PUT", path=f"{XERO_API}/2.0/Invoices", times=2)
    office.companies.xero.faults.add(kind, method="PUT", path=f"{XERO_API}/2.0/CreditNotes", times=1)
    await office.signal(refs, "finalized")
    await fired(office.companies.xero.faults, times=3)


@pytest.mark.parametrize("kind", ["maintenance", "drop_before", "malformed"])
async def test_documents_wait_for_a_sequence_that_does_not_answer_properly(
    office: Office, refs: Sequence[DocumentRef], kind: str
) -> None:
    office.companies.sequence.faults.add(kind, method="GET", path=SEQUENCE_API, times=10)
    await office.signal(refs, "finalized")
    await fired(office.companies.sequence.faults)


async def test_sending_outlives_an_outage_of_all_three(office: Office) -> None:
    refs = await office.finals(DOCUMENTS)
    await office.signal(refs, "finalized")
    await office.reach(refs, SyncState.PUSHED)
    for ref in refs:
        await office.act(ref, "send")

    office.companies.xero.faults.add("drop_after", method="POST", path=XERO_API, times=2)
    office.companies.sequence.faults.add("maintenance", method="GET", path=SEQUENCE_API, times=4)
    await office.database.cut()
    await office.signal(refs, "sent")
    await until(lambda: is_tried_again(office, refs))
    await office.database.mend()
    await office.reach(refs, SyncState.SETTLED)

    office.mend()
    await office.assert_once(refs, sent=True)
    assert not [ref for ref in refs if await office.was_held(ref)]


async def is_tried_again(office: Office, refs: Sequence[DocumentRef]) -> bool:
    """Whether a step of each document failed already and waits for its next attempt."""
    for ref in refs:
        description = await office.services.workflows.handle(ref).describe()
        pending = description.raw_description.pending_activities
        if not any(activity.attempt > 1 for activity in pending):
            return False
    return True


async def test_retry_tries_at_once_what_waits_for_xero_to_come_back(office: Office, tmp_path: Path) -> None:
    ref = await office.final(await office.customer())
    office.companies.xero.faults.add("maintenance", method="PUT", path=XERO_API)
    await office.signal([ref], "finalized")
    handle = office.services.workflows.handle(ref)

    async def was_tried(times: int) -> bool:
        step = waiting_step(await handle.describe())
        return step is not None and step.attempts >= times

    await until(lambda: was_tried(2))
    shown = await run("status", "invoice", ref.document_id, folder=tmp_path, settings=office.environment)
    assert "Tried since" in shown.out
    assert "`starter.py retry" in shown.out
    office.mend()
    ended = await run("retry", "invoice", ref.document_id, folder=tmp_path, settings=office.environment)
    assert "is tried again now. Tried since" in ended.out
    await office.reach([ref], SyncState.PUSHED)
    attempts = [
        event.activity_task_started_event_attributes.attempt
        async for event in handle.fetch_history_events()
        if event.HasField("activity_task_started_event_attributes")
    ]
    assert attempts[0] < 3, "its attempts are counted anew, so its waits are short again"
    await office.assert_once([ref], sent=False)


async def test_retry_of_all_that_a_hold_keeps_tries_at_once_what_waits_for_xero(office: Office, tmp_path: Path) -> None:
    customer_id = await office.customer(linked=False)
    ref = await office.final(customer_id)
    await office.signal([ref], "finalized")
    await office.reach([ref], SyncState.HELD)
    office.companies.xero.faults.add("maintenance", method="PUT", path=XERO_API)
    await office.services.store.link_customer(office.account_id, customer_id, office.linked[customer_id])
    handle = office.services.workflows.handle(ref)
    await office.services.workflows.signal(ref, "release")

    async def was_tried_thrice() -> bool:
        step = waiting_step(await handle.describe())
        return step is not None and step.attempts >= 3

    await until(was_tried_thrice)
    assert (await office.link(ref)).state is SyncState.HELD, "while it is tried it is still shown as held"
    office.mend()
    asked = ("retry", "--hold", "customer_unlinked", "--customer", customer_id)
    ended = await run(*asked, folder=tmp_path, settings=office.environment)
    assert ended.out == "1 document held as customer_unlinked: tried again now, one after the other.\n"
    await office.reach([ref], SyncState.PUSHED)
    attempts = [
        event.activity_task_started_event_attributes.attempt
        async for event in handle.fetch_history_events()
        if event.HasField("activity_task_started_event_attributes")
    ]
    assert attempts[-1] < 3, "its attempts are counted anew, so its waits are short again"
    await office.assert_once([ref], sent=False)
