"""How full an organisation's minute is, as its answers tell, and how far apart calls that could carry more should go.

    calls left of 60    30 or more    29      15      5     2 or fewer
    seconds apart                0     1     1.9      5             10

While half of the minute is left nobody waits. In a crowd calls are spread out, so that each carries more and some are
left for whoever comes: without this a crowd would spend the minute's 60 calls on a few documents each, within seconds,
and then everybody would wait for the rest of it. No number of workers needs to agree on anything: what one calls, the
answers to all others tell.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from xerosync.model.budget import Limits, Remaining

_MINUTE = timedelta(minutes=1)
_ALL = Limits().minute
_ENOUGH = _ALL // 2
_FARTHEST = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class _Told:
    left: int
    at: datetime


class Headroom:
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

    def saw(self, tenant_id: str, remaining: Remaining) -> None:
        """Note what an answer told."""
        if remaining.minute is not None:
            self._told[tenant_id] = _Told(remaining.minute, self._clock())

    def is_roomy(self, tenant_id: str) -> bool:
        """Whether at least half of the minute is left, for certain: what nobody waits for may be called then."""
        told = self._told.get(tenant_id)
        return told is not None and told.left >= _ENOUGH and self._clock() - told.at < _MINUTE

    async def spread(self, tenant_id: str, is_full: asyncio.Event) -> None:
        """Wait until a call that is not full should go, or until it `is_full`."""
        told = self._told.get(tenant_id)
        if told is None or told.left >= _ENOUGH or is_full.is_set():
            return
        wait = told.at + min(_MINUTE / 2 / (told.left + 1), _FARTHEST) - self._clock()
        if wait <= timedelta(0):
            return
        ended = {asyncio.ensure_future(self._sleep(wait.total_seconds())), asyncio.ensure_future(is_full.wait())}
        try:
            await asyncio.wait(ended, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in ended:
                each.cancel()
