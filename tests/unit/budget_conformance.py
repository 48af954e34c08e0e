"""What every `Budget` must do, in memory and in PostgreSQL alike. Figures are Xero's own.

A subclass provides the fixtures `budget` (empty, with the default `Limits`) and `clock`, a `SteppedClock` that the
budget tells the time by.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from xerosync.xero.answers import Remaining
from xerosync.xero.budget import Budget, Lane, Observed, Reservation, Wait

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@dataclass
class SteppedClock:
    """A clock that only a test moves."""

    now: datetime = field(default=NOW)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


async def take(budget: Budget, lane: Lane = Lane.LIVE, tenant: str = "tenant-1") -> Reservation:
    granted = await budget.reserve(tenant, lane)
    assert isinstance(granted, Reservation)
    return granted


async def wait(budget: Budget, lane: Lane = Lane.LIVE, tenant: str = "tenant-1") -> timedelta:
    granted = await budget.reserve(tenant, lane)
    assert isinstance(granted, Wait)
    return granted.delay


async def call(budget: Budget, lane: Lane = Lane.LIVE, *, times: int = 1, tenant: str = "tenant-1") -> None:
    for _ in range(times):
        await budget.release(await take(budget, lane, tenant))


def told(clock: SteppedClock, **what: int) -> Observed:
    return Observed(clock(), Remaining(**what))


def refused(clock: SteppedClock, problem: str, seconds: int | None = None) -> Observed:
    wait_for = None if seconds is None else timedelta(seconds=seconds)
    return Observed(clock(), Remaining(), problem, wait_for)


class BudgetConformance:
    """Inherit and provide `budget` and `clock`."""

    async def test_no_minute_sees_more_than_sixty_calls(self, budget: Budget, clock: SteppedClock):
        await call(budget, times=60)
        assert await wait(budget) == timedelta(seconds=61)
        clock.advance(seconds=30)
        assert await wait(budget) == timedelta(seconds=31)
        clock.advance(seconds=31)
        await call(budget, times=60)

    async def test_a_minute_rolls_call_by_call(self, budget: Budget, clock: SteppedClock):
        for _ in range(60):
            await call(budget)
            clock.advance(seconds=0.5)
        assert await wait(budget) == timedelta(seconds=31)
        clock.advance(seconds=31)
        await call(budget)
        assert await wait(budget) == timedelta(seconds=0.5)

    async def test_five_at_once_and_the_next_when_one_is_back(self, budget: Budget):
        held = [await take(budget) for _ in range(5)]
        assert timedelta(0) < await wait(budget) < timedelta(seconds=2)
        await budget.release(held[2])
        await take(budget)

    async def test_a_call_whose_worker_died_lapses(self, budget: Budget, clock: SteppedClock):
        for _ in range(5):
            await take(budget)
        clock.advance(seconds=80)
        await call(budget)

    async def test_organisations_do_not_share(self, budget: Budget):
        await call(budget, times=60)
        await call(budget, times=60, tenant="tenant-2")

    async def test_bulk_work_leaves_something_of_the_minute_and_the_connections(
        self, budget: Budget, clock: SteppedClock
    ):
        for _ in range(3):
            await take(budget, Lane.BULK)
        await wait(budget, Lane.BULK)
        await take(budget, Lane.SWEEP)
        await wait(budget, Lane.SWEEP)
        await take(budget, Lane.LIVE)
        clock.advance(seconds=80)
        await call(budget, Lane.BULK, times=50)
        assert await wait(budget, Lane.BULK) > timedelta(seconds=60)
        await call(budget, Lane.SWEEP, times=6)
        assert await wait(budget, Lane.SWEEP) > timedelta(seconds=60)
        await call(budget, Lane.LIVE, times=4)
        assert await wait(budget, Lane.LIVE) > timedelta(seconds=60)

    async def test_the_last_of_the_day_is_for_live_work(self, budget: Budget, clock: SteppedClock):
        await budget.release(await take(budget), told(clock, day=300))
        assert await wait(budget, Lane.BULK) > timedelta(minutes=1)
        await budget.release(await take(budget, Lane.SWEEP), told(clock, day=50))
        assert await wait(budget, Lane.SWEEP) > timedelta(minutes=1)
        await budget.release(await take(budget), told(clock, day=0))
        assert await wait(budget, Lane.LIVE) > timedelta(minutes=1)

    async def test_a_day_is_spent_by_our_own_calls_between_answers(self, budget: Budget, clock: SteppedClock):
        await budget.release(await take(budget), told(clock, day=302))
        await call(budget, Lane.BULK, times=2)
        await wait(budget, Lane.BULK)

    async def test_a_spent_day_is_asked_about_now_and_then_by_one_call(self, budget: Budget, clock: SteppedClock):
        await budget.release(await take(budget), told(clock, day=0))
        clock.advance(seconds=(await wait(budget)).total_seconds())
        probe = await take(budget)
        await wait(budget)
        await budget.release(probe, told(clock, day=4000))
        await call(budget, times=3)

    async def test_an_answer_that_came_late_does_not_refill_the_day(self, budget: Budget, clock: SteppedClock):
        await budget.release(await take(budget), told(clock, day=302))
        late = await take(budget)
        await call(budget, Lane.BULK)
        await budget.release(late, told(clock, day=302))
        await wait(budget, Lane.BULK)

    async def test_calls_that_others_made_count(self, budget: Budget, clock: SteppedClock):
        await budget.release(await take(budget), told(clock, minute=10))
        await call(budget, times=10)
        await wait(budget)

    async def test_what_the_headers_leave_to_us_is_ours(self, budget: Budget, clock: SteppedClock):
        for number in range(60):
            await budget.release(await take(budget), told(clock, minute=59 - number))
        await wait(budget)

    async def test_retry_after_holds_all_lanes_of_the_organisation(self, budget: Budget, clock: SteppedClock):
        await budget.release(await take(budget), refused(clock, "minute", 27))
        for lane in Lane:
            assert await wait(budget, lane) == timedelta(seconds=27)
        await call(budget, tenant="tenant-2")
        clock.advance(seconds=27)
        await call(budget)

    async def test_too_many_at_once_without_retry_after_is_a_short_pause(self, budget: Budget, clock: SteppedClock):
        await budget.release(await take(budget), refused(clock, "concurrent"))
        assert timedelta(0) < await wait(budget) <= timedelta(seconds=5)

    async def test_a_spent_day_that_xero_tells_of_holds_for_hours(self, budget: Budget, clock: SteppedClock):
        await budget.release(await take(budget), refused(clock, "day", 9 * 3600))
        clock.advance(hours=8)
        assert await wait(budget) == timedelta(hours=1)

    async def test_a_later_shorter_retry_after_does_not_shorten_the_longer(self, budget: Budget, clock: SteppedClock):
        first, second = await take(budget), await take(budget)
        await budget.release(first, refused(clock, "day", 3600))
        await budget.release(second, refused(clock, "minute", 20))
        assert await wait(budget) == timedelta(hours=1)

    async def test_the_apps_own_limit_holds_every_organisation(self, budget: Budget, clock: SteppedClock):
        await budget.release(await take(budget), refused(clock, "appminute", 27))
        assert await wait(budget, tenant="tenant-2") == timedelta(seconds=27)
        clock.advance(seconds=27)
        await call(budget, tenant="tenant-2")

    async def test_an_unused_call_is_given_back_whole(self, budget: Budget):
        await call(budget, times=59)
        await budget.release(await take(budget), unused=True)
        await call(budget)
        await wait(budget)
