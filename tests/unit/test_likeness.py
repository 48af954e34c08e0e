"""Which contacts a customer may be, the likeliest first, and what an import makes of a contact."""

from tests.xero_support import customer
from xerosync.core.xero_records import XeroContact
from xerosync.customers.contact_to_customer import ImportOutcome
from xerosync.customers.matching import Directory, KnownCustomer, judge, search_terms, suggested


def contact(contact_id: str, name: str = "Nobody", **changes: object) -> XeroContact:
    return XeroContact(contact_id=contact_id, name=name).model_copy(update=changes)


def test_the_likeliest_contact_comes_first_with_its_reasons():
    ours = customer("k1", "Acme Widgets Ltd", customProperties={"taxId": "GB1"})
    found = suggested(
        ours,
        [
            contact("nothing in common"),
            contact("same domain", email="x@acme.example"),
            contact("similar", "Acme Widget Group"),
            contact("archived", "Acme Widgets Limited", is_archived=True),
            contact("same mail", email="AL@acme.example"),
            contact("same name", "ACME WIDGETS LIMITED"),
            contact("same tax", tax_number="gb 1"),
            contact("ours", contact_number="k1"),
            contact("ours", contact_number="k1"),
        ],
    )
    assert [it.contact.contact_id for it in found] == [
        "ours",
        "same tax",
        "same name",
        "same mail",
        "similar",
        "archived",
        "same domain",
    ]
    reasons = {it.contact.contact_id: it.reasons for it in found}
    assert reasons["archived"] == ["same name", "but archived in Xero"]
    assert reasons["similar"] == ["similar name"]


def test_an_address_at_a_public_mail_service_says_nothing():
    people = [{"name": "A", "email": "a@gmail.com", "billing_preference": "PRIMARY"}]
    assert suggested(customer("k1", "Acme", contacts=people), [contact("c", email="b@gmail.com")]) == []


def test_a_customer_is_searched_by_e_mail_name_and_longest_word():
    assert list(search_terms(customer("k1", "The Acme Ltd"))) == ["al@acme.example", "The Acme Ltd", "acme"]
    assert list(search_terms(customer("k1", "Bo", contacts=[]))) == ["Bo"]


def test_a_customer_that_two_contacts_fit_is_linked_to_one():
    directory = Directory([KnownCustomer(customer_id="k1", name="Acme", contact_id="c1")])
    first, _ = judge(contact("c1", is_customer=True), None, directory)
    second, _ = judge(contact("c2", contact_number="k1", is_customer=True), None, directory)
    assert (first.outcome, first.customer_id) == (ImportOutcome.LINKED, "k1")
    assert second.outcome is ImportOutcome.INVALID
