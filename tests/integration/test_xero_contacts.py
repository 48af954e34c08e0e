"""Contacts through the gateway, on the stand-in, over HTTP."""

from collections.abc import AsyncGenerator

import pytest

from tests.xero_support import Bench, bench, customer
from xerosync.core.errors import HoldError, MissingError
from xerosync.core.holds import HoldReason
from xerosync.customers.customer_to_contact import wanted
from xerosync.xero import XeroContacts
from xerosync.xero.contacts import contact_payload


@pytest.fixture
async def at() -> AsyncGenerator[Bench]:
    async with bench() as opened:
        yield opened


@pytest.fixture
def contacts(at: Bench) -> XeroContacts:
    return at.gateway.contacts()


async def test_a_customer_becomes_a_contact_under_our_id(at: Bench, contacts: XeroContacts):
    created = await contacts.create(at.connection, customer("customer-2", "Beta GmbH"))
    assert (created.name, created.contact_number, created.email) == ("Beta GmbH", "customer-2", "al@acme.example")
    assert not created.is_customer
    kept = at.organisation.contacts.get(created.contact_id)
    assert kept is not None
    assert [person.email for person in kept.persons] == ["bo@acme.example"]
    assert {address.type for address in kept.addresses} == {"POBOX", "STREET"}


async def test_a_contact_is_found_by_our_id(at: Bench, contacts: XeroContacts):
    found = await contacts.find_by_number(at.connection, "customer-1")
    assert found is not None
    assert found.contact_id == at.contact_id
    assert await contacts.find_by_number(at.connection, at.contact_id) is None
    assert await contacts.find_by_number(at.connection, "nobody") is None


async def test_an_id_that_looks_like_xeros_own_is_found_too(at: Bench, contacts: XeroContacts):
    ours = "6a1f5d1e-7e2f-4d8e-9d0a-0a4f4a0f9b11"
    created = await contacts.create(at.connection, customer(ours, "Gamma"))
    assert await contacts.find_by_number(at.connection, ours) == created


@pytest.mark.parametrize("name", ["Acme Ltd", "ACME LTD", "acme ltd"])
async def test_a_contact_is_found_by_name_in_any_case(at: Bench, contacts: XeroContacts, name: str):
    found = await contacts.find_by_name(at.connection, name)
    assert found is not None
    assert found.contact_id == at.contact_id


async def test_a_name_that_is_only_part_of_another_is_not_found(at: Bench, contacts: XeroContacts):
    assert await contacts.find_by_name(at.connection, "Acme") is None


async def test_an_archived_contact_is_found_and_said_to_be(at: Bench, contacts: XeroContacts):
    await at.in_xero(f"Contacts/{at.contact_id}/archive")
    found = await contacts.find_by_name(at.connection, "Acme Ltd")
    assert found is not None
    assert found.is_archived
    by_number = await contacts.find_by_number(at.connection, "customer-1")
    assert by_number is not None
    assert by_number.is_archived


async def test_a_merged_contact_names_the_one_it_became(at: Bench, contacts: XeroContacts):
    merged_into = await contacts.create(at.connection, customer("customer-2", "Beta"))
    await at.in_xero(f"Contacts/{at.contact_id}/merge", into=merged_into.contact_id)
    assert (await contacts.get(at.connection, at.contact_id)).merged_to == merged_into.contact_id
    [archived] = (await contacts.archived(at.connection, 1)).contacts
    assert (archived.contact_id, archived.merged_to) == (at.contact_id, merged_into.contact_id)


async def test_a_name_in_use_is_refused_in_xeros_words(at: Bench, contacts: XeroContacts):
    with pytest.raises(HoldError) as held:
        await contacts.create(at.connection, customer("customer-2", "ACME ltd"))
    assert held.value.reason is HoldReason.REJECTED
    assert "contact name" in held.value.words


async def test_a_contact_that_is_not_there_is_missing(at: Bench, contacts: XeroContacts):
    with pytest.raises(MissingError):
        await contacts.get(at.connection, "11111111-1111-4111-8111-111111111111")


async def test_archived_contacts_come_in_pages_by_name(at: Bench, contacts: XeroContacts):
    for number in range(3):
        created = await contacts.create(at.connection, customer(f"c-{number}", f"Beta {number}"))
        await at.in_xero(f"Contacts/{created.contact_id}/archive")
    page = await contacts.archived(at.connection, 1)
    assert [contact.name for contact in page.contacts] == ["Beta 0", "Beta 1", "Beta 2"]
    assert (page.total, page.is_last) == (3, True)
    assert (await contacts.archived(at.connection, 2)).contacts == []
    assert (await contacts.customers(at.connection, 1)).contacts == []


def test_what_is_too_long_for_xero_is_cut_and_at_most_five_people_go():
    people = [{"name": f"P{number}", "email": f"p{number}@x.example"} for number in range(9)]
    long = customer("c" * 60, "N" * 300, contacts=people)
    payload = contact_payload(wanted(long))
    assert (len(payload["Name"]), len(payload["ContactNumber"]), len(payload["ContactPersons"])) == (255, 50, 5)
