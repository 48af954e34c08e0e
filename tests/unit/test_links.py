"""What is written on a sent document in Xero, and what of a sweep matters."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from xerosync.core.documents import Document, DocumentRef, DocumentStatus, Kind
from xerosync.core.holds import Hold, HoldReason
from xerosync.core.xero_records import PLACEHOLDER, Amounts, XeroDocument, XeroStatus
from xerosync.documents.header_change import HeaderChange, header_change
from xerosync.documents.intent import Intent
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState
from xerosync.documents.side_by_side import paid_in_xero
from xerosync.documents.views import XeroView
from xerosync.documents.xero_sweep import matters

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ISSUED, DUE = date(2026, 1, 2), date(2026, 2, 1)


def document(kind: Kind = Kind.INVOICE, **update: object) -> Document:
    base = Document(
        kind=kind,
        id="d",
        account_id="a",
        status=DocumentStatus.SENT,
        currency="GBP",
        number="N-1",
        issue_date=ISSUED,
        due_date=DUE if kind is Kind.INVOICE else None,
        reference="PO 7",
        customer_id="c",
        net_total=Decimal(100),
        total_tax=Decimal(20),
        gross_total=Decimal(120),
    )
    return base.model_copy(update=update)


def in_xero(**update: object) -> XeroView:
    base = XeroView(
        xero_id="x",
        status=XeroStatus.AUTHORISED,
        sent=False,
        issue_date=PLACEHOLDER,
        due_date=PLACEHOLDER,
        seen_at=NOON,
    )
    return base.model_copy(update=update)


def test_sending_writes_both_dates_the_reference_and_sent():
    change = header_change(document(), in_xero())
    assert (change.issue_date, change.due_date, change.reference, change.sent) == (ISSUED, DUE, "PO 7", True)


def test_dates_set_by_a_person_before_we_send_are_overwritten():
    change = header_change(document(), in_xero(issue_date=date(2026, 1, 9), due_date=date(2026, 1, 30)))
    assert (change.issue_date, change.due_date) == (ISSUED, DUE)


def test_dates_set_by_the_person_who_marked_it_sent_are_ignored():
    marked = in_xero(sent=True, issue_date=date(2026, 1, 9), due_date=date(2026, 1, 30))
    change = header_change(document(), marked)
    assert (change.issue_date, change.due_date) == (None, None)


def test_only_the_placeholder_goes_where_a_person_set_one_of_the_dates():
    change = header_change(document(), in_xero(sent=True, issue_date=date(2026, 1, 9)))
    assert (change.issue_date, change.due_date) == (None, DUE)


def test_an_amendment_writes_what_changed_and_nothing_else():
    before = document()
    settled = in_xero(sent=True, issue_date=ISSUED, due_date=date(2026, 9, 9), applied=before.header)
    moved = header_change(document(due_date=date(2026, 3, 1)), settled)
    assert (moved.issue_date, moved.due_date, moved.reference) == (None, date(2026, 3, 1), None)
    renamed = header_change(document(reference="PO 8"), settled)
    assert (renamed.issue_date, renamed.due_date, renamed.reference) == (None, None, "PO 8")


def test_an_invoice_without_due_date_is_due_when_issued():
    assert header_change(document(due_date=None), in_xero()).due_date == ISSUED


def test_a_credit_note_gets_no_due_date_but_loses_a_placeholder():
    assert header_change(document(Kind.CREDIT_NOTE), in_xero(due_date=None)).due_date is None
    assert header_change(document(Kind.CREDIT_NOTE), in_xero()).due_date == ISSUED


@pytest.mark.parametrize(
    "kept", [{"sent": False}, {"issue_date": PLACEHOLDER}, {"due_date": PLACEHOLDER}], ids=lambda kept: next(iter(kept))
)
def test_an_answer_that_kept_the_old_value_does_not_show_the_change(kept: dict[str, object]):
    change = HeaderChange(kind=Kind.INVOICE, xero_id="x", issue_date=ISSUED, due_date=DUE)
    answer = XeroDocument(
        xero_id="x",
        kind=Kind.INVOICE,
        number="N-1",
        status=XeroStatus.AUTHORISED,
        sent=True,
        issue_date=ISSUED,
        due_date=DUE,
        contact_id="c",
        currency="GBP",
        total=Decimal(120),
        total_tax=Decimal(20),
        updated_at=NOON,
        seen_at=NOON,
    )
    assert change.is_shown_by(answer)
    assert not change.is_shown_by(answer.model_copy(update=kept))


@pytest.mark.parametrize(
    "change", [{"sent": True}, {"status": XeroStatus.VOIDED}, {"issue_date": ISSUED}, {"due_date": DUE}]
)
def test_a_newer_view_that_differs_matters(change: dict[str, object]):
    assert matters(in_xero(), in_xero(seen_at=NOON + timedelta(hours=1), **change))
    assert not matters(in_xero(), in_xero(seen_at=NOON - timedelta(hours=1), **change))


def test_a_newer_view_that_shows_the_same_does_not_matter():
    applied = document().header
    assert not matters(in_xero(applied=applied), in_xero(seen_at=NOON + timedelta(hours=1)))


def test_a_hold_of_the_same_reason_keeps_its_date():
    link = DocumentLink(ref=DocumentRef(account_id="a", kind=Kind.INVOICE, document_id="d"))
    first = link.held(Hold(reason=HoldReason.REJECTED, words="one", since=NOON))
    again = first.held(Hold(reason=HoldReason.REJECTED, words="two", since=NOON + timedelta(days=1)))
    assert again.hold == Hold(reason=HoldReason.REJECTED, words="two", since=NOON)
    assert again.state is SyncState.HELD


def test_seeing_the_document_in_xero_ends_the_intent():
    link = DocumentLink(ref=DocumentRef(account_id="a", kind=Kind.INVOICE, document_id="d"))
    link = link.intended(Intent(number="N-1", payload_digest="", at=NOON))
    assert link.seen(in_xero()).intent is None


def test_what_was_brought_before_is_not_written_again_on_sending():
    brought = in_xero(reference_digest=document().header.reference_digest)
    change = header_change(document(), brought)
    assert (change.issue_date, change.due_date, change.reference, change.sent) == (ISSUED, DUE, None, True)


def test_of_a_document_that_is_not_sent_only_the_reference_is_written_and_its_dates_stay():
    pushed = in_xero(reference_digest=document(reference="PO 6").header.reference_digest)
    change = header_change(document(status=DocumentStatus.FINAL), pushed)
    assert change == HeaderChange(kind=Kind.INVOICE, xero_id="x", sent=None, reference="PO 7")


def test_dates_that_a_person_set_in_xero_are_told_and_those_that_agree_are_not():
    link = DocumentLink(ref=document().ref).read(document())
    same = in_xero(sent=True, issue_date=ISSUED, due_date=DUE, applied=document().header)
    assert link.seen(same).own_dates is None
    own = same.model_copy(update={"due_date": date(2026, 3, 1)})
    assert link.seen(own).own_dates == (
        "In Xero it is due 2026-03-01, not 2026-02-01: a person set that there, and it is kept."
    )
    assert link.seen(in_xero()).own_dates is None


def shown(paid: str, credited: str = "0.00", *, kind: Kind = Kind.INVOICE, at: datetime = NOON) -> XeroDocument:
    left = Decimal("1240.00") - Decimal(paid) - Decimal(credited)
    return XeroDocument(
        xero_id="x",
        kind=kind,
        number="N-1",
        status=XeroStatus.AUTHORISED if left else XeroStatus.PAID,
        sent=True,
        issue_date=ISSUED,
        due_date=DUE,
        contact_id="contact",
        currency="GBP",
        total=Decimal("1240.00"),
        total_tax=Decimal(0),
        amount_paid=Decimal(paid),
        amount_credited=Decimal(credited),
        open_amount=left,
        updated_at=at,
        seen_at=at,
    )


def known(kind: Kind = Kind.INVOICE) -> DocumentLink:
    of = document(kind)
    return DocumentLink(ref=of.ref).read(of).seen(in_xero())


@pytest.mark.parametrize(
    ("kind", "paid", "credited", "words"),
    [
        (Kind.INVOICE, "120.00", "0.00", "120.00 of 1,240.00 GBP"),
        (Kind.INVOICE, "0.00", "120.00", "120.00 credited of 1,240.00 GBP"),
        (Kind.INVOICE, "100.00", "20.00", "100.00, and 20.00 credited, of 1,240.00 GBP"),
        (Kind.INVOICE, "1240.00", "0.00", "1,240.00 of 1,240.00 GBP"),
        (Kind.CREDIT_NOTE, "100.00", "20.00", "120.00 of 1,240.00 GBP"),
        (Kind.INVOICE, "0.00", "0.00", "no"),
    ],
)
def test_how_far_it_is_paid_is_said_in_amounts(kind: Kind, paid: str, credited: str, words: str):
    assert paid_in_xero(known(kind).showing(shown(paid, credited, kind=kind))) == words


def test_amounts_are_those_of_the_last_look_and_a_payment_taken_back_shows():
    later, last = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    link = known().showing(shown("120.00", at=later))
    assert link.showing(shown("50.00", at=NOON)) is link
    assert link.showing(shown("120.00", at=last)) is link, "the same again is not written again"
    back = link.showing(shown("0.00", at=last))
    assert back.amounts == Amounts(paid=Decimal(0), credited=Decimal(0), open=Decimal(1240), seen_at=last)
    assert paid_in_xero(back) == "0.00 of 1,240.00 GBP"


def test_amounts_of_another_document_or_of_what_was_never_paid_are_not_kept():
    assert known().showing(shown("120.00").model_copy(update={"xero_id": "another"})).amounts is None
    assert DocumentLink(ref=document().ref).showing(shown("120.00")).amounts is None
    unpaid = known()
    assert unpaid.showing(shown("0.00")) is unpaid
