"""The limits of Xero, kept by all workers together: the port to the shared budget, and the limiter that spends it.

Xero allows an organisation and app 60 calls in any 60 seconds, 5,000 (or 1,000) in any 24 hours, 5 at once, and an
app 10,000 a minute. A caller takes a reservation first, and gives it back with what Xero's answer said.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from xerosync.core.clock import utc_now
from xerosync.core.errors import RetryLaterError
from xerosync.core.rate_limits import Lane, Observed, Reservation, Wait
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.spacing import CallSpacing
from xerosync.xero.errors import BudgetSpentError

MAX_WAIT = timedelta(minutes=1)
"""The limiter itself waits so long at most; for a longer wait the caller gets an error that says when to try again."""

_SHORTEST_WAIT = timedelta(milliseconds=20)

log = structlog.get_logger()


class Budget(Protocol):
    """Counts the calls of every organisation, for all workers. Raises RetryLaterError while its store is down."""

    async def reserve(self, tenant_id: str, lane: Lane) -> Reservation | Wait:
        """Take one call of an organisation; or take none and return how long to wait."""
        ...

    async def release(
        self, reservation: Reservation, observed: Observed | None = None, *, unused: bool = False
    ) -> None:
        """End a call. `observed` is what its answer said of the limits, if there was one; `unused`: none was made.

        A `Retry-After` stops the calls of all workers, one for `appminute` those of all organisations.
        """
        ...

    async def day_left(self, tenant_id: str) -> int | None:
        """Return how many calls of the day an organisation has left by its last answer; None: unknown."""
        ...


class Slot:
    """One call that may be made while the slot is held. Without `record` or `unused` the call counts as made."""

    def __init__(self) -> None:
        self.observed: Observed | None = None
        self.is_unused = False

    def record(self, answer: Answer) -> None:
        """Note what Xero answered."""
        self.observed = Observed(answer.remaining, answer.problem, answer.retry_after)

    def unused(self) -> None:
        """Note that no call was made."""
        self.is_unused = True


class XeroRateLimiter:
    """Waits for a call within the budget, a minute at most, and always gives the reservation back."""

    def __init__(
        self,
        budget: Budget,
        *,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._budget = budget
        self._clock = clock
        self._sleep = sleep
        self.spacing = CallSpacing(clock=clock, sleep=sleep)

    @asynccontextmanager
    async def slot(self, tenant_id: str, lane: Lane, *, max_wait: timedelta = MAX_WAIT) -> AsyncGenerator[Slot]:
        """Hold one call of an organisation.

        Raises:
            BudgetSpentError: it would take more than `max_wait`, a minute by default; `retry_after` says how long.
            RetryLaterError: the budget does not answer.
        """
        reservation = await self._reserve(tenant_id, lane, max_wait)
        slot = Slot()
        try:
            yield slot
        finally:
            if slot.observed is not None:
                self.spacing.record(tenant_id, slot.observed.remaining)
            try:
                await self._budget.release(reservation, slot.observed, unused=slot.is_unused)
            except RetryLaterError:
                # The answer matters more than the count; the reservation expires by itself.
                log.warning("call not counted", tenant_id=tenant_id)

    async def _reserve(self, tenant_id: str, lane: Lane, max_wait: timedelta) -> Reservation:
        until = self._clock() + max_wait
        while True:
            granted = await self._budget.reserve(tenant_id, lane)
            if isinstance(granted, Reservation):
                return granted
            if self._clock() + granted.delay > until:
                raise BudgetSpentError(retry_after=granted.delay)
            await self._sleep(max(granted.delay, _SHORTEST_WAIT).total_seconds())
