"""Contacts: names, numbers, archived and merged ones, address slots, what documents do to them."""

from typing import Any

import pytest

from tests.standins.xero_fixtures import Books, elements_of, line, messages_of, one_of, refusal

MATCHED = "The specified contact details matched an archived contact. "
ARCHIVED = [MATCHED + "Archived contacts cannot currently be edited via the API."]
TAKEN = "The contact name {} is already assigned to another contact. "
UNIQUE = "The contact name must be unique across all active contacts."


def taken(name: str) -> list[str]:
    return [TAKEN.format(name) + UNIQUE]


async def contact(books: Books, contact_id: str | None = None) -> dict[str, Any]:
    return one_of(await books.get(f"Contacts/{contact_id or books.contact_id}"))


async def test_a_name_is_unique_without_regard_to_case_among_active_contacts(books: Books):
    assert refusal(await books.put("Contacts", {"Name": "ACME ltd"})) == taken("ACME ltd")

    await books.act(f"Contacts/{books.contact_id}/archive")

    assert one_of(await books.put("Contacts", {"Name": "ACME ltd"}))["Name"] == "ACME ltd"


async def test_a_put_with_a_contact_number_in_use_is_refused_and_a_post_updates_that_contact(books: Books):
    made = one_of(await books.put("Contacts", {"Name": "Globex", "ContactNumber": "cus_1"}))

    assert refusal(await books.put("Contacts", {"Name": "Initech", "ContactNumber": "cus_1"})) == [
        "The contact number cus_1 is already assigned to another contact."
    ]
    renamed = one_of(await books.post("Contacts", {"Name": "Globex Corp", "ContactNumber": "cus_1"}))
    assert (renamed["ContactID"], renamed["Name"]) == (made["ContactID"], "Globex Corp")


async def test_a_post_with_a_known_name_updates_and_with_a_new_one_creates(books: Books):
    known = one_of(await books.post("Contacts", {"Name": "acme ltd", "FirstName": "Ada"}))
    new = one_of(await books.post("Contacts", {"Name": "Globex"}))

    assert (known["ContactID"], known["FirstName"]) == (books.contact_id, "Ada")
    assert new["ContactID"] != books.contact_id


async def test_a_contact_has_two_address_slots_and_four_phones_even_when_empty(books: Books):
    found = await contact(books)

    assert found["Addresses"] == [
        {"AddressType": kind, "City": "", "Region": "", "PostalCode": "", "Country": ""} for kind in ("STREET", "POBOX")
    ]
    assert [phone["PhoneType"] for phone in found["Phones"]] == ["DEFAULT", "DDI", "FAX", "MOBILE"]


async def test_an_address_fills_its_slot_and_leaves_the_other(books: Books):
    pobox = {"AddressType": "POBOX", "AddressLine1": "PO Box 1", "City": "Leeds", "Country": "United Kingdom"}
    street = {"AddressType": "STREET", "AddressLine1": "1 High St", "PostalCode": "LS1 1AA"}
    await books.post("Contacts", {"ContactID": books.contact_id, "Addresses": [pobox]})

    changed = one_of(await books.post("Contacts", {"ContactID": books.contact_id, "Addresses": [street]}))

    by_type = {address["AddressType"]: address for address in changed["Addresses"]}
    assert by_type["POBOX"]["AddressLine1"] == "PO Box 1"
    assert (by_type["STREET"]["AddressLine1"], by_type["STREET"]["Country"]) == ("1 High St", "")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Name": "n" * 256}, "The length of the field Name must not be greater than 255."),
        ({"ContactNumber": "n" * 51}, "The length of the field ContactNumber must not be greater than 50."),
        (
            {"Addresses": [{"AddressType": "POBOX", "Country": "c" * 51}]},
            "The length of the field Country must not be greater than 50.",
        ),
        ({"EmailAddress": "nobody"}, "Email address must be valid."),
        ({"EmailAddress": "ü@x.example"}, "Email address must be valid."),
        ({"DefaultCurrency": "USD"}, "Organisation is not subscribed to currency USD"),
        (
            {"EmailAddress": "p@globex.example", "ContactPersons": [{"FirstName": "P"}] * 6},
            "A contact can have a maximum of 5 ContactPersons.",
        ),
        ({"Addresses": [{"AddressType": "HOME"}]}, "The address type HOME is not valid"),
    ],
)
async def test_a_field_beyond_its_bounds_is_refused(books: Books, fields: dict[str, Any], message: str):
    assert refusal(await books.put("Contacts", {"Name": "Globex", **fields})) == [message]


