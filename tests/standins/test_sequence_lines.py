"""Lines, groups and money of the Sequence stand-in: exact strings in, exact totals out."""

from decimal import Decimal

import pytest

from tests.standins.sequence_play import LINE, Play


def totals(body: dict[str, str]) -> tuple[str, str, str]:
    return body["netTotal"], body["totalTax"], body["grossTotal"]


@pytest.mark.parametrize(
    ("currency", "quantity", "rate", "tax_rate", "expected"),
    [
        ("GBP", "2", "20000.10", "0.2", ("40000.20", "8000.04", "48000.24")),
        ("GBP", "1000000", "0.000123", "0.2", ("123.00", "24.60", "147.60")),
        ("GBP", "1", "0.005", "0", ("0.01", "0.00", "0.01")),
        ("GBP", "1", "0.0049", "0", ("0.00", "0.00", "0.00")),
        ("GBP", "1", "-0.005", "0.2", ("-0.01", "0.00", "-0.01")),
        ("GBP", "1", "-10", "0.2", ("-10.00", "-2.00", "-12.00")),
        ("GBP", "1", "0.10", "0.25", ("0.10", "0.03", "0.13")),
        ("EUR", "3", "33.333333333333333333", "0.19", ("100.00", "19.00", "119.00")),
        ("JPY", "3", "33.5", "0.1", ("101", "10", "111")),
        ("JPY", "1", "0.4", "0.1", ("0", "0", "0")),
        ("GBP", "100000000000000000001", "99999999.99", "0", ("9999999999000000000099999999.99", "0.00")),
        ("KRW", "2", "1500", "0.1", ("3000", "300", "3300")),
    ],
)
async def test_a_line_is_rounded_half_up_to_the_minor_unit(
    play: Play, *, currency: str, quantity: str, rate: str, tax_rate: str, expected: tuple[str, ...]
):
    made = await play.invoice(currency=currency)
    line = LINE | {"title": "L", "quantity": quantity, "rate": rate, "taxRate": tax_rate}
    answer = await play.post(f"/invoices/{made}/line-items", line, expect=201)
    assert totals(answer)[: len(expected)] == expected
    assert (answer["quantity"], answer["rate"], answer["taxRate"]) == (quantity, rate, tax_rate)
    assert totals(await play.get(f"/invoices/{made}")) == totals(answer)


async def test_a_rate_shown_as_percentage_counts_as_it_stands(play: Play):
    made = await play.invoice()
    line = LINE | {"quantity": "1000", "rate": "0.02", "rateDisplay": "PERCENTAGE"}
    answer = await play.post(f"/invoices/{made}/line-items", line)
    assert (answer["netTotal"], answer["rateDisplay"]) == ("20.00", "PERCENTAGE")


@pytest.mark.parametrize("path", ["/invoices", "/credit-notes"])
async def test_a_document_is_the_sum_of_its_rounded_lines(play: Play, path: str):
    lines = [LINE | {"quantity": "1", "rate": "0.335", "taxRate": "0.2"}] * 3
    made = await (play.invoice(*lines) if path == "/invoices" else play.credit_note(*lines))
    assert totals(await play.get(f"{path}/{made}")) == ("1.02", "0.21", "1.23")
    last, middle, _ = (await play.get(f"{path}/{made}/line-items"))["items"]
    await play.put(f"{path}/{made}/line-items/{last['id']}", LINE | {"rate": "5"})
    assert (await play.get(f"{path}/{made}"))["netTotal"] == "10.68"
    assert (await play.delete(f"{path}/{made}/line-items/{middle['id']}"))["id"] == middle["id"]
    assert (await play.get(f"{path}/{made}"))["netTotal"] == "10.34"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"quantity": 2}, "quantity"),
        ({"rate": 20000.10}, "rate"),
        ({"rate": "1e3"}, "rate"),
        ({"rate": "NaN"}, "rate"),
        ({"taxRate": None}, "taxRate"),
        ({"title": " "}, "title"),
        ({"rateDisplay": "RELATIVE"}, "rateDisplay"),
        ({"groupId": "none"}, "groupId"),
        ({"externalIds": None}, "externalIds"),
        ({"externalIds": [{"key": "Xero", "value": 200}]}, "externalIds[0].value"),
        ({"servicePeriod": {"startDate": "2025-01-01"}}, "servicePeriod.endDate"),
    ],
)
async def test_a_line_of_the_wrong_form_is_refused(play: Play, change: dict[str, object], word: str):
    made = await play.invoice()
    refusal = await play.post(f"/invoices/{made}/line-items", LINE | change, expect=400)
    assert word in refusal["message"]
    assert (await play.get(f"/invoices/{made}/line-items"))["items"] == []


