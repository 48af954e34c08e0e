"""A customer that Sequence shows as linked: its documents are pushed after a check of that contact in Xero."""

from tests.workflows.customer_world import contact
from tests.workflows.house import House
from tests.workflows.world import invoice
from tests.xero_support import customer
from xerosync.core.documents import DocumentRef
from xerosync.core.holds import HoldReason
from xerosync.core.owed import removal_of
from xerosync.documents.messages import SyncState


def bill(house: House, contact_id: str | None = "c1") -> DocumentRef:
    """Put a document into Sequence whose customer is linked there, and nowhere else."""
    links = [{"service": "Xero", "id": contact_id}] if contact_id else []
    house.customers.put(customer("k1", "Ada Ltd", integration_ids=links))
    return house.billing.put(invoice(customer_id="k1"))


async def hold_of(house: House, ref: DocumentRef) -> HoldReason:
    await house.workflows.signal(ref, "finalized")
    hold = (await house.until(ref, SyncState.HELD)).hold
    assert hold
    return hold.reason


async def test_a_document_is_pushed_where_only_sequence_knows_the_link(house: House):
    house.contacts.put(contact("c1"))
    ref = bill(house)
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    assert house.books.documents["INV-1"].contact_id == "c1"
    assert await house.store.contact_of("acme", "k1") == "c1"
    assert house.contacts.writes == []


async def test_a_contact_that_was_merged_is_followed_and_sequence_is_shown_where_to(house: House):
    house.contacts.put(contact("c1", is_archived=True, merged_to="c2"), contact("c2"))
    ref = bill(house)
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    assert house.books.documents["INV-1"].contact_id == "c2"
    assert house.customers.kept["k1"].xero_contact_id == "c2"


async def test_a_contact_that_is_archived_is_not_linked_and_named_as_the_cause(house: House):
    house.contacts.put(contact("c1", is_archived=True))
    assert await hold_of(house, bill(house)) is HoldReason.CONTACT_ARCHIVED
    assert await house.store.contact_of("acme", "k1") is None


async def test_a_contact_of_another_organisation_is_no_link_and_sequence_is_read_once(house: House):
    ref = bill(house, "elsewhere")
    assert await hold_of(house, ref) is HoldReason.CUSTOMER_UNLINKED
    assert house.customers.asked == 1


async def test_a_link_whose_removal_is_owed_is_not_believed(house: House):
    house.contacts.put(contact("c1"))
    await house.store.owe([removal_of("acme", "k1")])
    assert await hold_of(house, bill(house)) is HoldReason.CUSTOMER_UNLINKED
    assert await house.store.contact_of("acme", "k1") is None


async def test_sequences_link_is_checked_before_a_new_customer_is_pushed(house: House):
    await house.store.set_defaults("acme", push_new_customers=True)
    house.contacts.put(contact("c1", "Ada Ltd as the bookkeeper writes it"))
    ref = bill(house)
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    assert house.contacts.writes == []


async def test_a_link_that_is_made_in_sequence_while_a_document_waits_is_found_by_the_daily_check(house: House):
    house.contacts.put(contact("c1"))
    ref = bill(house, None)
    assert await hold_of(house, ref) is HoldReason.CUSTOMER_UNLINKED
    await house.customers.link("acme", "k1", "c1")
    await house.days(2)
    await house.until(ref, SyncState.PUSHED)
