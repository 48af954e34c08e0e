"""What happens to invoices of the Sequence stand-in after they are issued: payment, edits, credit, reconciling."""

from decimal import Decimal
from typing import Any

import httpx
import pytest

from standins import exactjson
from tests.standins.sequence_play import ADDRESS, LINE, Play


async def sent(play: Play, **said: Any) -> str:
    made = await play.invoice(LINE | {"quantity": "1", "rate": "100", "taxRate": "0"}, **said)
    await play.post(f"/invoices/{made}/finalize-and-send")
    return made


@pytest.mark.parametrize("status", ["UNPAID", "PARTIALLY_PAID", "PAID", "UNCOLLECTIBLE"])
async def test_the_payment_status_is_set_apart_from_the_status(play: Play, status: str):
    made = await sent(play)
    answer = await play.put(f"/invoices/{made}/payment-status", {"paymentStatus": status})
    assert (answer["paymentStatus"], answer["status"]) == (status, "SENT")
    assert (await play.get(f"/invoices/{made}"))["balance"] == ("0.00" if status == "PAID" else "100.00")


async def test_a_payment_status_is_refused_where_it_makes_no_sense(play: Play):
    draft, made = await play.invoice(), await sent(play)
    await play.put(f"/invoices/{draft}/payment-status", {"paymentStatus": "PAID"}, expect=400)
    await play.put(f"/invoices/{made}/payment-status", {"paymentStatus": "LATE"}, expect=400)
    await play.put(f"/invoices/{made}/payment-status", {}, expect=400)
    await play.post(f"/invoices/{made}/void")
    await play.put(f"/invoices/{made}/payment-status", {"paymentStatus": "PAID"}, expect=400)
    note = await play.credit_note(LINE)
    await play.put(f"/credit-notes/{note}/payment-status", {"paymentStatus": "PAID"}, expect=404)


async def test_a_sent_invoice_changes_its_few_details(play: Play):
    made = await sent(play)
    said = {
        "purchaseOrderNumber": "PO-1",
        "memo": "Thanks",
        "reference": "R",
        "dueDate": "2031-01-01",
        "customerBillingAddress": ADDRESS | {"town": "Leeds"},
    }
    answer = await play.patch(f"/invoices/{made}/sent", said)
    assert {name: answer[name] for name in said} == said
    full = await play.get(f"/invoices/{made}")
    assert full["dueDateSource"] == "MANUAL"
    assert "paymentTermDays" not in full
    assert full["status"] == "SENT"
    cleared = await play.patch(f"/invoices/{made}/sent", {"memo": None})
    assert "memo" not in cleared
    assert cleared["reference"] == "R"


@pytest.mark.parametrize(
    "body",
    [
        {"dueDate": None},
        {"dueDate": "soon"},
        {"issueDate": "2025-01-01"},
        {"memo": "x", "currency": "EUR"},
        {"customerBillingAddress": None},
        {"customerLegalCompanyName": "Other"},
    ],
)
async def test_a_sent_invoice_keeps_the_rest(play: Play, body: dict[str, Any]):
    made = await sent(play)
    before = await play.get(f"/invoices/{made}")
    await play.patch(f"/invoices/{made}/sent", body, expect=400)
    assert await play.get(f"/invoices/{made}") == before


async def test_only_a_sent_invoice_is_patched_as_sent(play: Play):
    made = await play.invoice(LINE)
    await play.patch(f"/invoices/{made}/sent", {"memo": "x"}, expect=400)
    await play.post(f"/invoices/{made}/finalize")
    await play.patch(f"/invoices/{made}/sent", {"memo": "x"}, expect=400)
    await play.post(f"/invoices/{made}/void")
    await play.patch(f"/invoices/{made}/sent", {"memo": "x"}, expect=400)


async def test_reconciling_is_accepted_without_a_body(play: Play):
    body = {
        "integrationService": "Xero",
        "invoiceIds": [await sent(play)],
        "propertiesToCompare": ["INVOICE_NUMBER", "STATUS"],
    }
    answer = await play.client.post("/api/invoices/reconcile-with-integration", json=body)
    assert (answer.status_code, answer.content) == (202, b"")
    for change in ({"integrationService": "Sage"}, {"propertiesToCompare": ["TOTAL"]}, {"invoiceIds": None}):
        await play.post("/invoices/reconcile-with-integration", body | change, expect=400)
    await play.post("/invoices/reconcile-with-integration", body | {"invoiceIds": ["x"]}, expect=400)


