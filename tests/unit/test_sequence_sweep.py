"""The comparison with Sequence: what differs or was never signalled is signalled, for no more requests than needed."""

from datetime import date, timedelta

import pytest

from tests.unit.swept_account import AGAIN, CONNECTED, DAY, TODAY, Account, DiedError, final
from tests.workflows.world import CONNECTION
from xerosync.connection.connection import ConnectionStatus
from xerosync.core.documents import (
    Document,
    DocumentStatus,
    Kind,
)
from xerosync.core.errors import RetryLaterError
from xerosync.core.holds import Hold, HoldReason
from xerosync.core.rate_limits import Lane
from xerosync.core.xero_records import Allocation, XeroStatus
from xerosync.documents.messages import Release, SequenceSweepResult, SyncState
from xerosync.documents.views import XeroView


@pytest.fixture
async def account() -> Account:
    account = Account()
    await account.store.save_connection(CONNECTION.model_copy(update={"connected_at": CONNECTED}))
    await account.store.link_customer("acme", "customer", "contact")
    return account


async def test_what_is_as_the_store_knows_it_is_not_signalled(account: Account):
    for name in ("a", "b"):
        await account.waits(final(name))
    assert await account.sweep() == SequenceSweepResult(compared=2)
    assert account.signals == []


async def test_what_changed_in_sequence_without_a_signal_is_signalled(account: Account):
    same, sent, voided, amended = [await account.waits(final(name)) for name in ("same", "sent", "voided", "amended")]
    account.billing.set(sent, status=DocumentStatus.SENT)
    account.billing.set(voided, status=DocumentStatus.VOIDED)
    account.billing.set(amended, reference="new")
    result = await account.sweep()
    assert result == SequenceSweepResult(compared=4, differing=3)
    assert account.signalled == {"sent", "voided", "amended"} - {same.document_id}
    assert {(name, payload) for _, name, payload in account.signals} == {("release", AGAIN)}


async def test_what_nobody_ever_signalled_is_signalled_unless_it_is_from_before_the_connection(account: Account):
    account.billing.put(final("new"))
    account.billing.put(final("issued since", issue_date=date(2026, 3, 2)).model_copy(update={"created_at": None}))
    long_ago = {"created_at": CONNECTED - DAY, "issue_date": date(2026, 2, 1)}
    account.billing.put(final("old").model_copy(update=long_ago))
    account.billing.put(final("draft", status=DocumentStatus.DRAFT))
    note = final("note", kind=Kind.CREDIT_NOTE)
    account.billing.put(note)
    assert await account.sweep() == SequenceSweepResult(compared=0, new=3)
    assert account.signalled == {"new", "issued since", "note"}


async def test_what_was_sent_since_the_last_comparison_and_never_signalled_is_found(account: Account):
    await account.compared(TODAY - DAY)
    account.billing.put(final("sent", status=DocumentStatus.SENT, issue_date=date(2026, 3, 19)))
    assert (await account.sweep()).new == 1


LONG_AGO = {"created_at": CONNECTED - 90 * DAY, "issue_date": date(2026, 2, 1)}


@pytest.mark.parametrize("kind", Kind)
async def test_what_is_old_and_was_sent_only_after_the_connection_is_found_though_nobody_signalled(
    account: Account, kind: Kind
):
    await account.compared(TODAY - DAY)
    await account.waits(final("open", status=DocumentStatus.SENT))  # so the list of unpaid ones is read, too
    account.billing.put(final("old", kind=kind, status=DocumentStatus.SENT, **LONG_AGO))
    account.billing.sent_on["old"] = date(2026, 3, 19)
    assert (await account.sweep()).new == 1
    assert "old" in account.signalled


async def test_what_was_sent_before_the_connection_is_a_backfills_matter(account: Account):
    account.billing.put(final("old", status=DocumentStatus.SENT, **LONG_AGO))
    account.billing.sent_on["old"] = CONNECTED.date() - DAY
    assert (await account.sweep()).new == 0


