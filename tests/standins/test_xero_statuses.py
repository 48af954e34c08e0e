"""What each status allows; frozen documents; sent; placeholder dates; lock dates; the stamps Xero forgets."""

import pytest

from tests.standins.xero_fixtures import PLACEHOLDER_MS, Books, line, one_of, refusal

FROZEN = ["This document cannot be edited as it has a payment or credit note allocated to it."]
NOT_MODIFIABLE = ["Invoice not of valid status for modification"]


async def test_the_placeholder_date_is_answered_in_both_forms(books: Books):
    saved = await books.saved()

    assert saved["Date"] == saved["DueDate"] == f"/Date({PLACEHOLDER_MS}+0000)/"
    assert saved["DateString"] == saved["DueDateString"] == "3000-01-01T00:00:00"


async def test_an_approved_unpaid_invoice_takes_its_real_dates_and_the_sent_mark_in_one_call(books: Books):
    saved = await books.saved()

    changed = one_of(
        await books.post(
            "Invoices",
            {
                "InvoiceID": saved["InvoiceID"],
                "Date": "2026-04-30",
                "DueDate": "2026-05-30",
                "SentToContact": True,
                "Status": "AUTHORISED",
            },
        )
    )

    assert (changed["DateString"], changed["DueDateString"]) == ("2026-04-30T00:00:00", "2026-05-30T00:00:00")
    assert (changed["SentToContact"], changed["Status"]) == (True, "AUTHORISED")
    assert changed["LineItems"] == saved["LineItems"]


@pytest.mark.parametrize(
    ("path", "end"),
    [(["DRAFT", "SUBMITTED", "DRAFT", "AUTHORISED"], "AUTHORISED"), (["SUBMITTED", "DELETED"], "DELETED")],
)
async def test_a_draft_walks_to_approval_or_deletion(books: Books, path: list[str], end: str):
    saved = await books.saved(Status=path[0])

    for status in path[1:]:
        saved = one_of(await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "Status": status}))

    assert saved["Status"] == end


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "DELETED", "PAID"])
async def test_an_approved_invoice_does_not_go_back(books: Books, status: str):
    saved = await books.saved()

    assert refusal(await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "Status": status})) == NOT_MODIFIABLE


@pytest.mark.parametrize("status", ["PAID", "VOIDED", "DELETED"])
async def test_an_invoice_is_not_created_in_a_final_status(books: Books, status: str):
    answer = await books.put("Invoices", books.invoice("A-1", Status=status))

    assert refusal(answer) == ["Invoice not of valid status for creation"]


async def test_a_voided_invoice_cannot_be_changed_by_id_or_by_number(books: Books):
    saved = await books.saved("A-1")
    voided = one_of(await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "Status": "VOIDED"}))
    assert (voided["Status"], voided["AmountDue"]) == ("VOIDED", 0)

    assert refusal(await books.post("Invoices", books.invoice("A-1"))) == NOT_MODIFIABLE
    assert refusal(await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "Date": "2026-01-01"})) == (
        NOT_MODIFIABLE
    )


async def test_a_payment_before_the_send_freezes_the_placeholder_dates(books: Books):
    saved = await books.saved("A-1")
    await books.act("Invoices/A-1/pay", amount=1)

    answer = await books.post(f"Invoices/{saved['InvoiceID']}", {"Date": "2026-05-01"})

    assert refusal(answer) == FROZEN
    assert answer.json()["Elements"][0]["InvoiceID"] == saved["InvoiceID"]
    assert (await books.read(saved))["DateString"] == "3000-01-01T00:00:00"


@pytest.mark.parametrize("amount", [1, 120])
async def test_sent_alone_may_be_set_on_a_part_paid_and_a_paid_invoice(books: Books, amount: int):
    saved = await books.saved("A-1")
    await books.act("Invoices/A-1/pay", amount=amount)

    sent = one_of(await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "SentToContact": True}))

    assert sent["SentToContact"] is True


async def test_a_part_paid_invoice_is_not_voided(books: Books):
    saved = await books.saved("A-1")
    await books.act("Invoices/A-1/pay", amount=1)

    answer = await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "Status": "VOIDED"})

    assert refusal(answer) == [
        "The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it."
    ]


async def test_a_credited_invoice_and_its_credit_note_are_frozen(books: Books):
    invoice, note = await books.saved(), await books.saved_note()
    await books.put(
        f"CreditNotes/{note['CreditNoteID']}/Allocations",
        {"Amount": 5, "Date": "2026-05-01", "Invoice": {"InvoiceID": invoice["InvoiceID"]}},
    )

    frozen_invoice = await books.post("Invoices", {"InvoiceID": invoice["InvoiceID"], "DueDate": "2026-05-01"})
    frozen_note = await books.post("CreditNotes", {"CreditNoteID": note["CreditNoteID"], "Date": "2026-05-01"})

    assert refusal(frozen_invoice) == refusal(frozen_note) == FROZEN


