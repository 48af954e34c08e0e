"""What a sweep costs where thousands of documents are open: by what changed, and once a day by pages of a thousand."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest

from tests.doubles.memory import MemoryStore
from tests.doubles.sweeps import xero_sweep
from tests.workflows.world import CONNECTION, MemoryBilling, MemoryBooks, invoice
from xerosync.connection.connection import Connection
from xerosync.core.documents import Document, DocumentRef, DocumentStatus, Kind, PaymentStatus
from xerosync.core.errors import HoldError, RetryLaterError
from xerosync.core.holds import HoldReason
from xerosync.core.xero_records import XeroDocument, XeroStatus
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState, XeroSweepResult
from xerosync.documents.views import XeroView

OPEN = 5_000
"""Documents of each kind."""

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
"""In the middle of a day: a new one reads all open documents again."""


@dataclass
class LongBooks(MemoryBooks):
    """Xero, with many documents that nobody touched but those in `changed`; a thousand to a page."""

    changed: list[XeroDocument] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    """Numbers that Xero refuses to look up, and kinds that it refuses to list."""

    async def find(self, connection: Connection, kind: Kind, number: str) -> XeroDocument | None:
        if number in self.refused:
            raise HoldError(HoldReason.REJECTED, "Syntax error")
        return await super().find(connection, kind, number)

    async def changed_since(
        self, connection: Connection, kind: Kind, since: datetime | None
    ) -> AsyncIterator[Sequence[XeroDocument]]:
        assert connection.tenant_id
        assert since
        if kind in self.refused:
            raise HoldError(HoldReason.REJECTED, "Syntax error")
        yield [each for each in self.changed if each.kind is kind and each.number not in self.unstamped]

    async def unpaid_since(
        self, connection: Connection, kind: Kind, since: date
    ) -> AsyncIterator[Sequence[XeroDocument]]:
        assert connection.tenant_id
        assert since == invoice().issue_date
        unpaid = [each for each in map(in_xero, billed(kind)) if each.number not in {it.number for it in self.changed}]
        for start in range(0, len(unpaid), 1000):
            yield unpaid[start : start + 1000]


@dataclass
class Signals:
    """The workflows that a sweep signalled."""

    views: dict[str, XeroView | None] = field(default_factory=dict)

    async def signal(
        self, ref: DocumentRef, name: str, payload: XeroView | None = None, *, number: str | None = None
    ) -> None:
        del number
        assert name == "changed_in_xero"
        self.views[ref.document_id] = payload


@cache
def billed(kind: Kind) -> list[Document]:
    return [invoice(DocumentStatus.SENT, kind=kind, id=f"{kind}-{n}", number=f"{kind}-{n}") for n in range(OPEN)]


def in_xero(document: Document, **update: object) -> XeroDocument:
    base = XeroDocument(
        xero_id=f"x-{document.id}",
        kind=document.kind,
        number=document.number or "",
        status=XeroStatus.AUTHORISED,
        sent=True,
        issue_date=document.issue_date,
        due_date=document.due_date,
        contact_id="contact",
        currency="GBP",
        total=document.gross_total,
        total_tax=document.total_tax,
        updated_at=NOW,
        seen_at=NOW + timedelta(hours=1),
    )
    return base.model_copy(update=update)


def open_link(link: DocumentLink, document: Document) -> DocumentLink:
    view = XeroView.of(in_xero(document, seen_at=NOW), document.header)
    return link.read(document).seen(view).model_copy(update={"reports_payments": True})


@pytest.fixture(scope="module")
async def store() -> MemoryStore:
    store = MemoryStore()
    await store.save_connection(CONNECTION.model_copy(update={"report_payments": True}))
    for kind in Kind:
        for document in billed(kind):
            await store.change(document.ref, lambda link, document=document: open_link(link, document))
    return store


async def swept(store: MemoryStore, books: LongBooks, signals: Signals, billing: MemoryBilling, since: datetime):
    for kind in Kind:
        await store.move_sweep_cursor("acme", kind, since)
    return await xero_sweep(books, store, signals, billing, now=lambda: NOW + timedelta(minutes=15)).run("acme")


async def test_a_sweep_of_ten_thousand_open_documents_costs_a_call_a_kind_where_nothing_changed(store: MemoryStore):
    result = await swept(store, LongBooks(), Signals(), MemoryBilling(), NOW)
    assert result == XeroSweepResult(read=0, signalled=0, calls=2)


async def test_once_a_day_ten_thousand_open_documents_cost_ten_pages_and_no_look_up(store: MemoryStore):
    books = LongBooks()
    result = await swept(store, books, Signals(), MemoryBilling(), NOW - timedelta(days=1))
    assert result == XeroSweepResult(read=2 * OPEN, signalled=0, calls=2 + 10)
    assert books.looked_up == []


async def test_what_the_pages_lack_is_looked_up_and_payments_are_reported_on_the_way(store: MemoryStore):
    some = billed(Kind.INVOICE)[:3]
    paid = [in_xero(each, status=XeroStatus.PAID) for each in some]
    books = LongBooks({each.number: each for each in paid}, changed=paid, unstamped={each.number for each in paid})
    signals, billing = Signals(), MemoryBilling({each.id: each for each in some})
    await swept(store, books, signals, billing, NOW - timedelta(days=1))
    assert sorted(books.looked_up) == [each.number for each in paid]
    assert billing.payments == [PaymentStatus.PAID] * 3
    assert all(view and view.is_reported for view in signals.views.values())


async def test_a_look_up_that_xero_refuses_is_named_and_the_rest_of_the_sweep_goes_on(store: MemoryStore):
    voided = [in_xero(each, status=XeroStatus.VOIDED) for each in billed(Kind.INVOICE)[20:23]]
    odd = voided[1].number
    numbers = {each.number for each in voided}
    books = LongBooks({each.number: each for each in voided}, changed=voided, unstamped=numbers, refused={odd})
    signals = Signals()
    result = await swept(store, books, signals, MemoryBilling(), NOW - timedelta(days=1))
    assert result.passed_over == (odd,)
    assert (result.signalled, len(signals.views)) == (2, 2)
    assert all([await store.sweep_cursor("acme", kind) for kind in Kind])


async def test_a_list_that_xero_refuses_keeps_no_other_kind_from_being_swept(store: MemoryStore):
    changed = [in_xero(each, status=XeroStatus.VOIDED) for kind in Kind for each in billed(kind)[30:31]]
    books, signals = LongBooks(changed=changed, refused={Kind.INVOICE}), Signals()
    with pytest.raises(HoldError):
        await swept(store, books, signals, MemoryBilling(), NOW)
    assert list(signals.views) == [changed[1].xero_id.removeprefix("x-")]
    assert await store.sweep_cursor("acme", Kind.INVOICE) == NOW
    assert await store.sweep_cursor("acme", Kind.CREDIT_NOTE) != NOW


async def test_once_sequence_does_not_answer_a_sweep_asks_it_no_more(store: MemoryStore):
    some = billed(Kind.INVOICE)[10:20]
    books, signals = LongBooks(changed=[in_xero(each, status=XeroStatus.PAID) for each in some]), Signals()
    billing = MemoryBilling({each.id: each for each in some}, refuse_payments=RetryLaterError("no answer"))
    await swept(store, books, signals, billing, NOW)
    assert (billing.reads, len(signals.views)) == (1, 10)
    assert not any(view and view.is_reported for view in signals.views.values())


async def test_a_document_that_was_settled_and_voided_before_the_first_sweep_of_its_kind_is_noticed():
    store, [settled, waiting] = MemoryStore(), billed(Kind.INVOICE)[:2]
    await store.save_connection(CONNECTION.model_copy(update={"connected_at": NOW - timedelta(hours=1)}))
    for document, is_open in ((settled, False), (waiting, True)):
        await store.change(
            document.ref,
            lambda link, document=document, is_open=is_open: open_link(link, document).model_copy(
                update={"reports_payments": is_open}
            ),
        )
    assert (await store.document(settled.ref)).state is SyncState.SETTLED
    signals = Signals()
    books = LongBooks(changed=[in_xero(settled, status=XeroStatus.VOIDED)])
    await xero_sweep(books, store, signals, MemoryBilling(), now=lambda: NOW + timedelta(minutes=15)).run("acme")
    assert list(signals.views) == [settled.id]


async def test_a_further_part_that_is_paid_is_stored_for_people_and_signals_nothing(store: MemoryStore):
    of = billed(Kind.INVOICE)[40]
    first = in_xero(of, amount_paid=Decimal(10))
    second = in_xero(of, amount_paid=Decimal(15), seen_at=NOW + timedelta(hours=2))
    signals, billing = Signals(), MemoryBilling({of.id: of})
    await swept(store, LongBooks(changed=[first]), signals, billing, NOW)
    assert list(signals.views) == [of.id]
    signals.views.clear()
    await swept(store, LongBooks(changed=[second]), signals, billing, NOW)
    assert (signals.views, billing.payments) == ({}, [PaymentStatus.PARTIALLY_PAID])
    amounts = (await store.document(of.ref)).amounts
    assert amounts
    assert (amounts.paid, amounts.total) == (Decimal(15), of.gross_total)
