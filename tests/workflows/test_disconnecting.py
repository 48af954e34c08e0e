"""When Xero no longer lets an account in, the store learns it at once, and no other document asks in vain."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tests.doubles.sweeps import xero_sweep
from tests.workflows.house import House
from tests.workflows.world import CONNECTION, MemoryBooks, invoice
from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, Kind
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import XeroDocument
from xerosync.documents.messages import Release, SyncState, XeroSweepResult

REFUSAL = HoldError(HoldReason.DISCONNECTED, "Xero says that the organisation is no longer connected to the app.")


@dataclass
class ClosedBooks(MemoryBooks):
    """Xero, to which a sweep finds the door closed."""

    reason: HoldReason = HoldReason.DISCONNECTED

    async def changed_since(
        self, connection: Connection, kind: Kind, since: datetime | None
    ) -> AsyncIterator[Sequence[XeroDocument]]:
        raise HoldError(self.reason, f"{connection.tenant_id} {kind} {since}")
        yield []  # what makes it a generator

    def unpaid_since(self, connection: Connection, kind: Kind, since: date) -> AsyncIterator[Sequence[XeroDocument]]:
        assert since
        return self.changed_since(connection, kind, None)


async def status_of(house: House) -> ConnectionStatus:
    connection = await house.store.connection("acme")
    assert connection
    return connection.status


async def connect_again(house: House, **update: object) -> None:
    await house.store.save_connection(CONNECTION.model_copy(update={"connected_at": datetime.now(UTC), **update}))


async def pushed(house: House, number: str) -> DocumentRef:
    ref = house.billing.put(invoice(id=f"doc-{number}", number=number))
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    return ref


async def test_a_release_that_comes_while_a_held_document_is_tried_again_is_not_lost(house: House):
    await house.store.mark_connection("acme", ConnectionStatus.DISCONNECTED)
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    read = house.billing.document

    async def connect_meanwhile(ref: DocumentRef) -> Document:
        house.billing.document = read
        await asyncio.sleep(0.05)  # the step has read the connection
        await connect_again(house)
        await house.workflows.signal(ref, "release", Release(reason=HoldReason.DISCONNECTED))
        return await read(ref)

    house.billing.document = connect_meanwhile
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)


async def test_one_refusal_is_enough_for_all_documents_of_the_account(house: House):
    house.books.refuse = REFUSAL
    first = house.billing.put(invoice(id="first", number="INV-1"))
    await house.workflows.signal(first, "finalized")
    held = await house.until(first, SyncState.HELD)
    assert held.hold
    assert held.hold.reason is HoldReason.DISCONNECTED
    assert await status_of(house) is ConnectionStatus.DISCONNECTED
    second = house.billing.put(invoice(id="second", number="INV-2"))
    await house.workflows.signal(second, "finalized")
    await house.until(second, SyncState.HELD)
    assert house.books.writes == ["create INV-1"]


async def test_reconnecting_releases_what_the_refusal_held(house: House):
    house.books.refuse = REFUSAL
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    house.books.refuse = None
    await connect_again(house)
    await house.workflows.signal(ref, "release", Release(reason=HoldReason.DISCONNECTED))
    await house.until(ref, SyncState.PUSHED)
    assert await status_of(house) is ConnectionStatus.CONNECTED


async def test_a_document_that_is_held_by_a_lost_connection_asks_nothing_of_xero(house: House):
    house.books.refuse = REFUSAL
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    await house.days(3)
    assert house.books.writes == ["create INV-1"]


async def test_a_sweep_that_is_refused_marks_the_connection_and_ends_in_order(house: House):
    await pushed(house, "INV-1")
    swept = await xero_sweep(ClosedBooks(), house.store, house.workflows).run("acme")
    assert swept == XeroSweepResult()
    assert await status_of(house) is ConnectionStatus.DISCONNECTED


async def test_a_refusal_from_before_a_reconnection_does_not_end_it(house: House):
    await pushed(house, "INV-1")
    await connect_again(house)
    long_ago = datetime.now(UTC) - timedelta(minutes=1)
    await xero_sweep(ClosedBooks(), house.store, house.workflows, now=lambda: long_ago).run("acme")
    assert await status_of(house) is ConnectionStatus.CONNECTED


async def test_a_document_in_the_books_of_another_organisation_is_ignored_there(house: House):
    ref = await pushed(house, "INV-1")
    await connect_again(house, tenant_id="tenant-2")
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.workflows.signal(ref, "sent")
    await house.until(ref, SyncState.HELD)
    held = (await house.link(ref)).hold
    assert held
    assert held.reason is HoldReason.DISCONNECTED
    assert held.words == "It is in the books of the organisation that the account was connected to before."
    await house.days(2)
    assert house.books.writes == ["create INV-1"]
    assert await status_of(house) is ConnectionStatus.CONNECTED
    await connect_again(house)
    await house.workflows.signal(ref, "release", Release(reason=HoldReason.DISCONNECTED))
    assert (await house.result(ref)).state is SyncState.SETTLED


async def test_what_never_reached_the_first_organisation_goes_to_the_second(house: House):
    house.books.refuse = REFUSAL
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    house.books.refuse = None
    await connect_again(house, tenant_id="tenant-2")
    await house.store.link_customer("acme", "customer", "contact-2")
    await house.workflows.signal(ref, "release", Release(reason=HoldReason.DISCONNECTED))
    await house.until(ref, SyncState.PUSHED)
    assert (await house.link(ref)).tenant_id == "tenant-2"
