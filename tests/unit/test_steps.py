"""Steps as activities of their own, where the two systems say what they rarely say: no step may come again at once."""

import dataclasses
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment

from activities.documents import HELD, READ_FOR
from tests.doubles.documents import document_activities
from tests.doubles.memory import MemoryStore
from tests.workflows.world import CONNECTION, MemoryBilling, MemoryBooks, invoice
from xerosync.connection.connection import Connection
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.errors import DeniedError, HoldError, MissingError, RetryLaterError, UnusableAnswerError
from xerosync.core.holds import Hold, HoldReason
from xerosync.core.xero_records import PLACEHOLDER, XeroDocument, XeroStatus
from xerosync.documents.header_change import HeaderChange
from xerosync.documents.intent import Intent
from xerosync.documents.messages import ConfirmInput, Held, Known, Outcome, StepInput


@dataclass
class StubbornBooks(MemoryBooks):
    """A Xero that keeps the due date of a credit note, and whose answers are stamped by a clock that lags."""

    lag: timedelta = timedelta(0)

    async def change_header(
        self, connection: Connection, change: HeaderChange, *, after_sweep: bool = False
    ) -> XeroDocument:
        before = next(d for d in self.documents.values() if d.xero_id == change.xero_id)
        answer = await super().change_header(connection, change, after_sweep=after_sweep)
        if change.kind is Kind.CREDIT_NOTE:
            answer = answer.model_copy(update={"due_date": before.due_date})
            self.documents[answer.number] = answer
        return answer.model_copy(update={"seen_at": answer.seen_at - self.lag})


@dataclass
class Street:
    """Both companies, a store, and the steps between them."""

    billing: MemoryBilling
    books: StubbornBooks
    store: MemoryStore

    async def step(self, name: str, ref: DocumentRef, attempt: int = 6, *, signal: str = "") -> Outcome:
        documents = document_activities(self.billing, self.books, self.store)
        return await an_attempt(attempt).run(getattr(documents, name), StepInput(ref=ref, signal=signal))

    async def hold(self, name: str, ref: DocumentRef) -> Hold:
        with pytest.raises(ApplicationError) as met:
            await self.step(name, ref)
        assert met.value.type == HELD
        link = await self.store.document(ref)
        assert link.hold
        assert Held.model_validate(met.value.details[0]).hold == link.hold.in_brief(link.name)
        return link.hold

    async def confirm(
        self, ref: DocumentRef, claimed: DocumentStatus, *, attempt: int = 1, after: timedelta = timedelta(0)
    ) -> Outcome:
        documents = document_activities(self.billing, self.books, self.store)
        return await an_attempt(attempt, after).run(documents.confirm_claim, ConfirmInput(ref=ref, claimed=claimed))

    async def known(self, ref: DocumentRef) -> Known:
        return (await self.store.document(ref)).known


def an_attempt(attempt: int, after: timedelta | None = None) -> ActivityEnvironment:
    environment = ActivityEnvironment()
    # So many days after the first one, unless told; each before it was denied the document by Sequence.
    environment.info = dataclasses.replace(
        environment.info,
        attempt=attempt,
        heartbeat_details=[attempt - 1, attempt - 1],
        started_time=environment.info.scheduled_time + (timedelta(days=attempt - 1) if after is None else after),
    )
    return environment


@pytest.fixture
async def street() -> Street:
    store = MemoryStore()
    await store.save_connection(CONNECTION)
    await store.link_customer("acme", "customer", "contact")
    return Street(MemoryBilling(), StubbornBooks(), store)


async def pushed(street: Street, **update: object) -> DocumentRef:
    ref = street.billing.put(invoice(**update))
    await street.step("push_document", ref)
    return ref


async def test_a_credit_note_whose_due_date_xero_keeps_is_applied_all_the_same(street: Street):
    ref = await pushed(street, kind=Kind.CREDIT_NOTE, due_date=None)
    assert street.books.documents["INV-1"].due_date == PLACEHOLDER
    street.billing.set(ref, status=DocumentStatus.SENT)
    await street.step("apply_sent", ref)
    link = await street.store.document(ref)
    assert link.state == "settled"
    assert street.books.documents["INV-1"].issue_date == date(2026, 1, 2)


