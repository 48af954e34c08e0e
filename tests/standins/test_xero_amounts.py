"""Line totals, tax, discounts, unit prices, accounts, currencies."""

from decimal import Decimal
from typing import Any

import pytest

from standins.exactjson import loads
from tests.standins.xero_fixtures import JSON, Books, line, one_of, refusal


async def test_tax_is_rounded_line_by_line_and_then_summed(books: Books):
    saved = await books.saved(LineItems=[line("0.03"), line("0.03"), line("0.03")])

    assert [item["TaxAmount"] for item in saved["LineItems"]] == [0.01, 0.01, 0.01]
    assert (saved["SubTotal"], saved["TotalTax"], saved["Total"]) == (0.09, 0.03, 0.12)


async def test_amounts_are_exact_numbers_with_two_places(books: Books):
    answer = await books.put("Invoices", books.invoice("A-1", LineItems=[line("1234567.10")]))

    saved = loads(answer.content)["Invoices"][0]
    assert [str(saved[name]) for name in ("SubTotal", "TotalTax", "Total", "AmountDue")] == [
        "1234567.10",
        "246913.42",
        "1481480.52",
        "1481480.52",
    ]
    assert b'"Total":1481480.52' in answer.content


async def test_inclusive_amounts_hold_their_tax_and_no_tax_has_none(books: Books):
    inclusive = await books.saved("A-1", LineAmountTypes="Inclusive", LineItems=[line("120.00")])
    untaxed = await books.saved("A-2", LineAmountTypes="NoTax", LineItems=[line("120.00")])

    assert (inclusive["SubTotal"], inclusive["TotalTax"], inclusive["Total"]) == (100, 20, 120)
    assert (untaxed["TotalTax"], untaxed["Total"]) == (0, 120)
    assert untaxed["LineItems"][0]["TaxType"] == "NONE"


async def test_a_unit_price_has_two_places_unless_four_are_asked_for(books: Books):
    item = line("0.1255", Quantity="1000")

    rounded = one_of(await books.put("Invoices", books.invoice("A-1", LineItems=[item])))
    exact = one_of(await books.put("Invoices", books.invoice("A-2", LineItems=[item]), unitdp=4))

    assert (rounded["SubTotal"], exact["SubTotal"]) == (130, 125.5)
    assert (rounded["LineItems"][0]["UnitAmount"], exact["LineItems"][0]["UnitAmount"]) == (0.13, 0.1255)


async def test_a_fifth_place_of_a_unit_price_is_rounded_away(books: Books):
    item = line("0.00005", Quantity="10000")

    saved = one_of(await books.put("Invoices", books.invoice("A-1", LineItems=[item]), unitdp=4))

    assert (saved["LineItems"][0]["UnitAmount"], saved["SubTotal"]) == (0.0001, 1)


async def test_a_line_amount_must_be_quantity_times_price(books: Books):
    good = await books.saved("A-1", LineItems=[line("3.333", Quantity="3", LineAmount="9.99")])
    assert good["SubTotal"] == 9.99

    bad = await books.put("Invoices", books.invoice("A-2", LineItems=[line("3.333", Quantity="3", LineAmount="10.00")]))
    assert refusal(bad) == ["The line total 10.00 does not match the expected line total 9.99"]


@pytest.mark.parametrize(
    ("item", "price", "quantity"),
    [
        ({"Description": "x", "AccountCode": "200", "LineAmount": "10.00", "Quantity": "4"}, 2.5, 4),
        ({"Description": "x", "AccountCode": "200", "LineAmount": "10.00", "UnitAmount": "2.50"}, 2.5, 4),
        ({"Description": "x", "AccountCode": "200", "LineAmount": "10.00"}, 10, 1),
    ],
)
async def test_what_is_left_out_beside_a_line_amount_is_worked_out(
    books: Books, item: JSON, price: float, quantity: float
):
    (saved,) = (await books.saved(LineItems=[item]))["LineItems"]

    assert (saved["UnitAmount"], saved["Quantity"], saved["LineAmount"]) == (price, quantity, 10)


async def test_discounts_by_rate_and_by_amount_lower_the_line(books: Books):
    items = [line("100", DiscountRate="10"), line("100", DiscountAmount="25.50")]

    saved = await books.saved(LineItems=items)

    assert [item["LineAmount"] for item in saved["LineItems"]] == [90, 74.5]
    assert (saved["IsDiscounted"], saved["TotalDiscount"], saved["SubTotal"]) == (True, 35.5, 164.5)


async def test_a_discount_of_nothing_on_a_negative_line_is_refused_as_xero_does(books: Books):
    items = [line("100"), line("-10", DiscountAmount="0")]

    assert refusal(await books.put("Invoices", books.invoice("A-1", LineItems=items))) == [
        "The discount rate '0' is invalid. Discount must not be greater than the line total."
    ]


async def test_a_negative_total_is_refused(books: Books):
    assert refusal(await books.put("Invoices", books.invoice("A-1", LineItems=[line("-10")]))) == [
        "The invoice total must not be negative."
    ]


async def test_a_tax_type_left_out_is_the_default_of_the_account(books: Books):
    items = [line(), line(AccountCode="270"), line(TaxType="NONE"), line(TaxType="ECOUTPUT")]

    saved = await books.saved(LineItems=items)

    assert [item["TaxType"] for item in saved["LineItems"]] == ["OUTPUT2", "NONE", "NONE", "ECOUTPUT"]
    assert saved["TotalTax"] == 20


async def test_tax_of_another_kind_or_of_no_kind_is_refused(books: Books):
    wrong = await books.put("Invoices", books.invoice("A-1", LineItems=[line(TaxType="INPUT2")]))
    unknown = await books.put("Invoices", books.invoice("A-2", LineItems=[line(TaxType="VAT99")]))

    assert refusal(wrong) == ["The TaxType code 'INPUT2' cannot be used with account code '200'."]
    assert refusal(unknown) == ["The TaxType code VAT99 does not exist or cannot be used for this type of transaction."]


