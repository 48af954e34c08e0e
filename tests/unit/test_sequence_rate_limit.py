"""A request to Sequence waits for the rate limit, in the order of arrival, and not for too long."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from tests.patience import PATIENCE
from tests.xero_support import StoreDownError
from xerosync.core.rate_limits import Lane, Wait
from xerosync.sequence import SequenceRateLimiter
from xerosync.sequence.errors import SequenceRateLimitedError


@dataclass
class Counted:
    """Requests that are counted here: gives what it is told to give, then lets all through."""

    gives: list[Wait | None] = field(default_factory=list[Wait | None])
    asked: list[str] = field(default_factory=list[str])
    at_once: int = 0
    most_at_once: int = 0

    async def take(self, key: str, lane: Lane) -> Wait | None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        self.asked.append(f"{key} {lane}")
        return self.gives.pop(0) if self.gives else None

    async def hold(self, key: str, wait: timedelta) -> None:
        del key, wait
        raise StoreDownError


def seconds(amount: float) -> Wait:
    return Wait(timedelta(seconds=amount))


async def test_a_short_wait_is_spent_waiting() -> None:
    requests, slept = Counted([seconds(0.7), seconds(0.1), None]), list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    await SequenceRateLimiter(requests, Lane.BULK, sleep=sleep).wait("key")
    assert slept == [0.7, 0.1]
    assert requests.asked == ["key bulk"] * 3


async def test_a_wait_of_more_than_a_minute_is_an_error_that_says_when_to_try_again() -> None:
    with pytest.raises(SequenceRateLimitedError) as limited:
        await SequenceRateLimiter(Counted([seconds(75)])).wait("key")
    assert limited.value.retry_after == timedelta(seconds=75)
    assert not limited.value.ambiguous


async def test_of_many_that_wait_one_asks_the_counter_and_the_others_follow_in_order() -> None:
    requests, order = Counted([seconds(0.01), None, seconds(0.01)]), list[int]()
    limiter = SequenceRateLimiter(requests)

    async def wait(number: int) -> None:
        await limiter.wait("key")
        order.append(number)

    await asyncio.gather(*(wait(number) for number in range(20)))
    assert order == list(range(20))
    assert requests.most_at_once == 1
    assert len(requests.asked) == 22


async def test_keys_do_not_wait_for_each_other() -> None:
    limiter = SequenceRateLimiter(Counted([seconds(5)]))
    slow = asyncio.create_task(limiter.wait("slow"))
    await asyncio.sleep(0.01)
    async with asyncio.timeout(PATIENCE):
        await limiter.wait("another")
    slow.cancel()


async def test_a_request_that_waited_in_the_queue_for_too_long_is_tried_again_later() -> None:
    limiter = SequenceRateLimiter(Counted([seconds(0.01)] * 1000), max_wait=timedelta(seconds=0.05))
    for limited in await asyncio.gather(limiter.wait("key"), limiter.wait("key"), return_exceptions=True):
        assert isinstance(limited, SequenceRateLimitedError)
        assert limited.retry_after is not None


async def test_a_hold_that_can_not_be_stored_is_no_error_of_its_own() -> None:
    await SequenceRateLimiter(Counted()).hold("key", timedelta(seconds=30))