async def test_a_credit_note_is_marked_sent_and_dated_like_an_invoice(books: Books):
    note = await books.saved_note()

    changed = one_of(
        await books.post(
            "CreditNotes", {"CreditNoteID": note["CreditNoteID"], "Date": "2026-04-30", "SentToContact": True}
        )
    )

    assert (changed["DateString"], changed["SentToContact"]) == ("2026-04-30T00:00:00", True)


async def test_a_draft_is_never_sent(books: Books):
    saved = await books.saved(Status="DRAFT", SentToContact=True)

    assert saved["SentToContact"] is False


async def test_an_approved_invoice_needs_a_due_date_and_a_draft_does_not(books: Books):
    assert refusal(await books.put("Invoices", books.invoice("A-1", DueDate=None))) == [
        "The document DueDate field must be specified."
    ]
    assert "DueDate" not in await books.saved("A-2", DueDate=None, Status="DRAFT")


async def test_the_payment_terms_of_the_contact_give_the_due_date(books: Books):
    terms = {"Sales": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}}
    await books.post("Contacts", {"ContactID": books.contact_id, "PaymentTerms": terms})

    saved = await books.saved(Date="2026-12-10", DueDate=None)

    assert saved["DueDateString"] == "2027-01-20T00:00:00"


async def test_an_omitted_date_is_today_where_the_organisation_is(books: Books):
    opened = await books.act("organisations", name="Down Under", time_zone="Pacific/Auckland")
    headers = {"xero-tenant-id": opened["tenant_id"]}
    await books.http.post("/_sandbox/clock", json={"set": "2026-06-30T20:00:00+00:00"})
    contact = {"Name": "Kiwi"}

    answer = await books.http.put(
        "/api.xro/2.0/Invoices",
        json={"Type": "ACCREC", "Contact": contact, "LineItems": [line()], "Status": "DRAFT"},
        headers=headers,
    )

    assert one_of(answer)["DateString"] == "2026-07-01T00:00:00"


async def test_a_date_time_with_an_offset_is_turned_to_utc_the_classic_off_by_one(books: Books):
    saved = await books.saved(Date="2026-05-01T00:00:00+02:00", DueDate="2026-05-31T00:00:00")

    assert (saved["DateString"], saved["DueDateString"]) == ("2026-04-30T00:00:00", "2026-05-31T00:00:00")


async def test_a_text_that_is_no_date_is_refused(books: Books):
    assert refusal(await books.put("Invoices", books.invoice("A-1", Date="31/12/2026"))) == [
        "The value '31/12/2026' of Date is not a valid date"
    ]


@pytest.mark.parametrize(("lock", "words"), [("end_of_year_lock_date", "end of year"), ("period_lock_date", "period")])
async def test_a_lock_date_lets_the_placeholder_pass_and_stops_the_real_date(books: Books, lock: str, words: str):
    await books.act("lock-dates", **{lock: "2026-03-31"})
    saved = await books.saved("A-1")

    answer = await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "Date": "2026-03-31"})

    assert refusal(answer) == [
        f"The document date cannot be before the {words} lock date, currently set at 31 March 2026"
    ]
    day_after = await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "Date": "2026-04-01"})
    assert one_of(day_after)["DateString"] == "2026-04-01T00:00:00"


async def test_a_document_in_a_locked_period_may_be_marked_sent_and_not_voided(books: Books):
    saved = await books.saved("A-1", Date="2026-02-01", DueDate="2026-02-28")
    await books.act("lock-dates", end_of_year_lock_date="2026-03-31")

    sent = {"InvoiceID": saved["InvoiceID"], "SentToContact": True, "Status": "AUTHORISED"}
    assert one_of(await books.post("Invoices", sent))["SentToContact"] is True
    answer = await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "Status": "VOIDED"})
    assert "lock date" in refusal(answer)[0]


async def test_an_edit_moves_the_stamp_and_an_edit_of_nothing_does_not(books: Books):
    saved = await books.saved("A-1")
    await books.http.post("/_sandbox/clock", json={"advance_seconds": 60})

    same = one_of(await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "Date": "3000-01-01"}))
    edited = one_of(await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "Reference": "PO 7"}))

    assert same["UpdatedDateUTC"] == saved["UpdatedDateUTC"]
    assert edited["UpdatedDateUTC"] != saved["UpdatedDateUTC"]


