"""Bulk loading, snapshots and reset of the Sequence stand-in, and what its state costs."""

import gc
import json
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.standins.sequence_play import CUSTOMER, LINE, Play, playing


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    async with playing() as running:
        yield running


def batch(count: int, **said: Any) -> dict[str, Any]:
    line = LINE | {"rate": "10", "quantity": "1", "externalIds": [{"key": "Xero", "value": "200"}]}
    document = {"customerId": "c1", "currency": "GBP", "lines": [line] * 5} | said
    return {"customers": [CUSTOMER | {"id": "c1"}], "invoices": [document] * count}


async def test_documents_of_every_status_are_loaded_with_their_lines(play: Play):
    line = LINE | {"groupId": "g1"}
    body = {
        "customers": [CUSTOMER | {"id": "c1"}],
        "invoices": [
            {
                "id": "i1",
                "customerId": "c1",
                "currency": "GBP",
                "status": "SENT",
                "sentOn": "2025-02-03",
                "issueDate": "2025-02-01",
                "invoiceNumber": "536365",
                "paymentStatus": "PAID",
                "groups": [{"id": "g1", "title": "March"}],
                "lines": [line, LINE],
                "linkedServices": [{"externalId": "x", "externalService": "Xero", "syncTime": "2025-02-03T00:00:00Z"}],
            },
            {"customerId": "c1", "currency": "GBP", "status": "FINAL"},
            {"customerId": "c1", "currency": "GBP", "status": "IN_PROGRESS"},
            {"customerId": "c1", "currency": "GBP"},
        ],
        "creditNotes": [
            {"customerId": "c1", "currency": "GBP", "invoiceId": "i1", "status": "VOIDED", "lines": [LINE]}
        ],
    }
    made = await play.sandbox("/documents/load", body, expect=201)
    assert made["customers"] == ["c1"]
    assert [each["number"] for each in made["invoices"]] == ["536365", "INV-1", None, None]
    assert [each["number"] for each in made["creditNotes"]] == ["CN-1"]
    invoice = await play.get("/invoices/i1")
    assert (invoice["status"], invoice["dueDate"], invoice["netTotal"]) == ("SENT", "2025-03-03", "80000.40")
    assert (invoice["balance"], invoice["creditNoteIds"]) == ("0.00", [made["creditNotes"][0]["id"]])
    assert invoice["linkedServices"][0]["externalId"] == "x"
    groups = (await play.get("/invoices/i1/line-item-groups"))["items"]
    assert groups[0]["netTotal"] == "40000.20"
    assert (await play.get("/invoices", sentAfter="2025-02-02"))["items"][0]["id"] == "i1"
    in_progress = made["invoices"][2]["id"]
    for verb in ("finalize", "mark-as-sent", "void"):
        await play.post(f"/invoices/{in_progress}/{verb}", expect=400)
    await play.patch(f"/invoices/{in_progress}", {"memo": "x"}, expect=400)
    await play.delete(f"/invoices/{in_progress}")


@pytest.mark.parametrize(
    ("broken", "word"),
    [
        ({"customerId": "nobody"}, "invoices[2].customerId"),
        ({"status": "OPEN"}, "invoices[2].status"),
        ({"invoiceNumber": "INV-1"}, "INV-1"),
        ({"lines": [LINE | {"rate": 1}]}, "invoices[2].lines[0].rate"),
        ({"id": "i1"}, "invoices[2].id"),
    ],
)
async def test_a_load_with_one_broken_element_loads_nothing(play: Play, broken: dict[str, Any], word: str):
    good = {"customerId": "c1", "currency": "GBP", "status": "SENT"}
    body = {
        "customers": [CUSTOMER | {"id": "c1"}],
        "invoices": [good | {"id": "i1"}, good, good | broken],
    }
    before = (await play.client.get("/_sandbox/snapshot")).json()
    assert word in (await play.sandbox("/documents/load", body, expect=400))["message"]
    assert (await play.client.get("/_sandbox/snapshot")).json() == before


async def test_a_load_goes_to_the_account_it_names(play: Play):
    play.sequence.add_account("Second", "second", "s2")
    answer = await play.client.post("/_sandbox/documents/load", params={"account": "Second"}, json=batch(1))
    assert answer.status_code == 201
    assert (await play.get("/invoices"))["items"] == []
    there = await play.client.get("/api/invoices", auth=("second", "s2"))
    assert there.json()["pagination"]["totalResultSize"] == 1
    answer = await play.client.post("/_sandbox/documents/load", params={"account": "x"}, json=batch(1))
    assert answer.status_code == 404


async def everything(play: Play, invoice: str, note: str) -> list[Any]:
    return [
        await play.get("/customers", includeArchived="true"),
        await play.get("/customers/by-alias/crm"),
        await play.get("/invoices"),
        await play.get("/invoices", invoiceStatus="SENT"),
        await play.get(f"/invoices/{invoice}"),
        await play.get(f"/invoices/{invoice}/line-items"),
        await play.get(f"/invoices/{invoice}/line-item-groups"),
        await play.get(f"/credit-notes/{note}"),
        await play.get("/notifications/policies"),
    ]


