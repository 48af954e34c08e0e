"""The limit of Sequence: 1,500 requests a minute for a key, counted for all workers together.

Within this process, one request for each key and lane asks the counter at a time. The others wait behind it in the
order of their arrival, so the counter is asked only as often as it can grant something.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

import structlog

from xerosync.core.errors import RetryLaterError
from xerosync.core.rate_limits import Lane, Wait
from xerosync.sequence.errors import SequenceRateLimitedError

MAX_WAIT = timedelta(minutes=1)
"""The limiter itself waits so long at most; for a longer wait the caller gets an error that says when to try again."""

_RETRY_LONG_QUEUE = timedelta(seconds=10)
"""When to try again where the queue in this process was too long."""

log = structlog.get_logger()


class RequestCounter(Protocol):
    """Counts the requests of each key, for all workers. Raises RetryLaterError while its store is down."""

    async def take(self, key: str, lane: Lane) -> Wait | None:
        """Take one request of a key; or take none and return how long to wait."""
        ...

    async def hold(self, key: str, wait: timedelta) -> None:
        """Stop the requests of a key, for all workers and for so long."""
        ...


class SequenceRateLimiter:
    """Lets requests of one lane pass within the limit."""

    def __init__(
        self,
        requests: RequestCounter,
        lane: Lane = Lane.LIVE,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        max_wait: timedelta = MAX_WAIT,
    ) -> None:
        self._requests = requests
        self._lane = lane
        self._sleep = sleep
        self._max_wait = max_wait
        self._queues: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def wait(self, key: str) -> None:
        """Return when a request may be made, within a minute.

        Raises:
            SequenceRateLimitedError: it would take longer; `retry_after` says how long.
            RetryLaterError: the counter does not answer.
        """
        try:
            async with asyncio.timeout(self._max_wait.total_seconds()) as limit, self._queues[key]:
                while wait := await self._requests.take(key, self._lane):
                    seconds = wait.delay.total_seconds()
                    ends_at = limit.when()
                    if ends_at is not None and asyncio.get_running_loop().time() + seconds > ends_at:
                        raise SequenceRateLimitedError(retry_after=wait.delay)
                    await self._sleep(seconds)
        except TimeoutError:
            raise SequenceRateLimitedError(retry_after=_RETRY_LONG_QUEUE) from None

    async def hold(self, key: str, wait: timedelta) -> None:
        """Stop the requests of a key, for all workers and for so long: Sequence refused one with a 429."""
        try:
            await self._requests.hold(key, wait)
        except RetryLaterError:
            # Sequence's answer matters more than the counter; the other workers will get a 429 of their own.
            log.warning("hold of sequence not stored")
