"""Payments and allocations: part-paid, paid, credited, and back."""

import pytest

from tests.standins.xero_fixtures import JSON, Books, elements_of, one_of, refusal


def payment(document: JSON, amount: object, **fields: object) -> JSON:
    named = {key: document[key] for key in ("InvoiceID", "CreditNoteID") if key in document}
    key = "Invoice" if "InvoiceID" in named else "CreditNote"
    return {key: named, "Account": {"Code": "090"}, "Date": "2026-05-01", "Amount": amount, **fields}


async def allocate(books: Books, note: JSON, invoice: JSON, amount: object) -> JSON:
    body = {"Amount": amount, "Date": "2026-05-01", "Invoice": {"InvoiceID": invoice["InvoiceID"]}}
    return one_of(await books.put(f"CreditNotes/{note['CreditNoteID']}/Allocations", body))


async def test_a_part_payment_lowers_what_is_due(books: Books):
    saved = await books.saved()

    made = one_of(await books.put("Payments", payment(saved, 20.5, Reference="BACS")))

    invoice = await books.read(saved)
    assert (made["PaymentType"], made["Status"], made["Invoice"]["AmountDue"]) == ("ACCRECPAYMENT", "AUTHORISED", 99.5)
    assert (invoice["Status"], invoice["AmountPaid"], invoice["AmountDue"]) == ("AUTHORISED", 20.5, 99.5)
    assert [(paid["PaymentID"], paid["Amount"], paid["Reference"]) for paid in invoice["Payments"]] == [
        (made["PaymentID"], 20.5, "BACS")
    ]


async def test_the_last_penny_makes_an_invoice_paid_on_that_day(books: Books):
    saved = await books.saved()
    await books.put("Payments", payment(saved, 20), payment(saved, 100))

    invoice = await books.read(saved)

    assert (invoice["Status"], invoice["AmountDue"]) == ("PAID", 0)
    assert invoice["FullyPaidOnDate"] == "/Date(1777593600000+0000)/"


async def test_a_deleted_payment_opens_the_invoice_again(books: Books):
    saved = await books.saved()
    made = one_of(await books.put("Payments", payment(saved, 120)))

    gone = one_of(await books.post(f"Payments/{made['PaymentID']}", {"Status": "DELETED"}))
    invoice = await books.read(saved)

    assert gone["Status"] == "DELETED"
    assert (invoice["Status"], invoice["AmountDue"], invoice["Payments"]) == ("AUTHORISED", 120, [])
    assert "FullyPaidOnDate" not in invoice
    again = await books.post(f"Payments/{made['PaymentID']}", {"Status": "DELETED"})
    assert refusal(again) == ["This payment has already been deleted."]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Amount": 120.01}, "Payment amount exceeds the amount outstanding on this document"),
        ({"Amount": 0}, "Payment amount must be greater than zero"),
        ({"Amount": None}, "Payment amount must be specified"),
        ({"Account": {"Code": "200"}}, "The account is not a bank account and payments to it are not enabled."),
        ({"Account": {"Code": "999"}}, "Account could not be found"),
        ({"Invoice": {"InvoiceNumber": "none"}}, "The payment must be for an existing invoice or credit note"),
    ],
)
async def test_a_payment_that_does_not_fit_is_refused(books: Books, change: JSON, message: str):
    saved = await books.saved()

    assert refusal(await books.put("Payments", payment(saved, 1) | change)) == [message]


async def test_a_draft_is_not_paid(books: Books):
    saved = await books.saved(Status="DRAFT")

    assert refusal(await books.put("Payments", payment(saved, 1))) == ["Invoice is not of valid status for payment"]


async def test_payments_are_listed_and_filtered(books: Books):
    saved = await books.saved("A-1")
    await books.put("Payments", payment(saved, 10), payment(saved, 20))

    found = elements_of(await books.get("Payments", where='Amount>15 AND Invoice.InvoiceNumber=="A-1"'))
    page = (await books.get("Payments", page=1, pageSize=1)).json()

    assert [entry["Amount"] for entry in found] == [20]
    assert (page["pagination"]["itemCount"], page["Payments"][0]["Amount"]) == (2, 10)


async def test_a_credit_note_is_refunded(books: Books):
    note = await books.saved_note()

    made = one_of(await books.put("Payments", payment(note, 120)))
    after = await books.read(note)

    assert (made["PaymentType"], after["Status"], after["RemainingCredit"]) == ("ARCREDITPAYMENT", "PAID", 0)


async def test_an_allocation_credits_the_invoice_and_uses_up_the_note(books: Books):
    invoice, note = await books.saved(), await books.saved_note()

    await allocate(books, note, invoice, "120.00")

    credited, used = await books.read(invoice), await books.read(note)
    assert (credited["Status"], credited["AmountCredited"], credited["AmountDue"]) == ("PAID", 120, 0)
    assert [(entry["CreditNoteNumber"], entry["AppliedAmount"]) for entry in credited["CreditNotes"]] == [("CN-1", 120)]
    assert (used["Status"], used["RemainingCredit"], len(used["Allocations"])) == ("PAID", 0, 1)


async def test_an_allocation_that_is_deleted_opens_both_again(books: Books):
    invoice, note = await books.saved(), await books.saved_note()
    made = await allocate(books, note, invoice, 120)

    gone = await books.http.delete(
        f"/api.xro/2.0/CreditNotes/{note['CreditNoteID']}/Allocations/{made['AllocationID']}"
    )

    assert (gone.status_code, gone.json()["IsDeleted"]) == (200, True)
    assert (await books.read(invoice))["Status"] == (await books.read(note))["Status"] == "AUTHORISED"


async def test_an_allocation_that_does_not_fit_is_refused(books: Books):
    invoice, note = await books.saved(), await books.saved_note()
    path = f"CreditNotes/{note['CreditNoteID']}/Allocations"
    named = {"InvoiceID": invoice["InvoiceID"]}
    euro = await books.saved("E-1", CurrencyCode="EUR")

    assert refusal(await books.put(path, {"Amount": 120.01, "Invoice": named})) == [
        "The amount to allocate exceeds the remaining credit of the credit note"
    ]
    assert refusal(await books.put(path, {"Amount": 1, "Invoice": {"InvoiceID": euro["InvoiceID"]}})) == [
        "The credit note and the invoice must be of the same contact and currency."
    ]
    assert refusal(await books.put(path, {"Amount": 1, "Invoice": {}})) == [
        "An existing Invoice with the specified InvoiceID could not be found"
    ]


async def test_settling_moves_the_stamp(books: Books):
    saved = await books.saved()
    await books.http.post("/_sandbox/clock", json={"advance_seconds": 60})
    await books.put("Payments", payment(saved, 1))

    assert (await books.read(saved))["UpdatedDateUTC"] != saved["UpdatedDateUTC"]


async def test_a_payment_in_a_locked_period_is_refused(books: Books):
    saved = await books.saved()
    await books.act("lock-dates", end_of_year_lock_date="2026-12-31")

    assert "lock date" in refusal(await books.put("Payments", payment(saved, 1)))[0]
