"""What a change of a link tells, and how it reads."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.store.samples import NOON, document, hold, intent, ref, xero_view
from xerosync.core.documents import DocumentStatus
from xerosync.core.errors import RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import Allocation, Payment, XeroStatus
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.documents.timeline import (
    ChangeCause,
    EntryKind,
    RecordedEntry,
    TimelineEntry,
    asked,
    entries,
    failed,
    held_again,
)
from xerosync.documents.timeline_text import cause_words, line

DAY = timedelta(days=1)
EMPTY = DocumentLink(ref=ref())
READ = EMPTY.read(document())
PUSHED = READ.intended(intent(), "tenant-1").pushed(xero_view(), document().gross_total)
SENT = document(status=DocumentStatus.SENT)


def lines(before: DocumentLink, after: DocumentLink) -> list[str]:
    return [line(recorded(entry)) for entry in entries(before, after)]


def recorded(entry: TimelineEntry, times: int = 1) -> RecordedEntry:
    return RecordedEntry(
        **entry.model_dump(), cause=ChangeCause(), first_at=NOON, last_at=NOON + timedelta(hours=1), times=times
    )


def test_nothing_is_told_of_a_link_that_stays_as_it_is():
    assert entries(PUSHED, PUSHED) == []


def test_the_first_reading_tells_status_number_and_total():
    assert lines(EMPTY, READ) == ["First read in Sequence: FINAL, INV-1, 120.00 GBP."]


def test_a_create_tells_what_xero_has():
    assert lines(READ.intended(intent()), PUSHED) == [
        "Created in Xero: AUTHORISED, not sent, dated and due 3000-01-01, total 120.00 GBP. → pushed"
    ]


def test_what_is_in_xero_without_a_create_of_ours_was_adopted():
    adopted = READ.pushed(xero_view(), document().gross_total)
    assert lines(READ, adopted)[0].startswith("Was in Xero already, taken over as it is: AUTHORISED")


def test_an_intent_that_is_withdrawn_tells_that_nothing_was_created():
    wanted = READ.intended(intent())
    assert lines(READ, wanted) == ["About to be created in Xero as INV-1."]
    assert lines(wanted, wanted.withdrawn(intent())) == ["The create of INV-1 did not happen."]


def test_books_that_are_gone_are_told_with_where_the_document_was():
    read = DocumentLink(ref=ref()).read(document())
    there = read.pushed(xero_view(), Decimal(120), "tenant-1", "!acme1").held(hold(HoldReason.DISCONNECTED))
    [gone, released] = entries(there, there.afresh(there))
    assert (gone.happened, released.happened) == (EntryKind.AFRESH, EntryKind.RELEASED)
    assert gone.facts["xero_id"] == "x-1"
    assert gone.facts["tenant_id"] == "tenant-1"
    perhaps = read.intended(intent(), "tenant-1")
    assert [entry.happened for entry in entries(perhaps, perhaps.afresh(perhaps))] == [EntryKind.AFRESH]
    assert there.afresh(perhaps) == there, "it is somewhere else by now"


def test_a_document_sent_in_sequence_tells_both_sides():
    read = PUSHED.read(SENT)
    applied = read.seen(xero_view(sent=True, applied=SENT.header, seen_at=NOON + timedelta(days=1)))
    assert lines(PUSHED, read) == ["In Sequence it is SENT, no more FINAL."]
    assert lines(read, applied) == [
        "What Sequence has was brought to Xero: sent, dated 2026-03-01, due 2026-03-31. → settled"
    ]


def test_a_mark_in_xero_tells_what_changed_there():
    seen = PUSHED.seen(xero_view(sent=True, seen_at=NOON + timedelta(days=1)))
    assert lines(PUSHED, seen) == ["Xero shows it differently: sent."]


def test_a_payment_tells_what_xero_shows_and_what_sequence_was_told():
    paid = xero_view(sent=True, applied=SENT.header, seen_at=NOON + timedelta(days=1))
    before = PUSHED.read(SENT).seen(paid)
    later = paid.model_copy(update={"status": XeroStatus.PAID, "payment": Payment.FULL, "seen_at": NOON + 2 * DAY})
    assert lines(before, before.seen(later.as_reported())) == [
        "Xero shows it differently: PAID, paid in full.",
        "Reported to Sequence: it is paid in full.",
    ]


def test_a_credit_note_that_is_set_against_its_invoice_tells_so_once():
    wanted, done = PUSHED.allocated(Allocation.WANTED), PUSHED.allocated(Allocation.DONE)
    assert entries(PUSHED, wanted) == []
    assert lines(wanted, done) == ["Set in Xero against the invoice that it credits."]
    assert entries(done, done) == []


def test_a_decision_to_ignore_tells_its_reason_and_no_release():
    held = READ.held(hold())
    ignored = held.let_be(Ignored(because="billed by hand", who="ada", since=NOON))
    assert lines(held, ignored) == ["Ignored from now on: billed by hand → settled"]
    assert lines(ignored, ignored.taken_up()) == ["Not ignored any more. → pending"]


def test_what_a_person_asked_for_tells_what_speaks_against_it():
    assert (
        line(recorded(asked("adopt x-1", "its total is 1, not 2")))
        == "By hand: adopt x-1, although its total is 1, not 2."
    )
    assert line(recorded(asked("retry"))) == "By hand: retry."


def test_an_amendment_tells_what_is_different_but_no_reference():
    amended = SENT.model_copy(update={"due_date": date(2026, 4, 30), "reference": "PO 7 of Ada"})
    assert lines(PUSHED.read(SENT), PUSHED.read(amended)) == [
        "Changed in Sequence: due date 2026-04-30, another reference."
    ]


def test_a_hold_tells_its_words_and_its_release():
    held = READ.held(hold(HoldReason.TAX_REJECTED, "The TaxType code 'X' cannot be used."))
    assert lines(READ, held) == ["On hold, tax rejected: The TaxType code 'X' cannot be used. → held"]
    assert lines(held, held.freed()) == ["No longer on hold (tax rejected). → pending"]
    other = held.held(hold(HoldReason.TAX_REJECTED, "Other words."))
    assert lines(held, other) == ["On hold, tax rejected: Other words."]


def test_a_removal_in_xero_tells_the_hold_that_it_comes_to():
    gone = PUSHED.seen(xero_view(status=xero_view().status.VOIDED, seen_at=NOON + timedelta(days=1)))
    told_of = entries(PUSHED, gone)
    assert told_of[0].facts == {"status": "VOIDED", "state": "held", "hold": "removed_in_xero"}


def test_what_came_again_tells_how_often_and_until_when():
    assert line(recorded(failed(RetryLaterError("Xero did not answer.")), times=57)) == (
        "Failed, and will be tried again: Xero did not answer. (57 times, last 2026-03-01 13:00:00)"
    )


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (ChangeCause(by="push_document", signal="finalized"), "bringing it to Xero, after it was finalized"),
        (ChangeCause(by="apply_sent", signal="release"), "writing its dates in Xero, after a release"),
        (ChangeCause(by="sweep_xero"), "sweep of Xero"),
        (ChangeCause(who="ada"), "ada"),
        (ChangeCause(), ""),
    ],
)
def test_causes_read_plainly(cause: ChangeCause, words: str):
    assert cause_words(cause) == words


def test_every_happening_has_words():
    facts = dict.fromkeys(
        ("number", "status", "hold", "command", "error", "state", "sent", "issue_date", "xero_id", "tenant_id"), "x"
    )
    for happened in EntryKind:
        assert line(recorded(TimelineEntry(happened=happened, facts={**facts, "payment": "part"}, words="w")))


def test_only_what_may_come_again_and_again_is_counted_as_one():
    by, other = ChangeCause(by="push_document"), ChangeCause(by="confirm_claim")
    away = failed(RetryLaterError("Answered 503 after 1.5 s."))
    assert away.alike(by) == failed(RetryLaterError("Answered 500 after 30.25 s.")).alike(by)
    assert away.alike(by) != away.alike(other)
    assert away.alike(by) != failed(RetryLaterError("Refused.")).alike(by)
    assert held_again(hold()).alike(by)
    assert asked("retry").alike(ChangeCause(who="ada")) != asked("retry").alike(ChangeCause(who="bob"))
    assert [entry.alike(by) for entry in entries(EMPTY, READ)] == [None]


def test_stories_keep_no_name_of_a_customer():
    named = document().model_copy(update={"reference": "for Ada", "memo": "Ada"})
    assert "Ada" not in str(entries(EMPTY, EMPTY.read(named)))
