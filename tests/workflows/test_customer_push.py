"""Pushes of customers: one contact each, whatever is lost; where a name is in use, a person decides."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.patience import until
from tests.workflows.customer_world import contact
from tests.workflows.house import House
from tests.workflows.world import invoice
from tests.xero_support import customer
from xerosync.connection.connection import ConnectionStatus
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import OVERDUE, OwedAct
from xerosync.customers.describe import push_sentence
from xerosync.customers.messages import PushHold, PushOutcome, PushResult
from xerosync.documents.messages import SyncState


async def push(house: House, customer_id: str = "k1") -> PushResult:
    await house.customer_workflows.push("acme", customer_id)
    return await house.customer_workflows.pushing("acme", customer_id).result()


async def test_a_customer_becomes_one_contact_and_is_linked_on_both_sides(house: House):
    house.customers.put(customer("k1", "Ada Ltd"))
    assert await push(house) == PushResult(outcome=PushOutcome.CREATED, contact_id="x-k1")
    assert await house.store.contact_of("acme", "k1") == "x-k1"
    assert house.customers.kept["k1"].xero_contact_id == "x-k1"
    assert house.contacts.kept["x-k1"].contact_number == "k1"
    assert await push(house) == PushResult(outcome=PushOutcome.UNCHANGED, contact_id="x-k1")
    assert house.contacts.writes == ["create k1"]


async def test_later_changes_write_what_differs(house: House):
    house.customers.put(customer("k1", "Ada Ltd"))
    await push(house)
    kept = house.customers.kept["k1"]
    house.customers.put(kept.model_copy(update={"legal_name": "Ada plc"}))
    assert (await push(house)).outcome is PushOutcome.UPDATED
    assert house.contacts.writes == ["create k1", "update x-k1 name"]
    assert house.contacts.kept["x-k1"].name == "Ada plc"


async def test_an_answer_that_was_lost_makes_no_second_contact(house: House):
    house.customers.put(customer("k1", "Ada Ltd"))
    house.contacts.lose_answers = 1
    assert (await push(house)).outcome is PushOutcome.ADOPTED
    assert house.contacts.writes == ["create k1"]
    assert await house.imports.intents("acme", ["customer:k1"]) == {}


async def test_a_request_that_was_lost_is_made_again_once_it_cannot_be_under_way(house: House):
    house.customers.put(customer("k1", "Ada Ltd"))
    house.contacts.unheard = 1
    house.clock.pace = timedelta(seconds=40)
    assert (await push(house)).outcome is PushOutcome.CREATED
    assert house.contacts.writes == ["create k1", "create k1"]


async def test_nothing_is_created_while_another_create_may_be_under_way(house: House):
    house.customers.put(customer("k1", "Ada Ltd"))
    await house.imports.intend("acme", ["customer:k1"], datetime.now(UTC))
    await house.customer_workflows.push("acme", "k1")
    await until(lambda: pending_failure(house, "Waiting to learn whether customer:k1"))
    assert house.contacts.writes == []


async def pending_failure(house: House, words: str) -> bool:
    description = await house.customer_workflows.pushing("acme", "k1").describe()
    pending = description.raw_description.pending_activities
    return any(words in each.last_failure.message for each in pending)


async def test_a_name_in_use_is_proposed_to_be_linked(house: House):
    house.customers.put(customer("k1", "Ada Ltd"))
    house.contacts.put(contact("theirs", "ADA LTD"))
    held = await push(house)
    assert held == PushResult(outcome=PushOutcome.HELD, hold=PushHold.NAME_TAKEN, proposal="theirs")
    assert "link them" in push_sentence("k1", held)
    assert house.contacts.writes == []
    assert await house.store.contact_of("acme", "k1") is None


async def test_an_archived_contact_of_that_name_is_reported_as_archived(house: House):
    house.customers.put(customer("k1", "Ada Ltd"))
    house.contacts.put(contact("old", "Ada Ltd", is_archived=True))
    held = await push(house)
    assert (held.hold, held.proposal) == (PushHold.NAME_ARCHIVED, "old")
    house.contacts.set("old", merged_to="remaining")
    held = await push(house)
    assert (held.hold, held.proposal) == (PushHold.NAME_TAKEN, "remaining")


async def test_a_new_name_that_is_in_use_is_reported_and_the_contact_stays(house: House):
    house.customers.put(customer("k1", "Ada Ltd"))
    await push(house)
    house.contacts.put(contact("theirs", "Bo plc"))
    house.customers.put(house.customers.kept["k1"].model_copy(update={"legal_name": "Bo plc"}))
    house.contacts.refuse = HoldError(HoldReason.REJECTED, "The contact name Bo plc is already assigned.")
    held = await push(house)
    assert (held.hold, held.contact_id, held.proposal) == (PushHold.NAME_TAKEN, "x-k1", "theirs")


async def test_a_merged_contact_is_followed_to_the_one_it_became(house: House):
    house.customers.put(customer("k1", "Ada Ltd"))
    await push(house)
    house.contacts.put(contact("remaining", "Ada Group"), contact("middle", is_archived=True, merged_to="remaining"))
    house.contacts.set("x-k1", is_archived=True, merged_to="middle")
    assert (await push(house)).contact_id == "remaining"
    assert await house.store.contact_of("acme", "k1") == "remaining"
    assert house.customers.kept["k1"].xero_contact_id == "remaining"


async def test_a_contact_that_two_customers_share_keeps_the_details_of_the_one_whose_number_it_carries(house: House):
    for customer_id, name in (("k1", "Ada Ltd"), ("k2", "Bob Ltd")):
        house.customers.put(customer(customer_id, name))
        await push(house, customer_id)
    merged = house.contacts.kept["x-k1"].model_copy(update={"is_archived": True, "merged_to": "x-k2"})
    house.contacts.put(merged)
    assert await push(house, "k1") == PushResult(outcome=PushOutcome.SHARED, contact_id="x-k2")
    assert await house.store.contact_of("acme", "k1") == "x-k2"
    house.customers.put(house.customers.kept["k2"].model_copy(update={"legal_name": "Bob plc"}))
    assert (await push(house, "k2")).outcome is PushOutcome.UPDATED
    await push(house, "k1")
    assert house.contacts.kept["x-k2"].name == "Bob plc"
    # Once the other customer is linked elsewhere, nobody else's bills show the name.
    await house.store.unlink_customer("acme", "k2", "x-k2")
    assert (await push(house, "k1")).outcome is PushOutcome.UPDATED
    assert house.contacts.kept["x-k2"].name == "Ada Ltd"


async def test_a_linked_contact_that_is_archived_is_reported_as_archived(house: House):
    house.customers.put(customer("k1", "Ada Ltd"))
    await push(house)
    house.contacts.set("x-k1", is_archived=True)
    held = await push(house)
    assert (held.hold, held.contact_id) == (PushHold.CONTACT_ARCHIVED, "x-k1")


async def test_a_link_into_another_organisation_does_not_count(house: House):
    house.customers.put(customer("k1", "Ada Ltd", integration_ids=[{"service": "Xero", "id": "elsewhere"}]))
    assert (await push(house)).outcome is PushOutcome.CREATED
    assert house.customers.kept["k1"].xero_contact_id == "x-k1"


async def test_sequences_own_link_is_taken_over(house: House):
    house.customers.put(customer("k1", "Name c1", integration_ids=[{"service": "Xero", "id": "c1"}]))
    house.contacts.put(contact("c1"))
    assert (await push(house)).contact_id == "c1"
    assert await house.store.contact_of("acme", "k1") == "c1"
    assert house.contacts.kept["c1"].contact_number == "k1"


async def test_documents_that_waited_for_the_customer_are_released_by_the_push(house: House):
    house.customers.put(customer("late", "Late Ltd"))
    ref = house.billing.put(invoice(customer_id="late"))
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    await push(house, "late")
    await house.until(ref, SyncState.PUSHED)


@pytest.mark.parametrize(
    ("refusal", "hold"),
    [
        (HoldError(HoldReason.REJECTED, "Ada Ltd at 1 High Street is wrong"), PushHold.REJECTED),
        (HoldError(HoldReason.DISCONNECTED), PushHold.DISCONNECTED),
    ],
)
async def test_after_a_refusal_the_customer_can_be_pushed_again(house: House, refusal: HoldError, hold: PushHold):
    house.customers.put(customer("k1", "Ada Ltd"))
    house.contacts.refuse = refusal
    held = await push(house)
    assert (held.outcome, held.hold) == (PushOutcome.HELD, hold)
    assert await house.imports.intents("acme", ["customer:k1"]) == {}
    house.contacts.refuse = None
    connection = await house.store.connection("acme")
    assert connection is not None
    lost = connection.status is ConnectionStatus.DISCONNECTED
    assert lost == (hold is PushHold.DISCONNECTED)
    assert (await push(house)).outcome is (PushOutcome.HELD if lost else PushOutcome.CREATED)


async def test_a_customer_that_is_archived_or_not_there_is_not_pushed(house: House):
    house.customers.put(customer("k1", "Ada Ltd", archived_at=datetime.now(UTC)))
    assert (await push(house)).hold is PushHold.CUSTOMER_ARCHIVED
    assert (await push(house, "nobody")).hold is PushHold.CUSTOMER_MISSING
    assert house.contacts.writes == []


async def test_a_document_follows_the_contact_that_its_own_was_merged_into(house: House):
    house.books.contact_merges = {"contact": "remaining"}
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    assert house.books.writes == ["create INV-1", "create INV-1"]
    assert house.books.documents["INV-1"].contact_id == "remaining"
    assert await house.store.contact_of("acme", "customer") == "remaining"
    assert house.billing.shown_links == {"customer": "remaining"}


async def test_the_contact_that_a_document_followed_is_owed_to_sequence_while_it_does_not_answer(house: House):
    house.books.contact_merges = {"contact": "remaining"}
    house.billing.refuse_links = True
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    [owed] = await house.store.overdue("acme", datetime.now(UTC) + OVERDUE)
    assert (owed.act, owed.subject) == (OwedAct.SHOW_LINK, "customer")


async def test_the_signal_changed_pushes_a_new_customer_only_where_the_connection_says_so(house: House):
    house.customers.put(customer("k1", "Ada Ltd"))

    async def hear() -> PushResult:
        await house.customer_workflows.changed("acme", "k1")
        return await house.customer_workflows.pushing("acme", "k1").result()

    assert (await hear()).outcome is PushOutcome.SKIPPED
    await house.store.set_defaults("acme", push_new_customers=True)
    assert (await hear()).outcome is PushOutcome.CREATED
    await house.store.set_defaults("acme", push_new_customers=False)
    house.customers.put(house.customers.kept["k1"].model_copy(update={"legal_name": "Ada plc"}))
    assert (await hear()).outcome is PushOutcome.UPDATED
