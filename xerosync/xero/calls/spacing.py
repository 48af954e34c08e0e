"""How full an organisation's minute is, as its answers tell, and how far apart calls that could carry more should go.

    calls left of 60    40 or more    39    27    19    9    7 or fewer
    seconds apart                0     2     2.9    4   8             10

While two thirds of the minute are left nobody waits. In a crowd calls are spread out, so that each carries more and
some are left for whoever comes: without this a crowd would spend the minute's 60 calls on a few documents each, within
seconds, and then everybody would wait for the rest of it. A lasting crowd ends up at one call in 2.3 seconds, besides
those that are full. No number of workers needs to agree on anything: what one calls, the answers to all others tell.

Nobody waits for bulk work, so its calls linger while more comes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from xerosync.core.rate_limits import Limits, Remaining

_MINUTE = timedelta(minutes=1)
_ALL = Limits().minute
_ENOUGH = _ALL * 2 // 3
_SPAN = timedelta(seconds=80)
"""Divided by what is left and one: the distance."""
_FARTHEST = timedelta(seconds=10)
_GAP = timedelta(seconds=1)
_LONGEST = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class _Told:
    left: int
    at: datetime


class CallSpacing:
    """What the last answers told of each organisation's minute. Kept by each process for itself."""

    def __init__(
        self,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._told: dict[str, _Told] = {}
        self._due: dict[str, datetime] = {}

    def saw(self, tenant_id: str, remaining: Remaining) -> None:
        """Note what an answer told."""
        if remaining.minute is not None:
            self._told[tenant_id] = _Told(remaining.minute, self._clock())

    def is_roomy(self, tenant_id: str) -> bool:
        """Whether so much is left, for certain, that nobody waits: then what could be left out may be called, too."""
        told = self._told.get(tenant_id)
        return told is not None and told.left >= _ENOUGH and self._clock() - told.at < _MINUTE

    async def spread(self, tenant_id: str, is_full: asyncio.Event) -> None:
        """Wait until a call that is not full should go, or until it `is_full`."""
        told = self._told.get(tenant_id)
        if told is None or told.left >= _ENOUGH or is_full.is_set():
            return
        now, apart = self._clock(), min(_SPAN / (told.left + 1), _FARTHEST)
        # Those who wait at the same time, of other sorts, go one after the other.
        due = min(max(told.at, self._due.get(tenant_id, told.at)) + apart, now + _FARTHEST)
        if due <= now:
            return
        self._due[tenant_id] = due
        await self._wait(due - now, is_full)

    async def linger(self, waiting: Callable[[], int], is_full: asyncio.Event, left: timedelta | None = None) -> None:
        """Wait while more come: until one second brings nobody, the call `is_full`, or five seconds are over.

        Of the time that is `left` to the first who must be sent, half is enough.
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
