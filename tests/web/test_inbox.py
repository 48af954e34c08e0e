"""The inbox in PostgreSQL, and what is delivered from it."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg
import pytest

from tests.patience import PATIENCE
from tests.store.samples import NOON, ref, xero_view
from tests.web.signals import RecordedSignals
from xerosync.core.documents import Kind
from xerosync.core.hints import Delivery, EventNumbers, Hint, HintAct, HintOutcome, Kept, Provider
from xerosync.core.temporal import TemporalUnavailableError
from xerosync.postgres import Database, PostgresInbox, PostgresStore
from xerosync.web.webhooks.delivery import SWEEPS_AT_ONCE, HintDelivery

MINUTE = timedelta(minutes=1)
PENDING, DELIVERED = HintOutcome.PENDING, HintOutcome.DELIVERED


def hint(document_id: str = "inv-1", act: HintAct = HintAct.FINALIZED, account_id: str = "acme") -> Hint:
    kind = None if act in (HintAct.SWEEP, HintAct.CUSTOMER) else Kind.INVOICE
    return Hint(account_id=account_id, type="INVOICE_UPDATED", resource_id=document_id, act=act, kind=kind)


def delivery(*hints: Hint, digest: bytes = b"1") -> Delivery:
    return Delivery(provider=Provider.SEQUENCE, digest=digest, hints=hints)


def of_xero(first: int, last: int) -> Delivery:
    return Delivery(
        provider=Provider.XERO,
        digest=b"%d" % first,
        hints=(hint(act=HintAct.NOTHING),),
        numbers=EventNumbers(first=first, last=last),
        after_gap=(hint(act=HintAct.SWEEP),),
    )


@pytest.fixture
def inbox(database: Database) -> PostgresInbox:
    return PostgresInbox(database)


@pytest.fixture
def store(database: Database) -> PostgresStore:
    return PostgresStore(database)


@pytest.fixture
def signals() -> RecordedSignals:
    return RecordedSignals()


async def outcomes(database: Database) -> Sequence[str]:
    async with database.session() as session:
        rows = await session._connection.fetch("SELECT outcome FROM deliveries ORDER BY digest, place")
    return [row["outcome"] for row in rows]


async def test_a_delivery_that_came_before_is_not_new(inbox: PostgresInbox) -> None:
    assert (await inbox.add(delivery(hint()))).is_pending
    assert not (await inbox.add(delivery(hint()))).is_pending
    assert (await inbox.add(delivery(hint(), digest=b"2"))).is_pending
    assert len(await inbox.claim(30, 10)) == 2


async def test_a_number_goes_with_the_hint_to_temporal(
    inbox: PostgresInbox, signals: RecordedSignals, store: PostgresStore
) -> None:
    named = hint("inv-7").model_copy(update={"number": "INV-7"})
    await inbox.add(delivery(named, hint("inv-8")))
    deliverer = HintDelivery(inbox, signals, store)
    assert await deliverer.deliver_pending() == 2
    assert signals.numbers == {"inv-7": "INV-7", "inv-8": None}
    signals.numbers.clear()
    await deliverer.deliver_now([named])
    assert signals.numbers == {"inv-7": "INV-7"}


async def test_what_asks_for_nothing_is_kept_and_not_pending(inbox: PostgresInbox, database: Database) -> None:
    assert not (await inbox.add(delivery(hint(act=HintAct.NOTHING)))).is_pending
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
    inbox: PostgresInbox, signals: RecordedSignals, store: PostgresStore, database: Database
) -> None:
    await inbox.add(delivery(hint(), digest=b"1"))
    await inbox.add(delivery(hint(), digest=b"2"))
    await inbox.add(delivery(hint(act=HintAct.SENT), hint("inv-2"), hint("c-1", HintAct.CUSTOMER), digest=b"3"))
    await HintDelivery(inbox, signals, store).deliver_pending()
    assert signals.given == {
        ("inv-1", "finalized"): 1,
        ("inv-1", "sent"): 1,
        ("inv-2", "finalized"): 1,
        ("acme c-1", "customer"): 1,
    }
    assert await outcomes(database) == [DELIVERED] * 5


async def test_what_temporal_does_not_take_waits_and_arrives(
    inbox: PostgresInbox, signals: RecordedSignals, store: PostgresStore, database: Database
) -> None:
    signals.is_down = True
    await inbox.add(delivery(hint(), hint("inv-2")))
    with pytest.raises(TemporalUnavailableError):
        await HintDelivery(inbox, signals, store).deliver_pending()
    assert await outcomes(database) == [PENDING] * 2
    signals.is_down = False
    running = asyncio.create_task(HintDelivery(inbox, signals, store).run())
    async with asyncio.timeout(PATIENCE):
        while PENDING in await outcomes(database):
            await asyncio.sleep(0.05)
    running.cancel()
    assert signals.given == {("inv-1", "finalized"): 1, ("inv-2", "finalized"): 1}


async def test_many_hints_wake_a_sweep_once_and_what_comes_later_is_not_lost(
    inbox: PostgresInbox, signals: RecordedSignals, store: PostgresStore, database: Database
) -> None:
    sender = HintDelivery(inbox, signals, store)
    await inbox.add(delivery(*(hint(f"x-{place}", HintAct.SWEEP) for place in range(5))))
    await sender.deliver_pending()
    assert signals.given == {("acme", "sweep"): 1}
    for number in range(SWEEPS_AT_ONCE - 1):
        await inbox.add(delivery(hint("x-8", HintAct.SWEEP), digest=b"at once %d" % number))
        await sender.deliver_pending()
    assert signals.given == {("acme", "sweep"): SWEEPS_AT_ONCE}
    await inbox.add(delivery(hint("x-9", HintAct.SWEEP), digest=b"2"))
    await sender.deliver_pending()
    assert signals.given == {("acme", "sweep"): SWEEPS_AT_ONCE}
    assert (await outcomes(database)).count(PENDING) == 1


WRITES = 50


async def test_events_that_overtake_the_answers_to_our_writes_wake_no_sweep(
    inbox: PostgresInbox, signals: RecordedSignals, store: PostgresStore, database: Database
) -> None:
    await in_xero(store, NOON)
    await inbox.add(delivery(*(happened(f"x-{n}", NOON + MINUTE) for n in range(WRITES))))
    assert await inbox.claim(0, 100) == {}, "they rest"
    await in_xero(store, NOON + MINUTE)
    assert await delivered(inbox, signals, store, database) == [HintOutcome.DROPPED] * WRITES
    assert signals.given == {}


async def test_what_a_person_did_after_our_write_wakes_a_sweep_all_the_same(
    inbox: PostgresInbox, signals: RecordedSignals, store: PostgresStore, database: Database
) -> None:
    await in_xero(store, NOON)
    # One event is of our write, one of what a person did a minute later.
    await inbox.add(delivery(happened("x-0", NOON), happened("x-0", NOON + MINUTE), happened("unknown", NOON)))
    assert await delivered(inbox, signals, store, database) == [HintOutcome.DROPPED, DELIVERED, DELIVERED]
    assert signals.given == {("acme", "sweep"): 1}


def happened(xero_id: str, at: datetime) -> Hint:
    """Return a hint that may be an echo."""
    return hint(xero_id, HintAct.SWEEP).model_copy(update={"happened_at": at})


async def in_xero(store: PostgresStore, stamp: datetime) -> None:
    """Store documents as they are in Xero after a write of ours that was stamped so."""
    for n in range(WRITES):
        view = xero_view(f"x-{n}", updated_at=stamp, seen_at=stamp)
        await store.change(ref(f"inv-{n}"), lambda link, view=view: link.seen(view))


async def delivered(
    inbox: PostgresInbox, signals: RecordedSignals, store: PostgresStore, database: Database
) -> Sequence[str]:
    """Let what is pending be delivered; return what came of it."""
    running = asyncio.create_task(HintDelivery(inbox, signals, store).run())
    async with asyncio.timeout(PATIENCE):
        while PENDING in await outcomes(database):
            await asyncio.sleep(0.05)
    running.cancel()
    return await outcomes(database)


async def test_an_account_without_a_sweep_has_nothing_to_wake(
    inbox: PostgresInbox, signals: RecordedSignals, store: PostgresStore, database: Database
) -> None:
    await inbox.add(delivery(hint(act=HintAct.SWEEP, account_id="unswept")))
    await HintDelivery(inbox, signals, store).deliver_pending()
    assert await outcomes(database) == [HintOutcome.DROPPED]


async def test_a_gap_between_the_events_of_xero_wakes_the_sweeps_once(inbox: PostgresInbox, database: Database) -> None:
    async def has_gap(first: int, last: int) -> bool:
        kept = await inbox.add(of_xero(first, last))
        assert kept.is_pending is kept.has_gap
        return kept.has_gap

    assert [await has_gap(*numbers) for numbers in ((5, 7), (8, 8), (20, 21), (9, 9), (22, 22))] == [
        *(False, False, True, False, False)
    ]
    assert (await outcomes(database)).count(PENDING) == 1


async def test_deliveries_that_are_kept_together_are_as_if_each_came_alone(inbox: PostgresInbox) -> None:
    kept = await inbox.add_all([of_xero(8, 8), delivery(hint()), of_xero(5, 7), delivery(hint()), of_xero(11, 12)])
    assert [each.has_gap for each in kept] == [False, False, False, False, True]
    assert [kept[place].is_pending for place in (0, 1, 2, 4)] == [False, True, False, True]
    kept = await inbox.add_all([of_xero(20, 20), of_xero(13, 14), of_xero(14, 14), delivery(hint())])
    assert [each.has_gap for each in kept] == [True, False, False, False]
    assert [each.is_pending for each in kept] == [True, False, False, False]
    assert len(await inbox.claim(30, 10)) == 3


async def test_copies_that_keep_the_same_deliveries_in_another_order_do_not_wait_for_each_other(
    inbox: PostgresInbox, database: Database
) -> None:
    several = [*(delivery(hint(), digest=b"%d" % place) for place in range(40)), *(of_xero(n, n) for n in range(1, 40))]
    others = PostgresInbox(database)
    for _ in range(5):
        await asyncio.gather(
            inbox.add_all(several),
            others.add_all(several[::-1]),
            *(others.add(each) for each in several),
            *(inbox.add(each) for each in several[::-1]),
        )
    assert len(await inbox.claim(30, 100)) == 40


async def test_the_first_numbered_deliveries_lock_the_numbers_before_their_hints(
    database: Database, database_url: str
) -> None:
    several = delivery(hint("inv-1"), hint("inv-2"), digest=b"1")
    numbered = several.model_copy(update={"numbers": EventNumbers(first=1, last=1)})
    other = await asyncpg.connect(database_url)
    between = other.transaction()
    await between.start()
    await other.execute(
        "INSERT INTO deliveries (provider, digest, place, account_id, type, resource_id, act, outcome)"
        " VALUES ('sequence', $1, 1, 'acme', 'INVOICE_UPDATED', 'inv-2', 'finalized', 'pending')",
        several.digest,
    )
    adding: list[asyncio.Task[Kept]] = []
    try:
        # The first has its first hint and waits for the second; whoever comes after it must not stand in its way.
        for each in (numbered, of_xero(2, 2), numbered):
            adding.append(asyncio.create_task(PostgresInbox(database).add(each)))
            await all_done_or_waiting(adding, database_url)
        await between.rollback()
        kept = await asyncio.gather(*adding)
    finally:
        await other.close()
        await asyncio.gather(*adding, return_exceptions=True)
    assert [each.is_pending for each in kept] == [True, False, False]


async def all_done_or_waiting(tasks: Sequence[asyncio.Task[Kept]], database_url: str) -> None:
    """Until each of the tasks is done or waits for another's lock."""
    connection = await asyncpg.connect(database_url)
    try:
        async with asyncio.timeout(PATIENCE):
            while sum(not each.done() for each in tasks) != await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ):
                await asyncio.sleep(0.02)
    finally:
        await connection.close()


