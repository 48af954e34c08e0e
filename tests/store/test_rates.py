"""Requests to Sequence, counted by key for all workers together."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import SecretStr

from tests.store.breaker import Breaker
from tests.unit.budget_conformance import SteppedClock
from xerosync.core.rate_limits import SEQUENCE_KEY, XERO_APP, Lane, Rate, RateShare, Wait
from xerosync.postgres import Database, PostgresRates, StoreUnavailableError, open_database

RATE = Rate(
    30,
    {
        Lane.LIVE: RateShare(minute=30, two_seconds=30),
        Lane.SWEEP: RateShare(minute=28, two_seconds=20),
        Lane.BULK: RateShare(minute=20, two_seconds=6),
    },
)


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def rates(database: Database, clock: SteppedClock) -> PostgresRates:
    return PostgresRates(database, RATE, clock=clock)


async def taken(rates: PostgresRates, times: int, lane: Lane = Lane.LIVE, key: str = "key") -> int:
    return [await rates.take(key, lane) for _ in range(times)].count(None)


async def test_a_minute_has_so_many_requests_and_every_key_its_own(rates: PostgresRates, clock: SteppedClock) -> None:
    assert await taken(rates, 40) == 30
    assert await rates.take("key", Lane.LIVE) == Wait(timedelta(seconds=1))
    assert await taken(rates, 1, key="another") == 1
    clock.advance(seconds=62.9)
    assert await rates.take("key", Lane.LIVE) == Wait(timedelta(seconds=0.1))
    clock.advance(seconds=0.1)
    assert await taken(rates, 40) == 30


async def test_no_span_of_62_seconds_has_more(rates: PostgresRates, clock: SteppedClock) -> None:
    made: list[float] = []
    start = clock()
    for _ in range(500):
        wait = await rates.take("key", Lane.LIVE)
        made += [(clock() - start).total_seconds()] if wait is None else []
        clock.advance(seconds=wait.delay.total_seconds() if wait else 0.3)
    assert max(sum(1 for at in made if begin <= at < begin + 62) for begin in made) <= 30
    assert len(made) >= 150


async def test_bulk_work_flows_and_leaves_the_rest_to_live_work(rates: PostgresRates, clock: SteppedClock) -> None:
    flow: list[int] = []
    for _ in range(12):
        flow.append(await taken(rates, 10, Lane.BULK))
        clock.advance(seconds=1)
    assert flow == [6, 0, 6, 0, 6, 0, 2, 0, 0, 0, 0, 0]
    assert await taken(rates, 20) == 10


async def test_a_429_holds_all_back_and_a_shorter_one_does_not_let_them_go(
    rates: PostgresRates, clock: SteppedClock
) -> None:
    await rates.take("key", Lane.LIVE)
    await rates.hold("key", timedelta(seconds=50))
    await rates.hold("key", timedelta(seconds=10))
    assert await rates.take("key", Lane.LIVE) == Wait(timedelta(seconds=50))
    assert await rates.take("another", Lane.LIVE) is None
    clock.advance(seconds=50)
    assert await rates.take("key", Lane.LIVE) is None


async def test_a_clock_that_is_set_back_gives_nothing_away(rates: PostgresRates, clock: SteppedClock) -> None:
    assert await taken(rates, 30) == 30
    clock.advance(seconds=-20)
    assert await taken(rates, 1) == 0


async def test_workers_at_once_have_one_minute_together(database: Database, database_url: str) -> None:
    async with open_database(SecretStr(database_url), connections=4) as another:
        workers = PostgresRates(database, RATE), PostgresRates(another, RATE)
        asked = await asyncio.gather(*(each.take("key", Lane.LIVE) for each in workers * 50))
    assert asked.count(None) == 30


async def test_while_the_database_is_down_nobody_asks(breaker: Breaker) -> None:
    async with open_database(breaker.url, patience=5) as database:
        await breaker.cut()
        with pytest.raises(StoreUnavailableError):
            await PostgresRates(database).take("key", Lane.LIVE)


@pytest.mark.parametrize("rate", [XERO_APP, SEQUENCE_KEY])
def test_shares_stay_below_the_limit_live_work_with_the_largest(rate: Rate) -> None:
    live, sweep, bulk = (rate.shares[lane] for lane in (Lane.LIVE, Lane.SWEEP, Lane.BULK))
    assert rate.minute > live.minute > sweep.minute > bulk.minute
    assert live.two_seconds > sweep.two_seconds > bulk.two_seconds