UNDATED = {"created_at": None, "issue_date": date(2026, 2, 1)}
"""As Sequence shows a credit note that was dated back to before the connection: when it was made it does not tell."""


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("status", [DocumentStatus.FINAL, DocumentStatus.SENT])
async def test_what_was_finalized_after_the_connection_is_found_however_it_is_dated(
    account: Account, kind: Kind, status: DocumentStatus
):
    draft = final("late", kind=kind, status=DocumentStatus.DRAFT, **UNDATED)
    account.billing.put(draft)
    account.billing.sent_on["late"] = CONNECTED.date()
    account.now = CONNECTED + timedelta(minutes=1)
    assert (await account.sweep()).new == 0
    account.billing.set(draft.ref, status=status)
    account.now += DAY
    assert (await account.sweep()).new == 1
    assert account.signalled == {"late"}


@pytest.mark.parametrize("kind", Kind)
async def test_what_was_final_before_the_connection_is_ours_only_once_it_is_sent(account: Account, kind: Kind):
    old = [final(name, kind=kind, **UNDATED) for name in ("final", "sent later")]
    done = final("sent", kind=kind, status=DocumentStatus.SENT, **UNDATED)
    for each in (*old, done):
        account.billing.put(each)
    account.billing.sent_on["sent"] = CONNECTED.date()
    for day in range(4):
        account.now = CONNECTED + timedelta(minutes=1) + day * DAY
        assert (await account.sweep()).new == 0
    account.billing.set(old[1].ref, status=DocumentStatus.SENT)
    account.billing.sent_on["sent later"] = account.now.date()
    account.now += DAY
    await account.sweep()
    assert account.signalled == {"sent later"}


async def test_what_could_not_be_read_at_the_connection_is_no_newer_for_that(account: Account):
    account.billing.put(final("odd", kind=Kind.CREDIT_NOTE, **UNDATED))
    account.billing.garbled.add("odd")
    await account.sweep()
    account.billing.garbled.clear()
    account.now += DAY
    assert (await account.sweep()).new == 0


async def test_a_first_comparison_that_breaks_off_keeps_what_it_saw_first(account: Account):
    note = final("note", kind=Kind.CREDIT_NOTE, **UNDATED)
    account.billing.put(note)
    account.billing.put(final("new", kind=Kind.CREDIT_NOTE))
    account.dies_after = 0
    with pytest.raises(DiedError):
        await account.sweep()
    account.dies_after = None
    account.billing.set(note.ref, status=DocumentStatus.SENT)
    account.billing.sent_on["note"] = TODAY.date()
    assert (await account.sweep()).new == 2


async def test_what_was_sent_since_is_found_also_where_the_first_comparison_comes_days_late(account: Account):
    account.billing.put(final("note", kind=Kind.CREDIT_NOTE, status=DocumentStatus.SENT, **UNDATED))
    account.billing.sent_on["note"] = CONNECTED.date() + 3 * DAY
    assert (await account.sweep()).new == 1


async def test_of_a_long_list_of_credit_notes_the_newest_are_read(account: Account):
    for n in range(2_000):
        account.billing.put(final(f"{n:05}", kind=Kind.CREDIT_NOTE, **UNDATED))
    await account.sweep()
    for n in range(150):
        account.billing.put(final(f"new {n}", kind=Kind.CREDIT_NOTE, **UNDATED))
    account.now, account.billing.pages_read = account.now + DAY, 0
    assert (await account.sweep()).new == 150
    assert account.billing.pages_read <= 8


async def test_a_comparison_is_made_once_a_day(account: Account):
    await account.waits(final("a"))
    assert (await account.sweep()).compared == 1
    account.now += timedelta(hours=23)
    assert (await account.sweep()).compared is None
    account.now += timedelta(hours=1)
    assert (await account.sweep()).compared == 1


async def test_what_happened_while_the_account_was_disconnected_is_found_once_it_is_connected_again(account: Account):
    await _miss_what_sequence_does(account)
    await account.store.save_connection(CONNECTION.model_copy(update={"connected_at": account.now}))
    account.now += timedelta(minutes=1)
    await _assert_found_once(account)


async def test_what_happened_while_sequence_did_not_call_us_is_found_once_that_is_mended(account: Account):
    await _miss_what_sequence_does(account)
    await account.store.ask_comparison("acme")
    await _assert_found_once(account)


async def _miss_what_sequence_does(account: Account) -> None:
    """Let a document be sent and another be made in Sequence, and a sweep come that does not compare."""
    sent = await account.waits(final("sent"))
    await account.sweep()
    account.billing.set(sent, status=DocumentStatus.SENT)
    account.billing.put(final("new"))
    account.now += timedelta(hours=2)
    assert (await account.sweep()).compared is None


