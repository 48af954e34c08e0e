"""Lists of the Sequence stand-in: pages, cursors, orders and filters."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.standins.sequence_play import LINE, Play


async def load(play: Play, count: int, kind: str = "invoices", **said: Any) -> list[str]:
    customer = said.pop("customerId", None) or await play.customer()
    body = {kind: [{"customerId": customer, "currency": "GBP", **said} for _ in range(count)]}
    return [made["id"] for made in (await play.sandbox("/documents/load", body, expect=201))[kind]]


def ids(page: dict[str, Any]) -> list[str]:
    return [item["id"] for item in page["items"]]


@pytest.mark.parametrize(("kind", "path"), [("invoices", "/invoices"), ("creditNotes", "/credit-notes")])
async def test_a_list_is_newest_first_and_pages_forth_and_back(play: Play, kind: str, path: str):
    made = (await load(play, 7, kind))[::-1]
    first = await play.get(path, limit=3)
    assert ids(first) == made[:3]
    assert first["pagination"]["totalResultSize"] == 7
    assert "before" not in first["pagination"]
    second = await play.get(path, limit=3, after=first["pagination"]["after"])
    third = await play.get(path, limit=3, after=second["pagination"]["after"])
    assert (ids(second), ids(third)) == (made[3:6], made[6:])
    assert "after" not in third["pagination"]
    assert ids(await play.get(path, limit=3, before=third["pagination"]["before"])) == made[3:6]
    assert ids(await play.get(path, limit=2, before=third["pagination"]["before"])) == made[4:6]


async def test_the_oldest_come_first_when_asked(play: Play):
    made = await load(play, 5)
    page = await play.get("/invoices", limit=2, sortOrder="ASC")
    assert ids(page) == made[:2]
    following = await play.get("/invoices", limit=2, sortOrder="ASC", after=page["pagination"]["after"])
    assert ids(following) == made[2:4]
    assert (
        ids(await play.get("/invoices", limit=2, sortOrder="ASC", before=following["pagination"]["before"])) == made[:2]
    )


@pytest.mark.parametrize("order", ["DESC", "ASC"])
async def test_paging_to_the_end_while_documents_come_and_go_misses_and_repeats_none(play: Play, order: str):
    customer = await play.customer()
    made = await load(play, 60, customerId=customer)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await play.get("/invoices", limit=10, sortOrder=order, **cursor)
        seen += ids(page)
        if "after" not in page["pagination"] or len(seen) > 100:
            break
        cursor = {"after": page["pagination"]["after"]}
        if len(seen) <= 30:
            await load(play, 2, customerId=customer)
            # The very document that the cursor names goes away.
            await play.delete(f"/invoices/{seen[-1]}")
    assert len(seen) == len(set(seen))
    assert set(made) <= set(seen)


async def test_paging_by_status_while_documents_leave_it_misses_none(play: Play):
    made = await load(play, 40, status="FINAL")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await play.get("/invoices", limit=7, invoiceStatus="FINAL", **cursor)
        for found in ids(page):
            seen.append(found)
            await play.post(f"/invoices/{found}/mark-as-sent")
        if "after" not in page["pagination"]:
            break
        cursor = {"after": page["pagination"]["after"]}
    assert seen == made[::-1]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "ten"},
        {"sortOrder": "UP"},
        {"sortBy": "COLOUR"},
        {"after": "x"},
        {"after": "e30"},
        {"before": "!!"},
        {"after": "WyIiLCJhIl0", "before": "WyIiLDFd"},
        {"after": "WyIiLCJhIl0"},
        {"invoiceStatus": "OPEN"},
        {"invoicePaymentStatus": "DUE"},
        {"excludeInvoicePaymentStatus": "DUE"},
        {"sentAfter": "yesterday"},
    ],
)
async def test_a_list_refuses_what_it_does_not_know(play: Play, query: dict[str, Any]):
    await load(play, 2)
    assert (await play.get("/invoices", expect=400, **query))["code"] == "INVALID_REQUEST"


async def test_a_cursor_of_another_order_is_refused(play: Play):
    await load(play, 3)
    cursor = (await play.get("/invoices", limit=1))["pagination"]["after"]
    await play.get("/invoices", expect=400, sortBy="GROSS_TOTAL", after=cursor)


async def test_an_empty_list_has_a_page(play: Play):
    assert await play.get("/invoices") == {"items": [], "pagination": {"totalResultSize": 0}}


async def test_filters_by_status_customer_and_number_meet(play: Play):
    one, two = await play.customer(), await play.customer()
    drafts = await load(play, 2, customerId=one)
    final = await load(play, 2, customerId=one, status="FINAL")
    other = await load(play, 1, customerId=two, status="FINAL")
    assert ids(await play.get("/invoices", customerId=one)) == (drafts + final)[::-1]
    assert ids(await play.get("/invoices", invoiceStatus="FINAL")) == (final + other)[::-1]
    assert ids(await play.get("/invoices", invoiceStatus="FINAL", customerId=one)) == final[::-1]
    assert ids(await play.get("/invoices", invoiceNumber="INV-3")) == other
    assert ids(await play.get("/invoices", invoiceNumber="INV-3", customerId=one)) == []
    assert ids(await play.get("/invoices", search="nv-1")) == final[:1]
    await play.post(f"/invoices/{drafts[0]}/void")
    assert ids(await play.get("/invoices", invoiceStatus="DRAFT")) == drafts[1:]
    assert ids(await play.get("/invoices", invoiceStatus="VOIDED")) == drafts[:1]


async def test_credit_notes_filter_by_their_own_names(play: Play):
    final = await load(play, 2, "creditNotes", status="FINAL")
    await load(play, 1, "creditNotes")
    assert ids(await play.get("/credit-notes", creditNoteStatus="FINAL")) == final[::-1]
    assert ids(await play.get("/credit-notes", searchCreditNoteNumber="cn-2")) == final[1:]


async def test_filters_by_day_of_sending_exclude_the_day_they_name(play: Play):
    made: list[str] = []
    for day in (10, 11, 12):
        play.sequence.clock.set(datetime(2025, 3, day, 9, tzinfo=UTC))
        made.append(await play.invoice())
        await play.post(f"/invoices/{made[-1]}/finalize-and-send")
    await play.invoice()
    assert ids(await play.get("/invoices", sentAfter="2025-03-10")) == made[:0:-1]
    assert ids(await play.get("/invoices", sentBefore="2025-03-12")) == made[1::-1]
    assert ids(await play.get("/invoices", sentAfter="2025-03-10", sentBefore="2025-03-12")) == [made[1]]


async def test_filters_by_issue_date_due_date_currency_and_payment(play: Play):
    early = await play.invoice(issueDate="2025-01-01", dueDate="2025-02-01", currency="EUR")
    late = await play.invoice(issueDate="2025-06-01", dueDate="2025-07-01")
    await play.post(f"/invoices/{late}/finalize")
    await play.put(f"/invoices/{late}/payment-status", {"paymentStatus": "PAID"})
    for query, found in [
        ({"invoiceBefore": "2025-06-01"}, early),
        ({"invoiceAfter": "2025-01-01"}, late),
        ({"dueBefore": "2025-07-01"}, early),
        ({"dueAfter": "2025-02-01"}, late),
        ({"invoiceCurrency": "EUR,USD"}, early),
        ({"invoicePaymentStatus": "PAID"}, late),
        ({"excludeInvoicePaymentStatus": "PAID"}, early),
        ({"excludeInvoiceStatus": "FINAL"}, early),
    ]:
        assert ids(await play.get("/invoices", **query)) == [found], query


async def test_lists_sort_by_the_columns_they_name(play: Play):
    customer = await play.customer()
    small = await play.invoice(LINE | {"rate": "1"}, customerId=customer, issueDate="2025-03-01")
    yen = await play.invoice(LINE | {"rate": "50"}, customerId=customer, currency="JPY")
    large = await play.invoice(LINE | {"rate": "900"}, customerId=customer, issueDate="2025-02-01")
    for query, found in [
        ({"sortBy": "GROSS_TOTAL"}, [large, yen, small]),
        ({"sortBy": "GROSS_TOTAL", "sortOrder": "ASC"}, [small, yen, large]),
        ({"sortBy": "ISSUE_DATE"}, [small, large, yen]),
        ({"sortBy": "CUSTOMER_LEGAL_COMPANY_NAME"}, [large, yen, small]),
    ]:
        assert [each["id"] for each in await play.everything("/invoices", limit=1, **query)] == found, query


async def test_a_list_and_a_verb_answer_less_of_an_invoice_than_reading_it(play: Play):
    made = await play.invoice(LINE)
    more = {"balance", "balanceVersion", "paymentTermDays", "dueDateSource"}
    assert not more & (await play.post(f"/invoices/{made}/finalize")).keys()
    assert not more & (await play.get("/invoices"))["items"][0].keys()
    assert more <= (await play.get(f"/invoices/{made}")).keys()
