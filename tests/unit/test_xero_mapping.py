"""What a document of Sequence becomes in Xero."""

from datetime import date
from typing import Any

import pytest

from tests.xero_support import CREDIT_ORIGIN, ORIGIN, connection, document
from xerosync.core.documents import DocumentWithLines, Kind
from xerosync.core.errors import HoldError
from xerosync.core.holds import HoldReason
from xerosync.documents.header_change import HeaderChange
from xerosync.xero.mapping import Origins, document_payload, header_payload, payload_digest

ORIGINS = Origins(ORIGIN, CREDIT_ORIGIN)


def payload(whole: DocumentWithLines, **connected: Any) -> dict[str, Any]:
    return document_payload(whole, connection(**connected), "contact-1", ORIGINS)


def rejected(whole: DocumentWithLines) -> str:
    with pytest.raises(HoldError) as held:
        payload(whole)
    assert held.value.reason is HoldReason.REJECTED
    return held.value.words


def test_a_final_invoice_goes_with_placeholder_dates_and_unsent():
    sent = payload(document(reference="PO 7"))
    assert sent.pop("LineItems")
    assert sent == {
        "Type": "ACCREC",
        "InvoiceNumber": "INV-1",
        "Contact": {"ContactID": "contact-1"},
        "CurrencyCode": "GBP",
        "LineAmountTypes": "Exclusive",
        "Status": "AUTHORISED",
        "Date": "3000-01-01",
        "DueDate": "3000-01-01",
        "SentToContact": False,
        "Reference": "PO 7",
        "Url": "https://app.example/invoices/id-of-INV-1",
    }


def test_a_sent_invoice_goes_with_its_own_dates_and_sent():
    sent = payload(document(status="SENT"))
    assert (sent["Date"], sent["DueDate"], sent["SentToContact"]) == ("2026-01-05", "2026-02-04", True)


def test_a_sent_invoice_without_due_date_is_due_when_issued():
    assert payload(document(status="SENT", due_date=None))["DueDate"] == "2026-01-05"


@pytest.mark.parametrize("status", ["FINAL", "SENT"])
def test_a_credit_note_has_neither_due_date_nor_url(status: str):
    sent = payload(document("CN-1", kind=Kind.CREDIT_NOTE, status=status, credited_invoice_number="INV-9"))
    assert (sent["Type"], sent["CreditNoteNumber"], sent["Reference"]) == ("ACCRECCREDIT", "CN-1", "INV-9")
    assert not {"DueDate", "Url", "InvoiceNumber"} & sent.keys()


def test_a_credit_note_tells_its_origin_in_a_note_and_an_invoice_does_not():
    note, invoice = document("CN-1", kind=Kind.CREDIT_NOTE).document.ref, document().document.ref
    assert ORIGINS.note(note, "CN-1") == "Sequence credit note CN-1: https://app.example/credit-notes/id-of-CN-1"
    assert ORIGINS.note(note, None) == "Sequence credit note id-of-CN-1: https://app.example/credit-notes/id-of-CN-1"
    assert ORIGINS.note(invoice, "INV-1") is None


def test_without_an_address_of_sequence_there_is_no_url():
    assert "Url" not in document_payload(document(), connection(), "contact-1", Origins())


def test_an_id_is_quoted_in_the_url():
    assert payload(document(id="a/b c"))["Url"] == "https://app.example/invoices/a%2Fb%20c"


def test_a_long_reference_is_cut_to_xeros_length():
    assert len(payload(document(reference="r" * 300))["Reference"]) == 255


def test_a_document_without_number_is_held():
    assert "no number" in rejected(document(None))


@pytest.mark.parametrize("number", [" INV-1", "INV-1 ", "INV-1\n", "INV\t1", "INV\u200b1"])
def test_a_number_that_xero_might_alter_is_held_since_it_could_not_be_found_again(number: str):
    assert "Xero may alter it" in rejected(document(number))


def test_a_number_longer_than_xeros_is_held_and_never_cut():
    assert "longer" in rejected(document("N" * 256))


def test_a_sent_document_without_issue_date_is_held():
    assert "no issue date" in rejected(document(status="SENT", issue_date=None))


def test_the_digest_names_the_content_not_its_order():
    first = payload(document())
    again = dict(reversed(payload(document()).items()))
    assert payload_digest(first) == payload_digest(again)
    assert payload_digest(first) != payload_digest(payload(document(reference="other")))
    assert len(payload_digest(first)) == 64


def test_a_change_of_header_names_only_what_changes():
    change = HeaderChange(kind=Kind.INVOICE, xero_id="x", issue_date=date(2026, 1, 5))
    assert header_payload(change) == {
        "InvoiceID": "x",
        "Status": "AUTHORISED",
        "SentToContact": True,
        "Date": "2026-01-05",
    }


def test_a_change_of_header_never_touches_the_lines():
    change = HeaderChange(
        kind=Kind.CREDIT_NOTE, xero_id="x", issue_date=date(2026, 1, 5), due_date=date(2026, 1, 6), reference="r" * 300
    )
    sent = header_payload(change)
    assert sent.keys() == {"CreditNoteID", "Status", "SentToContact", "Date", "DueDate", "Reference"}
    assert len(sent["Reference"]) == 255


@pytest.mark.parametrize("number", ["INV-\x02", "INV-\ufffd", " INV-1", "N" * 254 + "🎉"])
def test_a_number_that_xero_could_not_keep_as_it_is_is_held(number: str):
    assert "number" in rejected(document(number))


def test_a_reference_is_cut_as_xero_counts_and_without_control_characters():
    assert payload(document(reference="Seats\x02 for \ud83d all"))["Reference"] == "Seats for \ufffd all"
    assert payload(document(reference="🎉" * 200))["Reference"] == "🎉" * 127 + "…"
