"""Imports of customers: the outcome of each contact, and that none becomes two customers whatever is lost."""

from datetime import UTC, datetime, timedelta

from tests.histories import kept_of
from tests.workflows.customer_world import contact
from tests.workflows.house import House
from tests.workflows.world import CONNECTION, invoice
from tests.xero_support import customer
from xerosync.connection.connection import ConnectionStatus
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import removal_of
from xerosync.customers.contact_to_customer import ImportOutcome, alias_of
from xerosync.customers.messages import ImportCounts, ImportInput, ImportProgress
from xerosync.documents.messages import SyncState


async def run(house: House, *contact_ids: str, preview: bool = False, as_new: bool = False) -> ImportProgress:
    start = ImportInput(account_id="acme", contact_ids=contact_ids, preview=preview, as_new=as_new)
    assert await house.customer_workflows.start_import(start)
    return await house.customer_workflows.importing("acme").result()


async def outcomes(house: House) -> dict[str, str]:
    return {row.contact_id: row.outcome.value for row in await house.imports.rows("acme")}


async def test_each_contact_becomes_a_customer_or_has_its_reasons(house: House):
    house.customers.put(customer("ada", "Ada Ltd"))
    house.contacts.put(
        contact("new"),
        contact("bad", email=None, addresses=()),
        contact("same", "ADA Limited"),
        contact("linked"),
        contact("supplier", is_customer=False),
    )
    await house.store.link_customer("acme", "somebody", "linked")
    done = await run(house)
    assert done.counts == ImportCounts(imported=1, linked=1, similar=1, invalid=1)
    assert (done.finished, done.stopped, done.contacts) == (True, False, 4)
    rows = {row.contact_id: row for row in await house.imports.rows("acme")}
    assert rows["bad"].reasons == ("It has no e-mail address.", "It has no address.")
    assert rows["same"].customer_id == "ada"
    assert rows["new"].customer_id == "k-new"
    assert await house.store.contact_of("acme", "k-new") == "new"
    assert house.customers.kept["k-new"].xero_contact_id == "new"


async def test_a_preview_judges_alike_and_creates_nothing(house: House):
    house.contacts.put(contact("new"), contact("bad", email=None))
    seen = await run(house, preview=True)
    assert seen.counts == ImportCounts(ready=1, invalid=1)
    assert house.customers.creates == []
    assert await house.store.contact_of("acme", "k-new") is None
    done = await run(house)
    assert done.counts == ImportCounts(imported=1, invalid=1)


async def test_what_was_not_chosen_of_a_preview_can_be_chosen_later(house: House):
    house.contacts.put(contact("one"), contact("two"), contact("three"), contact("bad", email=None))
    await run(house, preview=True)
    done = await run(house, "two")
    assert done.counts == ImportCounts(imported=1)
    assert await outcomes(house) == {"one": "ready", "two": "imported", "three": "ready", "bad": "invalid"}
    await run(house, "one", "three")
    assert await outcomes(house) == {"one": "imported", "two": "imported", "three": "imported", "bad": "invalid"}


async def test_what_was_fixed_in_xero_is_imported_the_next_time(house: House):
    house.contacts.put(contact("good"), contact("bad", email=None))
    await run(house)
    house.contacts.set("bad", email="now@x.example")
    done = await run(house, "bad")
    assert done.counts == ImportCounts(imported=1)
    done = await run(house)
    assert done.counts == ImportCounts(linked=2)
    assert sorted(house.customers.creates) == ["xero:bad", "xero:good"]


async def test_chosen_contacts_have_reasons_why_they_cannot_be_imported(house: House):
    house.contacts.put(
        contact("supplier", is_customer=False),
        contact("archived", is_archived=True),
        contact("merged", is_archived=True, merged_to="good"),
        contact("good"),
        contact("not asked for"),
    )
    done = await run(house, "supplier", "archived", "merged", "nobody", "good")
    assert done.counts == ImportCounts(imported=1, invalid=4)
    reasons = {row.contact_id: row.reasons[0] for row in await house.imports.rows("acme") if row.reasons}
    assert "not a customer in Xero yet" in reasons["supplier"]
    assert "archived" in reasons["archived"]
    assert "(good)" in reasons["merged"]
    assert "no contact with this ContactID" in reasons["nobody"]


