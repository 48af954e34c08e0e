"""The budget in PostgreSQL: the same rules as in memory, and the same for any number of workers at once."""

import asyncio
import json
import random
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.doubles.allowance import MemoryBudget
from tests.store.breaker import Breaker
from tests.store.budget_worker import QUICK, TENANT, Made
from tests.unit.budget_conformance import (
    APP_OF_100,
    BudgetConformance,
    SteppedClock,
    call,
    observed,
    refused,
    take,
    wait,
)
from xerosync.core.rate_limits import Lane, Observed, Remaining, Reservation, Wait
from xerosync.postgres import Database, PostgresBudget, StoreUnavailableError, open_database


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


class TestPostgresBudget(BudgetConformance):
    """The budget of many processes."""

    @pytest.fixture
    def budget(self, database: Database, clock: SteppedClock) -> PostgresBudget:
        return PostgresBudget(database, clock=clock)

    @pytest.fixture
    def app_of_100(self, database: Database, clock: SteppedClock) -> PostgresBudget:
        return PostgresBudget(database, app=APP_OF_100, clock=clock)


@pytest.fixture
def today() -> SteppedClock:
    """A clock that only a test moves, so that how busy the machine is decides nothing."""
    return SteppedClock(datetime.now(UTC))


@pytest.fixture
def budget(database: Database, today: SteppedClock) -> PostgresBudget:
    return PostgresBudget(database, QUICK, clock=today)


@pytest.fixture
async def others_budget(database: Database, database_url: str, today: SteppedClock) -> AsyncIterator[PostgresBudget]:
    """The same budget as another worker has it: over a pool of its own."""
    del database  # migrated
    async with open_database(SecretStr(database_url)) as another:
        yield PostgresBudget(another, QUICK, clock=today)


async def worker(*arguments: str) -> Process:
    root = Path(__file__).parents[2]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.store.budget_worker", *arguments, stdout=PIPE, cwd=root
    )


@pytest.mark.parametrize("seed", range(3))
async def test_memory_and_database_answer_alike(database: Database, clock: SteppedClock, seed: int) -> None:
    chance = random.Random(seed)
    both = MemoryBudget(app=APP_OF_100, clock=clock), PostgresBudget(database, app=APP_OF_100, clock=clock)
    under_way: list[tuple[Reservation, Reservation]] = []
    for _ in range(300):
        clock.advance(milliseconds=chance.choice([0, 1, 300, 2000, 2000, 30000]))
        if under_way and chance.random() < 0.45:
            ending = under_way.pop(chance.randrange(len(under_way)))
            left = Remaining(*(chance.choice([None, chance.randrange(most)]) for most in (60, 400, 50)))
            problem = chance.choice([None] * 20 + ["minute", "day", "concurrent", "appminute"])
            observed = chance.choice([None, Observed(left, problem, chance.choice([None, timedelta(seconds=40)]))])
            unused = chance.random() < 0.1
            for budget, reservation in zip(both, ending, strict=True):
                await budget.release(reservation, observed, unused=unused)
            continue
        lane, tenant = chance.choice(list(Lane)), chance.choice(["tenant-1", "tenant-2"])
        match [await budget.reserve(tenant, lane) for budget in both]:
            case [Reservation() as ours, Reservation() as theirs]:
                assert ours.expires_at == theirs.expires_at
                under_way.append((ours, theirs))
            case [in_memory, in_database]:
                assert in_memory == in_database


@pytest.mark.slow
async def test_workers_in_processes_of_their_own_never_exceed_the_limits(database: Database, database_url: str) -> None:
    del database  # migrated
    workers = [await worker("hammer", database_url, "6", str(seed)) for seed in range(3)]
    printed = await asyncio.gather(*(each.communicate() for each in workers))
    made = [Made(**each) for out, _ in printed for each in json.loads(out)]

    counted = sorted(each.counted for each in made)
    crowds = [sum(1 for at in counted if begin <= at < begin + 2) for begin in counted]
    assert max(crowds) <= 20
    assert max(sum(1 for it in made if it.began <= each.began < it.ended) for each in made) <= 5
    assert all(sum(each.lane == lane for each in made) >= 3 * 6 for lane in Lane)


async def test_of_many_that_ask_first_and_at_once_five_may_call(
    budget: PostgresBudget, others_budget: PostgresBudget
) -> None:
    asked = await asyncio.gather(*(each.reserve(TENANT, Lane.LIVE) for each in (budget, others_budget) * 25))
    assert sum(isinstance(each, Reservation) for each in asked) == 5


async def test_what_a_killed_worker_held_comes_back_when_it_lapses(
    budget: PostgresBudget, database_url: str, today: SteppedClock
) -> None:
    doomed = await worker("hold", database_url, "5", today().isoformat())
    assert doomed.stdout
    assert await doomed.stdout.readline() == b"holding\n"
    doomed.kill()
    await doomed.wait()
    assert isinstance(await budget.reserve(TENANT, Lane.LIVE), Wait)
    while isinstance(granted := await budget.reserve(TENANT, Lane.LIVE), Wait):
        today.now += granted.delay
    # They may have been made until they lapsed, and count.
    await call(budget, times=14)
    await wait(budget)


async def test_live_work_goes_at_once_beside_a_backfill(budget: PostgresBudget, others_budget: PostgresBudget) -> None:
    is_over = asyncio.Event()

    async def backfill() -> None:
        while not is_over.is_set():
            granted = await others_budget.reserve(TENANT, Lane.BULK)
            if isinstance(granted, Reservation):
                await asyncio.sleep(0.02)
                await others_budget.release(granted)
            else:
                await asyncio.sleep(granted.delay.total_seconds() / 10)

    backfills = [asyncio.create_task(backfill()) for _ in range(10)]
    while isinstance(granted := await budget.reserve(TENANT, Lane.BULK), Reservation):
        await budget.release(granted)
    for _ in range(5):
        await call(budget, Lane.LIVE)
    is_over.set()
    await asyncio.gather(*backfills)


async def test_a_429_holds_the_other_workers_too(budget: PostgresBudget, others_budget: PostgresBudget) -> None:
    await budget.release(await take(budget), refused("minute", 30))
    assert await wait(others_budget) == timedelta(seconds=30)


async def test_organisations_are_served_side_by_side_whatever_their_answers_tell(
    budget: PostgresBudget, others_budget: PostgresBudget
) -> None:
    async def work(number: int) -> None:
        each, tenant = (budget, others_budget)[number % 2], f"tenant-{number % 7}"
        granted = await each.reserve(tenant, Lane.LIVE)
        if isinstance(granted, Reservation):
            answer = refused("appminute", 0) if number % 5 == 0 else observed(app_minute=4900, minute=19, day=4000)
            await each.release(granted, answer)

    await asyncio.gather(*(work(number) for number in range(200)))


async def test_while_the_database_is_down_nobody_calls(breaker: Breaker, today: SteppedClock) -> None:
    async with open_database(breaker.url) as database:
        budget = PostgresBudget(database, QUICK, clock=today)
        under_way = await take(budget)
        await breaker.cut()
        with pytest.raises(StoreUnavailableError):
            await budget.release(under_way)
        with pytest.raises(StoreUnavailableError):
            await budget.reserve(TENANT, Lane.LIVE)
        await breaker.mend()
        await budget.release(under_way)
        await call(budget, times=19)
        await wait(budget)