async def _assert_found_once(account: Account) -> None:
    result = await account.sweep()
    assert (result.differing, result.new) == (1, 1)
    assert account.signalled == {"sent", "new"}
    account.now += timedelta(minutes=1)
    assert (await account.sweep()).compared is None


async def test_ten_thousand_documents_that_wait_cost_one_request_for_a_hundred(account: Account):
    await account.compared(TODAY - DAY)
    for n in range(10_000):
        await account.waits(final(f"{n:05}"))
    assert await account.sweep() == SequenceSweepResult(compared=10_000)
    # And a page each of what was sent, and of both lists of credit notes.
    assert (account.billing.pages_read, account.billing.reads) == (103, 0)


async def test_a_long_history_costs_no_more_than_what_waits(account: Account):
    old = {"created_at": CONNECTED - 365 * DAY, "issue_date": date(2025, 3, 1)}
    for n in range(5_000):
        account.billing.put(final(f"{n:05}").model_copy(update=old))
    account.now = TODAY - DAY
    assert (await account.sweep()).new == 0
    account.now, account.billing.pages_read = TODAY, 0
    changed = await account.waits(final("ours"))
    account.billing.put(final("new", created_at=TODAY))
    account.billing.set(changed, status=DocumentStatus.SENT)
    result = await account.sweep()
    assert (result.differing, result.new, account.signalled) == (1, 1, {"ours", "new"})
    assert account.billing.pages_read + account.billing.reads <= 8


async def test_what_sequence_denies_is_for_a_step_to_make_sure_of_once(account: Account):
    gone = await account.waits(final("gone"))
    del account.billing.documents["gone"]
    assert (await account.sweep()).differing == 1
    held = Hold(reason=HoldReason.REJECTED, words="Sequence does not know it.", since=TODAY)
    await account.store.change(gone, lambda link: link.held(held))
    account.now += DAY
    assert (await account.sweep()).differing == 0


async def test_what_was_read_since_the_list_was_asked_for_is_newer_than_the_list(account: Account):
    ref = await account.waits(final("a"))
    account.billing.set(ref, due_date=date(2026, 4, 1))
    newer = final("a", due_date=date(2026, 5, 1))
    await account.store.change(ref, lambda link: link.read(newer, TODAY + timedelta(seconds=1)))
    assert (await account.sweep()).differing == 0


async def test_while_sequence_does_not_answer_nothing_is_compared_and_the_next_sweep_does_it(account: Account):
    await account.waits(final("a"))
    account.billing.is_down = True
    assert (await account.sweep()).compared is None
    account.billing.is_down = False
    assert (await account.sweep()).compared == 1


async def test_a_document_on_no_list_is_asked_for_again_before_the_comparison_ends(account: Account):
    refs = [await account.waits(final(name, status=DocumentStatus.VOIDED)) for name in ("a", "b")]
    account.billing.failures = [RetryLaterError("Its answer was lost.")]
    swept = await account.sweep()
    assert (swept.compared, account.waits_for) == (len(refs), [2.0])
    account.billing.failures = [RetryLaterError("It is away.") for _ in range(8)]
    account.now += DAY
    assert (await account.sweep()).compared is None


async def test_a_customer_that_was_linked_releases_what_waits_for_it_though_nobody_signalled(account: Account):
    ref = await account.waits(final("a", customer_id="late"), is_pushed=False)
    held = Hold(reason=HoldReason.CUSTOMER_UNLINKED, since=TODAY)
    await account.store.change(ref, lambda link: link.held(held))
    assert (await account.sweep()).differing == 0
    await account.store.link_customer("acme", "late", "contact-2")
    account.now += DAY - timedelta(minutes=5)
    await account.compared(TODAY - DAY)
    assert (await account.sweep()).differing == 1
    assert account.signals == [("a", "release", AGAIN)]


async def test_a_payment_that_a_held_document_owes_to_sequence_is_signalled(account: Account):
    await account.store.save_connection(CONNECTION.model_copy(update={"report_payments": True}))
    ref = await account.waits(final("a", status=DocumentStatus.SENT))
    paid = XeroView(xero_id="x-a", status=XeroStatus.PAID, sent=True, seen_at=TODAY, payment="full")
    held = Hold(reason=HoldReason.REJECTED, words="No.", since=TODAY)
    await account.store.change(
        ref, lambda link: link.seen(paid).held(held).model_copy(update={"reports_payments": True})
    )
    await account.sweep()
    assert [(name, view.payment) for _, name, view in account.signals] == [("changed_in_xero", "full")]


