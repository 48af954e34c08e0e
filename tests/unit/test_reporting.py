"""What is reported to Sequence of payments, whatever arrives late: each state once, never an older after a newer."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.doubles.memory import MemoryStore
from tests.store.samples import NOON, document, hold, ref, xero_view
from tests.workflows.world import invoice
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, Kind, PaymentStatus
from xerosync.core.errors import RetryLaterError
from xerosync.core.xero_records import Payment, XeroDocument, XeroStatus
from xerosync.documents import lifecycle
from xerosync.documents.lifecycle import Step
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import Known
from xerosync.documents.payments import Reporter, ReportUnderWayError, report
from xerosync.documents.views import XeroView
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.group_commit import Item
from xerosync.xero.calls.writes import change_documents

SENT = document(status=DocumentStatus.SENT)


class Reporting(RuleBasedStateMachine):
    """Xero is paid and unpaid, read and written; each answer arrives whenever it likes, and is then reported.

    `truth` counts the payments entered in Xero. What an answer shows carries it as its due date, so that a report can
    be traced to the payment that it tells of.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.payment, self.truth = Payment.NOTHING, 0
        self.pages: list[XeroDocument] = []
        self.answers: list[tuple[XeroDocument, XeroView]] = []
        self.reported: list[int] = []
        self.link = DocumentLink(ref=ref())

    @initialize()
    def push(self) -> None:
        view = XeroView.of(self.shown(), SENT.header)
        self.link = self.link.read(SENT).pushed(view, SENT.gross_total).model_copy(update={"reports_payments": True})

    def shown(self) -> XeroDocument:
        """Return how Xero shows the document now, as one that asks now is answered."""
        self.now += timedelta(milliseconds=1)
        return XeroDocument(
            xero_id="x-1",
            kind=SENT.kind,
            number="INV-1",
            status=XeroStatus.PAID if self.payment is Payment.FULL else XeroStatus.AUTHORISED,
            sent=True,
            issue_date=SENT.issue_date,
            due_date=date.fromordinal(self.truth + 1),
            contact_id=None,
            currency="GBP",
            total=SENT.gross_total,
            total_tax=SENT.total_tax,
            amount_paid=invoice().net_total if self.payment is Payment.PART else invoice().net_total * 0,
            updated_at=self.now,
            seen_at=self.now,
        )

    @rule(payment=st.sampled_from(Payment))
    def pay_or_take_back(self, payment: Payment) -> None:
        self.payment, self.truth = payment, self.truth + 1

    @rule()
    def a_sweep_reads_a_page(self) -> None:
        self.pages.append(self.shown())

    @rule()
    def a_write_is_sent(self) -> None:
        assert self.link.xero
        self.answers.append((self.shown(), self.link.xero))

    @precondition(lambda self: self.pages)
    @rule(data=st.data(), hears=st.booleans())
    def a_page_arrives(self, data: st.DataObject, hears: bool) -> None:
        page = data.draw(st.sampled_from(self.pages))
        view = XeroView.of(page, None)
        self.link = self.link.seen(view.with_writes_of(self.link.xero) if hears and self.link.xero else view)

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def an_answer_arrives(self, data: st.DataObject) -> None:
        answer, after = self.answers.pop(data.draw(st.integers(0, len(self.answers) - 1)))
        self.link = self.link.wrote(XeroView.of(answer, SENT.header, after=after))

    @rule()
    def what_is_owed_is_reported(self) -> None:
        view = self.link.xero
        if view and lifecycle.owes_report(self.link.known):
            assert view.due_date
            self.reported.append(view.due_date.toordinal() - 1)
            self.link = self.link.reported(view)

    def teardown(self) -> None:
        assert self.reported == sorted(set(self.reported)), "each state once, and never an older one after a newer"
        self.link = self.link.seen(XeroView.of(self.shown(), None))
        self.what_is_owed_is_reported()
        assert lifecycle.is_reported(self.link.known)
        assert self.link.xero
        assert (self.link.xero.reported or Payment.NOTHING) is self.payment


TestReporting = Reporting.TestCase
TestReporting.settings = settings(max_examples=200, stateful_step_count=20, deadline=None)

KNOWN = DocumentLink(ref=ref()).read(SENT).pushed(xero_view(sent=True, applied=SENT.header), SENT.gross_total)


def test_a_writes_late_answer_does_not_outrank_what_was_asked_after_it_was_sent():
    base = KNOWN.xero
    assert base
    paid = base.model_copy(update={"payment": Payment.FULL, "seen_at": NOON + timedelta(seconds=2)})
    written = base.model_copy(update={"seen_at": NOON + timedelta(seconds=1), "revision": base.revision + 1})
    after = KNOWN.seen(paid).reported(paid).wrote(written)
    assert after.xero
    assert (after.xero.payment, after.xero.reported) == (Payment.FULL, Payment.FULL)