@pytest.mark.parametrize(("signal", "waits"), [("changed_in_xero", True), ("sent", False), ("release", False)])
async def test_only_what_a_sweep_saw_in_xero_waits_for_others_of_that_sweep(street: Street, signal: str, waits: bool):
    ref = await pushed(street)
    street.billing.set(ref, status=DocumentStatus.SENT)
    await street.step("apply_sent", ref, signal=signal)
    assert street.books.changed_after_sweep == (["INV-1"] if waits else [])


async def test_a_sent_document_without_issue_date_is_held_not_written_again_and_again(street: Street):
    ref = await pushed(street)
    street.billing.set(ref, status=DocumentStatus.SENT, issue_date=None, due_date=None)
    hold = await street.hold("apply_sent", ref)
    assert (hold.reason, hold.words) == (HoldReason.REJECTED, "The invoice is sent, but has no issue date.")
    assert street.books.writes == ["create INV-1"]


async def test_a_write_comes_after_what_it_was_based_on_though_the_clock_lags(street: Street):
    ref = await pushed(street)
    street.billing.set(ref, status=DocumentStatus.SENT)
    street.books.lag = timedelta(minutes=1)
    outcome = await street.step("apply_sent", ref)
    assert outcome.xero
    assert outcome.xero.sent
    assert (await street.store.document(ref)).state == "settled"


async def test_what_was_sent_and_paid_in_xero_with_dates_of_its_own_is_settled_although_frozen(street: Street):
    ref = await pushed(street)
    dates = {"issue_date": date(2026, 1, 20), "due_date": date(2026, 3, 1)}
    street.books.set("INV-1", sent=True, status=XeroStatus.PAID, **dates)
    street.books.refuse = HoldError(HoldReason.FROZEN_BY_PAYMENT, "It has a payment allocated to it.")
    link = await street.store.document(ref)
    assert link.xero
    seen = link.xero.model_copy(update={**dates, "sent": True, "seen_at": datetime.now(UTC)})
    await street.store.change(ref, lambda link: link.seen(seen))
    street.billing.set(ref, status=DocumentStatus.SENT)
    await street.step("apply_sent", ref)
    assert (await street.store.document(ref)).state == "settled"
    street.billing.set(ref, due_date=date(2026, 4, 1))
    assert (await street.hold("apply_sent", ref)).reason is HoldReason.FROZEN_BY_PAYMENT


async def test_what_was_voided_in_xero_is_not_marked_as_sent_in_sequence(street: Street):
    ref = await pushed(street)
    link = await street.store.document(ref)
    assert link.xero
    gone = {"sent": True, "status": XeroStatus.VOIDED, "seen_at": datetime.now(UTC)}
    seen = link.xero.model_copy(update=gone)
    await street.store.change(ref, lambda link: link.seen(seen))
    await street.step("report_sent", ref)
    assert street.billing.documents["doc-1"].status is DocumentStatus.FINAL


async def test_an_adopted_document_is_of_the_organisation_that_it_was_found_in(street: Street):
    ref = street.billing.put(invoice(kind=Kind.CREDIT_NOTE))
    await street.step("push_document", ref)
    lost = {"xero": None, "xero_total": None, "tenant_id": "the one before"}
    await street.store.change(ref, lambda link: link.model_copy(update=lost))
    await street.step("push_document", ref)
    assert (await street.store.document(ref)).tenant_id == CONNECTION.tenant_id


@pytest.mark.parametrize("step", ["push_document", "apply_sent", "report_sent", "void_document"])
async def test_a_finalized_document_that_sequence_denies_is_held_never_settled(street: Street, step: str):
    ref = await pushed(street)
    street.billing.documents.clear()
    hold = await street.hold(step, ref)
    assert hold.reason is HoldReason.REJECTED
    assert "Sequence does not know it any more" in hold.words
    assert (await street.store.document(ref)).state == "held"


