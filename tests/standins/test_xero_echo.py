"""What a refused element looks like: as it was sent, in the forms that answers have, and no field that Xero lacks."""

import pytest

from standins.xero.echo import echoed
from tests.standins.xero_fixtures import NIL, PLACEHOLDER_MS, Books, line, one_of


async def test_a_refused_document_comes_back_with_dates_and_amounts_in_xeros_forms(books: Books):
    bad = books.invoice("S-1", LineItems=[line("19.99", Quantity="3", AccountCode="nope")])

    (element,) = (await books.put("Invoices", bad)).json()["Elements"]

    assert element["InvoiceID"] == NIL
    assert element["Date"] == f"/Date({PLACEHOLDER_MS}+0000)/"
    assert [(item["Quantity"], item["UnitAmount"]) for item in element["LineItems"]] == [(3, 19.99)]


def test_what_is_no_date_and_no_amount_is_left_out_of_the_echo():
    assert echoed({"Date": "soon", "Amount": "much", "Reference": "R"}) == {"Reference": "R"}


@pytest.mark.parametrize(
    ("path", "element", "marks"),
    [
        ("Contacts", {"Name": "acme ltd"}, {"HasValidationErrors"}),
        ("Items", {"Code": "x" * 31}, set()),
        ("Invoices", {"Type": "ACCREC"}, {"HasErrors", "Warnings"}),
        ("Payments", {"Amount": "1"}, {"HasValidationErrors", "Warnings"}),
    ],
)
async def test_each_record_tells_its_fate_in_the_fields_that_it_has(
    books: Books, path: str, element: dict[str, str], marks: set[str]
):
    (refused,) = (await books.put(path, element, summarizeErrors="false")).json()[path]

    assert refused["StatusAttributeString"] == "ERROR"
    assert refused["ValidationErrors"]
    assert refused.keys() & {"HasErrors", "HasValidationErrors", "Warnings"} == marks


async def test_a_post_on_an_item_changes_that_item_and_may_change_its_code(books: Books):
    item = one_of(await books.put("Items", {"Code": "SEAT"}))

    changed = one_of(await books.post(f"Items/{item['ItemID']}", {"Code": "PLAN"}))

    assert (changed["ItemID"], changed["Code"]) == (item["ItemID"], "PLAN")
    assert [held["Code"] for held in (await books.get("Items")).json()["Items"]] == ["PLAN"]
    assert (await books.post(f"Items/{NIL}", {"Code": "SEAT"})).status_code == 404
