"""What of a customer goes onto its contact in Xero, and what is left as the bookkeeper has it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xero_support import customer
from xerosync.core.text import length
from xerosync.core.xero_records import XeroAddress, XeroContact, XeroPerson
from xerosync.customers.customer_to_contact import ContactFields, differences, wanted
from xerosync.customers.messages import PushHold


def as_written(fields: ContactFields, **changes: object) -> XeroContact:
    contact = XeroContact(
        contact_id="x-1",
        name=fields.name or "",
        contact_number=fields.contact_number,
        email=fields.email,
        first_name=fields.person,
        tax_number=fields.tax_number,
        default_currency=fields.default_currency,
        addresses=fields.addresses,
        persons=fields.persons or (),
    )
    return contact.model_copy(update=changes)


def test_a_customer_fills_name_number_people_and_both_address_slots():
    fields = wanted(customer(custom_properties={"Tax number": " GB1 ", "currency": "eur"}))
    assert (fields.name, fields.contact_number, fields.email) == ("Acme Ltd", "customer-1", "al@acme.example")
    assert (fields.person, fields.tax_number, fields.default_currency) == ("Al", "GB1", "EUR")
    assert [person.email for person in fields.persons or ()] == ["bo@acme.example"]
    assert [address.slot for address in fields.addresses] == ["POBOX", "STREET"]
    assert {address.country for address in fields.addresses} == {"United Kingdom"}


def test_at_most_five_further_people_are_written_and_none_that_is_archived():
    people = [{"name": f"P{n}", "email": f"p{n}@x.example"} for n in range(9)]
    gone = {"name": "Gone", "email": "gone@x.example", "archivedAt": "2026-01-01T00:00:00Z"}
    fields = wanted(customer(contacts=[gone, *people]))
    assert fields.email == "p0@x.example"
    assert [person.first_name for person in fields.persons or ()] == ["P1", "P2", "P3", "P4", "P5"]


def test_what_xero_shows_as_it_was_written_has_no_differences():
    assert differences(customer(), as_written(wanted(customer()))).is_empty


def test_only_what_differs_is_written():
    before = as_written(wanted(customer()))
    assert differences(customer(name="Acme plc"), before) == ContactFields(name="Acme plc")
    moved = customer(address={"line1": "2 Low Road", "town": "Leeds", "postcode": "LS1", "country": "GB"})
    assert [address.slot for address in differences(moved, before).addresses] == ["POBOX", "STREET"]


@pytest.mark.parametrize("country", ["UK", "GB", "great britain", "United Kingdom"])
def test_another_way_of_writing_the_same_is_no_difference(country: str):
    slots = tuple(it.model_copy(update={"country": country}) for it in wanted(customer()).addresses)
    people = (XeroPerson(first_name="B", last_name="o", email="BO@acme.example", in_emails=True),)
    shown = as_written(wanted(customer()), addresses=slots, email="AL@ACME.example")
    assert differences(customer(), shown).is_empty
    assert differences(customer(), shown.model_copy(update={"persons": people})).persons is not None


def test_what_the_bookkeeper_has_and_sequence_does_not_know_stays():
    street = XeroAddress(slot="STREET", lines=("The yard",), city="Hull", country="UK")
    slots = (wanted(customer()).addresses[0], street)
    shown = as_written(wanted(customer()), contact_number="theirs", tax_number="7", addresses=slots)
    assert differences(customer(), shown).is_empty
    moved = customer(address={"line1": "2 Low Road", "town": "Leeds", "postcode": "LS1", "country": "GB"})
    assert [address.slot for address in differences(moved, shown).addresses] == ["POBOX"]


@given(
    name=st.text(min_size=1, max_size=300),
    line=st.text(min_size=1, max_size=600),
    people=st.lists(st.tuples(st.text(min_size=1, max_size=300), st.emails()), max_size=9),
)
def test_whatever_was_written_is_settled(name: str, line: str, people: list[tuple[str, str]]):
    contacts = [{"name": each, "email": email} for each, email in people]
    address = {"line1": line, "town": "T", "postcode": "P", "country": "FR"}
    ours = customer(name=name, address=address, contacts=contacts)
    assert differences(ours, as_written(wanted(ours))).is_empty


@pytest.mark.parametrize("hold", PushHold)
def test_every_hold_says_what_to_do(hold: PushHold):
    assert hold.sentence.endswith(".")


@pytest.mark.parametrize(
    "name", ["a" * 254 + " and more", "🎉" * 200, "Acme\x02 \t Ltd", "Launch \ud83d party", " \x00Acme  Ltd "]
)
def test_a_name_that_xero_stores_differently_is_written_once(name: str):
    ours = customer(name=name, contacts=[{"name": name, "email": "al@acme.example"}])
    written = wanted(ours)
    assert differences(ours, as_written(written)).is_empty
    assert written.name == (written.name or "").strip()
    assert length(written.name or "") <= 255


def test_spaces_that_xero_folds_are_no_difference():
    spaced = customer(address={"line1": "1  High Street", "town": "Lon don ", "postcode": "E1", "country": "GB"})
    shown = as_written(wanted(spaced), name="Acme  Ltd")
    assert differences(spaced, shown).is_empty