async def test_a_create_of_which_nothing_is_known_is_not_forgotten_when_sequence_denies_it(street: Street):
    ref = street.billing.put(invoice(DocumentStatus.DRAFT))
    await street.step("push_document", ref)
    intent = Intent(number="INV-1", payload_digest="", at=datetime.now(UTC))
    await street.store.change(ref, lambda link: link.intended(intent))
    street.billing.documents.clear()
    assert (await street.hold("push_document", ref)).reason is HoldReason.REJECTED


async def test_a_draft_that_sequence_denies_was_deleted(street: Street):
    ref = street.billing.put(invoice(DocumentStatus.DRAFT))
    await street.step("push_document", ref)
    street.billing.documents.clear()
    outcome = await street.step("push_document", ref)
    assert outcome.sequence.status is DocumentStatus.DELETED


@pytest.mark.parametrize(("attempt", "delay"), [(1, 2), (2, 4), (6, 64), (1000, 64)])
async def test_what_a_signal_said_too_early_is_read_again_less_and_less_often(street: Street, attempt: int, delay: int):
    ref = street.billing.put(invoice(DocumentStatus.DRAFT))
    await street.step("push_document", ref)
    with pytest.raises(ApplicationError) as unconfirmed:
        await street.confirm(ref, DocumentStatus.FINAL, attempt=attempt)
    assert unconfirmed.value.next_retry_delay == timedelta(seconds=delay)
    assert unconfirmed.value.category is ApplicationErrorCategory.BENIGN


async def test_what_a_signal_said_is_read_for_two_minutes_however_many_attempts_were_lost_with_their_workers(
    street: Street,
):
    ref = street.billing.put(invoice(DocumentStatus.DRAFT))
    await street.step("push_document", ref)
    with pytest.raises(ApplicationError) as unconfirmed:
        await street.confirm(ref, DocumentStatus.FINAL, attempt=20, after=READ_FOR - timedelta(seconds=1))
    assert unconfirmed.value.type == "Unconfirmed"


async def test_what_a_signal_said_in_vain_is_left_to_the_sweep_after_two_minutes(street: Street):
    ref = street.billing.put(invoice(DocumentStatus.DRAFT))
    await street.step("push_document", ref)
    before = street.billing.reads
    outcome = await street.confirm(ref, DocumentStatus.FINAL, after=READ_FOR)
    assert (outcome.sequence.status, street.billing.reads - before) == (DocumentStatus.DRAFT, 1)
    street.billing.set(ref, status=DocumentStatus.FINAL)
    confirmed = await street.confirm(ref, DocumentStatus.FINAL)
    assert confirmed.sequence.status is DocumentStatus.FINAL
    assert street.books.writes == []


async def test_an_answer_that_can_not_be_used_confirms_nothing(street: Street):
    ref = street.billing.put(invoice(DocumentStatus.DRAFT))
    await street.step("push_document", ref)
    street.billing.failures = [UnusableAnswerError("It was cut short."), UnusableAnswerError("It was cut short.")]
    with pytest.raises(ApplicationError) as unconfirmed:
        await street.confirm(ref, DocumentStatus.FINAL)
    assert unconfirmed.value.type == "Unconfirmed", "it is read again: no other signal comes"
    outcome = await street.confirm(ref, DocumentStatus.FINAL, after=READ_FOR)
    assert outcome.sequence.status is DocumentStatus.DRAFT, "as it was known before"


async def test_a_customer_that_is_linked_while_the_step_is_at_it_is_no_hold_to_wait_for(street: Street):
    ref = street.billing.put(invoice(customer_id="late"))
    changed = street.store.change

    async def linked_meanwhile(*given: Any, **more: Any) -> Any:
        after = await changed(*given, **more)
        if after.hold:
            await street.store.link_customer("acme", "late", "contact-2")
        return after

    street.store.change = linked_meanwhile
    with pytest.raises(ApplicationError) as met:
        await street.step("push_document", ref)
    assert Held.model_validate(met.value.details[0]).is_over