async def test_a_contact_needs_a_name(books: Books):
    assert refusal(await books.put("Contacts", {"EmailAddress": "a@b.example"})) == [
        "The Contact Name must be specified."
    ]


async def test_archived_contacts_are_listed_only_when_asked_for(books: Books):
    await books.act(f"Contacts/{books.contact_id}/archive")

    assert elements_of(await books.get("Contacts")) == []
    assert elements_of(await books.get("Contacts", IDs=books.contact_id)) == []
    (found,) = elements_of(await books.get("Contacts", includeArchived="true"))
    assert found["ContactStatus"] == "ARCHIVED"


async def test_an_archived_contact_is_neither_edited_nor_invoiced(books: Books):
    await books.act(f"Contacts/{books.contact_id}/archive")

    assert refusal(await books.post("Contacts", {"ContactID": books.contact_id, "FirstName": "A"})) == ARCHIVED
    assert refusal(await books.put("Invoices", books.invoice("A-1"))) == ARCHIVED
    assert refusal(await books.put("Invoices", books.invoice("A-1", Contact={"Name": "Acme Ltd"}))) == ARCHIVED


async def test_dates_of_an_archived_contacts_invoice_may_still_be_moved(books: Books):
    saved = await books.saved()
    await books.act(f"Contacts/{books.contact_id}/archive")

    changed = one_of(await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "Date": "2026-05-01"}))

    assert changed["DateString"] == "2026-05-01T00:00:00"


async def test_a_merged_contact_points_to_the_other_and_its_documents_move(books: Books):
    invoice = await books.saved()
    other = one_of(await books.put("Contacts", {"Name": "Acme Group"}))

    await books.act(f"Contacts/{books.contact_id}/merge", into=other["ContactID"])

    merged = await contact(books)
    assert (merged["ContactStatus"], merged["MergedToContactID"]) == ("ARCHIVED", other["ContactID"])
    assert (await books.read(invoice))["Contact"]["ContactID"] == other["ContactID"]
    assert (await contact(books, other["ContactID"]))["IsCustomer"] is True


async def test_a_contact_becomes_a_customer_with_its_first_invoice_without_a_new_stamp(books: Books):
    before = await contact(books)
    await books.http.post("/_sandbox/clock", json={"advance_seconds": 60})
    await books.saved()

    after = await contact(books)

    assert (before["IsCustomer"], after["IsCustomer"], after["IsSupplier"]) == (False, True, False)
    assert after["UpdatedDateUTC"] == before["UpdatedDateUTC"]


async def test_a_bill_makes_a_supplier(books: Books):
    await books.put("Invoices", books.invoice("B-1", Type="ACCPAY", LineItems=[line(AccountCode="429")]))

    assert (await contact(books))["IsSupplier"] is True


async def test_is_customer_cannot_be_set(books: Books):
    made = one_of(await books.put("Contacts", {"Name": "Globex", "IsCustomer": True, "IsSupplier": True}))

    assert (made["IsCustomer"], made["IsSupplier"]) == (False, False)


async def test_the_contact_id_alone_leaves_the_contact_as_it_is_and_more_fields_edit_it(books: Books):
    before = await contact(books)
    await books.http.post("/_sandbox/clock", json={"advance_seconds": 60})
    await books.saved("A-1")
    assert (await contact(books))["UpdatedDateUTC"] == before["UpdatedDateUTC"]

    await books.saved("A-2", Contact={"ContactID": books.contact_id, "Name": "Acme Holdings"})

    assert (await contact(books))["Name"] == "Acme Holdings"


