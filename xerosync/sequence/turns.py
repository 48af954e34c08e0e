"""Whose turn it is to ask Sequence: 1,500 requests a minute for a key, shared by all workers.

Within this process one request a key and lane asks at a time, and the others stand in line behind it: first come,
first served, and the place where requests are counted is asked as often as it has something to give.
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

PATIENCE = timedelta(minutes=1)
"""Waits shorter than this are spent waiting; for longer ones the caller is told when to come again."""

_LINE_TOO_LONG = timedelta(seconds=10)
"""When to come again where it is the line that is long, not the wait."""

log = structlog.get_logger()


class RequestCounter(Protocol):
    """Where requests are counted, by key. Raises RetryLaterError while that place is down."""

    async def take(self, key: str, lane: Lane) -> Wait | None:
        """Take one request of a key; or take none and return how long to wait."""
        ...

    async def hold(self, key: str, wait: timedelta) -> None:
        """Keep all workers from asking with a key for so long."""
        ...


class RateLimiter:
    """Waits for a request's turn, in one lane."""

    def __init__(
        self,
        requests: RequestCounter,
        lane: Lane = Lane.LIVE,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._requests = requests
        self._lane = lane
        self._sleep = sleep
        self._patience = patience
        self._lines: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def wait(self, key: str) -> None:
        """Return when a request may be made, within a minute.

        Raises:
            SequenceRateLimitedError: it would take longer; `retry_after` says how long.
            RetryLaterError: the place where requests are counted does not answer.
        """
        try:
            async with asyncio.timeout(self._patience.total_seconds()) as patience, self._lines[key]:
                while wait := await self._requests.take(key, self._lane):
                    seconds = wait.delay.total_seconds()
                    ends_at = patience.when()
                    if ends_at is not None and asyncio.get_running_loop().time() + seconds > ends_at:
                        raise SequenceRateLimitedError(retry_after=wait.delay)
                    await self._sleep(seconds)
        except TimeoutError:
            raise SequenceRateLimitedError(retry_after=_LINE_TOO_LONG) from None

    async def refused(self, key: str, wait: timedelta) -> None:
        """Tell all workers that Sequence takes no more requests of a key for so long."""
        try:
            await self._requests.hold(key, wait)
        except RetryLaterError:
            # Sequence's answer counts more than its bookkeeping; the others will be told by Sequence.
            log.warning("hold of sequence not told")