async def test_only_denials_count_towards_believing_sequence(street: Street):
    ref = street.billing.put(invoice(DocumentStatus.DRAFT))
    await street.step("push_document", ref)
    street.billing.documents.clear()
    documents = document_activities(street.billing, street.books, street.store)
    environment = an_attempt(20)
    environment.info = dataclasses.replace(environment.info, heartbeat_details=[19, 4])
    with pytest.raises(DeniedError):
        await environment.run(documents.push_document, StepInput(ref=ref))
    environment.info = dataclasses.replace(environment.info, heartbeat_details=[20, 5])
    outcome = await environment.run(documents.push_document, StepInput(ref=ref))
    assert outcome.sequence.status is DocumentStatus.DELETED


async def test_what_sequence_never_knew_is_held_for_a_week_and_then_taken_for_a_mistake(street: Street):
    ref = invoice().ref
    hold = await street.hold("push_document", ref)
    assert hold.words == "Sequence knows no invoice doc-1: is its id right, and is it of this account?"
    link = await street.store.document(ref)
    assert (link.state, link.was_read) == ("held", False)
    documents = document_activities(
        street.billing, street.books, street.store, now=lambda: hold.since + timedelta(days=7)
    )
    outcome = await an_attempt(6).run(documents.push_document, StepInput(ref=ref))
    assert outcome.sequence.status is DocumentStatus.DELETED
    assert (await street.store.document(ref)).state == "settled"


async def test_a_document_that_vanishes_while_it_is_marked_is_looked_for_again(street: Street):
    ref = await pushed(street)
    link = await street.store.document(ref)
    assert link.xero
    sent = link.xero.model_copy(update={"sent": True, "seen_at": datetime.now(UTC)})
    await street.store.change(ref, lambda link: link.seen(sent))
    street.billing.refuse_marks = MissingError("There is no such invoice.")
    with pytest.raises(DeniedError):
        await street.step("report_sent", ref)


async def test_what_was_asked_earlier_never_overwrites_what_was_asked_later(street: Street):
    ref = await pushed(street)
    later = datetime.now(UTC) + timedelta(seconds=1)
    sent = street.billing.documents["doc-1"].model_copy(update={"status": DocumentStatus.SENT})
    await street.store.change(ref, lambda link: link.read(sent, later))
    with pytest.raises(RetryLaterError, match="Another attempt read invoice doc-1 later"):
        await street.step("push_document", ref)
    link = await street.store.document(ref)
    assert link.sequence
    assert link.sequence.status is DocumentStatus.SENT


async def test_a_new_reference_reaches_a_document_that_is_not_sent_and_its_dates_stay(street: Street):
    ref = await pushed(street)
    street.billing.set(ref, reference="PO 7")
    await street.step("apply_sent", ref)
    assert [(change.reference, change.sent, change.issue_date) for change in street.books.changes] == [
        ("PO 7", None, None)
    ]
    assert street.books.documents["INV-1"].issue_date == PLACEHOLDER
    assert not street.books.documents["INV-1"].sent
    await street.step("apply_sent", ref)
    assert len(street.books.changes) == 1
    assert (await street.store.document(ref)).state == "pushed"


async def test_what_has_no_place_in_xero_costs_no_call(street: Street):
    ref = await pushed(street, status=DocumentStatus.SENT)
    street.billing.set(ref, memo="Thank you", customer_name="Ada & Sons")
    await street.step("apply_sent", ref)
    assert street.books.changes == []


async def test_a_fault_of_our_own_that_comes_back_becomes_a_hold_in_words(street: Street):
    ref = street.billing.put(invoice())
    street.billing.failures = [ValueError("Ada Lovelace")]
    with pytest.raises(ValueError, match="Ada"):
        await street.step("push_document", ref, attempt=5)
    street.billing.failures = [ValueError("Ada Lovelace")]
    hold = await street.hold("push_document", ref)
    assert hold.reason is HoldReason.REJECTED
    assert hold.words.startswith("A fault of xerosync itself, to be reported: ValueError at tests/workflows/world.py:")
    assert (await street.step("push_document", ref)).xero
