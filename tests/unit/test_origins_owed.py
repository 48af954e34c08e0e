"""The way back from a credit note in Xero to Sequence: owed from the push on, and written by whoever has calls left."""

import pytest

from tests.doubles.memory import MemoryStore
from tests.doubles.memory_reconciles import MemoryReconciles
from tests.doubles.sweeps import xero_sweep
from tests.unit.test_steps import Street, StubbornBooks, pushed
from tests.workflows.world import CONNECTION, MemoryBilling
from xerosync.core.documents import DocumentRef, Kind
from xerosync.documents.views import XeroView
from xerosync.reconcile.messages import CompareInput, ReconcileResult
from xerosync.reconcile.reconciler import Reconciler


class NobodyTold:
    """Document workflows that no sweep of these tests has anything to tell."""

    async def signal(
        self, ref: DocumentRef, name: str, payload: XeroView | None = None, *, number: str | None = None
    ) -> None:
        del number
        raise AssertionError(f"{name} was signalled to {ref}: {payload}")


@pytest.fixture
async def street() -> Street:
    store = MemoryStore()
    await store.save_connection(CONNECTION)
    await store.link_customer("acme", "customer", "contact")
    return Street(MemoryBilling(), StubbornBooks(), store)


async def sweep(street: Street) -> None:
    await xero_sweep(street.books, street.store, NobodyTold()).run("acme")


async def test_a_way_back_that_a_crowd_leaves_out_is_owed_and_written_once_by_a_sweep(street: Street):
    street.books.is_crowded = True
    ref = await pushed(street, kind=Kind.CREDIT_NOTE)
    assert (await street.store.document(ref)).origin_owed
    await sweep(street)
    link = await street.store.document(ref)
    assert link.xero
    assert (street.books.origins, link.origin_owed) == ([link.xero.xero_id], False)
    await sweep(street)
    assert street.books.origins == [link.xero.xero_id]


async def test_where_there_is_room_the_way_back_is_written_with_the_push(street: Street):
    ref = await pushed(street, kind=Kind.CREDIT_NOTE)
    assert len(street.books.origins) == 1
    assert not (await street.store.document(ref)).origin_owed


async def test_a_reconcile_counts_the_ways_back_that_are_owed(street: Street):
    street.books.is_crowded = True
    await pushed(street, kind=Kind.CREDIT_NOTE)
    reconciler = Reconciler(street.billing, street.books, street.store, MemoryReconciles(), NobodyTold())
    asked = CompareInput(account_id="acme", run_id="run-1", kind=Kind.CREDIT_NOTE)
    compared = await reconciler.compare(asked)
    assert compared.origins_owed == 1
    assert "1 without a note in Xero that leads back to Sequence" in ReconcileResult(compared=compared).sentence()


async def test_an_invoice_owes_no_way_back_it_has_its_url(street: Street):
    ref = await pushed(street)
    assert not (await street.store.document(ref)).origin_owed
    assert street.books.origins == []
