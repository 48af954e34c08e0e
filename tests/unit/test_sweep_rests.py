"""Sweeps of Xero rest while its webhook announces changes, and never where something is due."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.doubles.memory import MemoryStore
from tests.doubles.memory_spacings import MemorySpacings
from tests.doubles.sweeps import xero_sweep
from tests.store.samples import connection, document, ref, xero_view
from tests.workflows.world import MemoryBooks
from xerosync.connection.connection import Connection
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef, DocumentStatus, Kind
from xerosync.core.xero_records import PLACEHOLDER, Payment, XeroDocument
from xerosync.documents.messages import SyncState, XeroSweepResult
from xerosync.documents.ports import Echoes
from xerosync.documents.sweep_spacing import LONGEST, SpacingReason
from xerosync.documents.views import XeroView

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
TICK = timedelta(minutes=15)
INVOICES = {"inv-1": Kind.INVOICE, "inv-2": Kind.INVOICE}


@dataclass
class QuietBooks(MemoryBooks):
    """Xero, whose lists show what is not in `unstamped`; it knows which of them it was asked for."""

    lists: list[Kind] = field(default_factory=list[Kind])
    unpaid: list[date] = field(default_factory=list[date])

    @property
    def asked(self) -> int:
        """How often it was asked for a list."""
        return len(self.lists)

    async def unpaid_since(self, connection: Connection, kind: Kind, since: date):
        self.unpaid.append(since)
        async for page in super().unpaid_since(connection, kind, since):
            yield page

    async def changed_since(self, connection: Connection, kind: Kind, since: datetime | None):
        self.lists.append(kind)
        async for page in super().changed_since(connection, kind, since):
            yield page


@dataclass
class House:
    """One document that waits to be sent, its sweep, and a clock that a test moves."""

    now: datetime = NOON
    store: MemoryStore = field(default_factory=MemoryStore)
    books: QuietBooks = field(default_factory=QuietBooks)
    spacings: MemorySpacings = field(default_factory=MemorySpacings)
    signalled: list[str] = field(default_factory=list[str])

    async def signal(
        self, ref: DocumentRef, name: str, payload: XeroView | None = None, *, number: str | None = None
    ) -> None:
        del number
        assert (name, payload is not None) == ("changed_in_xero", True)
        self.signalled.append(ref.document_id)

    async def sweep(self, later: timedelta = TICK, *, is_announced: bool = False) -> XeroSweepResult:
        self.now += later
        sweep = xero_sweep(self.books, self.store, self, spacings=self.spacings, now=lambda: self.now)
        return await sweep.run("acme", is_announced=is_announced)

    async def spread(self) -> None:
        """Let a person's marking be announced and our writes be echoed until sweeps are far apart, today."""
        self.spacings.echoed = Echoes(3, 0)
        await self.sweep()
        await self.mark_as_sent("inv-1")
        self.spacings.tell("x-inv-1")
        while self.interval < LONGEST / 2:
            self.now = max(self.now + self.interval, self.now)
            self.spacings.tell("elsewhere")
            await self.sweep(timedelta(0))
        self.spacings.echoed = Echoes(0, 0)

    @property
    def interval(self) -> timedelta:
        kept = self.spacings.kept("acme").spacing
        return kept.interval if kept else TICK

    @property
    def reason(self) -> SpacingReason | None:
        kept = self.spacings.kept("acme").spacing
        return kept.reason if kept else None

    async def mark_as_sent(self, name: str) -> None:
        """Mark a document as sent in Xero, which leaves no new stamp."""
        self.books.set(name, sent=True)
        self.books.unstamped.add(name)


async def a_house(names: Mapping[str, Kind] = INVOICES) -> House:
    """Return one of some documents that wait in Xero, swept a moment ago."""
    house = House()
    await house.store.save_connection(connection())
    for name, kind in names.items():
        of = ref(name, kind=kind)
        known = document(of, number=name, status=DocumentStatus.FINAL)
        view = xero_view(f"x-{name}", updated_at=NOON - timedelta(days=1))
        await house.store.change(of, lambda link, known=known, view=view: link.read(known).seen(view))
        house.books.documents[name] = XeroDocument(
            xero_id=view.xero_id,
            kind=of.kind,
            number=name,
            status=view.status,
            sent=False,
            issue_date=view.issue_date,
            due_date=view.due_date,
            contact_id="contact",
            currency="GBP",
            total=known.gross_total,
            total_tax=known.total_tax,
            updated_at=view.updated_at,
            seen_at=utc_now(),
        )
        house.books.unstamped.add(name)
    for kind in names.values():
        await house.store.move_sweep_cursor("acme", kind, NOON)
    return house


