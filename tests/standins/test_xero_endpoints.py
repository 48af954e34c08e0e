"""Which endpoints there are: those of Xero, no more."""

import pytest

from tests.standins.xero_fixtures import Books, elements_of, one_of


@pytest.mark.parametrize("path", ["Quotes", "Accounts/{id}/History", "Items/{id}/Attachments"])
async def test_what_xero_does_not_have_is_not_found(books: Books, path: str):
    account = books.organisation.account("200")
    item = one_of(await books.put("Items", {"Code": "SEAT"}))
    record_id = account.id if path.startswith("Accounts") else item["ItemID"]

    assert (await books.get(path.format(id=record_id))).status_code == 404


async def test_allocations_are_read_with_their_credit_note_alone(books: Books):
    note = await books.saved_note()

    assert (await books.get(f"CreditNotes/{note['CreditNoteID']}/Allocations")).status_code == 405


@pytest.mark.parametrize(
    "path", ["Organisation", "Organisations", "organisations/", "organisations/actions", "Organisation/Actions/"]
)
async def test_the_organisation_is_found_under_both_its_names_in_any_case(books: Books, path: str):
    answer = (await books.get(path)).raise_for_status().json()

    assert answer["Actions" if "ctions" in path else "Organisations"]


@pytest.mark.parametrize("path", ["Invoices/A-1/history", "invoices/A-1/HISTORY/", "INVOICES/A-1/History"])
async def test_history_is_found_in_any_case_and_the_number_of_a_record_only_in_its_own(books: Books, path: str):
    await books.saved("A-1")

    (entry,) = elements_of(await books.get(path))

    assert entry["Changes"] == "Approved"
    assert (await books.get("Invoices/a-1")).status_code == 404


async def test_ids_are_read_without_their_dashes(books: Books):
    invoice = await books.saved("A-1")

    for query in ({"IDs": invoice["InvoiceID"]}, {"ContactIDs": books.contact_id}):
        bare = {name: value.replace("-", "") for name, value in query.items()}
        assert [found["InvoiceNumber"] for found in elements_of(await books.get("Invoices", **bare))] == ["A-1"]
    assert len(elements_of(await books.get("Contacts", IDs=books.contact_id.replace("-", "")))) == 1