def test_what_a_write_brought_is_kept_though_a_view_that_does_not_know_it_is_newer():
    base = KNOWN.xero
    assert base
    header = SENT.header.model_copy(update={"due_date": date(2026, 5, 5)})
    page = base.model_copy(update={"seen_at": NOON + timedelta(seconds=2)})
    written = base.model_copy(update={"applied": header, "seen_at": NOON + timedelta(seconds=1), "revision": 1})
    for after in (KNOWN.wrote(written).seen(page), KNOWN.seen(page).wrote(written)):
        assert after.xero
        assert (after.xero.applied, after.xero.seen_at) == (header, page.seen_at)


def test_two_who_report_different_payments_at_once_leave_it_owed():
    base = KNOWN.xero
    assert base
    part = base.model_copy(update={"payment": Payment.PART, "seen_at": NOON + timedelta(seconds=1)})
    full = base.model_copy(update={"payment": Payment.FULL, "seen_at": NOON + timedelta(seconds=2)})
    both = KNOWN.seen(full).model_copy(update={"reports_payments": True})
    assert not lifecycle.is_reported(both.reported(full).reported(part).known)
    assert not lifecycle.is_reported(both.reported(part).reported(full).known)
    assert lifecycle.is_reported(both.reported(full).reported(full).known)


def test_a_payment_is_reported_whatever_holds_the_document_and_a_refusal_waits():
    view = xero_view(payment=Payment.PART)
    link = DocumentLink(ref=ref()).read(SENT).pushed(view, SENT.gross_total)
    known: Known = link.held(hold()).known.model_copy(update={"reports_payments": True})
    assert lifecycle.next_step(known) is Step.REPORT_PAYMENT
    assert lifecycle.next_step(known.model_copy(update={"ignored": True})) is Step.REPORT_PAYMENT
    assert lifecycle.next_step(known.model_copy(update={"report_refused": True})) is Step.WAIT
    assert lifecycle.owes_report(lifecycle.hinted(known.model_copy(update={"report_refused": True})))


def test_what_a_write_answers_is_seen_when_it_was_sent():
    item = Item(key="x-1", content=b"")
    body = {"Invoices": [{"InvoiceID": "x-1", "Type": "ACCREC", "InvoiceNumber": "INV-1", "Status": "AUTHORISED"}]}
    answer = Answer(
        status=200,
        headers={},
        content=json.dumps(body).encode(),
        sent_at=NOON,
        received_at=NOON + timedelta(seconds=9),
    )
    changed = change_documents(Kind.INVOICE).results([item], answer)["x-1"]
    assert isinstance(changed, XeroDocument), changed
    assert changed.seen_at == NOON


class SilentBilling:
    """Sequence takes a payment status, and its answer is lost."""

    def __init__(self) -> None:
        self.shown = SENT.model_copy(update={"payment_status": PaymentStatus.UNPAID})
        self.is_silent = True

    async def document(self, ref: DocumentRef) -> Document:
        del ref
        return self.shown

    async def set_payment_status(self, ref: DocumentRef, status: PaymentStatus) -> None:
        del ref
        self.shown = self.shown.model_copy(update={"payment_status": status})
        if self.is_silent:
            raise RetryLaterError("The answer was lost.")


async def test_a_payment_taken_back_after_its_report_lost_its_answer_is_reported():
    store, silent, view = MemoryStore(), SilentBilling(), KNOWN.xero
    assert view
    await store.change(SENT.ref, lambda _: KNOWN.model_copy(update={"ref": SENT.ref, "reports_payments": True}))
    paid = view.model_copy(update={"payment": Payment.FULL, "seen_at": NOON + timedelta(seconds=1)})
    billing: Any = silent
    by_sweep = await Reporter(billing, store, lambda: NOON).report(SENT.ref, paid)
    assert (by_sweep.was_made, silent.shown.payment_status) == (False, PaymentStatus.PAID)
    silent.is_silent = False
    await store.change(SENT.ref, lambda link: link.seen(paid))
    back = view.model_copy(update={"seen_at": NOON + timedelta(seconds=2)})
    by_sweep = await Reporter(billing, store, lambda: NOON).report(SENT.ref, back)
    assert (by_sweep.was_made, silent.shown.payment_status) == (False, PaymentStatus.PAID)
    owed = await store.change(SENT.ref, lambda link: link.seen(by_sweep.view))
    assert lifecycle.owes_report(owed.known)
    await report(billing, store, silent.shown, back.payment, lambda: NOON + timedelta(seconds=66))
    assert silent.shown.payment_status is PaymentStatus.UNPAID
    after = await store.change(SENT.ref, lambda link: link.reported(by_sweep.view))
    assert lifecycle.is_reported(after.known)


