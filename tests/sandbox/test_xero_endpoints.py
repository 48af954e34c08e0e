"""Which endpoints there are: those of Xero, no more."""

import pytest

from tests.sandbox.xero_fixtures import Books, one_of


@pytest.mark.parametrize("path", ["Organisations", "Accounts/{id}/History", "Items/{id}/Attachments"])
async def test_what_xero_does_not_have_is_not_found(books: Books, path: str):
    account = books.organisation.account("200")
    item = one_of(await books.put("Items", {"Code": "SEAT"}))
    record_id = account.id if path.startswith("Accounts") else item["ItemID"]

    assert (await books.get(path.format(id=record_id))).status_code == 404


async def test_allocations_are_read_with_their_credit_note_alone(books: Books):
    note = await books.saved_note()

    assert (await books.get(f"CreditNotes/{note['CreditNoteID']}/Allocations")).status_code == 405