async def test_a_refused_document_leaves_its_contact_as_it_was(books: Books):
    contact_fields = {"ContactID": books.contact_id, "Name": "Acme Holdings"}
    await books.put("Invoices", books.invoice("A-1", Contact=contact_fields, CurrencyCode="USD"))

    assert (await contact(books))["Name"] == "Acme Ltd"


async def test_a_document_names_its_contact_by_name_or_number_or_makes_it(books: Books):
    await books.post("Contacts", {"ContactID": books.contact_id, "ContactNumber": "cus_1"})

    by_name = await books.saved("A-1", Contact={"Name": "ACME LTD"})
    by_number = await books.saved("A-2", Contact={"ContactNumber": "cus_1"})
    new = await books.saved("A-3", Contact={"Name": "Globex"})

    assert by_name["Contact"]["ContactID"] == by_number["Contact"]["ContactID"] == books.contact_id
    assert (new["Contact"]["Name"], len(books.organisation.contacts)) == ("Globex", 2)


async def test_contacts_are_found_by_search_summary_where_and_number(books: Books):
    await books.put("Contacts", {"Name": "Globex", "ContactNumber": "cus_1", "EmailAddress": "ap@globex.example"})

    async def names(**query: object) -> list[str]:
        return [found["Name"] for found in elements_of(await books.get("Contacts", **query))]

    assert await names(searchTerm="GLOBEX") == ["Globex"]
    assert await names(where='ContactNumber=="cus_1"') == ["Globex"]
    assert await names(where='EmailAddress.Contains("acme") AND ContactStatus=="ACTIVE"') == ["Acme Ltd"]
    assert await names(where="IsCustomer==true") == []
    assert await names(order="Name DESC", page=1, pageSize=1) == ["Globex"]
    assert (await contact(books, "cus_1"))["Name"] == "Globex"
    (summary,) = elements_of(await books.get("Contacts", summaryOnly="true", searchTerm="cus_1"))
    assert "Addresses" not in summary


async def test_a_batch_of_contacts_answers_like_a_batch_of_documents(books: Books):
    answer = elements_of(await books.put("Contacts", {"Name": "acme ltd"}, {"Name": "Globex"}, summarizeErrors="false"))

    by_name = {found["Name"]: found for found in answer}
    assert by_name["Globex"]["HasValidationErrors"] is False
    assert by_name["acme ltd"]["HasValidationErrors"] is True
    assert messages_of(by_name["acme ltd"]) == taken("acme ltd")


async def test_a_contact_shows_what_it_owes(books: Books):
    await books.saved("A-1")
    await books.saved("A-2", Date="2020-01-01", DueDate="2020-01-31")

    assert (await contact(books))["Balances"] == {"AccountsReceivable": {"Outstanding": 240, "Overdue": 120}}


async def test_payment_terms_persons_and_phones_come_back(books: Books):
    fields = {
        "PaymentTerms": {"Sales": {"Day": 14, "Type": "DAYSAFTERBILLDATE"}},
        "ContactPersons": [{"FirstName": "Ada", "EmailAddress": "ada@acme.example", "IncludeInEmails": True}],
        "Phones": [{"PhoneType": "MOBILE", "PhoneNumber": "555"}],
    }

    changed = one_of(await books.post("Contacts", {"ContactID": books.contact_id, **fields}))

    assert changed["PaymentTerms"] == fields["PaymentTerms"]
    assert changed["ContactPersons"][0]["IncludeInEmails"] is True
    assert {phone["PhoneType"]: phone["PhoneNumber"] for phone in changed["Phones"]}["MOBILE"] == "555"


async def test_what_is_wrong_with_the_contact_of_a_document_stands_inside_it(books: Books):
    contact = {"Name": "Globex", "EmailAddress": "nobody"}

    answer = await books.put("Invoices", books.invoice("A-1", Contact=contact))

    (element,) = answer.json()["Elements"]
    assert (answer.status_code, element["HasErrors"], element["ValidationErrors"]) == (400, True, [])
    assert element["Contact"]["Name"] == "Globex"
    assert element["Contact"]["ValidationErrors"] == [{"Message": "Email address must be valid."}]
