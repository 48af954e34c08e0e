"""Payments in Xero reach Sequence, and a document that is sent stays open until it is paid."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.doubles.sweeps import xero_sweep
from tests.patience import until
from tests.workflows.house import House
from tests.workflows.world import CONNECTION, invoice
from xerosync.connection.connection import Connection
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind, PaymentStatus
from xerosync.core.errors import HoldError, RetryLaterError, XerosyncError
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import Payment, XeroDocument, XeroStatus
from xerosync.documents.header_change import HeaderChange
from xerosync.documents.link import Ignored
from xerosync.documents.messages import SyncState
from xerosync.documents.payments import Reporter
from xerosync.documents.views import XeroView

PAID = {"status": XeroStatus.PAID, "amount_paid": invoice().gross_total}
PART = {"amount_paid": invoice().net_total}


@pytest.fixture(autouse=True)
async def reporting(house: House) -> None:
    await house.store.save_connection(CONNECTION.model_copy(update={"report_payments": True}))


async def sent(house: House, **update: object) -> DocumentRef:
    ref = house.billing.put(invoice(DocumentStatus.SENT, **update))
    await house.workflows.signal(ref, "sent")
    await house.until(ref, SyncState.SENT)
    return ref


async def sweep(house: House) -> int:
    return (await xero_sweep(house.books, house.store, house.workflows, house.billing).run("acme")).signalled


async def test_a_sent_document_stays_open_until_it_is_paid(house: House):
    ref = await sent(house)
    await house.days(40)
    await house.until(ref, SyncState.SENT)
    house.books.set("INV-1", **PAID)
    assert await sweep(house) == 1
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert house.billing.payments == [PaymentStatus.PAID]


async def test_a_payment_seen_while_the_step_meets_its_hold_is_reported_at_once(house: House):
    ref = house.billing.put(invoice(DocumentStatus.FINAL))
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    refused = house.books.change_header

    async def pay_meanwhile(connection: Connection, change: HeaderChange, *, after_sweep: bool) -> XeroDocument:
        house.books.change_header = refused
        house.books.set("INV-1", **PAID)
        await house.workflows.signal(ref, "changed_in_xero", XeroView.of(house.books.documents["INV-1"], applied=None))
        return await refused(connection, change, after_sweep=after_sweep)

    books: Any = house.books
    books.change_header = pay_meanwhile
    house.books.refuse = HoldError(HoldReason.FROZEN_BY_PAYMENT, "It has a payment.")
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.workflows.signal(ref, "sent")
    await until(lambda: _is_reported(house))
    assert (await house.until(ref, SyncState.HELD)).hold is not None


async def test_a_payment_that_was_seen_before_the_document_was_sent_and_held_is_reported(house: House):
    ref = house.billing.put(invoice(DocumentStatus.FINAL))
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    house.books.set("INV-1", **PART)
    house.books.refuse = HoldError(HoldReason.FROZEN_BY_PAYMENT, "It has a payment.")
    house.billing.set(ref, status=DocumentStatus.SENT)
    seen = XeroView.of(house.books.documents["INV-1"], applied=None)
    await house.store.change(ref, lambda link: link.seen(seen))
    await house.workflows.signal(ref, "sent")
    await house.until(ref, SyncState.HELD)
    assert house.billing.payments == [PaymentStatus.PARTIALLY_PAID]


async def held_and_part_paid(house: House, refusal: XerosyncError) -> DocumentRef:
    """Return a document that a payment freezes, and that payment is not to be reported."""
    ref = house.billing.put(invoice(DocumentStatus.FINAL))
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    house.books.set("INV-1", **PART)
    house.books.refuse = HoldError(HoldReason.FROZEN_BY_PAYMENT, "It has a payment.")
    house.billing.refuse_payments = refusal
    house.billing.set(ref, status=DocumentStatus.SENT)
    seen = XeroView.of(house.books.documents["INV-1"], applied=None)
    await house.store.change(ref, lambda link: link.seen(seen))
    await house.workflows.signal(ref, "sent")
    await house.until(ref, SyncState.HELD)
    return ref


async def is_reported_in_part(house: House) -> bool:
    return house.billing.payments == [PaymentStatus.PARTIALLY_PAID]


async def test_a_payment_seen_while_sequence_fails_and_the_document_is_held_is_reported_when_it_answers(house: House):
    soon = timedelta(milliseconds=20)
    ref = await held_and_part_paid(house, RetryLaterError("Sequence does not answer.", retry_after=soon))
    house.billing.refuse_payments = None
    await until(lambda: is_reported_in_part(house))
    status = await house.until(ref, SyncState.HELD)
    assert status.hold
    assert status.hold.reason is HoldReason.FROZEN_BY_PAYMENT
    assert (await house.link(ref)).state is SyncState.HELD


async def test_a_payment_that_is_owed_is_reported_before_an_ignored_document_is_left_alone(house: House):
    ref = await held_and_part_paid(house, HoldError(HoldReason.REJECTED, "Sequence: no"))
    await until(lambda: is_held_for(house, ref, HoldReason.REJECTED))
    house.billing.refuse_payments = None
    decision = Ignored(because="settled by hand", who="ada", since=datetime.now(UTC))
    await house.store.change(ref, lambda link: link.let_be(decision))
    await house.workflows.signal(ref, "amended")
    end = await house.result(ref)
    assert (end.state, end.ignored) == (SyncState.SETTLED, True)
    assert house.billing.payments == [PaymentStatus.PARTIALLY_PAID]


async def is_held_for(house: House, ref: DocumentRef, reason: HoldReason) -> bool:
    hold = (await house.status(ref)).hold
    return hold is not None and hold.reason is reason


async def test_a_sweep_judges_by_what_was_reported_not_by_what_it_saw_before(house: House):
    ref = await sent(house)
    house.books.set("INV-1", **PART)
    view = XeroView.of(house.books.documents["INV-1"], applied=None)
    # As a sweep leaves it that died between the two.
    await house.store.change(ref, lambda link: link.seen(view))
    await sweep(house)
    await sweep(house)
    assert house.billing.payments == [PaymentStatus.PARTIALLY_PAID]


async def test_a_sweep_whose_page_is_old_reports_the_newest_payment(house: House):
    ref = await sent(house)
    house.books.set("INV-1", **PART)
    page = XeroView.of(house.books.documents["INV-1"], applied=None)
    house.books.set("INV-1", **PAID)
    paid = XeroView.of(house.books.documents["INV-1"], applied=None)
    await house.store.change(ref, lambda link: link.seen(paid).reported(paid))
    report = await Reporter(house.billing, house.store, utc_now).report(ref, page)
    assert (report.was_made, report.view.payment) == (False, Payment.FULL)
    assert house.billing.payments == []


async def _is_reported(house: House) -> bool:
    return house.billing.payments == [PaymentStatus.PAID]


async def test_a_part_payment_is_reported_and_more_is_waited_for(house: House):
    ref = await sent(house)
    house.books.set("INV-1", **PART)
    await sweep(house)
    assert house.billing.payments == [PaymentStatus.PARTIALLY_PAID]
    await sweep(house)
    status = await house.until(ref, SyncState.SENT)
    assert status.xero
    assert (status.xero.payment, status.xero.reported) == (Payment.PART, Payment.PART)
    house.books.set("INV-1", **PAID)
    await sweep(house)
    await house.result(ref)
    assert house.billing.payments == [PaymentStatus.PARTIALLY_PAID, PaymentStatus.PAID]


async def test_a_payment_taken_back_is_reported_while_the_document_is_open(house: House):
    ref = await sent(house)
    house.books.set("INV-1", **PART)
    await sweep(house)
    house.books.set("INV-1", amount_paid=0)
    await sweep(house)
    await house.until(ref, SyncState.SENT)
    assert house.billing.payments == [PaymentStatus.PARTIALLY_PAID, PaymentStatus.UNPAID]


async def test_a_payment_taken_back_after_the_document_was_settled_is_reported_and_the_next_waited_for(house: House):
    ref = await sent(house)
    await sent(house, id="doc-2", number="INV-2")  # a kind with none open is not read
    house.books.set("INV-1", **PAID)
    await sweep(house)
    await house.result(ref)
    house.books.set("INV-1", status=XeroStatus.AUTHORISED, amount_paid=0)
    assert await sweep(house) == 1
    await house.until(ref, SyncState.SENT)
    assert house.billing.payments == [PaymentStatus.PAID, PaymentStatus.UNPAID]
    assert await sweep(house) == 0
    house.books.set("INV-1", **PAID)
    await sweep(house)
    await house.result(ref)
    assert (await house.link(ref)).state is SyncState.SETTLED
    assert house.billing.payments == [PaymentStatus.PAID, PaymentStatus.UNPAID, PaymentStatus.PAID]


@pytest.mark.parametrize("is_ignored", [False, True])
async def test_a_payment_taken_back_is_not_reported_where_nobody_wants_that(house: House, is_ignored: bool):
    ref = await sent(house)
    await sent(house, id="doc-2", number="INV-2")
    house.books.set("INV-1", **PAID)
    await sweep(house)
    await house.result(ref)
    if is_ignored:
        decision = Ignored(because="written off", who="ada", since=datetime.now(UTC))
        await house.store.change(ref, lambda link: link.let_be(decision))
    else:
        await house.store.save_connection(CONNECTION)
    house.books.set("INV-1", status=XeroStatus.AUTHORISED, amount_paid=0)
    await sweep(house)
    assert house.billing.payments == [PaymentStatus.PAID]
    assert (await house.link(ref)).state is SyncState.SETTLED


async def test_credit_counts_as_payment(house: House):
    ref = await sent(house)
    house.books.set("INV-1", status=XeroStatus.PAID, amount_credited=invoice().gross_total)
    await sweep(house)
    await house.result(ref)
    assert house.billing.payments == [PaymentStatus.PAID]


@pytest.mark.parametrize(
    "failure", [RetryLaterError("Sequence does not answer."), HoldError(HoldReason.REJECTED, "Sequence: no")]
)
async def test_what_a_sweep_can_not_report_the_documents_own_step_does(house: House, failure: XerosyncError):
    refs = [await sent(house), await sent(house, id="doc-2", number="INV-2")]
    for number in ("INV-1", "INV-2"):
        house.books.set(number, **PAID)
    house.billing.refuse_payments = failure
    assert await sweep(house) == 2
    house.billing.refuse_payments = None
    for ref in refs:
        if isinstance(failure, HoldError):
            await house.workflows.signal(ref, "release")
        assert (await house.result(ref)).state is SyncState.SETTLED
    assert house.billing.payments == [PaymentStatus.PAID] * 2


async def test_what_sequence_says_already_is_not_written(house: House):
    ref = await sent(house)
    house.billing.set(ref, payment_status=PaymentStatus.PAID)
    house.books.set("INV-1", **PAID)
    await house.workflows.signal(ref, "changed_in_xero", XeroView.of(house.books.documents["INV-1"], applied=None))
    await house.result(ref)
    assert house.billing.payments == []


async def test_a_payment_before_the_document_is_sent_is_reported_too(house: House):
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    house.books.set("INV-1", **PART)
    await house.workflows.signal(ref, "changed_in_xero", XeroView.of(house.books.documents["INV-1"], applied=None))

    async def reported() -> bool:
        return house.billing.payments == [PaymentStatus.PARTIALLY_PAID]

    await until(reported)
    await house.until(ref, SyncState.PUSHED)


async def test_a_void_in_xero_of_an_unpaid_document_is_held(house: House):
    ref = await sent(house)
    house.books.set("INV-1", status=XeroStatus.VOIDED)
    await sweep(house)
    status = await house.until(ref, SyncState.HELD)
    assert status.hold
    assert status.hold.reason is HoldReason.REMOVED_IN_XERO


async def test_an_amendment_of_a_sent_document_reaches_xero_while_it_waits_to_be_paid(house: House):
    ref = await sent(house)
    house.billing.set(ref, due_date=date(2026, 3, 3))
    await house.workflows.signal(ref, "amended")

    async def amended() -> bool:
        return house.books.documents["INV-1"].due_date == date(2026, 3, 3)

    await until(amended)
    await house.until(ref, SyncState.SENT)


async def test_a_credit_note_is_settled_once_it_is_sent(house: House):
    ref = house.billing.put(invoice(DocumentStatus.SENT, kind=Kind.CREDIT_NOTE))
    await house.workflows.signal(ref, "sent")
    assert (await house.result(ref)).state is SyncState.SETTLED


async def test_who_wants_no_payments_any_more_has_the_waiting_documents_settled_within_a_day(house: House):
    ref = await sent(house)
    await house.store.save_connection(CONNECTION)
    await house.days(1.1)
    assert (await house.result(ref)).state is SyncState.SETTLED
    assert (await house.link(ref)).state is SyncState.SETTLED


@pytest.mark.parametrize("days", [1.5, 90.5])
async def test_a_life_until_it_is_paid_takes_the_same_few_events_however_long_it_waits(house: House, days: float):
    ref = house.billing.put(invoice())
    await house.workflows.signal(ref, "finalized")
    await house.until(ref, SyncState.PUSHED)
    await house.days(days)
    house.billing.set(ref, status=DocumentStatus.SENT)
    await house.workflows.signal(ref, "sent")
    await house.until(ref, SyncState.SENT)
    await house.days(days)
    house.books.set("INV-1", **PAID)
    await sweep(house)
    await house.result(ref)
    # Two more than without: the signal of the sweep, and the state between sent and settled; five tasks are fifteen.
    assert await house.history_length(ref) == 14
