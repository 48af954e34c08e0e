"""The push as an activity of its own, where attempts overlap and answers come late: the document is created once."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from activities.documents import DocumentActivities
from tests.doubles.documents import document_activities
from tests.doubles.memory import MemoryStore
from tests.doubles.sweeps import xero_sweep
from tests.workflows.world import CONNECTION, MemoryBilling, MemoryBooks, invoice
from xerosync.connection.connection import Connection
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, DocumentWithLines, Kind
from xerosync.core.errors import RetryLaterError
from xerosync.core.temporal import TemporalUnavailableError
from xerosync.core.xero_records import XeroDocument
from xerosync.documents.intent import CALL_TIMEOUT, Intent
from xerosync.documents.lifecycle import Step, next_step
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import Known, Outcome, StepInput
from xerosync.documents.views import XeroView

NOON = datetime.now(UTC)


@dataclass
class SlowBilling(MemoryBilling):
    """A Sequence whose lines come when a test lets them."""

    lines_wanted: asyncio.Event = field(default_factory=asyncio.Event)
    lines_may_come: asyncio.Event = field(default_factory=asyncio.Event)

    async def with_lines(self, document: Document) -> DocumentWithLines:
        self.lines_wanted.set()
        await self.lines_may_come.wait()
        return await super().with_lines(document)


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now


@dataclass
class SlowBooks(MemoryBooks):
    """A Xero that looks at once and answers a look-up a minute later, as a test's clock has it."""

    clock: Clock = field(default_factory=Clock)

    async def find(self, connection: Connection, kind: Kind, number: str) -> XeroDocument | None:
        found = await super().find(connection, kind, number)
        self.clock.now += timedelta(minutes=1)
        return found


async def a_store() -> MemoryStore:
    store = MemoryStore()
    await store.save_connection(CONNECTION)
    await store.link_customer("acme", "customer", "contact")
    return store


async def pushed(documents: DocumentActivities, ref: DocumentRef) -> Outcome:
    return await ActivityEnvironment().run(documents.push_document, StepInput(ref=ref))


async def test_an_attempt_that_was_given_up_sends_nothing_once_another_has_its_intent():
    store, books, slow = await a_store(), MemoryBooks(), SlowBilling()
    ref = slow.put(invoice())
    given_up = asyncio.create_task(pushed(document_activities(slow, books, store), ref))
    await slow.lines_wanted.wait()
    intent = Intent(number="INV-1", payload_digest="of the other attempt", at=datetime.now(UTC))
    await store.change(ref, lambda link: link.intended(intent))
    slow.lines_may_come.set()
    with pytest.raises(RetryLaterError, match="Another attempt"):
        await given_up
    assert books.writes == []
    assert (await store.document(ref)).intent == intent


async def test_an_attempt_that_was_given_up_sends_nothing_once_the_document_is_in_xero():
    store, books, slow = await a_store(), MemoryBooks(), SlowBilling()
    ref = slow.put(invoice())
    given_up = asyncio.create_task(pushed(document_activities(slow, books, store), ref))
    await slow.lines_wanted.wait()
    quick = MemoryBilling(slow.documents)
    await pushed(document_activities(quick, books, store), ref)
    slow.lines_may_come.set()
    with pytest.raises(RetryLaterError, match="Another attempt"):
        await given_up
    assert books.writes == ["create INV-1"]


async def test_a_look_that_began_while_the_create_may_have_been_under_way_proves_nothing():
    store, billing, clock = await a_store(), MemoryBilling(), Clock()
    books = SlowBooks(clock=clock)
    ref = billing.put(invoice())
    intent = Intent(number="INV-1", payload_digest="", at=clock() - CALL_TIMEOUT)
    await store.change(ref, lambda link: link.intended(intent))
    documents = document_activities(billing, books, store, now=clock)
    with pytest.raises(RetryLaterError, match="Waiting to learn") as raised:
        await pushed(documents, ref)
    assert clock() > intent.settled_at(CALL_TIMEOUT)
    assert raised.value.retry_after == timedelta(seconds=35)
    assert (await store.document(ref)).intent == intent
    assert (await pushed(documents, ref)).xero
    assert books.writes == ["create INV-1"]


@pytest.mark.parametrize("kind", Kind)
async def test_a_create_that_xero_may_still_do_is_repeated_only_where_xero_would_refuse_a_second_one(kind: Kind):
    store, billing, clock = await a_store(), MemoryBilling(), Clock()
    books = MemoryBooks()
    ref = billing.put(invoice(kind=kind, number="A-1"))
    intent = Intent(number="A-1", payload_digest="", at=clock())
    await store.change(ref, lambda link: link.intended(intent))
    documents = document_activities(billing, books, store, now=clock)
    clock.now += timedelta(minutes=5)
    if kind is Kind.INVOICE:
        assert (await pushed(documents, ref)).xero
        assert books.writes == ["create A-1"]
        return
    with pytest.raises(RetryLaterError, match="Waiting to learn") as raised:
        await pushed(documents, ref)
    assert raised.value.retry_after == timedelta(seconds=65)
    assert books.writes == []
    clock.now += timedelta(seconds=65)
    assert (await pushed(documents, ref)).xero
    assert books.writes == ["create A-1"]


async def test_a_document_that_was_voided_after_its_create_was_given_up_is_looked_for_until_it_is_certain():
    store, billing, clock = await a_store(), MemoryBilling(), Clock()
    books = MemoryBooks(lose_answers=1)
    ref = billing.put(invoice())
    documents = document_activities(billing, books, store, now=clock)
    with pytest.raises(RetryLaterError):
        await pushed(documents, ref)
    late, books.documents = books.documents, {}
    billing.put(invoice(DocumentStatus.VOIDED))
    clock.now += timedelta(minutes=2)
    with pytest.raises(RetryLaterError, match="Waiting to learn"):
        await pushed(documents, ref)
    books.documents = late
    found = await pushed(documents, ref)
    assert next_step(Known(**dict(found))) is Step.VOID


def test_an_attempt_withdraws_its_own_intent_alone():
    link = DocumentLink(ref=invoice().ref)
    ours = Intent(number="INV-1", payload_digest="", at=NOON)
    theirs = ours.model_copy(update={"at": NOON + timedelta(seconds=1)})
    assert link.intended(ours).withdrawn(theirs).intent == ours
    assert link.intended(ours).withdrawn(ours).intent is None
    assert link.intended(ours).intended(theirs).intent == ours


@dataclass
class Unreached:
    """Workflows that a signal does not reach at first."""

    views: list[XeroView | None] = field(default_factory=list)
    misses: int = 1

    async def signal(
        self, ref: DocumentRef, name: str, payload: XeroView | None = None, *, number: str | None = None
    ) -> None:
        del number
        assert (ref.document_id, name) == ("doc-1", "changed_in_xero")
        if self.misses:
            self.misses -= 1
            raise TemporalUnavailableError
        self.views.append(payload)


async def test_a_sweep_that_broke_off_before_its_signal_sends_it_the_next_time():
    store, billing, books, workflows = await a_store(), MemoryBilling(), MemoryBooks(), Unreached()
    ref = billing.put(invoice())
    await pushed(document_activities(billing, books, store), ref)
    books.set("INV-1", sent=True)
    sweep = xero_sweep(books, store, workflows)
    with pytest.raises(TemporalUnavailableError):
        await sweep.run("acme")
    await sweep.run("acme")
    assert [view.sent for view in workflows.views if view] == [True]
