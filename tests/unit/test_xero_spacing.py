"""How calls are spread out as an organisation's minute fills."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.unit.budget_conformance import SteppedClock
from xerosync.core.rate_limits import Remaining
from xerosync.xero.calls.spacing import CallSpacing


class Pause:
    """A sleep that a test ends; it keeps how long each was asked to be."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.over = asyncio.Event()
        self.over.set()

    async def __call__(self, seconds: float) -> None:
        self.asked.append(round(seconds, 2))
        await self.over.wait()


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def pause() -> Pause:
    return Pause()


@pytest.fixture
def spacing(clock: SteppedClock, pause: Pause) -> CallSpacing:
    return CallSpacing(clock=clock, sleep=pause)


@pytest.mark.parametrize(
    ("left", "asked"), [(60, []), (40, []), (39, [3.0]), (19, [6.0]), (12, [9.23]), (11, [10.0]), (0, [10.0])]
)
async def test_calls_go_the_farther_apart_the_less_is_left(
    spacing: CallSpacing, pause: Pause, left: int, asked: list[float]
):
    spacing.record("t", Remaining(minute=left))
    await spacing.space_out("t", asyncio.Event())
    assert pause.asked == asked


async def test_without_an_answer_no_call_waits(spacing: CallSpacing, pause: Pause):
    spacing.record("other", Remaining(minute=0))
    spacing.record("t", Remaining())
    await spacing.space_out("t", asyncio.Event())
    assert pause.asked == []


async def test_time_that_passed_since_the_last_answer_counts(spacing: CallSpacing, clock: SteppedClock, pause: Pause):
    spacing.record("t", Remaining(minute=19))
    clock.advance(seconds=3)
    await spacing.space_out("t", asyncio.Event())
    spacing.record("t", Remaining(minute=19))
    clock.advance(seconds=9)
    await spacing.space_out("t", asyncio.Event())
    assert pause.asked == [3.0]


async def test_calls_of_several_sorts_go_one_after_the_other(spacing: CallSpacing, pause: Pause):
    spacing.record("t", Remaining(minute=19))
    spacing.record("other", Remaining(minute=19))
    for tenant_id in ("t", "t", "other", "t"):
        await spacing.space_out(tenant_id, asyncio.Event())
    assert pause.asked == [6.0, 10.0, 6.0, 10.0]


async def test_a_full_call_goes_at_once(spacing: CallSpacing, pause: Pause):
    spacing.record("t", Remaining(minute=5))
    is_full = asyncio.Event()
    pause.over.clear()
    waiting = asyncio.create_task(spacing.space_out("t", is_full))
    await asyncio.sleep(0)
    assert not waiting.done()
    is_full.set()
    await waiting
    await spacing.space_out("t", is_full)
    assert pause.asked == [10.0]


async def test_there_is_room_only_while_nobody_has_to_wait(spacing: CallSpacing, clock: SteppedClock):
    assert not spacing.has_room("t")
    spacing.record("t", Remaining(minute=40))
    assert spacing.has_room("t")
    clock.now += timedelta(minutes=1)
    assert not spacing.has_room("t")
    spacing.record("t", Remaining(minute=39))
    assert not spacing.has_room("t")


class Arrivals:
    """So many come in each second, one after the other."""

    def __init__(self, clock: SteppedClock, coming: Sequence[int], full_at: int = 50) -> None:
        self._clock = clock
        self._coming = iter(coming)
        self._full_at = full_at
        self.waiting = next(self._coming)
        self.is_full = asyncio.Event()
        self.seconds = 0.0

    async def __call__(self, seconds: float) -> None:
        self._clock.advance(seconds=seconds)
        self.seconds += seconds
        self.waiting += next(self._coming, 0)
        if self.waiting >= self._full_at:
            self.is_full.set()


@pytest.mark.parametrize(
    ("coming", "seconds", "taken"),
    [([1], 1, 1), ([1, 9, 0, 9], 2, 10), ([1, 9, 9, 9, 9, 9, 9], 5, 46), ([1, 30, 30, 30], 2, 61), ([50], 0, 50)],
)
async def test_bulk_work_waits_while_more_comes(clock: SteppedClock, coming: list[int], seconds: float, taken: int):
    arrivals = Arrivals(clock, coming)
    if arrivals.waiting >= 50:
        arrivals.is_full.set()
    await CallSpacing(clock=clock, sleep=arrivals).wait_for_more(lambda: arrivals.waiting, arrivals.is_full)
    assert (arrivals.seconds, arrivals.waiting) == (seconds, taken)


async def test_bulk_work_that_must_be_sent_soon_waits_half_of_its_time(clock: SteppedClock):
    arrivals = Arrivals(clock, [1, 9, 9, 9, 9])
    await CallSpacing(clock=clock, sleep=arrivals).wait_for_more(
        lambda: arrivals.waiting, arrivals.is_full, timedelta(seconds=3)
    )
    assert arrivals.seconds == 1.5
