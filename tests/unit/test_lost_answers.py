"""A write whose answer was lost may have reached Xero: what it brought is ours, and no person's."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.doubles.memory import MemoryStore
from tests.unit.test_steps import Street, StubbornBooks, pushed
from tests.workflows.world import CONNECTION, MemoryBilling, invoice
from xerosync.connection.connection import Connection
from xerosync.core.documents import DocumentRef, DocumentStatus
from xerosync.core.errors import HoldError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import XeroDocument
from xerosync.documents.header_change import HeaderChange
from xerosync.documents.views import XeroView

DUE, MOVED, AGAIN = date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)
"""`DUE` is what the invoice begins with."""


@dataclass
class LossyBooks(StubbornBooks):
    """Xero, which takes a change of a header while its answer is lost, so often."""

    lost_changes: int = 0

    async def change_header(
        self, connection: Connection, change: HeaderChange, *, after_sweep: bool = False
    ) -> XeroDocument:
        answer = await super().change_header(connection, change, after_sweep=after_sweep)
        if self.lost_changes:
            self.lost_changes -= 1
            raise RetryLaterError("The answer was lost.")
        return answer


@pytest.fixture
async def street() -> Street:
    store = MemoryStore()
    await store.save_connection(CONNECTION)
    await store.link_customer("acme", "customer", "contact")
    return Street(MemoryBilling(), LossyBooks(), store)


async def swept(street: Street, ref: DocumentRef) -> None:
    """Take in how Xero shows the document, as a sweep does."""
    seen = street.books.documents["INV-1"].model_copy(update={"seen_at": datetime.now(UTC) + timedelta(seconds=1)})
    await street.store.change(ref, lambda link: link.seen(XeroView.of(seen, applied=None)))


async def lose(street: Street, ref: DocumentRef) -> None:
    assert isinstance(street.books, LossyBooks)
    street.books.lost_changes = 1
    with pytest.raises(RetryLaterError):
        await street.step("apply_sent", ref)
    await swept(street, ref)


def due(street: Street) -> date | None:
    return street.books.documents["INV-1"].due_date


@pytest.mark.parametrize("by_a_person", [True, False])
async def test_dates_that_a_lost_write_brought_follow_sequence(street: Street, by_a_person: bool):
    ref = await pushed(street)
    if by_a_person:
        street.books.set("INV-1", sent=True)
        await swept(street, ref)
    street.billing.set(ref, status=DocumentStatus.SENT)
    await lose(street, ref)
    assert due(street) == DUE
    street.billing.set(ref, due_date=MOVED)
    await street.step("apply_sent", ref)
    assert due(street) == MOVED
    link = await street.store.document(ref)
    assert link.xero
    assert (link.own_dates, link.xero.unconfirmed) == (None, ())


async def test_a_due_date_that_is_moved_and_moved_back_ends_as_sequence_has_it(street: Street):
    ref = await pushed(street)
    street.billing.set(ref, status=DocumentStatus.SENT)
    await street.step("apply_sent", ref)
    street.billing.set(ref, due_date=MOVED)
    await lose(street, ref)
    street.billing.set(ref, due_date=DUE)
    await street.step("apply_sent", ref)
    assert due(street) == DUE


async def test_a_reference_that_is_changed_and_changed_back_is_written_again(street: Street):
    ref = await pushed(street)
    street.billing.set(ref, reference="PO 7")
    await lose(street, ref)
    street.billing.set(ref, reference=None)
    await street.step("apply_sent", ref)
    assert [change.reference for change in street.books.changes] == ["PO 7", ""]


@pytest.mark.parametrize("reason", [HoldReason.FROZEN_BY_PAYMENT, HoldReason.LOCKED_PERIOD])
async def test_a_change_that_xero_refused_and_sequence_took_back_holds_nothing(street: Street, reason: HoldReason):
    ref = await pushed(street)
    street.billing.set(ref, status=DocumentStatus.SENT)
    await street.step("apply_sent", ref)
    street.books.refuse = HoldError(reason)
    street.billing.set(ref, reference="PO 7")
    assert (await street.hold("apply_sent", ref)).reason is reason
    street.billing.set(ref, reference=None)
    await street.step("apply_sent", ref)
    link = await street.store.document(ref)
    assert link.xero
    assert (link.hold, link.xero.unconfirmed) == (None, ())


async def test_several_changes_between_a_lost_write_and_the_next_one_hide_it_not(street: Street):
    ref = await pushed(street)
    street.books.set("INV-1", sent=True)
    await swept(street, ref)
    street.billing.set(ref, status=DocumentStatus.SENT)
    await lose(street, ref)
    for when in (MOVED, AGAIN):
        street.billing.set(ref, due_date=when)
        document = street.billing.documents[ref.document_id]
        await street.store.change(ref, lambda link, document=document: link.read(document))
    await street.step("apply_sent", ref)
    assert due(street) == AGAIN


async def test_a_date_that_a_person_set_is_kept_though_an_answer_was_lost(street: Street):
    ref = await pushed(street)
    street.billing.set(ref, status=DocumentStatus.SENT)
    await street.step("apply_sent", ref)
    street.books.set("INV-1", due_date=date(2026, 5, 5))
    await swept(street, ref)
    await street.step("apply_sent", ref)
    assert due(street) == date(2026, 5, 5)


async def test_a_create_whose_answer_was_lost_counts_with_the_header_that_it_had(street: Street):
    ref = street.billing.put(invoice(DocumentStatus.SENT))
    street.books.lose_answers = 1
    with pytest.raises(RetryLaterError):
        await street.step("push_document", ref)
    street.billing.set(ref, due_date=MOVED)
    await street.step("push_document", ref)
    await street.step("apply_sent", ref)
    assert due(street) == MOVED
    assert street.books.writes.count("create INV-1") == 1