async def test_marking_an_unpaid_invoice_sent_moves_the_stamp(books: Books):
    saved = await books.saved("A-1")
    await books.http.post("/_sandbox/clock", json={"advance_seconds": 60})

    assert (await books.act("Invoices/A-1/sent"))["UpdatedDateUTC"] != saved["UpdatedDateUTC"]


@pytest.mark.parametrize("by_api", [True, False])
async def test_marking_a_part_paid_invoice_sent_does_not_move_the_stamp(books: Books, by_api: bool):
    saved = await books.saved("A-1")
    paid = await books.act("Invoices/A-1/pay", amount=1)
    await books.http.post("/_sandbox/clock", json={"advance_seconds": 60})

    if by_api:
        sent = one_of(await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "SentToContact": True}))
    else:
        sent = await books.act("Invoices/A-1/sent")

    assert sent["SentToContact"] is True
    assert sent["UpdatedDateUTC"] == paid["UpdatedDateUTC"]


async def test_the_due_date_of_a_part_paid_invoice_is_edited_in_xero_without_a_stamp(books: Books):
    await books.saved("A-1")
    paid = await books.act("Invoices/A-1/pay", amount=1)
    await books.http.post("/_sandbox/clock", json={"advance_seconds": 60})

    edited = await books.act("Invoices/A-1/dates", due_date="2026-06-30")

    assert edited["DueDateString"] == "2026-06-30T00:00:00"
    assert edited["UpdatedDateUTC"] == paid["UpdatedDateUTC"]


async def test_a_sent_mark_can_be_made_never_to_move_the_stamp(books: Books):
    await books.act("settings", sent_is_stamped=False)
    saved = await books.saved("A-1")
    await books.http.post("/_sandbox/clock", json={"advance_seconds": 60})

    assert (await books.act("Invoices/A-1/sent"))["UpdatedDateUTC"] == saved["UpdatedDateUTC"]


async def test_an_approved_invoice_of_nothing_is_paid_at_once_and_so_frozen(books: Books):
    saved = await books.saved("A-1", LineItems=[line("10"), line("-10")])
    assert (saved["Status"], saved["Total"]) == ("PAID", 0)

    assert refusal(await books.post("Invoices", {"InvoiceID": saved["InvoiceID"], "Date": "2026-05-01"})) == FROZEN

    await books.act("settings", zero_total_is_paid=False)
    assert (await books.saved("A-2", LineItems=[line("0")]))["Status"] == "AUTHORISED"


async def test_the_plan_may_run_out_of_approvals(books: Books):
    await books.act("settings", approvals_left=1)
    await books.saved("A-1")

    assert refusal(await books.put("Invoices", books.invoice("A-2"))) == [
        "You have reached the limit of invoices you can approve"
    ]
    assert (await books.saved("A-3", Status="DRAFT"))["Status"] == "DRAFT"


async def test_a_credit_note_may_be_made_to_lose_its_due_date(books: Books):
    assert "DueDate" in one_of(await books.put("CreditNotes", books.credit_note("CN-1") | {"DueDate": "2026-05-01"}))

    await books.act("settings", credit_note_due_dates=False)

    assert "DueDate" not in one_of(
        await books.put("CreditNotes", books.credit_note("CN-2") | {"DueDate": "2026-05-01"})
    )


@pytest.mark.parametrize("status", ["SUBMITTED", "DRAFT"])
async def test_where_the_user_may_not_approve_a_document_stays_unapproved_without_an_error(books: Books, status: str):
    older = await books.saved("A-1", Status="DRAFT")
    await books.act("settings", approval_gives=status)

    for made in (await books.saved("A-2", SentToContact=True), await books.saved_note()):
        assert (made["Status"], made["HasErrors"], made["SentToContact"]) == (status, False, False)
    asked = await books.post("Invoices", {"InvoiceID": older["InvoiceID"], "Status": "AUTHORISED"})
    assert one_of(asked)["Status"] == "DRAFT"


async def test_a_person_approves_what_the_user_of_the_app_may_not(books: Books):
    await books.act("settings", approval_gives="SUBMITTED")
    invoice = await books.saved("A-1")

    assert (await books.act("Invoices/A-1/approve"))["Status"] == "AUTHORISED"
    edited = await books.post(
        "Invoices", {"InvoiceID": invoice["InvoiceID"], "Status": "AUTHORISED", "Date": "2026-11-02"}
    )
    assert one_of(edited)["Status"] == "AUTHORISED"
