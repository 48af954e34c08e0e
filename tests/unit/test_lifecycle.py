"""The lifecycle as a state machine: whatever is heard, in whatever order, the end depends on the truth alone."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from xerosync.core.documents import DocumentStatus, Header
from xerosync.core.holds import Hold, HoldReason
from xerosync.core.xero_records import PLACEHOLDER, Payment, XeroStatus
from xerosync.documents import lifecycle
from xerosync.documents.lifecycle import Step
from xerosync.documents.messages import Held, Known, Outcome, SyncState
from xerosync.documents.views import SequenceView, XeroView

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class World:
    """Both systems as they truly are, and the steps of `activities.documents` acting upon them."""

    def __init__(self) -> None:
        self.status = DocumentStatus.DRAFT
        self.header = Header(issue_date=date(2026, 1, 2), due_date=date(2026, 2, 1), reference_digest="a")
        self.is_linked = True
        self.reports_payments = False
        self.reported = Payment.NOTHING
        self.xero: XeroView | None = None
        self.creations = 0
        self.seconds = 0

    @property
    def sequence(self) -> SequenceView:
        return SequenceView(status=self.status, number="INV-1", customer_id="c", currency="GBP", header=self.header)

    def tick(self) -> datetime:
        self.seconds += 1
        return NOON + timedelta(seconds=self.seconds)

    def write(self, **update: object) -> None:
        assert self.xero is not None
        self.xero = self.xero.model_copy(update={**update, "seen_at": self.tick()})

    def look(self) -> XeroView | None:
        """What a sweep sees: the applied header is what the store remembers."""
        if self.xero:
            self.xero = self.xero.model_copy(update={"seen_at": self.tick()})
        return self.xero

    def do(self, step: Step) -> Outcome | Held:
        if step is Step.PUSH and self.xero is None and self.status in ("FINAL", "SENT"):
            if not self.is_linked:
                hold = Hold(reason=HoldReason.CUSTOMER_UNLINKED, since=self.tick())
                return Held(hold=hold, outcome=Outcome(sequence=self.sequence))
            self.creations += 1
            sent = self.status == "SENT"
            self.xero = XeroView(
                xero_id="x",
                status=XeroStatus.AUTHORISED,
                sent=sent,
                issue_date=self.header.issue_date if sent else PLACEHOLDER,
                due_date=self.header.due_date if sent else PLACEHOLDER,
                seen_at=self.tick(),
                applied=self.header if sent else None,
            )
        stands = self.xero is not None and not self.xero.status.is_gone
        if step is Step.APPLY_SENT and stands and self.status == "SENT":
            self.write(
                sent=True,
                issue_date=self.header.issue_date,
                due_date=self.header.due_date,
                applied=self.header,
            )
        if step is Step.REPORT_SENT and stands and self.status == "FINAL" and self.xero and self.xero.sent:
            self.status = DocumentStatus.SENT
        if step is Step.REPORT_PAYMENT and self.xero and self.status in ("FINAL", "SENT"):
            self.reported = self.xero.payment
            self.xero = self.xero.as_reported()
            self.seconds += 1
        if step is Step.VOID and stands and self.status == "VOIDED":
            self.write(status=XeroStatus.VOIDED)
        return Outcome(sequence=self.sequence, xero=self.xero, reports_payments=self.reports_payments)


class Hearing(RuleBasedStateMachine):
    """Truth changes; signals are sent, doubled, delayed or lost; the workflow runs at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.known = Known()
        self.is_open = False
        self.late_views: list[XeroView] = []

    # What people and the billing system do.

    @precondition(lambda self: self.world.status == "DRAFT")
    @rule()
    def finalize(self) -> None:
        self.world.status = DocumentStatus.FINAL

    @precondition(lambda self: self.world.status in ("DRAFT", "FINAL"))
    @rule()
    def send(self) -> None:
        self.world.status = DocumentStatus.SENT

    @precondition(lambda self: self.world.status != "VOIDED")
    @rule()
    def void(self) -> None:
        self.world.status = DocumentStatus.VOIDED

    @precondition(lambda self: self.world.status == "SENT")
    @rule(days=st.integers(1, 90))
    def amend(self, days: int) -> None:
        later = date(2026, 1, 2) + timedelta(days=days)
        self.world.header = self.world.header.model_copy(update={"due_date": later})

    @precondition(lambda self: self.world.xero and not self.world.xero.status.is_gone)
    @rule()
    def mark_sent_in_xero(self) -> None:
        self.world.write(sent=True)

    @precondition(lambda self: self.world.xero and not self.world.xero.status.is_gone)
    @rule()
    def void_in_xero(self) -> None:
        self.world.write(status=XeroStatus.VOIDED)

    @precondition(lambda self: self.world.xero and not self.world.xero.status.is_gone)
    @rule(payment=st.sampled_from(Payment))
    def pay_or_take_back_in_xero(self, payment: Payment) -> None:
        self.world.write(payment=payment)

    @rule(reports_payments=st.booleans())
    def decide_about_payments(self, reports_payments: bool) -> None:
        self.world.reports_payments = reports_payments

    @rule(is_linked=st.booleans())
    def link_or_unlink_the_customer(self, is_linked: bool) -> None:
        self.world.is_linked = is_linked

    # What is heard: at any time, any number of times, or never.

    @rule()
    def a_signal_from_sequence(self) -> None:
        self.is_open = True
        self.known = lifecycle.hinted(self.known)

    @rule()
    def a_sweep(self) -> None:
        view = self.world.look()
        if view:
            self.late_views.append(view)

    @precondition(lambda self: self.late_views)
    @rule(data=st.data())
    def a_view_arrives_late_or_doubled(self, data: st.DataObject) -> None:
        view = data.draw(st.sampled_from(self.late_views))
        self.is_open = True
        self.known = lifecycle.saw_xero(self.known, view)

    @rule(reason=st.none() | st.sampled_from(HoldReason))
    def a_release(self, reason: HoldReason | None) -> None:
        self.known = lifecycle.released(self.known, reason)

    @precondition(lambda self: self.is_open)
    @rule(hears_meanwhile=st.booleans())
    def the_workflow_takes_a_step(self, hears_meanwhile: bool) -> None:
        self.step(hears_meanwhile=hears_meanwhile)

    def step(self, *, hears_meanwhile: bool = False) -> Step:
        step = lifecycle.next_step(self.known)
        if step not in (Step.WAIT, Step.SETTLE):
            read = self.known.hints
            result = self.world.do(step)
            if hears_meanwhile:
                self.known = lifecycle.hinted(self.known)
            if isinstance(result, Held):
                self.known = lifecycle.held(self.known, result, hints_read=read, by=step)
            else:
                self.known = lifecycle.learned(self.known, result, hints_read=read)
        return step

    def run_until_idle(self) -> Known:
        for _ in range(8):
            if self.step() in (Step.WAIT, Step.SETTLE):
                return self.known
        raise AssertionError(f"no rest in sight: {self.known}")

    @invariant()
    def nothing_is_ever_doubled(self) -> None:
        assert self.world.creations <= 1

    def teardown(self) -> None:
        """Every signal from here on is lost: the daily sweep alone must find the truth."""
        self.known = lifecycle.released(self.known, None)
        for _ in range(2):
            view = self.world.look()
            self.known = lifecycle.saw_xero(self.known, view) if view else self.known
            self.known = lifecycle.hinted(self.known)
            self.run_until_idle()
        self.the_end_is_that_of_the_truth()

    def the_end_is_that_of_the_truth(self) -> None:
        world, state = self.world, lifecycle.sync_state(self.known)
        hold = lifecycle.current_hold(self.known)
        if world.status == "VOIDED":
            assert state is SyncState.VOIDED
            assert world.xero is None or world.xero.status.is_gone
        elif world.xero and world.xero.status.is_gone:
            assert hold
            assert hold.reason is HoldReason.REMOVED_IN_XERO
        elif world.status == "DRAFT":
            assert state is SyncState.PENDING
            assert world.xero is None
        elif world.xero is None:
            assert not world.is_linked
            assert hold
            assert hold.reason is HoldReason.CUSTOMER_UNLINKED
        elif world.status == "FINAL":
            assert state is SyncState.PUSHED
            assert not world.xero.sent
            assert world.xero.issue_date == PLACEHOLDER
        else:
            assert world.status == "SENT"
            is_open = world.reports_payments and world.xero.payment is not Payment.FULL
            assert state is (SyncState.SENT if is_open else SyncState.SETTLED)
            assert world.xero.sent
            assert not world.reports_payments or world.reported is world.xero.payment
            assert (world.xero.issue_date, world.xero.due_date) == (world.header.issue_date, world.header.due_date)


