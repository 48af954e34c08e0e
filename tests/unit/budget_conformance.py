"""What every `Budget` must do, in memory and in PostgreSQL alike. Figures are Xero's own.

A subclass provides the fixtures `budget` (empty, with Xero's limits), `app_of_100` (likewise, with `APP_OF_100` for
the app's rate) and `clock`, a `SteppedClock` that the budgets tell the time by.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from xerosync.core.rate_limits import Lane, Observed, Rate, RateShare, Remaining, Reservation, Wait
from xerosync.xero import Budget

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)

APP_OF_100 = Rate(
    100,
    {
        Lane.LIVE: RateShare(minute=99, two_seconds=99),
        Lane.SWEEP: RateShare(minute=95, two_seconds=95),
        Lane.BULK: RateShare(minute=90, two_seconds=90),
    },
)
"""A hundredth of what Xero allows an app."""


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


def observed(**what: int) -> Observed:
    return Observed(Remaining(**what))


def refused(problem: str, seconds: int | None = None) -> Observed:
    return Observed(Remaining(), problem, None if seconds is None else timedelta(seconds=seconds))


class BudgetConformance:
    """Inherit and provide `budget`, `app_of_100` and `clock`."""

    async def test_what_is_left_of_the_day_is_what_the_last_answer_told_less_what_was_begun(self, budget: Budget):
        assert await budget.day_left("a") is None
        first = await budget.reserve("a", Lane.LIVE)
        assert isinstance(first, Reservation)
        await budget.release(first, Observed(Remaining(day=450)))
        assert await budget.day_left("a") == 450
        await budget.reserve("a", Lane.LIVE)
        assert await budget.day_left("a") == 449
        assert await budget.day_left("b") is None

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
        clock.advance(seconds=70)
        await wait(budget)
        clock.advance(seconds=10)
        await call(budget)

    async def test_a_call_whose_worker_died_may_have_been_made_until_it_lapsed(
        self, budget: Budget, clock: SteppedClock
    ):
        for _ in range(5):
            await take(budget)
        clock.advance(seconds=80)
        await call(budget, times=55)
        assert await wait(budget) == timedelta(seconds=56)

    async def test_a_call_given_back_after_it_lapsed_counts_once(self, budget: Budget, clock: SteppedClock):
        late = await take(budget)
        clock.advance(seconds=80)
        await call(budget, times=10)
        await budget.release(late)
        await call(budget, times=49)
        await wait(budget)

    async def test_giving_back_twice_is_giving_back_once(self, budget: Budget):
        twice = await take(budget)
        await budget.release(twice)
        await budget.release(twice)
        await budget.release(twice, unused=True)
        await call(budget, times=59)
        await wait(budget)

    async def test_a_slow_call_counts_from_its_end_for_nobody_knows_when_it_was_counted(
        self, budget: Budget, clock: SteppedClock
    ):
        slow = await take(budget)
        clock.advance(seconds=25)
        await budget.release(slow)
        await call(budget, times=59)
        clock.advance(seconds=40)
        assert await wait(budget) == timedelta(seconds=21)

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
        clock.advance(minutes=3)
        await call(budget, Lane.BULK, times=50)
        assert await wait(budget, Lane.BULK) > timedelta(seconds=60)
        await call(budget, Lane.SWEEP, times=6)
        assert await wait(budget, Lane.SWEEP) > timedelta(seconds=60)
        await call(budget, Lane.LIVE, times=4)
        assert await wait(budget, Lane.LIVE) > timedelta(seconds=60)

    async def test_the_last_of_the_day_is_for_live_work(self, budget: Budget):
        await budget.release(await take(budget), observed(day=300))
        assert await wait(budget, Lane.BULK) > timedelta(minutes=1)
        await budget.release(await take(budget, Lane.SWEEP), observed(day=50))
        assert await wait(budget, Lane.SWEEP) > timedelta(minutes=1)
        await budget.release(await take(budget), observed(day=0))
        assert await wait(budget, Lane.LIVE) > timedelta(minutes=1)

    async def test_a_day_is_spent_by_our_own_calls_between_answers(self, budget: Budget):
        await budget.release(await take(budget), observed(day=302))
        await call(budget, Lane.BULK, times=2)
        await wait(budget, Lane.BULK)

    async def test_a_spent_day_is_asked_about_now_and_then_by_one_call(self, budget: Budget, clock: SteppedClock):
        await budget.release(await take(budget), observed(day=0))
        clock.advance(seconds=(await wait(budget)).total_seconds())
        probe = await take(budget)
        await wait(budget)
        await budget.release(probe, observed(day=4000))
        await call(budget, times=3)

    async def test_an_answer_that_came_late_does_not_refill_the_day(self, budget: Budget):
        await budget.release(await take(budget), observed(day=302))
        late = await take(budget)
        await call(budget, Lane.BULK)
        await budget.release(late, observed(day=302))
        await wait(budget, Lane.BULK)

    async def test_an_answer_that_came_very_late_does_not_refill_the_day(self, budget: Budget, clock: SteppedClock):
        late = await take(budget)
        await budget.release(await take(budget), observed(day=341))
        clock.advance(seconds=1)
        await call(budget, Lane.BULK, times=40)
        await budget.release(late, observed(day=342))
        await call(budget, Lane.BULK)
        await wait(budget, Lane.BULK)

    async def test_a_day_that_has_grown_is_taken_at_its_word_less_what_the_answer_may_not_know(
        self, budget: Budget, clock: SteppedClock
    ):
        await budget.release(await take(budget), observed(day=300))
        clock.advance(seconds=1)
        asking = await take(budget)
        clock.advance(seconds=1)
        await call(budget, times=3)
        await budget.release(asking, observed(day=304))
        await call(budget, Lane.BULK)
        await wait(budget, Lane.BULK)

    async def test_calls_that_others_made_count(self, budget: Budget):
        await budget.release(await take(budget), observed(minute=10))
        await call(budget, times=10)
        await wait(budget)

    async def test_calls_under_way_are_not_taken_for_those_of_others(self, budget: Budget):
        four = [await take(budget) for _ in range(4)]
        # Xero has seen all four, and of others none.
        for each in four:
            await budget.release(each, observed(minute=56))
        await call(budget, times=56)
        await wait(budget)

    async def test_calls_that_left_our_window_while_an_answer_was_slow_are_still_ours(
        self, budget: Budget, clock: SteppedClock
    ):
        await call(budget, times=30)
        clock.advance(seconds=50)
        slow = await take(budget)
        clock.advance(seconds=20)
        await budget.release(slow, observed(minute=29))
        await call(budget, times=59)
        await wait(budget)

    async def test_what_the_headers_leave_to_us_is_ours(self, budget: Budget):
        for number in range(60):
            await budget.release(await take(budget), observed(minute=59 - number))
        await wait(budget)

    async def test_retry_after_holds_all_lanes_of_the_organisation(self, budget: Budget, clock: SteppedClock):
        await budget.release(await take(budget), refused("minute", 27))
        for lane in Lane:
            assert await wait(budget, lane) == timedelta(seconds=27)
        await call(budget, tenant="tenant-2")
        clock.advance(seconds=27)
        await call(budget)

    async def test_too_many_at_once_without_retry_after_is_a_short_pause(self, budget: Budget):
        await budget.release(await take(budget), refused("concurrent"))
        assert timedelta(0) < await wait(budget) <= timedelta(seconds=5)

    async def test_a_spent_day_that_xero_tells_of_holds_for_hours(self, budget: Budget, clock: SteppedClock):
        await budget.release(await take(budget), refused("day", 9 * 3600))
        clock.advance(hours=8)
        assert await wait(budget) == timedelta(hours=1)

    async def test_a_later_shorter_retry_after_does_not_shorten_the_longer(self, budget: Budget):
        first, second = await take(budget), await take(budget)
        await budget.release(first, refused("day", 3600))
        await budget.release(second, refused("minute", 20))
        assert await wait(budget) == timedelta(hours=1)

    async def test_the_apps_own_limit_holds_every_organisation(self, budget: Budget, clock: SteppedClock):
        await budget.release(await take(budget), refused("appminute", 27))
        assert await wait(budget, tenant="tenant-2") == timedelta(seconds=27)
        clock.advance(seconds=27)
        await call(budget, tenant="tenant-2")

    async def test_the_app_may_call_so_often_a_minute_over_all_organisations(
        self, app_of_100: Budget, clock: SteppedClock
    ):
        for number in range(3):
            await call(app_of_100, Lane.BULK, times=30, tenant=f"bulk-{number}")
        assert await wait(app_of_100, Lane.BULK, "another") == timedelta(seconds=1)
        await call(app_of_100, times=9)
        clock.advance(seconds=0.4)
        assert await wait(app_of_100) == timedelta(seconds=0.6)
        clock.advance(seconds=62.5)
        assert await wait(app_of_100) == timedelta(seconds=0.1)
        clock.advance(seconds=0.1)
        await call(app_of_100, times=60)

    async def test_what_others_did_with_the_app_counts(self, app_of_100: Budget, clock: SteppedClock):
        await app_of_100.release(await take(app_of_100), observed(app_minute=8))
        await call(app_of_100, times=7)
        await wait(app_of_100, tenant="tenant-2")
        clock.advance(seconds=63)
        await call(app_of_100, tenant="tenant-2")

    async def test_an_unused_call_is_given_back_whole(self, budget: Budget):
        await call(budget, times=59)
        await budget.release(await take(budget), unused=True)
        await call(budget)
        await wait(budget)
