"""What a contact of Xero becomes in Sequence, or why it can't, as a finance person reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xerosync.core.documents import TaxStatus
from xerosync.core.xero_records import XeroAddress, XeroContact, XeroPerson
from xerosync.customers.contact_to_customer import NewCustomer, converted
from xerosync.customers.countries import codes
from xerosync.customers.customer import BillingPreference
from xerosync.customers.matching import KnownCustomer, likely_same


def address(slot: str = "POBOX", **changes: object) -> XeroAddress:
    whole = {"lines": ("1 High Street",), "city": "London", "postal_code": "E1 6AN", "country": "UK"}
    return XeroAddress(slot=slot, **{**whole, **changes})  # type: ignore[arg-type]


def contact(**changes: object) -> XeroContact:
    base = XeroContact(
        contact_id="c-1",
        name="Ada Ltd",
        email="bills@ada.example",
        addresses=(address(), XeroAddress(slot="STREET")),
        is_customer=True,
    )
    return base.model_copy(update=changes)


def reasons(**changes: object) -> list[str]:
    found = converted(contact(**changes))
    assert not isinstance(found, NewCustomer)
    return list(found)


def became(**changes: object) -> NewCustomer:
    found = converted(contact(**changes))
    assert isinstance(found, NewCustomer), found
    return found


def test_a_whole_contact_becomes_a_customer():
    new = became(first_name="Ada", last_name="King", addresses=(address(lines=("Unit 3", "1 High Street", "Bow")),))
    assert (new.legal_name, new.alias, new.tax_status) == ("Ada Ltd", "xero:c-1", TaxStatus.TAXED)
    assert (new.address.line1, new.address.line2, new.address.country) == ("Unit 3", "1 High Street, Bow", "GB")
    [primary] = new.contacts
    assert (primary.name, primary.email) == ("Ada King", "bills@ada.example")
    assert primary.billing_preference is BillingPreference.PRIMARY


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": None}, "It has no e-mail address."),
        ({"email": " "}, "It has no e-mail address."),
        ({"email": "ada at ada"}, '"ada at ada" is not an e-mail address.'),
        ({"addresses": ()}, "It has no address."),
        ({"addresses": (address(lines=()),)}, "The address has no first line."),
        ({"addresses": (address(city=""),)}, "The address has no town or city."),
        ({"addresses": (address(postal_code=""),)}, "The address has no postal code."),
        ({"addresses": (address(country=""),)}, "The address has no country."),
        (
            {"addresses": (address(country="Channel Islands"),)},
            'The country "Channel Islands" is not recognised: is it Jersey (JE) or Guernsey (GG)?',
        ),
        (
            {"addresses": (address(country="Germny"),)},
            'The country "Germny" is not recognised: is it Germany (DE)?',
        ),
        (
            {"addresses": (address(country="Unspecified"),)},
            'The country "Unspecified" is not recognised: write its name or its two-letter code.',
        ),
        ({"is_customer": False}, "It is not a customer in Xero yet: no invoice was issued to it."),
        ({"is_archived": True}, "It is archived in Xero: restore it there first."),
        (
            {"is_archived": True, "merged_to": "c-2"},
            "It was merged into another contact in Xero (c-2): import that one.",
        ),
    ],
)
def test_what_is_missing_is_said_in_words(changes: dict[str, object], words: str):
    assert reasons(**changes) == [words]


def test_all_reasons_are_given_at_once():
    bad = address(city="", postal_code="", country="Europe")
    assert len(reasons(email=None, addresses=(bad,))) == 4


def test_the_street_address_is_taken_where_the_one_for_bills_is_incomplete():
    assert became(addresses=(address(city=""), address("STREET", city="Leeds"))).address.town == "Leeds"
    assert reasons(addresses=(address(city=""), address("STREET", country=""))) == ["The address has no town or city."]


def test_further_persons_with_an_e_mail_address_are_taken_once():
    persons = (
        XeroPerson(first_name="Bo", last_name="Li", email="bo@ada.example", in_emails=True),
        XeroPerson(first_name="Cy", email="cy@ada.example"),
        XeroPerson(first_name="No mail"),
        XeroPerson(first_name="Again", email="BILLS@ada.example"),
    )
    found = [(it.name, it.billing_preference.value) for it in became(persons=persons).contacts]
    assert found == [("Ada Ltd", "PRIMARY"), ("Bo Li", "STANDARD"), ("Cy", "NONE")]


@pytest.mark.parametrize(
    ("tax_type", "status"),
    [
        (None, TaxStatus.TAXED),
        ("OUTPUT2", TaxStatus.TAXED),
        ("ZERORATEDOUTPUT", TaxStatus.TAXED),
        ("NONE", TaxStatus.TAX_EXEMPT),
        ("EXEMPTOUTPUT", TaxStatus.TAX_EXEMPT),
        ("ECZROUTPUTSERVICES", TaxStatus.REVERSE_CHARGED),
        ("REVERSECHARGES", TaxStatus.REVERSE_CHARGED),
    ],
)
def test_the_contacts_own_tax_type_gives_the_tax_status(tax_type: str | None, status: TaxStatus):
    assert became(receivable_tax_type=tax_type).tax_status is status


def known(customer_id: str = "k-1", name: str = "Bo plc", **changes: object) -> KnownCustomer:
    return KnownCustomer(customer_id=customer_id, name=name, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("customer", "words"),
    [
        (known(name="ADA LIMITED"), "It has the name of customer ADA LIMITED."),
        (known(emails=("x@y.example", "Bills@Ada.example")), "It has the e-mail address of customer Bo plc."),
        (known(tax_number="GB 123-456"), "It has the tax number of customer Bo plc."),
    ],
)
def test_a_customer_that_is_likely_the_same_is_proposed(customer: KnownCustomer, words: str):
    found = likely_same(contact(tax_number="gb123456"), [known("k-0", "Other"), customer])
    assert found == (customer, words)


def test_a_customer_that_is_linked_elsewhere_is_compared_by_name_alone():
    linked = known(emails=("bills@ada.example",), tax_number="1", is_linked=True)
    assert likely_same(contact(tax_number="1"), [linked]) is None
    namesake = known(name="Ada Ltd.", is_linked=True)
    found = likely_same(contact(), [namesake])
    assert found is not None
    assert "linked to another contact" in found[1]


def test_the_tax_number_says_more_than_the_name_and_the_name_more_than_the_address():
    by_email = known("k-1", emails=("bills@ada.example",))
    by_name, by_tax = known("k-2", "Ada Ltd"), known("k-3", tax_number="7")
    found = likely_same(contact(tax_number="7"), [by_email, by_name, by_tax])
    assert found is not None
    assert found[0] == by_tax


@given(
    name=st.text(min_size=1, max_size=30),
    email=st.none() | st.text(max_size=20) | st.emails(),
    country=st.text(max_size=20) | st.sampled_from(["UK", "Eire", "Channel Islands"]),
    lines=st.lists(st.text(min_size=1, max_size=10), max_size=4),
    city=st.text(max_size=10),
    is_customer=st.booleans(),
)
def test_any_contact_is_either_complete_or_has_its_reasons(
    name: str, email: str | None, country: str, lines: list[str], city: str, *, is_customer: bool
):
    found = converted(
        contact(
            name=name,
            email=email,
            is_customer=is_customer,
            addresses=(address(country=country, lines=tuple(lines), city=city),),
        )
    )
    if isinstance(found, NewCustomer):
        assert is_customer
        assert found.address.country in codes()
        assert found.address.line1
        assert found.contacts[0].billing_preference is BillingPreference.PRIMARY
        assert "@" in found.contacts[0].email
    else:
        assert found
        assert all(reason.endswith((".", "?")) for reason in found)


@pytest.mark.parametrize(
    ("country", "region", "state", "second_line"),
    [
        ("USA", "California", "CA", "Floor 2"),
        ("US", "ny", "NY", "Floor 2"),
        ("United States", "Washington, D.C.", "DC", "Floor 2"),
        ("Canada", "Quebec", "QC", "Floor 2"),
        ("CA", "Newfoundland & Labrador", "NL", "Floor 2"),
        ("US", "Puerto Rico", None, "Floor 2, Puerto Rico"),
        ("Ireland", "Munster", None, "Floor 2, Munster"),
        ("UK", "CA", None, "Floor 2, CA"),
        ("UK", "", None, "Floor 2"),
    ],
)
def test_a_region_is_a_state_only_where_sequence_has_a_code_for_it_and_else_stays_in_a_line(
    country: str, region: str, state: str | None, second_line: str
):
    new = became(addresses=(address(lines=("1 High Street", "Floor 2"), country=country, region=region),))
    assert (new.address.state, new.address.line2) == (state, second_line)