TestHearing = Hearing.TestCase
TestHearing.settings = settings(max_examples=300, stateful_step_count=25, deadline=None)


def test_a_release_for_another_reason_changes_nothing():
    known = Known(hold=Hold(reason=HoldReason.CUSTOMER_UNLINKED, since=NOON))
    assert lifecycle.released(known, HoldReason.DISCONNECTED) is known
    assert lifecycle.released(known, HoldReason.CUSTOMER_UNLINKED).hold is None


@pytest.mark.parametrize("reason", [None, HoldReason.NUMBER_TAKEN])
def test_a_release_that_comes_before_the_hold_it_is_for_is_not_lost(reason: HoldReason | None):
    known = lifecycle.hinted(Known())
    begun = known.hints
    met = Held(
        hold=Hold(reason=HoldReason.NUMBER_TAKEN, since=datetime(2026, 1, 1, tzinfo=UTC)),
        outcome=Outcome(sequence=SequenceView(status=DocumentStatus.FINAL)),
    )
    after = lifecycle.held(lifecycle.released(known, reason), met, hints_read=begun)
    assert lifecycle.next_step(after) is Step.PUSH


def test_a_hold_that_was_overtaken_by_a_hint_does_not_take_hold():
    known = lifecycle.hinted(Known())
    hold = Hold(reason=HoldReason.CUSTOMER_UNLINKED, since=NOON)
    met = Held(hold=hold, outcome=Outcome(sequence=World().sequence))
    assert lifecycle.held(known, met, hints_read=0).hold is None
    assert lifecycle.next_step(lifecycle.held(known, met, hints_read=0)) is Step.PUSH


def test_an_older_view_of_xero_loses_against_the_newer_but_keeps_what_we_applied():
    header = Header(issue_date=date(2026, 1, 2), due_date=None, reference_digest="")
    ours = XeroView(xero_id="x", status=XeroStatus.AUTHORISED, sent=True, seen_at=NOON, applied=header)
    later = XeroView(xero_id="x", status=XeroStatus.PAID, sent=True, seen_at=NOON + timedelta(seconds=1))
    merged = lifecycle.saw_xero(lifecycle.saw_xero(Known(), later), ours)
    assert merged.xero is not None
    assert merged.xero.status is XeroStatus.PAID
    assert merged.xero.applied == header
