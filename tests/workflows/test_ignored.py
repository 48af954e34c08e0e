"""A document that a person wants left alone: nothing is done about it, whatever is heard, until it is taken up."""

from datetime import UTC, datetime

from tests.workflows.house import House
from tests.workflows.world import invoice
from xerosync.core.documents import DocumentRef, DocumentStatus
from xerosync.core.holds import HoldReason
from xerosync.core.rate_limits import Lane
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.documents.messages import Release, SyncState

DECISION = Ignored(because="billed by hand", who="ada", since=datetime(2026, 1, 1, tzinfo=UTC))


async def ignored(house: House) -> DocumentRef:
    """An unlinked customer's document that was held, and is ignored since."""
    await house.store.unlink_customer("acme", "customer")
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    await house.store.change(ref, lambda link: link.let_be(DECISION))
    await house.workflows.signal(ref, "amended")
    return ref


async def test_a_held_document_that_is_ignored_ends(house: House):
    ref = await ignored(house)
    end = await house.result(ref)
    assert (end.state, end.hold, end.ignored) == (SyncState.SETTLED, None, True)
    assert "is ignored" in end.sentence


async def test_new_signals_and_what_was_mended_move_nothing(house: House):
    ref = await ignored(house)
    await house.result(ref)
    await house.store.link_customer("acme", "customer", "contact")
    house.billing.set(ref, status=DocumentStatus.SENT)
    for signal in ("sent", "amended", "finalized"):
        await house.workflows.signal(ref, signal)
        assert (await house.result(ref)).ignored
    assert house.books.writes == []


async def test_what_is_taken_up_again_goes_on_from_where_it_is(house: House):
    ref = await ignored(house)
    await house.result(ref)
    await house.store.link_customer("acme", "customer", "contact")
    await house.store.change(ref, DocumentLink.taken_up)
    await house.workflows.signal(ref, "release", Release())
    await house.until(ref, SyncState.PUSHED)
    assert house.books.writes == ["create INV-1"]


async def test_what_is_in_xero_and_ignored_is_not_even_voided(house: House):
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    await house.store.change(ref, lambda link: link.let_be(DECISION))
    house.billing.set(ref, status=DocumentStatus.VOIDED)
    await house.workflows.signal(ref, "voided")
    assert (await house.result(ref)).ignored
    assert house.books.writes == ["create INV-1"]


async def test_what_is_released_in_thousands_goes_on_in_the_bulk_lane(house: House):
    await house.store.unlink_customer("acme", "customer")
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    await house.store.link_customer("acme", "customer", "contact")
    await house.workflows.signal(ref, "release", Release(reason=HoldReason.CUSTOMER_UNLINKED, lane=Lane.BULK))
    await house.until(ref, SyncState.PUSHED)
    assert (house.bulk.writes, house.books.writes) == (["create INV-1"], [])