async def test_a_signal_that_fails_for_a_fault_of_ours_keeps_no_other_waiting(
    inbox: PostgresInbox, signals: RecordedSignals, store: PostgresStore, database: Database
) -> None:
    await inbox.add(delivery(hint("poison"), hint("inv-2")))
    await inbox.add(delivery(hint("inv-3"), digest=b"2"))
    sender = HintDelivery(inbox, signals, store)
    running = asyncio.create_task(sender.run())
    async with asyncio.timeout(PATIENCE):
        while sum(signals.given.values()) < 2:
            await asyncio.sleep(0.02)
    await inbox.add(delivery(hint("inv-4"), digest=b"3"))
    sender.wake()
    async with asyncio.timeout(PATIENCE):
        while await outcomes(database) != [PENDING, DELIVERED, DELIVERED, DELIVERED]:
            await asyncio.sleep(0.02)
    assert not running.done()
    running.cancel()


async def test_what_is_old_is_forgotten_unless_it_is_pending(inbox: PostgresInbox, database: Database) -> None:
    await inbox.add(delivery(hint(), hint(act=HintAct.NOTHING)))
    async with database.session() as session:
        await session._connection.execute("UPDATE deliveries SET received_at = now() - interval '31 days'")
    await inbox.forget_old()
    assert await outcomes(database) == [PENDING]


async def test_what_is_old_goes_by_itself_and_what_is_a_day_younger_stays(
    inbox: PostgresInbox, signals: RecordedSignals, store: PostgresStore, database: Database
) -> None:
    await inbox.add(delivery(hint(act=HintAct.NOTHING), digest=b"old"))
    await inbox.add(delivery(hint(act=HintAct.NOTHING), digest=b"young"))
    async with database.session() as session:
        await session._connection.execute(
            "UPDATE deliveries SET received_at = now() - CASE digest WHEN 'old' THEN interval '30 days 1 minute' "
            "ELSE interval '29 days' END"
        )
    running = asyncio.create_task(HintDelivery(inbox, signals, store).run())
    async with asyncio.timeout(PATIENCE):
        while len(await outcomes(database)) > 1:
            await asyncio.sleep(0.02)
    running.cancel()
    async with database.session() as session:
        assert await session._connection.fetchval("SELECT digest FROM deliveries") == b"young"
