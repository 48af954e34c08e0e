"""Time that passes only when nothing else happens: whoever waits is woken in order, without anybody really waiting.

The clock is the stand-ins' own, so their limits, stamps and tokens go by it, and so does the product that is given
`now` and `sleep`. It moves on only while no request is under way, as if both sides answered at once.
"""

import asyncio
import heapq
import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import httpx

from standins.clock import Clock

_CALM_ROUNDS = 20
"""So many rounds of the event loop without a request under way: nobody has anything to do but wait."""


class Requests(httpx.AsyncHTTPTransport):
    """Counts the requests under way."""

    under_way = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and read its answer whole."""
        self.under_way += 1
        try:
            response = await super().handle_async_request(request)
            await response.aread()
            return response
        finally:
            self.under_way -= 1


class VirtualTime:
    """The stand-ins' clock, and those who wait for it."""

    def __init__(self, clock: Clock, requests: Requests) -> None:
        self.clock = clock
        self._requests = requests
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now(self) -> datetime:
        """Return the present moment (UTC)."""
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        """Wait until so many seconds have passed by this clock."""
        await self.until(self.clock.now() + timedelta(seconds=seconds))

    async def until(self, at: datetime) -> None:
        """Wait until then."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (at, next(self._order), future))
        await future

    @asynccontextmanager
    async def passing(self) -> AsyncGenerator["VirtualTime"]:
        """Let time pass until the block ends."""
        mover = asyncio.create_task(self._move())
        try:
            yield self
        finally:
            mover.cancel()
            with suppress(asyncio.CancelledError):
                await mover

    async def _move(self) -> None:
        calm = 0
        while True:
            await asyncio.sleep(0 if self._sleepers else 0.001)
            self._wake()
            calm = calm + 1 if self._requests.under_way == 0 else 0
            if self._requests.under_way:
                await asyncio.sleep(0.001)
            elif calm >= _CALM_ROUNDS and self._sleepers:
                self.clock.set(max(self._sleepers[0][0], self.clock.now()))
                calm = 0

    def _wake(self) -> None:
        while self._sleepers and self._sleepers[0][0] <= self.clock.now():
            future = heapq.heappop(self._sleepers)[2]
            if not future.done():
                future.set_result(None)


def start_of_month() -> datetime:
    """Return the moment at which months of benchmarks begin: the last day of one, after midnight (UTC)."""
    return datetime(2026, 10, 31, 0, 5, tzinfo=UTC)