async def test_many_chosen_contacts_are_read_forty_at_a_time(house: House):
    ids = [f"c{n:03}" for n in range(95)]
    house.contacts.put(*(contact(each) for each in ids))
    done = await run(house, *ids)
    assert (done.counts, done.pages) == (ImportCounts(imported=95), 3)


async def test_a_contact_similar_to_a_customer_becomes_a_new_one_only_with_as_new(house: House):
    house.customers.put(customer("ada", "Other", contacts=[{"name": "A", "email": "C1@x.example"}]))
    house.contacts.put(contact("c1"))
    assert (await run(house)).counts == ImportCounts(similar=1)
    assert (await run(house, "c1", as_new=True)).counts == ImportCounts(imported=1)


async def test_a_link_that_sequence_or_the_contact_number_shows_is_taken_over(house: House):
    house.customers.put(customer("ada", "Ada", integration_ids=[{"service": "Xero", "id": "c1"}]))
    house.customers.put(customer("bo", "Bo"))
    house.contacts.put(contact("c1"), contact("c2", contact_number="bo"))
    done = await run(house)
    assert done.counts == ImportCounts(linked=2)
    assert await house.store.contact_of("acme", "ada") == "c1"
    assert await house.store.contact_of("acme", "bo") == "c2"
    assert house.customers.kept["bo"].xero_contact_id == "c2"
    assert house.customers.creates == []


async def test_a_contact_that_another_was_merged_into_is_the_customer_that_sequence_links_to_the_other(house: House):
    house.customers.put(customer("ada", "Ada", integration_ids=[{"service": "Xero", "id": "c1"}]))
    house.contacts.put(
        contact("c1", is_archived=True, merged_to="c2"),
        contact("c2", is_archived=True, merged_to="c3"),
        contact("c3", "A name of its own"),
    )
    assert (await run(house, preview=True)).counts == ImportCounts(linked=1)
    assert await house.store.contact_of("acme", "ada") is None
    assert (await run(house)).counts == ImportCounts(linked=1)
    assert await house.store.contact_of("acme", "ada") == "c3"
    assert house.customers.kept["ada"].xero_contact_id == "c3"
    assert house.customers.creates == []


async def test_a_contact_that_another_was_merged_into_is_the_customer_that_is_linked_to_the_other(house: House):
    house.customers.put(customer("ada", "Ada", integration_ids=[{"service": "Xero", "id": "c1"}]))
    await house.store.link_customer("acme", "ada", "c1")
    house.contacts.put(contact("c1", is_archived=True, merged_to="c2"), contact("c2", "A name of its own"))
    assert (await run(house)).counts == ImportCounts(linked=1)
    assert await house.store.contact_of("acme", "ada") == "c2"
    assert house.customers.kept["ada"].xero_contact_id == "c2"
    assert house.customers.creates == []


async def test_a_link_in_the_store_counts_more_than_the_one_that_sequence_shows(house: House):
    house.customers.put(customer("ada", "Ada", integration_ids=[{"service": "Xero", "id": "c2"}]))
    await house.store.link_customer("acme", "ada", "c1")
    house.contacts.put(contact("c1", "One"), contact("c2", "Two"))
    assert (await run(house)).counts == ImportCounts(linked=1, imported=1)
    assert await house.store.contact_of("acme", "ada") == "c1"


async def test_an_import_does_not_believe_a_link_whose_removal_is_owed(house: House):
    house.customers.put(customer("ada", "Ada", integration_ids=[{"service": "Xero", "id": "c1"}]))
    house.contacts.put(contact("c1"))
    await house.store.owe([removal_of("acme", "ada")])
    assert (await run(house, "c1")).counts == ImportCounts(imported=1)
    assert await house.store.contact_of("acme", "ada") is None


async def test_pages_are_read_once_each_and_history_stays_short(house: House):
    house.contacts.page_size = 7
    house.contacts.put(*(contact(f"c{n:03}") for n in range(30)))
    done = await run(house)
    assert (done.counts, done.pages) == (ImportCounts(imported=30), 5)
    assert house.contacts.pages == [1, 2, 3, 4, 5]
    history = await house.customer_workflows.importing("acme").fetch_history()
    assert len(history.events) < 20