async def test_a_snapshot_brings_everything_back_in_a_new_stand_in(play: Play):
    link = [{"service": "Xero", "id": "x"}]
    customer = await play.customer(customerAliases=["crm"], integrationIds=link, customProperties={"a": "b"})
    period = {"startDate": "2025-01-01", "endDate": "2025-01-31"}
    invoice = await play.invoice(
        customerId=customer,
        metadata=[{"key": "a", "value": "b"}],
        billingPeriod={"start": "2025-01-01", "endInclusive": "2025-01-31"},
    )
    group = (await play.post(f"/invoices/{invoice}/line-item-groups", {"title": "G"}))["id"]
    line = LINE | {"groupId": group, "servicePeriod": period, "externalIds": [{"key": "Xero", "value": "200"}]}
    await play.post(f"/invoices/{invoice}/line-items", line)
    await play.post(f"/invoices/{invoice}/finalize-and-send")
    note = await play.credit_note(LINE, customerId=customer, invoiceId=invoice)
    await play.post(f"/credit-notes/{note}/finalize-and-send")
    application = {
        "creditNoteId": note,
        "invoiceId": invoice,
        "amount": 5,
        "currency": "GBP",
        "creditNoteBalanceVersion": 1,
        "invoiceBalanceVersion": 1,
    }
    key = {"Idempotency-Key": "k"}
    applied = await play.client.post("/api/credit-note-applications", json=application, headers=key)
    hooks = {"name": "h", "recipients": ["http://127.0.0.1:9/"], "channel": "WEBHOOK"}
    await play.post("/notifications/policies", hooks)
    kept = await everything(play, invoice, note)
    snapshot = await play.client.get("/_sandbox/snapshot")

    async with playing() as other:
        await other.customer()
        answer = await other.client.post("/_sandbox/load", content=snapshot.content)
        assert answer.status_code == 204
        assert await everything(other, invoice, note) == kept
        assert (await other.client.get("/_sandbox/snapshot")).json() == snapshot.json()
        again = await other.client.post("/api/credit-note-applications", json=application, headers=key)
        assert (again.status_code, again.json()) == (200, applied.json())
        # Numbering and creation order go on where they stopped.
        later = await other.invoice(customerId=customer)
        assert (await other.post(f"/invoices/{later}/finalize"))["invoiceNumber"] == "INV-2"
        assert (await other.get("/invoices"))["items"][0]["id"] == later


@pytest.mark.parametrize("content", [b"null", b"[]", b"{}", b'{"format": 99}', b"{"])
async def test_what_is_no_snapshot_changes_nothing(play: Play, content: bytes):
    made = await play.customer()
    answer = await play.client.post("/_sandbox/load", content=content)
    assert answer.status_code == 400
    await play.get(f"/customers/{made}")


async def test_reset_leaves_one_empty_account_with_limits_off(play: Play):
    play.sequence.add_account("Second", "second", "s2")
    await play.sandbox("/limits", {"enabled": True, "per_minute": 1})
    await play.sandbox("/documents/load", batch(3), expect=201)
    assert (await play.client.post("/_sandbox/reset")).status_code == 204
    assert len((await play.client.get("/_sandbox/accounts")).json()) == 1
    for path in ("/customers", "/invoices", "/credit-notes", "/notifications/policies"):
        assert (await play.get(path))["items"] == []


async def test_ten_thousand_documents_load_in_one_call_and_any_page_is_at_hand(play: Play):
    play.client.timeout = 60
    made = await play.sandbox("/documents/load", batch(10_000, status="FINAL"), expect=201)
    assert made["invoices"][-1]["number"] == "INV-10000"
    page = await play.get("/invoices", invoiceStatus="FINAL", limit=100)
    assert page["pagination"]["totalResultSize"] == 10_000
    assert (await play.get("/invoices", invoiceNumber="INV-5000"))["items"][0]["netTotal"] == "50.00"


async def test_a_document_of_five_lines_takes_less_than_ten_kilobytes(play: Play):
    count = 1000
    await play.sandbox("/documents/load", batch(1), expect=201)
    body = batch(count)
    del body["customers"]
    gc.collect()
    tracemalloc.start()
    try:
        await play.sandbox("/documents/load", body, expect=201)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held / count < 10_000


async def test_half_of_a_surrogate_pair_breaks_no_list_no_journal_and_no_snapshot(play: Play):
    text = "Launch \ud83d party"
    loaded = batch(1, memo=text, lines=[LINE | {"title": text}]) | {
        "customers": [CUSTOMER | {"id": "c1", "legalName": text}]
    }
    # JSON may carry it as an escape, which httpx's own writer does not
    answer = await play.client.post("/_sandbox/documents/load", content=json.dumps(loaded))
    created = await play.client.post("/api/customers", content=json.dumps(CUSTOMER | {"legalName": text}))
    assert (answer.status_code, created.is_success) == (201, True)

    snapshot = (await play.client.get("/_sandbox/snapshot")).raise_for_status().content
    play.begin_anew()
    (await play.client.post("/_sandbox/load", content=snapshot)).raise_for_status()

    assert [each["legalName"] for each in (await play.get("/customers"))["items"]] == [text, text]
    (invoice,) = (await play.get("/invoices"))["items"]
    (line,) = (await play.get(f"/invoices/{invoice['id']}/line-items"))["items"]
    assert (invoice["memo"], line["title"]) == (text, text)
    entry, *_ = (await play.client.get("/_sandbox/journal")).raise_for_status().json()
    assert [each["legalName"] for each in entry["answer"]["items"]] == [text, text]


async def test_a_control_takes_no_half_of_a_surrogate_pair(play: Play):
    body = json.dumps({"name": "\ud83d"})
    answer = await play.client.post("/_sandbox/accounts", content=body)
    assert answer.status_code == 400