@pytest.fixture
async def house() -> House:
    return await a_house()


async def test_while_the_webhook_tells_what_happens_a_tick_costs_no_call_and_says_until_when(house: House):
    await house.spread()
    assert house.signalled == ["inv-1"]
    assert house.reason is SpacingReason.ANNOUNCED
    last, asked = house.now, house.books.asked
    result = await house.sweep()
    assert house.books.asked == asked
    assert result == XeroSweepResult(rests_until=last + house.interval - TICK * 0.1)


async def test_what_the_webhook_tells_is_looked_up_at_once_though_sweeps_are_far_apart(house: House):
    await house.spread()
    house.signalled.clear()
    await house.mark_as_sent("inv-2")
    house.spacings.tell("x-inv-2")
    result = await house.sweep(timedelta(seconds=2))
    assert (result.signalled, house.signalled) == (1, ["inv-2"])
    assert house.spacings.announcements == []
    assert house.interval > TICK
    assert (await house.sweep(timedelta(seconds=2))).rests_until


async def test_what_nobody_could_keep_and_what_a_person_asks_for_never_rest(house: House):
    await house.spread()
    assert (await house.sweep()).rests_until
    assert (await house.sweep(timedelta(0), is_announced=True)).rests_until is None
    assert (await house.sweep()).rests_until
    await house.spacings.ask("acme")
    assert (await house.sweep(timedelta(0))).rests_until is None
    assert (await house.sweep()).rests_until, "what was asked for is done"


async def test_the_first_sweep_of_a_day_and_a_kind_that_was_never_read_never_rest(house: House):
    await house.spread()
    note = ref("note", kind=Kind.CREDIT_NOTE)
    await house.store.change(
        note, lambda link: link.read(document(note, number="note")).seen(xero_view("x-note", updated_at=None))
    )
    assert (await house.sweep()).rests_until is None
    assert (await house.sweep()).rests_until
    house.now = house.now.replace(hour=23, minute=59)
    await house.store.move_sweep_cursor("acme", Kind.INVOICE, house.now)
    await house.store.move_sweep_cursor("acme", Kind.CREDIT_NOTE, house.now)
    assert (await house.sweep(timedelta(seconds=30))).rests_until
    assert (await house.sweep(timedelta(seconds=40))).rests_until is None


async def test_an_edit_that_no_webhook_announced_costs_one_interval_once(house: House):
    await house.spread()
    began, interval = house.now, house.interval
    house.signalled.clear()
    await house.mark_as_sent("inv-2")
    house.books.unstamped.discard("inv-2")  # its stamp is old, and now the list shows it
    while not house.signalled:
        await house.sweep()
    assert house.now - began <= interval
    assert (house.interval, house.reason) == (TICK, SpacingReason.UNANNOUNCED)
    assert (await house.sweep()).rests_until is None


@pytest.mark.parametrize(
    ("kind", "echoed", "reason"),
    [
        ("gap", Echoes(0, 0), SpacingReason.GAP),
        ("unreadable", Echoes(0, 0), SpacingReason.GAP),
        ("intent to receive", Echoes(0, 0), SpacingReason.GAP),
        ("INVOICE UPDATE", Echoes(4, 1), SpacingReason.SILENT),
    ],
)
async def test_a_webhook_that_misses_something_is_not_relied_on(
    house: House, kind: str, echoed: Echoes, reason: SpacingReason
):
    await house.spread()
    house.spacings.tell("", kind)
    house.spacings.echoed = echoed
    await house.sweep()
    assert (house.interval, house.reason) == (TICK, reason)


async def test_without_a_webhook_every_tick_asks(house: House):
    for tick in range(1, 30):
        assert (await house.sweep()).rests_until is None
        assert house.books.asked == tick
    assert house.reason is SpacingReason.NEVER_ECHOED


@pytest.fixture
async def both_kinds() -> House:
    house = await a_house(INVOICES | {"note-1": Kind.CREDIT_NOTE})
    await house.spread()
    house.books.lists.clear()
    return house


@pytest.mark.parametrize(
    ("named", "read"),
    [
        (["x-inv-1"], [Kind.INVOICE]),
        (["x-note-1"], [Kind.CREDIT_NOTE]),
        (["x-note-1", "x-inv-2"], list(Kind)),
        (["elsewhere"], list(Kind)),
        (["x-inv-1", "elsewhere"], list(Kind)),
        ([""], list(Kind)),
    ],
)
async def test_of_what_the_webhook_names_its_kind_alone_is_read(both_kinds: House, named: list[str], read: list[Kind]):
    for xero_id in named:
        both_kinds.spacings.tell(xero_id, "INVOICE UPDATE" if xero_id else "gap")
    await both_kinds.sweep(timedelta(seconds=2))
    assert sorted(both_kinds.books.lists) == sorted(read)
    assert both_kinds.spacings.announcements == []


