"""Invoices and credit notes of the Sequence stand-in: their life from draft to void, and every refusal on it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.standins.sequence_play import ADDRESS, LINE, Play, playing

KINDS = ("/invoices", "/credit-notes")
NUMBERS = {"/invoices": ("invoiceNumber", "INV"), "/credit-notes": ("creditNoteNumber", "CN")}


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[Play]:
    async with playing() as running:
        yield running


@pytest.fixture
def play(served: Play) -> Play:
    served.begin_anew()
    served.sequence.clock.set(datetime(2025, 1, 31, 12, tzinfo=UTC))
    return served


async def draft(play: Play, path: str) -> str:
    return await (play.invoice(LINE) if path == "/invoices" else play.credit_note(LINE))


async def in_status(play: Play, path: str, status: str) -> str:
    made = await draft(play, path)
    verb = {"FINAL": "finalize", "SENT": "mark-as-sent", "VOIDED": "void"}.get(status)
    if verb:
        await play.post(f"{path}/{made}/{verb}")
    return made


async def test_a_new_invoice_is_a_draft_that_takes_its_words_from_the_customer(play: Play):
    customer = await play.customer(taxStatus="REVERSE_CHARGED")
    made = await play.post("/invoices", {"customerId": customer, "currency": "EUR"}, expect=201)
    assert made["status"] == "DRAFT"
    assert made["paymentStatus"] == "UNPAID"
    assert made["customerLegalCompanyName"] == "Acme Ltd"
    assert made["customerEmails"] == ["ann@example.com"]
    assert made["customerBillingAddress"] == made["customerShippingAddress"] == ADDRESS
    assert made["customerTaxStatus"] == "REVERSE_CHARGED"
    assert made["sequenceAccountId"] == play.sequence.default.id
    assert made["createdAt"] == made["updatedAt"]
    assert made["createdAt"].endswith("Z")
    assert (made["netTotal"], made["totalTax"], made["grossTotal"]) == ("0.00", "0.00", "0.00")
    assert not {"invoiceNumber", "issueDate", "dueDate", "balance"} & made.keys()


@pytest.mark.parametrize("path", KINDS)
async def test_a_finalized_document_has_its_number_and_issue_date(play: Play, path: str):
    field, prefix = NUMBERS[path]
    first, second = await draft(play, path), await draft(play, path)
    later = await play.post(f"{path}/{second}/finalize")
    earlier = await play.post(f"{path}/{first}/finalize")
    assert (later[field], earlier[field]) == (f"{prefix}-1", f"{prefix}-2")
    assert later["status"] == "FINAL"
    assert later["issueDate"] == "2025-01-31"


async def test_the_due_date_lies_the_payment_terms_after_the_issue_date(play: Play):
    plain, terms = await play.invoice(), await play.invoice(paymentTermDays=14)
    assert (await play.post(f"/invoices/{plain}/finalize"))["dueDate"] == "2025-03-02"
    assert (await play.post(f"/invoices/{terms}/finalize"))["dueDate"] == "2025-02-14"
    full = await play.get(f"/invoices/{terms}")
    assert (full["paymentTermDays"], full["dueDateSource"]) == (14, "CALCULATED")


async def test_dates_and_a_number_that_are_given_are_kept(play: Play):
    given = {"issueDate": "2024-12-01", "dueDate": "2024-12-24", "invoiceNumber": "INV-1"}
    early, plain = await play.invoice(**given), await play.invoice()
    final = await play.post(f"/invoices/{early}/finalize")
    assert {name: final[name] for name in given} == given
    assert (await play.get(f"/invoices/{early}"))["dueDateSource"] == "MANUAL"
    assert (await play.post(f"/invoices/{plain}/finalize"))["invoiceNumber"] == "INV-2"


async def test_payment_terms_beyond_the_calendar_are_refused(play: Play):
    made = await play.invoice(issueDate="9999-12-31")
    await play.post(f"/invoices/{made}/finalize", expect=400)
    full = await play.get(f"/invoices/{made}")
    assert full["status"] == "DRAFT"
    assert "invoiceNumber" not in full


async def test_a_number_in_use_is_refused(play: Play):
    customer = await play.customer()
    await play.invoice(customerId=customer, invoiceNumber="A-1")
    body = {"customerId": customer, "currency": "GBP", "invoiceNumber": "A-1"}
    refusal = await play.post("/invoices", body, expect=400)
    assert refusal["code"] == "INVALID_STATE"
    assert "A-1" in refusal["message"]


async def test_a_credit_note_has_no_due_date_and_names_the_invoice_it_credits(play: Play):
    customer = await play.customer()
    invoice = await play.invoice(LINE, customerId=customer)
    await play.post(f"/invoices/{invoice}/finalize")
    note = await play.credit_note(LINE, customerId=customer, invoiceId=invoice)
    sent = await play.post(f"/credit-notes/{note}/finalize-and-send")
    assert (sent["invoiceId"], sent["invoiceNumber"]) == (invoice, "INV-1")
    assert not {"dueDate", "paymentStatus", "reference"} & sent.keys()
    assert (await play.get(f"/invoices/{invoice}"))["creditNoteIds"] == [note]


async def test_a_credit_note_for_another_customers_invoice_is_refused(play: Play):
    invoice = await play.invoice(LINE)
    body = {"customerId": await play.customer(), "currency": "GBP", "invoiceId": invoice}
    await play.post("/credit-notes", body, expect=400)


# What each verb makes of each status; None is a refusal.
MOVES = {
    "finalize": {"DRAFT": "FINAL", "FINAL": None, "SENT": None, "VOIDED": None},
    "send": {"DRAFT": None, "FINAL": "SENT", "SENT": None, "VOIDED": None},
    "finalize-and-send": {"DRAFT": "SENT", "FINAL": "SENT", "SENT": None, "VOIDED": None},
    "mark-as-sent": {"DRAFT": "SENT", "FINAL": "SENT", "SENT": "SENT", "VOIDED": None},
    "void": {"DRAFT": "VOIDED", "FINAL": "VOIDED", "SENT": "VOIDED", "VOIDED": None},
}


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize("verb", MOVES)
async def test_every_verb_on_every_status(play: Play, path: str, verb: str):
    for status, becomes in MOVES[verb].items():
        made = await in_status(play, path, status)
        before = await play.get(f"{path}/{made}")
        answer = await play.post(f"{path}/{made}/{verb}", expect=200 if becomes else 400)
        assert (await play.get(f"{path}/{made}"))["status"] == (becomes or status)
        if becomes is None:
            assert answer["code"] == "INVALID_STATE"
            assert status in answer["message"]
            assert await play.get(f"{path}/{made}") == before


@pytest.mark.parametrize("path", KINDS)
async def test_mark_as_sent_finalizes_first_and_changes_nothing_the_second_time(play: Play, path: str):
    field, prefix = NUMBERS[path]
    made = await draft(play, path)
    once = await play.post(f"{path}/{made}/mark-as-sent")
    assert (once[field], once["issueDate"]) == (f"{prefix}-1", "2025-01-31")
    assert await play.post(f"{path}/{made}/mark-as-sent") == once


@pytest.mark.parametrize("path", KINDS)
async def test_a_voided_draft_has_a_number(play: Play, path: str):
    field, prefix = NUMBERS[path]
    voided = await play.post(f"{path}/{await draft(play, path)}/void")
    assert voided[field] == f"{prefix}-1"


@pytest.mark.parametrize(
    ("payment", "allowed"),
    [("UNPAID", True), ("UNCOLLECTIBLE", True), ("PARTIALLY_PAID", False), ("PAID", False)],
)
async def test_a_sent_invoice_is_voided_only_while_unpaid_or_uncollectible(play: Play, payment: str, allowed: bool):
    made = await in_status(play, "/invoices", "SENT")
    await play.put(f"/invoices/{made}/payment-status", {"paymentStatus": payment})
    await play.post(f"/invoices/{made}/void", expect=200 if allowed else 400)


async def test_a_final_invoice_that_is_paid_can_still_be_voided(play: Play):
    made = await in_status(play, "/invoices", "FINAL")
    await play.put(f"/invoices/{made}/payment-status", {"paymentStatus": "PAID"})
    await play.post(f"/invoices/{made}/void")


@pytest.mark.parametrize("path", KINDS)
@pytest.mark.parametrize("status", ["FINAL", "SENT", "VOIDED"])
async def test_what_is_not_a_draft_can_be_neither_edited_nor_deleted(play: Play, path: str, status: str):
    made = await draft(play, path)
    line = (await play.get(f"{path}/{made}/line-items"))["items"][0]["id"]
    group = (await play.post(f"{path}/{made}/line-item-groups", {"title": "G"}))["id"]
    verb = {"FINAL": "finalize", "SENT": "finalize-and-send", "VOIDED": "void"}[status]
    await play.post(f"{path}/{made}/{verb}")
    before = await play.get(f"{path}/{made}")
    await play.put(f"{path}/{made}", {"memo": "x"}, expect=400)
    await play.delete(f"{path}/{made}", expect=400)
    await play.post(f"{path}/{made}/line-items", LINE, expect=400)
    await play.put(f"{path}/{made}/line-items/{line}", LINE, expect=400)
    await play.delete(f"{path}/{made}/line-items/{line}", expect=400)
    await play.post(f"{path}/{made}/line-item-groups", {"title": "H"}, expect=400)
    await play.put(f"{path}/{made}/line-item-groups/{group}", {"title": "H"}, expect=400)
    await play.delete(f"{path}/{made}/line-item-groups/{group}", expect=400)
    assert await play.get(f"{path}/{made}") == before


async def test_a_patch_changes_what_it_names_and_a_put_clears_what_it_does_not(play: Play):
    made = await play.invoice(memo="Thanks", reference="R1", dueDate="2025-05-01")
    patched = await play.patch(f"/invoices/{made}", {"reference": "R2"})
    assert (patched["memo"], patched["reference"], patched["dueDate"]) == ("Thanks", "R2", "2025-05-01")
    put = await play.put(f"/invoices/{made}", {"reference": "R3"})
    assert put["reference"] == "R3"
    assert not {"memo", "dueDate"} & put.keys()
    assert put["customerLegalCompanyName"] == "Acme Ltd"


async def test_a_credit_note_has_no_patch(play: Play):
    await play.patch(f"/credit-notes/{await play.credit_note()}", {"memo": "x"}, expect=405)


@pytest.mark.parametrize("path", KINDS)
async def test_a_deleted_draft_is_gone(play: Play, path: str):
    made = await draft(play, path)
    assert (await play.delete(f"{path}/{made}"))["id"] == made
    await play.get(f"{path}/{made}", expect=404 if path == "/invoices" else 400)
    assert (await play.get(path))["pagination"]["totalResultSize"] == 0


async def test_a_pdf_is_there_once_the_document_is_final(play: Play):
    made = await play.invoice(LINE)
    await play.get(f"/invoices/{made}/download", expect=400)
    await play.post(f"/invoices/{made}/finalize")
    answer = await play.client.get(f"/api/invoices/{made}/download")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"customerId": None}, "customerId"),
        ({"customerId": "nobody"}, "customerId"),
        ({"currency": None}, "currency"),
        ({"currency": "XYZ"}, "currency"),
        ({"dueDate": "31/01/2025"}, "dueDate"),
        ({"dueDate": "2025-02-30"}, "dueDate"),
        ({"customerEmails": "a@b"}, "customerEmails"),
        ({"customerBillingAddress": ADDRESS | {"country": "UK"}}, "customerBillingAddress.country"),
        ({"metadata": [{"key": "a"}]}, "metadata[0].value"),
        ({"billingPeriod": {"start": "2025-02-01", "endInclusive": "2025-01-01"}}, "billingPeriod"),
        ({"paymentTermDays": "30"}, "paymentTermDays"),
    ],
)
async def test_a_field_of_the_wrong_form_is_told_by_its_path(play: Play, change: dict[str, object], word: str):
    body = {"customerId": await play.customer(), "currency": "GBP"} | change
    refusal = await play.post("/invoices", body, expect=400)
    assert refusal["code"] == "INVALID_REQUEST"
    assert word in refusal["message"]
    assert (await play.get("/invoices"))["items"] == []


async def test_a_draft_customer_can_not_be_billed(play: Play):
    body = {"customerId": await play.customer(status="DRAFT"), "currency": "GBP"}
    await play.post("/invoices", body, expect=400)


async def test_unknown_ids_are_404_where_that_is_published_and_unknown_methods_405(play: Play):
    for path in ("/invoices/x", "/nothing"):
        assert (await play.get(path, expect=404))["code"] == "NOT_FOUND"
    for path in ("/credit-notes/x", "/customers/x", "/invoices/x/line-items"):
        assert (await play.get(path, expect=400))["code"] == "NOT_FOUND"
    await play.put("/invoices", {}, expect=405)


async def test_a_body_that_is_no_json_object_is_refused(play: Play):
    for content in (b"{", b"[]", b""):
        answer = await play.client.post("/api/invoices", content=content)
        assert answer.status_code == 400
        assert answer.json()["code"] == "INVALID_REQUEST"