async def test_what_sequence_may_have_been_told_is_not_forgotten_when_the_answer_of_taking_it_back_is_lost_too():
    store, view = MemoryStore(), KNOWN.xero
    assert view
    paid = view.model_copy(update={"payment": Payment.FULL, "seen_at": NOON + timedelta(seconds=1)})
    back = view.model_copy(update={"seen_at": NOON + timedelta(seconds=2)})
    link = KNOWN.model_copy(update={"ref": SENT.ref, "reports_payments": True}).seen(paid)
    # Reported in full, and Sequence has it; its answer is lost. Taken back, and neither that nor its answer arrives.
    link = link.reporting(Payment.FULL, NOON).seen(back)
    link = link.reporting(Payment.NOTHING, NOON + timedelta(seconds=66))
    assert lifecycle.owes_report(link.known)
    await store.change(SENT.ref, lambda _: link)
    billing: Any = SilentBilling()
    billing.is_silent, billing.shown = False, SENT.model_copy(update={"payment_status": PaymentStatus.PAID})
    before = link.xero
    assert before
    await report(billing, store, billing.shown, Payment.NOTHING, lambda: NOON + timedelta(seconds=140))
    after = await store.change(SENT.ref, lambda link: link.reported(before))
    assert billing.shown.payment_status is PaymentStatus.UNPAID
    assert lifecycle.is_reported(after.known)


async def test_while_a_step_reports_a_payment_a_sweep_leaves_the_next_one_to_it():
    store, billing, view = MemoryStore(), SilentBilling(), KNOWN.xero
    assert view
    part = view.model_copy(update={"payment": Payment.PART, "seen_at": NOON + timedelta(seconds=1)})
    full = view.model_copy(update={"payment": Payment.FULL, "seen_at": NOON + timedelta(seconds=2)})
    link = KNOWN.model_copy(update={"ref": SENT.ref, "reports_payments": True}).seen(part).reporting(Payment.PART, NOON)
    await store.change(SENT.ref, lambda _: link)
    at_sequence: Any = billing
    by_sweep = await Reporter(at_sequence, store, lambda: NOON).report(SENT.ref, full)
    assert (by_sweep.was_made, billing.shown.payment_status) == (False, PaymentStatus.UNPAID)
    after = await store.change(SENT.ref, lambda link: link.reported(part).seen(by_sweep.view))
    assert lifecycle.owes_report(after.known)


class SlowBilling(SilentBilling):
    """Sequence takes a payment status long after the answer was given up: `arrive` lets it."""

    under_way: PaymentStatus | None = None

    async def set_payment_status(self, ref: DocumentRef, status: PaymentStatus) -> None:
        if self.is_silent:
            self.under_way = status
            raise RetryLaterError("It did not answer in time.")
        await super().set_payment_status(ref, status)

    def arrive(self) -> None:
        self.shown = self.shown.model_copy(update={"payment_status": self.under_way})


async def _given_up(store: MemoryStore, slow: SlowBilling) -> Any:
    """Report a payment in full at NOON whose answer is given up; return the same Sequence, which answers now."""
    await store.change(SENT.ref, lambda _: KNOWN.model_copy(update={"ref": SENT.ref, "reports_payments": True}))
    billing: Any = slow
    with pytest.raises(RetryLaterError):
        await report(billing, store, slow.shown, Payment.FULL, lambda: NOON)
    slow.is_silent = False
    return billing


async def test_no_payment_is_reported_while_a_report_of_another_may_still_arrive():
    store, slow = MemoryStore(), SlowBilling()
    billing = await _given_up(store, slow)
    # Sequence still shows it as unpaid: to leave it at that, or to say so now, would be overtaken.
    with pytest.raises(ReportUnderWayError) as waits:
        await report(billing, store, slow.shown, Payment.NOTHING, lambda: NOON + timedelta(seconds=60))
    assert waits.value.retry_after == timedelta(seconds=5)
    slow.arrive()
    await report(billing, store, slow.shown, Payment.NOTHING, lambda: NOON + timedelta(seconds=66))
    assert slow.shown.payment_status is PaymentStatus.UNPAID


async def test_a_payment_is_reported_again_at_once_and_another_waits_for_the_first_report_too():
    store, slow = MemoryStore(), SlowBilling()
    billing = await _given_up(store, slow)
    before = (await store.document(SENT.ref)).xero
    assert before
    paid = before.model_copy(update={"payment": Payment.FULL, "seen_at": NOON + timedelta(seconds=1)})
    await report(billing, store, slow.shown, Payment.FULL, lambda: NOON + timedelta(seconds=2))
    link = await store.change(SENT.ref, lambda link: link.seen(paid).reported(paid))
    assert lifecycle.is_reported(link.known)
    with pytest.raises(ReportUnderWayError):
        await report(billing, store, slow.shown, Payment.NOTHING, lambda: NOON + timedelta(seconds=3))
