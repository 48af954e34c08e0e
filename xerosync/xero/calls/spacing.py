"""How far apart calls are sent, by how much of an organisation's minute is left.

    calls left of 60    40 or more    39    29    23    19    11 or fewer
    seconds apart                0     3     4     5     6             10

While two thirds of the minute are left, no call waits. Under load, calls that could carry more items wait for each
other's distance, so that each carries more and some calls are left for whoever comes next: otherwise the 60 calls of a
minute would be used within seconds, for a few documents each. Under lasting load there is one call in 3 seconds,
beside those that are full. Workers need no agreement: the answers to one worker's calls count those of all others.

A call of bulk work also waits while more items come, since nobody waits for its result.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from xerosync.core.clock import utc_now
from xerosync.core.rate_limits import Limits, Remaining

_MINUTE = timedelta(minutes=1)
_ALL = Limits().minute
_ENOUGH = _ALL * 2 // 3
_SPAN = timedelta(seconds=120)
"""The distance is this, divided by the calls left plus one."""
_FARTHEST = timedelta(seconds=10)
_GAP = timedelta(seconds=1)
_LONGEST = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Remaining:
    left: int
    at: datetime


class CallSpacing:
    """What the last answer said of each organisation's minute. Every process keeps its own."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._remaining: dict[str, _Remaining] = {}
        self._due: dict[str, datetime] = {}

    def record(self, tenant_id: str, remaining: Remaining) -> None:
        """Note what an answer says is left."""
        if remaining.minute is not None:
            self._remaining[tenant_id] = _Remaining(remaining.minute, self._clock())

    def has_room(self, tenant_id: str) -> bool:
        """Whether so much is surely left that no call waits: then a call that is not needed may be made, too."""
        last = self._remaining.get(tenant_id)
        return last is not None and last.left >= _ENOUGH and self._clock() - last.at < _MINUTE

    async def space_out(self, tenant_id: str, is_full: asyncio.Event) -> None:
        """Wait until a call that is not full should be sent, or until it `is_full`."""
        last = self._remaining.get(tenant_id)
        if last is None or last.left >= _ENOUGH or is_full.is_set():
            return
        now, apart = self._clock(), min(_SPAN / (last.left + 1), _FARTHEST)
        # Calls of other operations that wait at the same time are sent one after the other.
        due = min(max(last.at, self._due.get(tenant_id, last.at)) + apart, now + _FARTHEST)
        if due <= now:
            return
        self._due[tenant_id] = due
        await self._wait(due - now, is_full)

    async def wait_for_more(
        self, waiting: Callable[[], int], is_full: asyncio.Event, left: timedelta | None = None
    ) -> None:
        """Wait while more items come: until a second brings none, the call `is_full`, or five seconds are over.

        At most half of the time that is `left` until the first item must be sent.
        """
        longest = _LONGEST if left is None else min(_LONGEST, left / 2)
        ends_at, came = self._clock() + longest, 0
        while came < waiting() and not is_full.is_set() and (rest := ends_at - self._clock()) > timedelta(0):
            came = waiting()
            await self._wait(min(_GAP, rest), is_full)

    async def _wait(self, delay: timedelta, is_full: asyncio.Event) -> None:
        ended = {asyncio.ensure_future(self._sleep(delay.total_seconds())), asyncio.ensure_future(is_full.wait())}
        try:
            await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in ended:
                each.cancel()
