"""A document that Sequence does not let be read is held, in Sequence's own words, and not retried for ever."""

from dataclasses import dataclass

import pytest
from temporalio.exceptions import ApplicationError

from tests.doubles.memory import MemoryStore
from tests.unit.test_steps import Street, StubbornBooks, pushed
from tests.workflows.world import CONNECTION, MemoryBilling, invoice
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, DocumentWithLines, Kind
from xerosync.core.errors import DeniedError, RefusedReadError, RetryLaterError, UnusableAnswerError, XerosyncError
from xerosync.core.holds import HoldReason

REFUSED = RefusedReadError("Sequence refused to read credit note doc-1.", words="Resource not found")
FAILED = UnusableAnswerError("Sequence could not read credit note doc-1.", words="Resource not found")


@dataclass
class ClosedBilling(MemoryBilling):
    """A Sequence that lists its documents and does not show one of them, or its lines."""

    of_document: XerosyncError | None = None
    of_lines: XerosyncError | None = None

    async def document(self, ref: DocumentRef) -> Document:
        if self.of_document:
            raise self.of_document
        return await super().document(ref)

    async def with_lines(self, document: Document) -> DocumentWithLines:
        if self.of_lines:
            raise self.of_lines
        return await super().with_lines(document)


@pytest.fixture
def billing() -> ClosedBilling:
    return ClosedBilling()


@pytest.fixture
async def street(billing: ClosedBilling) -> Street:
    store = MemoryStore()
    await store.save_connection(CONNECTION)
    await store.link_customer("acme", "customer", "contact")
    return Street(billing, StubbornBooks(), store)


async def test_a_refused_read_is_believed_within_minutes_and_held_in_sequences_words(
    street: Street, billing: ClosedBilling
):
    ref = await pushed(street, kind=Kind.CREDIT_NOTE)
    billing.of_document = REFUSED
    with pytest.raises(DeniedError):
        await street.step("apply_sent", ref, attempt=5)
    hold = await street.hold("apply_sent", ref)
    assert hold.reason is HoldReason.REJECTED
    assert REFUSED.in_full in await held_words(street, ref)


async def test_what_was_never_read_is_held_in_sequences_words_too(street: Street, billing: ClosedBilling):
    billing.of_document = REFUSED
    ref = invoice(kind=Kind.CREDIT_NOTE).ref
    await street.hold("push_document", ref)
    words = await held_words(street, ref)
    assert words.startswith("Sequence knows no credit note doc-1")
    assert words.endswith(REFUSED.in_full)


async def test_a_refused_draft_that_no_list_names_was_deleted(street: Street, billing: ClosedBilling):
    ref = billing.put(invoice(DocumentStatus.DRAFT, kind=Kind.CREDIT_NOTE))
    await street.step("push_document", ref)
    billing.of_document = REFUSED
    await street.hold("push_document", ref)
    assert await held_words(street, ref) == REFUSED.in_full
    billing.documents.clear()
    outcome = await street.step("push_document", ref)
    assert outcome.sequence.status is DocumentStatus.DELETED


@pytest.mark.parametrize("error", [REFUSED, FAILED])
async def test_lines_that_can_not_be_read_hold_the_document(
    street: Street, billing: ClosedBilling, error: XerosyncError
):
    ref = billing.put(invoice())
    billing.of_lines = error
    with pytest.raises(DeniedError):
        await street.step("push_document", ref, attempt=2)
    with pytest.raises(ApplicationError, match="refused"):
        await street.step("push_document", ref, attempt=8)
    assert await held_words(street, ref) == error.in_full
    assert street.books.writes == []


async def test_where_sequence_fails_to_read_anything_no_document_is_held(street: Street, billing: ClosedBilling):
    ref = billing.put(invoice())
    billing.of_document = FAILED
    billing.is_down = True
    with pytest.raises(RetryLaterError, match="does not answer"):
        await street.step("push_document", ref, attempt=20)
    assert (await street.store.document(ref)).hold is None
    billing.is_down = False
    with pytest.raises(ApplicationError, match="refused"):
        await street.step("push_document", ref, attempt=20)
    assert await held_words(street, ref) == FAILED.in_full


async def held_words(street: Street, ref: DocumentRef) -> str:
    hold = (await street.store.document(ref)).hold
    assert hold
    return hold.words
