"""New customers are pushed by themselves where the setting says so; their documents follow, or say what is missing."""

from datetime import timedelta

import pytest

from tests.histories import kept_of
from tests.patience import until
from tests.workflows.customer_world import contact
from tests.workflows.house import House
from tests.workflows.test_customer_push import push
from tests.workflows.world import invoice
from tests.xero_support import customer
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.customers.messages import PushOutcome, PushResult
from xerosync.documents.messages import SyncState


@pytest.fixture
async def pushing(house: House) -> House:
    await house.store.set_defaults("acme", push_new_customers=True)
    return house


def bill(house: House, *ids: str) -> list[DocumentRef]:
    return [house.billing.put(invoice(id=each, number=f"INV-{each}", customer_id="new")) for each in ids]


async def said(house: House, ref: DocumentRef, words: str) -> str:
    """Wait until a document's hold says something, and return what it says by then."""

    async def sentence() -> str:
        hold = (await house.link(ref)).current_hold
        return hold.sentence() if hold else ""

    async def is_said() -> bool:
        return words in await sentence()

    await until(is_said)
    return await sentence()


async def an_hour_passes(house: House) -> None:
    held = await house.imports.push_hold("acme", "new")
    assert held is not None
    long_ago = held.model_copy(update={"at": held.at - timedelta(hours=1, seconds=1)})
    await house.imports.keep_push_hold("acme", "new", long_ago)


async def pushed(house: House, customer_id: str = "new") -> PushResult:
    return await house.customer_workflows.pushing("acme", customer_id).result()


async def test_two_documents_of_one_new_customer_create_one_contact_and_are_pushed(pushing: House):
    pushing.customers.put(customer("new", "New Ltd"))
    refs = bill(pushing, "i1", "i2")
    for ref in refs:
        await pushing.workflows.signal(ref, "finalized")
    for ref in refs:
        await pushing.until(ref, SyncState.PUSHED)
    assert pushing.contacts.writes == ["create new"]
    assert {each.contact_id for each in pushing.books.documents.values()} == {"x-new"}
    assert pushing.customers.kept["new"].xero_contact_id == "x-new"


async def test_a_document_says_that_its_customer_is_being_pushed(pushing: House):
    pushing.customers.put(customer("new", "New Ltd"))
    pushing.contacts.unheard = 1_000
    [ref] = bill(pushing, "i1")
    await pushing.workflows.signal(ref, "finalized")
    held = await pushing.until(ref, SyncState.HELD)
    assert held.hold is not None
    assert held.hold.reason is HoldReason.CUSTOMER_UNLINKED
    assert "is being pushed" in held.sentence
    assert (await pushing.link(ref)).hold == held.hold


async def test_documents_say_why_their_customer_is_not_pushed_and_are_released_by_the_link(pushing: House):
    pushing.customers.put(customer("new", "New Ltd"))
    pushing.contacts.put(contact("theirs", "NEW LTD"))
    refs = bill(pushing, "i1", "i2")
    for ref in refs:
        await pushing.workflows.signal(ref, "finalized")
    for ref in refs:
        sentence = await said(pushing, ref, "has the customer's name")
        assert "`starter.py link-customer new theirs`" in sentence
        assert "New Ltd" not in await kept_of(pushing.handle(ref))
    assert pushing.contacts.writes == []
    pushing.contacts.set("theirs", name="Old Ltd")
    assert (await push(pushing, "new")).outcome is PushOutcome.CREATED
    for ref in refs:
        await pushing.until(ref, SyncState.PUSHED)


async def test_a_later_document_is_held_for_the_same_reason_without_a_call_to_xero(pushing: House):
    pushing.customers.put(customer("new", "New Ltd"))
    pushing.contacts.refuse = HoldError(HoldReason.REJECTED, "New Ltd is wrong")
    first, second = bill(pushing, "i1", "i2")
    await pushing.workflows.signal(first, "finalized")
    await said(pushing, first, "New Ltd is wrong")
    await pushed(pushing)
    asked = pushing.customers.asked
    await pushing.workflows.signal(second, "finalized")
    await said(pushing, second, "New Ltd is wrong")
    assert pushing.customers.asked == asked
    pushing.contacts.refuse = None
    await an_hour_passes(pushing)
    await pushing.workflows.signal(second, "amended")
    for ref in (first, second):
        await pushing.until(ref, SyncState.PUSHED)
    assert pushing.contacts.writes[-1] == "create new"


async def test_without_the_setting_no_customer_is_pushed(house: House):
    house.customers.put(customer("new", "New Ltd"))
    [ref] = bill(house, "i1")
    await house.workflows.signal(ref, "finalized")
    assert "not linked" in (await house.until(ref, SyncState.HELD)).sentence
    assert house.contacts.writes == []
    await house.store.set_defaults("acme", push_new_customers=True)
    await house.workflows.signal(ref, "amended")
    await house.until(ref, SyncState.PUSHED)