async def test_a_line_keeps_its_ledger_account_period_and_description(play: Play):
    made = await play.invoice()
    said = LINE | {
        "description": "March",
        "externalIds": [{"key": "Xero", "value": "200"}],
        "servicePeriod": {"startDate": "2025-03-01", "endDate": "2025-03-31"},
    }
    answer = await play.post(f"/invoices/{made}/line-items", said)
    assert {name: answer[name] for name in said} == said
    assert answer["invoiceId"] == made
    assert answer["rateDisplay"] == "ABSOLUTE"


@pytest.mark.parametrize("names", [("start", "endInclusive"), ("startDate", "endDate")])
async def test_a_credit_note_line_names_the_days_of_its_period_otherwise(play: Play, names: tuple[str, str]):
    made = await play.credit_note()
    period = dict(zip(names, ("2025-03-01", "2025-03-31"), strict=True))
    answer = await play.post(f"/credit-notes/{made}/line-items", LINE | {"creditNoteId": made, "servicePeriod": period})
    assert answer["servicePeriod"] == {"start": "2025-03-01", "endInclusive": "2025-03-31"}


async def test_a_credit_note_line_names_the_line_it_credits(play: Play):
    customer = await play.customer()
    invoice = await play.invoice(LINE, customerId=customer)
    line = (await play.get(f"/invoices/{invoice}/line-items"))["items"][0]["id"]
    note = await play.credit_note(customerId=customer, invoiceId=invoice)
    said = LINE | {"creditNoteId": note, "lineItemId": line}
    answer = await play.post(f"/credit-notes/{note}/line-items", said)
    assert (answer["creditNoteId"], answer["lineItemId"]) == (note, line)
    await play.post(f"/credit-notes/{note}/line-items", said | {"creditNoteId": "other"}, expect=400)


async def test_seven_hundred_lines_come_in_pages_of_a_hundred_at_most(play: Play):
    lines = [LINE | {"title": str(n), "rate": f"{n}.01", "quantity": "1"} for n in range(700)]
    body = {"invoices": [{"customerId": await play.customer(), "currency": "GBP", "lines": lines}]}
    made = (await play.sandbox("/documents/load", body, expect=201))["invoices"][0]["id"]
    path = f"/invoices/{made}/line-items"
    found = await play.everything(path, sortOrder="ASC")
    assert [line["title"] for line in found] == [str(n) for n in range(700)]
    assert sum(Decimal(line["netTotal"]) for line in found) == Decimal(
        (await play.get(f"/invoices/{made}"))["netTotal"]
    )
    await play.get(path, expect=400, limit=101)


async def test_lines_come_last_first_unless_asked_otherwise(play: Play):
    made = await play.invoice(*(LINE | {"title": title} for title in "abc"))
    path = f"/invoices/{made}/line-items"
    assert [line["title"] for line in (await play.get(path))["items"]] == ["c", "b", "a"]
    ascending = (await play.get(path, sortOrder="ASC"))["items"]
    assert [(line["title"], line["index"]) for line in ascending] == [("a", 0), ("b", 1), ("c", 2)]


@pytest.mark.parametrize("path", ["/invoices", "/credit-notes"])
async def test_a_group_totals_its_lines_which_survive_it(play: Play, path: str):
    made = await (play.invoice() if path == "/invoices" else play.credit_note())
    groups = f"{path}/{made}/line-item-groups"
    group = (await play.post(groups, {"title": "March"}, expect=201))["id"]
    line = LINE | {"creditNoteId": made}
    inside = await play.post(f"{path}/{made}/line-items", line | {"groupId": group})
    await play.post(f"{path}/{made}/line-items", line)
    renamed = await play.put(f"{groups}/{group}", {"title": "April", "description": "Usage"})
    assert (renamed["title"], renamed["description"], renamed["index"]) == ("April", "Usage", 0)
    assert (await play.get(groups))["items"] == [renamed]
    assert totals(renamed) == totals(inside)
    await play.delete(f"{groups}/{group}")
    lines = (await play.get(f"{path}/{made}/line-items"))["items"]
    assert len(lines) == 2
    assert not any("groupId" in line for line in lines)
    await play.delete(f"{groups}/{group}", expect=400)


async def test_a_change_of_currency_totals_the_lines_anew(play: Play):
    made = await play.invoice(LINE | {"rate": "10.55", "quantity": "1"})
    changed = await play.put(f"/invoices/{made}", {"currency": "JPY"})
    assert totals(changed) == ("11", "2", "13")
