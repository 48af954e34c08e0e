"""A push that may read its document with others of its page never acts on what is not so, or not so any more."""

from datetime import date
from decimal import Decimal

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.documents import HELD
from tests.doubles.documents import document_activities
from tests.doubles.memory import MemoryStore
from tests.workflows.world import CONNECTION, MemoryBilling, MemoryBooks, invoice
from xerosync.core.clock import utc_now
from xerosync.core.documents import Document, DocumentRef, DocumentStatus
from xerosync.core.errors import DeniedError, RetryLaterError
from xerosync.core.rate_limits import Lane
from xerosync.core.xero_records import PLACEHOLDER
from xerosync.documents.intent import Intent
from xerosync.documents.link import DocumentLink, Ignored
from xerosync.documents.messages import Outcome, StepInput
from xerosync.documents.views import SequenceView

PAGE = ""


class Pushes:
    """A store, both companies, and the push of one document that a backfill found FINAL on the first page."""

    def __init__(self) -> None:
        self.billing, self.books, self.store = MemoryBilling(), MemoryBooks(), MemoryStore()
        self.ref = self.billing.put(invoice())

    async def connect(self) -> None:
        await self.store.save_connection(CONNECTION)
        await self.store.link_customer("acme", "customer", "contact")

    async def push(self) -> Outcome:
        documents = document_activities(self.billing, self.books, self.store)
        step = StepInput(ref=self.ref, lane=Lane.BULK, listed_after=PAGE)
        return await ActivityEnvironment().run(documents.push_document, step)

    async def knows(self, link: DocumentLink) -> None:
        await self.store.change(link.ref, lambda _: link)

    @property
    def reads(self) -> tuple[int, int]:
        """How often it was read with others, and singly."""
        return self.billing.listed_reads, self.billing.reads


@pytest.fixture
async def pushes() -> Pushes:
    made = Pushes()
    await made.connect()
    return made


async def test_what_the_page_shows_is_created_without_a_read_of_its_own(pushes: Pushes) -> None:
    outcome = await pushes.push()
    assert outcome.sequence == SequenceView.of(invoice())
    assert pushes.books.documents["INV-1"].issue_date == PLACEHOLDER
    assert pushes.reads == (1, 0)


async def test_a_document_that_was_sent_after_the_backfill_listed_it_goes_with_its_own_dates(pushes: Pushes) -> None:
    pushes.billing.set(pushes.ref, status=DocumentStatus.SENT, issue_date=date(2026, 1, 5))
    await pushes.push()
    created = pushes.books.documents["INV-1"]
    assert (created.issue_date, created.sent) == (date(2026, 1, 5), True)
    assert pushes.reads == (1, 0)


@pytest.mark.parametrize("status", [DocumentStatus.VOIDED, DocumentStatus.DRAFT])
async def test_a_document_that_was_voided_after_the_backfill_listed_it_is_not_created(
    pushes: Pushes, status: DocumentStatus
) -> None:
    pushes.billing.set(pushes.ref, status=status)
    outcome = await pushes.push()
    assert (outcome.sequence and outcome.sequence.status) is status
    assert (pushes.books.writes, pushes.books.documents) == ([], {})
    assert pushes.reads == (1, 1)


async def test_a_page_that_does_not_show_it_proves_nothing(pushes: Pushes) -> None:
    pushes.billing.listed_as[pushes.ref.document_id] = None
    await pushes.push()
    assert pushes.books.writes == ["create INV-1"]
    assert pushes.reads == (1, 1)


async def test_a_document_that_is_gone_is_not_created(pushes: Pushes) -> None:
    del pushes.billing.documents[pushes.ref.document_id]
    with pytest.raises(DeniedError):
        await pushes.push()
    assert pushes.books.documents == {}


def intent() -> Intent:
    return Intent(number="INV-1", payload_digest="0" * 64, at=utc_now(), header=invoice().header)


def read_before(ref: DocumentRef, document: Document) -> DocumentLink:
    return DocumentLink(ref=ref).read(document, utc_now())


async def test_a_list_that_lags_behind_what_was_read_before_is_not_believed(pushes: Pushes) -> None:
    pushes.billing.listed_as[pushes.ref.document_id] = invoice()
    pushes.billing.set(pushes.ref, status=DocumentStatus.VOIDED)
    await pushes.knows(read_before(pushes.ref, pushes.billing.documents[pushes.ref.document_id]))
    await pushes.push()
    assert pushes.books.documents == {}
    assert pushes.reads == (1, 1)


async def test_what_was_read_before_is_read_singly_even_where_the_list_shows_the_same(pushes: Pushes) -> None:
    await pushes.knows(read_before(pushes.ref, invoice()))
    await pushes.push()
    assert pushes.books.writes == ["create INV-1"]
    assert pushes.reads == (1, 1)


async def test_a_create_that_may_be_under_way_is_looked_up_with_a_document_that_was_read_singly(pushes: Pushes) -> None:
    await pushes.knows(DocumentLink(ref=pushes.ref).intended(intent(), CONNECTION.tenant_id))
    with pytest.raises(RetryLaterError):
        await pushes.push()
    assert pushes.books.documents == {}
    assert pushes.reads == (1, 1)


async def test_a_page_read_before_somebody_else_read_the_document_does_not_overwrite_that(pushes: Pushes) -> None:
    voided = invoice(DocumentStatus.VOIDED)

    class Meanwhile(MemoryBilling):
        """While the page is on its way somebody else reads the document, voided."""

        async def listed(self, ref: DocumentRef, after: str) -> Document | None:
            shown = await super().listed(ref, after)
            self.put(voided)
            await pushes.knows(read_before(ref, voided))
            return shown

    pushes.billing = Meanwhile(pushes.billing.documents)
    outcome = await pushes.push()
    assert (outcome.sequence and outcome.sequence.status) is DocumentStatus.VOIDED
    assert pushes.books.documents == {}


async def test_what_a_page_shows_is_checked_as_any_other_document(pushes: Pushes) -> None:
    await pushes.store.unlink_customer("acme", "customer")
    with pytest.raises(ApplicationError) as met:
        await pushes.push()
    assert met.value.type == HELD
    assert pushes.reads == (1, 0)


async def test_a_total_of_zero_waits_until_it_is_sent(pushes: Pushes) -> None:
    pushes.billing.set(pushes.ref, gross_total=Decimal(0), net_total=Decimal(0), total_tax=Decimal(0))
    await pushes.push()
    assert pushes.books.documents == {}


async def test_an_ignored_document_is_left_alone(pushes: Pushes) -> None:
    decision = Ignored(because="A test.", who="Ada", since=utc_now())
    await pushes.knows(DocumentLink(ref=pushes.ref).let_be(decision))
    await pushes.push()
    assert pushes.books.documents == {}
