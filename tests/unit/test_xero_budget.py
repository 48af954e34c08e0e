"""The budget in memory, its arithmetic, and the meter that spends it."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.doubles.allowance import MemoryBudget, Spent, release, reserve
from tests.unit.budget_conformance import APP_OF_100, BudgetConformance, SteppedClock, call, observed, refused, take
from tests.xero_support import StoreDownError
from xerosync.core.rate_limits import Lane, Limits, Reservation
from xerosync.xero import Budget
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.rate_limit import XeroRateLimiter
from xerosync.xero.errors import BudgetSpentError


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def budget(clock: SteppedClock) -> Budget:
    return MemoryBudget(clock=clock)


class TestMemoryBudget(BudgetConformance):
    """The budget of one process."""

    @pytest.fixture
    def app_of_100(self, clock: SteppedClock) -> Budget:
        return MemoryBudget(app=APP_OF_100, clock=clock)


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(Lane), st.integers(0, 5000), st.sampled_from(["taken", "answered", "lost", "unused"])
        ),
        max_size=300,
    )
)
def test_no_window_of_a_minute_ever_holds_more_calls_than_xero_allows(steps: list[tuple[Lane, int, str]]):
    limits, clock, spent = Limits(), SteppedClock(), Spent()
    begun: list[datetime] = []
    under_way: list[Reservation] = []
    for number, (lane, milliseconds, then) in enumerate(steps):
        clock.advance(milliseconds=milliseconds)
        under_way = [it for it in under_way if it.expires_at > clock()]
        spent, wait = reserve(spent, str(number), lane, clock(), limits)
        if wait is not None:
            assert wait.delay > timedelta(0)
            continue
        reservation = Reservation("t", str(number), clock() + limits.lapse)
        assert len(under_way) < limits.shares[lane].at_once
        if then == "unused":
            spent = release(spent, reservation, None, clock(), limits, unused=True)
            continue
        begun.append(clock())
        under_way.append(reservation)
        if then != "taken":
            answer = observed(minute=limits.minute - 1) if then == "answered" else None
            spent = release(spent, under_way.pop(), answer, clock(), limits, unused=False)
        assert sum(1 for at in begun if at > clock() - timedelta(seconds=60)) <= limits.minute


def test_waiting_for_the_minute_ends_when_it_said_it_would():
    limits, clock, spent = Limits(), SteppedClock(), Spent()
    for number in range(60):
        spent, _ = reserve(spent, str(number), Lane.LIVE, clock(), limits)
        spent = release(
            spent, Reservation("t", str(number), clock() + limits.lapse), None, clock(), limits, unused=False
        )
        clock.advance(milliseconds=100)
    spent, wait = reserve(spent, "next", Lane.LIVE, clock(), limits)
    assert wait is not None
    clock.now += wait.delay
    assert reserve(spent, "next", Lane.LIVE, clock(), limits)[1] is None


class Waiting:
    """A meter's sleep that only moves the clock."""

    def __init__(self, clock: SteppedClock) -> None:
        self.clock = clock
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds=seconds)


async def test_a_wait_of_less_than_a_minute_is_spent_waiting(budget: Budget, clock: SteppedClock):
    await call(budget, times=60)
    clock.advance(seconds=20)
    waiting = Waiting(clock)
    async with XeroRateLimiter(budget, clock=clock, sleep=waiting).slot("tenant-1", Lane.LIVE):
        assert sum(waiting.slept) == 41


async def test_a_longer_wait_is_for_the_caller_to_come_again(budget: Budget, clock: SteppedClock):
    await budget.release(await take(budget), refused("day", 3600))
    with pytest.raises(BudgetSpentError) as spent:
        async with XeroRateLimiter(budget, clock=clock, sleep=Waiting(clock)).slot("tenant-1", Lane.LIVE):
            pytest.fail("no call may be made")
    assert spent.value.retry_after == timedelta(hours=1)
    assert not spent.value.ambiguous


async def test_a_slot_gives_back_what_the_answer_told_even_after_an_error(budget: Budget, clock: SteppedClock):
    headers = {"x-rate-limit-problem": "minute", "retry-after": "50"}
    with suppress(ValueError):
        async with XeroRateLimiter(budget, clock=clock).slot("tenant-1", Lane.LIVE) as slot:
            slot.record(Answer(429, headers, b"", clock(), clock()))
            raise ValueError
    waiting = Waiting(clock)
    async with XeroRateLimiter(budget, clock=clock, sleep=waiting).slot("tenant-1", Lane.LIVE):
        assert sum(waiting.slept) == 50


class Forgetful(MemoryBudget):
    """A budget whose database goes down during the call."""

    async def release(self, *_: object, **__: object) -> None:
        raise StoreDownError


async def test_an_answer_counts_more_than_its_bookkeeping(clock: SteppedClock):
    async with XeroRateLimiter(Forgetful(clock=clock), clock=clock).slot("tenant-1", Lane.LIVE) as slot:
        slot.unused()
