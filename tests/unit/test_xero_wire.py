"""How answers of Xero are read."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.xero_support import connection
from xerosync.core.documents import Kind
from xerosync.core.rate_limits import Remaining
from xerosync.core.xero_records import PLACEHOLDER, XeroStatus
from xerosync.documents.describe import contact_link, deep_link
from xerosync.xero.calls.answer import Answer, figure, plain, read_json, write_json
from xerosync.xero.errors import XeroUnavailableError
from xerosync.xero.wire import elements, read_contact, read_document, sales_documents

SEEN = datetime(2026, 1, 5, 12, tzinfo=UTC)


def invoice(**changes: Any) -> dict[str, Any]:
    return {
        "Type": "ACCREC",
        "InvoiceID": "id-1",
        "InvoiceNumber": "INV-1",
        "Status": "AUTHORISED",
        "Contact": {"ContactID": "contact-1", "Name": "Acme"},
        "Date": "/Date(32503680000000+0000)/",
        "DateString": "3000-01-01T00:00:00",
        "DueDate": "/Date(32503680000000+0000)/",
        "UpdatedDateUTC": "/Date(1541176290160+0000)/",
        "CurrencyCode": "GBP",
        "Total": Decimal("12.10"),
        "TotalTax": Decimal("2.00"),
        "AmountPaid": Decimal("0.00"),
        "AmountCredited": 0,
        "SentToContact": False,
        "SomethingNew": {"of": "tomorrow"},
        **changes,
    }


def answer(content: bytes, **headers: str) -> Answer:
    return Answer(200, {name.replace("_", "-"): text for name, text in headers.items()}, content, SEEN, SEEN)


def test_an_invoice_is_read_exactly():
    read = read_document(Kind.INVOICE, invoice(), SEEN)
    assert (read.xero_id, read.number, read.status) == ("id-1", "INV-1", XeroStatus.AUTHORISED)
    assert read.issue_date == read.due_date == PLACEHOLDER
    assert read.updated_at == datetime(2018, 11, 2, 16, 31, 30, 160000, tzinfo=UTC)
    assert str(read.total) == "12.10"
    assert read.seen_at == SEEN
    assert not read.is_frozen


@pytest.mark.parametrize(
    ("wire", "day"),
    [
        ("/Date(32503680000000+0000)/", date(3000, 1, 1)),
        ("/Date(1767571200000+0000)/", date(2026, 1, 5)),
        ("/Date(1767571200000+1300)/", date(2026, 1, 5)),
        ("/Date(1767571200000)/", date(2026, 1, 5)),
        ("/Date(-86400000+0000)/", date(1969, 12, 31)),
        ("2026-01-05T00:00:00", date(2026, 1, 5)),
        ("2026-01-05", date(2026, 1, 5)),
    ],
)
def test_a_date_is_the_calendar_day_it_names_whatever_the_offset(wire: str, day: date):
    assert read_document(Kind.INVOICE, invoice(Date=wire), SEEN).issue_date == day


def test_an_amount_that_came_as_a_float_is_refused():
    with pytest.raises(XeroUnavailableError):
        read_document(Kind.INVOICE, invoice(Total=12.1), SEEN)


@pytest.mark.parametrize(
    "broken", [{"InvoiceID": None}, {"Status": "?"}, {"Date": "yesterday"}, {"UpdatedDateUTC": "x"}]
)
def test_an_unreadable_document_is_told_without_its_content(broken: dict[str, Any]):
    with pytest.raises(XeroUnavailableError) as raised:
        read_document(Kind.INVOICE, invoice(**broken), SEEN)
    assert "Acme" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_bills_are_left_out():
    found = [invoice(), invoice(Type="ACCPAY", InvoiceID="bill")]
    assert [read.xero_id for read in sales_documents(Kind.INVOICE, found, SEEN)] == ["id-1"]


def test_a_credit_note_tells_its_allocations_by_what_remains():
    note = invoice(Type="ACCRECCREDIT", CreditNoteID="id-2", CreditNoteNumber="CN-1", RemainingCredit=Decimal("2.10"))
    read = read_document(Kind.CREDIT_NOTE, note, SEEN)
    assert read.xero_id == "id-2"
    assert read.amount_credited == Decimal("10.00")
    assert read.is_frozen


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"[]", b"{}", b'{"Invoices":{}}', b'{"Invoices":[1]}', b'{"Invoices":[NaN]}']
)
def test_an_answer_of_another_shape_is_unreadable(content: bytes):
    with pytest.raises(XeroUnavailableError):
        elements(answer(content), "Invoices")


def test_a_merged_contact_names_its_heir_and_a_zero_id_names_none():
    element = {"ContactID": "c", "Name": "A", "ContactStatus": "ARCHIVED", "MergedToContactID": "heir"}
    assert read_contact(element).merged_to == "heir"
    assert read_contact(element).is_archived
    assert read_contact({**element, "MergedToContactID": "00000000-0000-0000-0000-000000000000"}).merged_to is None


def test_json_keeps_every_digit_both_ways():
    text = b'{"a":0.1000000000000000055511151231257827,"b":1.10}'
    assert write_json(read_json(text)) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [("1.2300", "1.23"), ("1E+3", "1000"), ("1E-7", "0.0000001"), ("0.00", "0"), ("-0.0", "0"), ("100", "100")],
)
def test_an_amount_is_plain_to_people_and_exact_to_machines(amount: str, text: str):
    assert figure(Decimal(amount)) == text
    assert read_json(write_json(plain(Decimal(amount)))) == Decimal(amount)


def test_what_is_left_of_the_limits_is_read_from_the_headers():
    parsed = answer(b"", x_minlimit_remaining="59", x_daylimit_remaining="4999", x_appminlimit_remaining="garbage")
    assert parsed.remaining == Remaining(minute=59, day=4999, app_minute=None)


def test_links_into_xero_choose_the_organisation_first():
    code = connection().short_code
    head = "https://go.xero.com/organisationlogin/default.aspx?shortcode=%21mBdtL&redirecturl="
    assert deep_link(code, Kind.INVOICE, "i") == head + "/AccountsReceivable/View.aspx?InvoiceID=i"
    assert deep_link(code, Kind.CREDIT_NOTE, "c") == head + "/AccountsReceivable/ViewCreditNote.aspx?creditNoteID=c"
    assert contact_link(code, "k") == head + "/Contacts/View/k"