async def test_a_kind_that_nobody_announces_is_read_by_its_own_time_however_often_the_other_is(both_kinds: House):
    began, interval = both_kinds.now, both_kinds.interval
    while Kind.CREDIT_NOTE not in both_kinds.books.lists:
        both_kinds.spacings.tell("x-inv-1")
        await both_kinds.sweep()
    assert both_kinds.now - began <= interval
    assert both_kinds.books.lists.count(Kind.INVOICE) > 1


async def test_until_the_webhook_is_trusted_every_sweep_reads_all_kinds_whatever_is_announced():
    house = await a_house(INVOICES | {"note-1": Kind.CREDIT_NOTE})
    house.spacings.tell("x-inv-1")
    await house.sweep(timedelta(seconds=2))
    assert sorted(house.books.lists) == sorted(Kind)


async def test_what_is_announced_of_a_kind_with_none_open_is_looked_at_and_costs_no_call(house: House):
    await house.spread()
    note = ref("note", kind=Kind.CREDIT_NOTE)
    settled = xero_view("x-note", updated_at=None)
    of = document(note, number="note", status=DocumentStatus.SENT)
    await house.store.change(note, lambda link: link.read(of).seen(settled.model_copy(update={"sent": True})))
    asked = house.books.asked
    house.spacings.tell("x-note")
    await house.sweep(timedelta(seconds=2))
    assert (house.books.asked, house.spacings.announcements) == (asked, [])


MONDAY = datetime(2026, 1, 12, tzinfo=UTC)


async def first_of_the_day(house: House, day: datetime) -> list[date]:
    """Sweep first on a day of which the webhook tells; return from which dates on open documents were read."""
    house.spacings.tell("elsewhere")
    house.now = day - timedelta(hours=1)
    await house.store.move_sweep_cursor("acme", Kind.INVOICE, house.now)
    house.books.unpaid.clear()
    await house.sweep(timedelta(hours=1, minutes=1))
    return house.books.unpaid


async def waits_for_payment(
    house: House, name: str, *, status: DocumentStatus = DocumentStatus.SENT, payment: Payment = Payment.NOTHING
) -> None:
    """Let a document be sent on both sides, and open until it is paid."""
    of = document(ref(name), number=name, status=status)
    house.books.set(name, sent=True, issue_date=of.issue_date, due_date=of.due_date, updated_at=NOON)
    view = xero_view(f"x-{name}", sent=True, applied=of.header, payment=payment, seen_at=utc_now(), updated_at=NOON)
    await house.store.change(
        of.ref, lambda link: link.read(of).seen(view).model_copy(update={"reports_payments": True})
    )
    assert (await house.store.document(of.ref)).state is SyncState.SENT


async def test_while_the_webhook_is_trusted_what_only_waits_for_its_payment_is_read_again_once_a_week(house: House):
    await house.spread()
    await waits_for_payment(house, "inv-1")
    assert await first_of_the_day(house, MONDAY - timedelta(days=2)) == [PLACEHOLDER]
    assert await first_of_the_day(house, MONDAY) == [document(ref("inv-1")).issue_date]
    assert await first_of_the_day(house, MONDAY + timedelta(days=1)) == [PLACEHOLDER]
    await waits_for_payment(house, "inv-2")
    assert await first_of_the_day(house, MONDAY + timedelta(days=2)) == []


@pytest.mark.parametrize(
    ("status", "payment"), [(DocumentStatus.SENT, Payment.PART), (DocumentStatus.FINAL, Payment.NOTHING)]
)
async def test_what_is_still_owed_to_sequence_is_read_again_every_day(
    house: House, status: DocumentStatus, payment: Payment
):
    await house.spread()
    await waits_for_payment(house, "inv-1", status=status, payment=payment)
    assert await first_of_the_day(house, MONDAY + timedelta(days=1)) == [document(ref("inv-1")).issue_date]


async def test_until_the_webhook_is_trusted_all_that_is_open_is_read_again_every_day(house: House):
    await waits_for_payment(house, "inv-1")
    for day in (1, 2, 3):
        assert await first_of_the_day(house, MONDAY + timedelta(days=day)) == [document(ref("inv-1")).issue_date]
