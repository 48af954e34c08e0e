"""The inbox in PostgreSQL, and what is delivered from it."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.patience import PATIENCE
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.errors import MisconfiguredError
from xerosync.core.hints import Act, Delivery, Hint, HintOutcome, Provider
from xerosync.core.temporal import TemporalUnavailableError
from xerosync.postgres import Database, PostgresInbox
from xerosync.web.webhooks.delivery import HintDelivery


def hint(document_id: str = "inv-1", act: Act = Act.FINALIZED, account_id: str = "acme") -> Hint:
    kind = None if act in (Act.SWEEP, Act.CUSTOMER) else Kind.INVOICE
    return Hint(account_id=account_id, type="INVOICE_UPDATED", resource_id=document_id, act=act, kind=kind)


def delivery(*hints: Hint, digest: bytes = b"1") -> Delivery:
    return Delivery(provider=Provider.SEQUENCE, digest=digest, hints=hints)


class RecordedSignals:
    """Temporal, which may be down."""

    def __init__(self) -> None:
        self.is_down = False
        self.given: Counter[tuple[str, str]] = Counter()

    async def document(self, ref: DocumentRef, signal: str) -> None:
        self._take(ref.document_id, signal)

    async def customer(self, account_id: str, customer_id: str) -> None:
        self._take(f"{account_id} {customer_id}", "customer")

    async def sweep(self, account_id: str) -> None:
        if account_id == "unswept":
            raise MisconfiguredError
        self._take(account_id, "sweep")

    def _take(self, subject: str, what: str) -> None:
        if self.is_down:
            raise TemporalUnavailableError
        self.given[subject, what] += 1


@pytest.fixture
def inbox(database: Database) -> PostgresInbox:
    return PostgresInbox(database)


@pytest.fixture
def signals() -> RecordedSignals:
    return RecordedSignals()


async def outcomes(database: Database) -> Sequence[str]:
    async with database.session() as session:
        rows = await session._connection.fetch("SELECT outcome FROM deliveries ORDER BY digest, place")
    return [row["outcome"] for row in rows]


async def test_a_delivery_that_came_before_is_not_new(inbox: PostgresInbox) -> None:
    assert await inbox.add(delivery(hint()))
    assert not await inbox.add(delivery(hint()))
    assert await inbox.add(delivery(hint(), digest=b"2"))
    assert len(await inbox.claim(30, 10)) == 2


async def test_what_asks_for_nothing_is_kept_and_not_pending(inbox: PostgresInbox, database: Database) -> None:
    assert not await inbox.add(delivery(hint(act=Act.NOTHING)))
    assert not await inbox.claim(30, 10)
    assert await outcomes(database) == [HintOutcome.DROPPED]


async def test_nobody_else_gets_what_is_claimed(inbox: PostgresInbox) -> None:
    await inbox.add(delivery(*(hint(f"inv-{place}") for place in range(10))))
    claims = await asyncio.gather(*(inbox.claim(30, 3) for _ in range(5)))
    keys = [key for claim in claims for key in claim]
    assert len(keys) == len(set(keys)) == 10


async def test_what_a_dead_copy_claimed_is_claimed_again(inbox: PostgresInbox) -> None:
    await inbox.add(delivery(hint()))
    [key] = await inbox.claim(30, 10)
    await inbox.give_back([key], 0)
    assert list(await inbox.claim(30, 10)) == [key]


async def test_hints_for_one_document_travel_as_one_signal(
    inbox: PostgresInbox, signals: RecordedSignals, database: Database
) -> None:
    await inbox.add(delivery(hint(), digest=b"1"))
    await inbox.add(delivery(hint(), digest=b"2"))
    await inbox.add(delivery(hint(act=Act.SENT), hint("inv-2"), hint("c-1", Act.CUSTOMER), digest=b"3"))
    await HintDelivery(inbox, signals).deliver_pending()
    assert signals.given == {
        ("inv-1", "finalized"): 1,
        ("inv-1", "sent"): 1,
        ("inv-2", "finalized"): 1,
        ("acme c-1", "customer"): 1,
    }
    assert await outcomes(database) == [HintOutcome.DELIVERED] * 5


async def test_what_temporal_does_not_take_waits_and_arrives(
    inbox: PostgresInbox, signals: RecordedSignals, database: Database
) -> None:
    signals.is_down = True
    await inbox.add(delivery(hint(), hint("inv-2")))
    with pytest.raises(TemporalUnavailableError):
        await HintDelivery(inbox, signals).deliver_pending()
    assert await outcomes(database) == [HintOutcome.PENDING] * 2
    signals.is_down = False
    running = asyncio.create_task(HintDelivery(inbox, signals).run())
    async with asyncio.timeout(PATIENCE):
        while HintOutcome.PENDING in await outcomes(database):
            await asyncio.sleep(0.05)
    running.cancel()
    assert signals.given == {("inv-1", "finalized"): 1, ("inv-2", "finalized"): 1}


async def test_many_hints_wake_a_sweep_once_and_what_comes_later_is_not_lost(
    inbox: PostgresInbox, signals: RecordedSignals, database: Database
) -> None:
    sender = HintDelivery(inbox, signals)
    await inbox.add(delivery(*(hint(f"x-{place}", Act.SWEEP) for place in range(5))))
    await sender.deliver_pending()
    assert signals.given == {("acme", "sweep"): 1}
    await inbox.add(delivery(hint("x-9", Act.SWEEP), digest=b"2"))
    await sender.deliver_pending()
    assert signals.given == {("acme", "sweep"): 1}
    assert (await outcomes(database)).count(HintOutcome.PENDING) == 1


async def test_an_account_without_a_sweep_has_nothing_to_wake(
    inbox: PostgresInbox, signals: RecordedSignals, database: Database
) -> None:
    await inbox.add(delivery(hint(act=Act.SWEEP, account_id="unswept")))
    await HintDelivery(inbox, signals).deliver_pending()
    assert await outcomes(database) == [HintOutcome.DROPPED]


async def test_a_gap_between_the_events_of_xero_is_noticed_once(inbox: PostgresInbox) -> None:
    assert not await inbox.move_event_sequence(5, 7)
    assert not await inbox.move_event_sequence(8, 8)
    assert await inbox.move_event_sequence(10, 11)
    assert not await inbox.move_event_sequence(9, 9)
    assert not await inbox.move_event_sequence(12, 12)


async def test_what_is_old_is_forgotten_unless_it_is_pending(inbox: PostgresInbox, database: Database) -> None:
    await inbox.add(delivery(hint(), hint(act=Act.NOTHING)))
    async with database.session() as session:
        await session._connection.execute("UPDATE deliveries SET received_at = now() - interval '31 days'")
    await inbox.forget_old()
    assert await outcomes(database) == [HintOutcome.PENDING]