class Credit:
    """An invoice of 100 and a credit note of 60 of one customer, and the words to apply one to the other."""

    def __init__(self, play: Play, invoice: str, note: str) -> None:
        self.play, self.invoice, self.note = play, invoice, note

    @classmethod
    async def of(cls, play: Play, rate: str = "60") -> "Credit":
        customer = await play.customer()
        note = await play.credit_note(LINE | {"quantity": "1", "rate": rate, "taxRate": "0"}, customerId=customer)
        await play.post(f"/credit-notes/{note}/finalize-and-send")
        return cls(play, await sent(play, customerId=customer), note)

    async def apply(self, key: str | None, **changes: Any) -> httpx.Response:
        body = {
            "creditNoteId": self.note,
            "invoiceId": self.invoice,
            "amount": 50,
            "currency": "GBP",
            "creditNoteBalanceVersion": 1,
            "invoiceBalanceVersion": 1,
        } | changes
        headers = {"Idempotency-Key": key} if key else {}
        return await self.play.client.post(
            "/api/credit-note-applications", content=exactjson.dumps(body), headers=headers
        )


async def test_credit_is_applied_once_for_each_key(play: Play):
    credit = await Credit.of(play)
    first = await credit.apply("k1", amount=Decimal("50.25"))
    assert first.status_code == 201
    body = exactjson.loads(first.content)
    assert body["amount"] == Decimal("50.25")
    assert body["invoiceBalance"] == {"value": Decimal("49.75"), "currency": "GBP", "version": 2}
    assert body["creditNoteBalance"] == {"value": Decimal("9.75"), "currency": "GBP", "version": 2}
    again = await credit.apply("k1", amount=Decimal("50.25"))
    assert (again.status_code, again.content) == (200, first.content)
    assert (await credit.apply("k1", amount=1)).status_code == 400
    invoice = await play.get(f"/invoices/{credit.invoice}")
    assert (invoice["balance"], invoice["paymentStatus"]) == ("49.75", "PARTIALLY_PAID")
    note = await play.get(f"/credit-notes/{credit.note}")
    assert (note["balance"], note["applicationStatus"]) == ("9.75", "PARTIALLY_APPLIED")
    (applied,) = note["applications"]
    assert (applied["amount"], applied["invoiceId"], applied["invoiceNumber"]) == (
        "50.25",
        credit.invoice,
        "INV-1",
    )


async def test_an_invoice_credited_in_full_is_paid(play: Play):
    credit = await Credit.of(play, rate="100")
    assert (await credit.apply("k", amount=100)).status_code == 201
    invoice = await play.get(f"/invoices/{credit.invoice}")
    assert (invoice["balance"], invoice["paymentStatus"]) == ("0.00", "PAID")
    assert (await play.get(f"/credit-notes/{credit.note}"))["applicationStatus"] == "FULLY_APPLIED"


async def test_an_application_with_an_old_balance_version_is_a_conflict(play: Play):
    credit = await Credit.of(play)
    answer = await credit.apply("k", invoiceBalanceVersion=7)
    assert answer.status_code == 409
    assert exactjson.loads(answer.content)["currentInvoiceBalance"] == {
        "value": Decimal("100.00"),
        "currency": "GBP",
        "version": 1,
    }
    assert (await credit.apply("k")).status_code == 201


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 61},
        {"amount": 0},
        {"amount": -1},
        {"amount": "50"},
        {"amount": Decimal("0.001")},
        {"currency": "EUR"},
        {"invoiceBalanceVersion": None},
    ],
)
async def test_an_application_that_can_not_be_is_refused(play: Play, change: dict[str, Any]):
    credit = await Credit.of(play)
    assert (await credit.apply("k", **change)).status_code == 400
    assert (await play.get(f"/invoices/{credit.invoice}"))["balance"] == "100.00"


async def test_an_application_needs_a_key_one_customer_and_documents_that_are_issued(play: Play):
    credit = await Credit.of(play)
    assert (await credit.apply(None)).status_code == 400
    assert (await credit.apply("k", invoiceId=await sent(play))).status_code == 400
    assert (await credit.apply("k", invoiceId=await play.invoice(LINE))).status_code == 400
    assert (await credit.apply("k", invoiceId="x")).status_code == 400


async def test_an_applied_credit_note_can_not_be_voided(play: Play):
    credit = await Credit.of(play)
    await credit.apply("k")
    await play.post(f"/credit-notes/{credit.note}/void", expect=400)