async def test_a_tax_amount_of_ones_own_stands_where_there_is_tax(books: Books):
    saved = await books.saved(LineItems=[line(TaxAmount="19.99"), line(TaxType="NONE", TaxAmount="5")])

    assert [item["TaxAmount"] for item in saved["LineItems"]] == [19.99, 0]


@pytest.mark.parametrize("code", ["999", "090", "610"])
async def test_an_account_that_is_not_there_or_not_for_lines_is_refused(books: Books, code: str):
    assert refusal(await books.put("Invoices", books.invoice("A-1", LineItems=[line(AccountCode=code)]))) == [
        f"Account code '{code}' is not a valid code for this document."
    ]


async def test_an_archived_account_is_refused_and_a_restored_one_taken(books: Books):
    await books.act("Accounts/260/archive")
    item = line(AccountCode="260")
    assert refusal(await books.put("Invoices", books.invoice("A-1", LineItems=[item]))) == [
        "Account code '260' has been archived, or has been deleted. Each line item must reference a valid account."
    ]

    await books.act("Accounts/260/archive", archived=False)

    assert (await books.saved("A-1", LineItems=[item]))["Status"] == "AUTHORISED"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"AccountCode": None}, "Account code '' is not a valid code for this document."),
        ({"Description": ""}, "Description must be specified"),
        ({"UnitAmount": "ten"}, "The value 'ten' of UnitAmount is not a valid number"),
        ({"ItemCode": "nope"}, "Item code 'nope' is not valid"),
    ],
)
async def test_what_an_approved_line_lacks_is_told_and_a_draft_may_lack_an_account(
    books: Books, change: dict[str, Any], message: str
):
    answer = await books.put("Invoices", books.invoice("A-1", LineItems=[{**line(), **change}]))

    assert refusal(answer) == [message]


async def test_a_draft_may_wait_for_its_account_and_is_checked_when_approved(books: Books):
    saved = await books.saved(Status="DRAFT", LineItems=[line(AccountCode=None)])
    assert saved["Total"] == 100

    answer = await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "Status": "AUTHORISED"})

    assert refusal(answer) == ["Account code '' is not a valid code for this document."]


async def test_an_approved_invoice_needs_lines(books: Books):
    assert refusal(await books.put("Invoices", books.invoice("A-1", LineItems=[]))) == [
        "One or more line items must be specified"
    ]


async def test_a_line_of_words_alone_costs_nothing(books: Books):
    saved = await books.saved(LineItems=[{"Description": "May 2026"}, line("10")])

    assert saved["SubTotal"] == 10
    assert "AccountCode" not in saved["LineItems"][0]


async def test_lines_are_replaced_whole_and_keep_their_id_only_when_it_is_sent(books: Books):
    saved = await books.saved(LineItems=[line("1"), line("2"), line("3")])
    first, second, _ = saved["LineItems"]

    changed = one_of(
        await books.post(
            f"Invoices/{saved['InvoiceID']}",
            {"LineItems": [{"LineItemID": second["LineItemID"], "UnitAmount": "20"}, line("1")]},
        )
    )

    kept, new = changed["LineItems"]
    assert (kept["LineItemID"], kept["LineAmount"], kept["Description"]) == (second["LineItemID"], 20, "Platform fee")
    assert new["LineItemID"] not in {first["LineItemID"], second["LineItemID"]}
    assert changed["SubTotal"] == 21


async def test_another_line_amount_type_reads_the_same_lines_anew(books: Books):
    saved = await books.saved(LineItems=[line("120")])

    changed = one_of(await books.post(f"Invoices/{saved['InvoiceID']}", {"LineAmountTypes": "Inclusive"}))

    assert (changed["SubTotal"], changed["TotalTax"], changed["Total"]) == (100, 20, 120)


async def test_a_currency_must_be_subscribed_to_and_has_a_rate(books: Books):
    assert refusal(await books.put("Invoices", books.invoice("A-1", CurrencyCode="USD"))) == [
        "Organisation is not subscribed to currency USD"
    ]

    euro = await books.saved("A-2", CurrencyCode="EUR")
    own_rate = await books.saved("A-3", CurrencyCode="EUR", CurrencyRate="1.2")

    assert (euro["CurrencyCode"], euro["CurrencyRate"], own_rate["CurrencyRate"]) == ("EUR", 1.16, 1.2)


async def test_an_invoice_without_a_currency_takes_the_contacts_own(books: Books):
    await books.post("Contacts", {"ContactID": books.contact_id, "DefaultCurrency": "EUR"})

    assert (await books.saved())["CurrencyCode"] == "EUR"


async def test_an_item_gives_a_line_what_it_leaves_out(books: Books):
    await books.put(
        "Items",
        {
            "Code": "SEAT",
            "Description": "A seat",
            "SalesDetails": {"UnitPrice": 12.5, "AccountCode": "260", "TaxType": "NONE"},
        },
    )

    (saved,) = (await books.saved(LineItems=[{"ItemCode": "SEAT", "Quantity": 2}]))["LineItems"]

    assert (saved["Description"], saved["LineAmount"], saved["AccountCode"]) == ("A seat", 25, "260")
    assert (saved["TaxType"], saved["ItemCode"]) == ("NONE", "SEAT")


async def test_repeated_amounts_share_one_object(books: Books):
    await books.saved("A-1")
    await books.saved("A-2")

    one, other = (invoice.lines[0] for invoice in books.organisation.invoices)
    assert one.line_amount is other.line_amount
    assert one.line_amount == Decimal("100.00")