async def test_a_credit_note_goes_on_once_its_invoice_is_ready(account: Account):
    credited = await account.waits(final("inv", status=DocumentStatus.SENT))
    note = final("note", kind=Kind.CREDIT_NOTE, status=DocumentStatus.SENT, credited_invoice_id="inv")
    ref = await account.waits(note)
    await account.store.change(ref, lambda link: link.allocated(Allocation.PENDING).seen(sent_view("x-note", note)))
    await account.sweep()
    assert "note" not in account.signalled
    account.signals.clear()
    of = account.billing.documents["inv"]
    await account.store.change(credited, lambda link: link.seen(sent_view("x-inv", of)))
    account.now += DAY
    await account.sweep()
    assert "note" in account.signalled


def sent_view(xero_id: str, document: Document) -> XeroView:
    return XeroView(
        xero_id=xero_id,
        status=XeroStatus.AUTHORISED,
        sent=True,
        issue_date=document.issue_date,
        due_date=document.due_date,
        seen_at=TODAY,
        applied=document.header,
    )


async def test_holds_that_are_due_are_tried_and_those_that_certainly_stand_are_not(account: Account):
    refs = [await account.waits(final(name), is_pushed=False) for name in ("a", "b", "c")]
    reasons = (HoldReason.REJECTED, HoldReason.LEDGER_ACCOUNT_MISSING, HoldReason.REJECTED)
    for ref, reason, since in zip(refs, reasons, (TODAY - DAY, TODAY - DAY, TODAY), strict=True):
        held = Hold(reason=reason, since=since)
        await account.store.change(ref, lambda link, held=held: link.held(held))
    connection = await account.store.connection("acme")
    assert connection
    await account.store.save_connection(connection.model_copy(update={"default_ledger_account": None}))
    await account.compared(TODAY)
    assert (await account.sweep()).retried == 1
    retry = Release(reason=HoldReason.REJECTED, lane=Lane.BULK, is_retry=True)
    assert account.signals == [("a", "release", retry)]
    assert (await account.sweep()).retried == 0


async def test_a_sweep_that_dies_after_a_signal_signals_again_and_loses_none(account: Account):
    for name in ("a", "b"):
        ref = await account.waits(final(name), is_pushed=False)
        await account.store.change(ref, lambda link: link.held(Hold(reason=HoldReason.REJECTED, since=TODAY - DAY)))
    account.dies_after = 1
    with pytest.raises(DiedError):
        await account.sweep()
    account.dies_after = None
    await account.sweep()
    assert account.signalled == {"a", "b"}
    assert await account.store.holds_due("acme", account.now, 9) == []


async def test_a_disconnected_account_costs_no_request(account: Account):
    await account.waits(final("a"))
    connection = await account.store.connection("acme")
    assert connection
    await account.store.save_connection(connection.model_copy(update={"status": ConnectionStatus.DISCONNECTED}))
    assert await account.sweep() == SequenceSweepResult()
    assert (account.billing.pages_read, account.billing.reads) == (0, 0)


async def test_a_settled_document_is_no_matter_of_the_comparison(account: Account):
    done = final("done", status=DocumentStatus.SENT, issue_date=date(2026, 3, 19))
    ref = await account.waits(done)
    await account.store.change(ref, lambda link: link.seen(sent_view("x-done", done)))
    assert (await account.store.document(ref)).state is SyncState.SETTLED
    await account.compared(TODAY - DAY)
    assert await account.sweep() == SequenceSweepResult(compared=0)
    assert account.signals == []


async def test_what_was_amended_after_it_was_settled_is_signalled_where_a_list_shows_it(account: Account):
    done = final("done", status=DocumentStatus.SENT, issue_date=date(2026, 3, 19))
    ref = await account.waits(done)
    await account.store.change(ref, lambda link: link.seen(sent_view("x-done", done)))
    account.billing.set(ref, reference="PO 7")
    await account.compared(TODAY - DAY)
    assert (await account.sweep()).differing == 1