async def test_an_answer_that_was_lost_doubles_no_customer(house: House):
    house.contacts.put(*(contact(f"c{n:02}") for n in range(25)))
    house.customers.lose_answers = {alias_of("c03"), alias_of("c17")}
    done = await run(house)
    assert done.counts == ImportCounts(imported=25)
    assert len(house.customers.kept) == 25
    assert sorted(house.customers.creates) == [alias_of(f"c{n:02}") for n in range(25)]
    assert await house.store.contact_of("acme", "k-c03") == "c03"


async def test_a_request_that_was_lost_is_made_again_once_it_cannot_be_under_way(house: House):
    house.contacts.put(contact("c1"), contact("c2"))
    house.customers.unheard = {alias_of("c1")}
    house.clock.pace = timedelta(seconds=20)
    done = await run(house)
    assert done.counts == ImportCounts(imported=2)
    assert sorted(house.customers.creates) == [alias_of("c1"), alias_of("c1"), alias_of("c2")]


async def test_a_customer_created_by_a_worker_that_died_is_found_by_its_alias(house: House):
    house.contacts.put(contact("c1"), contact("c2"))
    await house.imports.intend("acme", [alias_of("c1"), alias_of("c2")], datetime.now(UTC) - timedelta(days=1))
    house.customers.aliases[alias_of("c1")] = "made-before"
    done = await run(house)
    assert done.counts == ImportCounts(imported=2)
    assert await house.store.contact_of("acme", "made-before") == "c1"
    assert house.customers.creates == [alias_of("c2")]
    assert await house.imports.intents("acme", [alias_of("c1"), alias_of("c2")]) == {}


async def test_what_sequence_refuses_is_reported_in_its_words(house: House):
    house.contacts.put(contact("c1"), contact("c2"))
    house.customers.refuse = {alias_of("c1"): "postcode is not one of GB"}
    done = await run(house)
    assert done.counts == ImportCounts(imported=1, invalid=1)
    [row] = [row for row in await house.imports.rows("acme") if row.outcome is ImportOutcome.INVALID]
    assert row.reasons == ("Sequence refused it: postcode is not one of GB",)
    assert await house.imports.intents("acme", [alias_of("c1")]) == {}


async def test_documents_that_waited_for_a_customer_are_released_by_the_import(house: House):
    late = house.customers.put(customer("late", "Late Ltd"))
    house.contacts.put(contact("c1"))
    ref = house.billing.put(invoice(customer_id="late"))
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.HELD)
    await house.customers.link("acme", late.id, "c1")
    await run(house, preview=True)
    assert (await house.link(ref)).state is SyncState.HELD
    await run(house)
    await house.until(ref, SyncState.PUSHED)


async def test_an_account_that_is_not_connected_stops_the_import(house: House):
    house.contacts.put(contact("c1"))
    house.contacts.refuse = HoldError(HoldReason.DISCONNECTED)
    assert (await run(house)).stopped
    connection = await house.store.connection("acme")
    assert connection is not None
    assert connection.status is ConnectionStatus.DISCONNECTED
    assert (await run(house)).stopped
    # Without the customers of Sequence to compare with, no page may be imported.
    events = (await house.customer_workflows.importing("acme").fetch_history()).events
    scheduled = [event.activity_task_scheduled_event_attributes for event in events]
    assert {each.activity_type.name for each in scheduled} - {""} == {"open_import"}
    await house.store.save_connection(CONNECTION)
    house.contacts.refuse = None
    assert (await run(house)).counts == ImportCounts(imported=1)


async def test_one_import_of_an_account_runs_at_a_time_and_shows_its_progress(house: House):
    house.contacts.put(contact("c1"))
    house.customers.unheard = {alias_of("c1")}
    house.clock.pace = timedelta(seconds=20)
    start = ImportInput(account_id="acme")
    assert await house.customer_workflows.start_import(start)
    assert not await house.customer_workflows.start_import(start)
    progress = await house.customer_workflows.importing("acme").query("progress", result_type=ImportProgress)
    assert not progress.finished
    assert (await house.customer_workflows.importing("acme").result()).finished


async def test_no_name_is_in_any_history(house: House):
    house.customers.put(customer("ada", "Ada Ltd"))
    house.contacts.put(contact("c1", "Secret plc"), contact("c2", "Ada Limited"), contact("c3", "Third", email=None))
    house.customers.refuse = {alias_of("c1"): "Secret plc is no name"}
    await run(house)
    text = await kept_of(house.customer_workflows.importing("acme"))
    assert "Secret" not in text
    assert "Ada" not in text
    assert "x.example" not in text
