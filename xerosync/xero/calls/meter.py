"""What is left of an organisation's calls, shared by all workers: the port, and a meter that spends it.

Xero allows an organisation and app 60 calls in any 60 seconds, 5,000 (or 1,000) in any 24 hours, 5 at once, and an
app 10,000 a minute. Who wants to call takes a reservation first, and gives it back with what Xero's answer said.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from xerosync.core.errors import RetryLaterError
from xerosync.core.rate_limits import Lane, Observed, Reservation, Wait
from xerosync.xero.calls.answer import Answer
from xerosync.xero.calls.spacing import CallSpacing
from xerosync.xero.errors import BudgetSpentError

PATIENCE = timedelta(minutes=1)
"""Waits shorter than this are spent waiting; for longer ones the caller is told when to come again."""

_SHORTEST_WAIT = timedelta(milliseconds=20)

log = structlog.get_logger()


class Budget(Protocol):
    """Where the calls of every organisation are counted. Raises RetryLaterError while that place is down."""

    async def reserve(self, tenant_id: str, lane: Lane) -> Reservation | Wait:
        """Take one call of an organisation, or learn how long to wait. Waiting takes nothing."""
        ...

    async def release(
        self, reservation: Reservation, observed: Observed | None = None, *, unused: bool = False
    ) -> None:
        """End a call: with what its answer told, or without where there was none; `unused` gives it back whole.

        A `Retry-After` holds back all workers, one for `appminute` all organisations.
        """
        ...

    async def day_left(self, tenant_id: str) -> int | None:
        """Return how many calls of the day an organisation has left, as far as its last answers tell; None: unknown."""
        ...


class Slot:
    """One call that may be made while the slot is held. Without `saw` or `unused` the call counts as made."""

    def __init__(self) -> None:
        self.observed: Observed | None = None
        self.is_unused = False

    def saw(self, answer: Answer) -> None:
        """Note what Xero answered."""
        self.observed = Observed(answer.remaining, answer.problem, answer.retry_after)

    def unused(self) -> None:
        """Note that no call was made."""
        self.is_unused = True


class Meter:
    """Spends a budget: waits for its turn within a minute, and always gives the reservation back."""

    def __init__(
        self,
        budget: Budget,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._budget = budget
        self._clock = clock
        self._sleep = sleep
        self._patience = patience
        self.headroom = CallSpacing(clock=clock, sleep=sleep)

    @asynccontextmanager
    async def slot(self, tenant_id: str, lane: Lane, *, patience: timedelta | None = None) -> AsyncGenerator[Slot]:
        """Hold one call of an organisation.

        Raises:
            BudgetSpentError: it would take more than `patience`, a minute by default; `retry_after` says how long.
            RetryLaterError: the budget itself does not answer.
        """
        reservation = await self._reserve(tenant_id, lane, self._patience if patience is None else patience)
        slot = Slot()
        try:
            yield slot
        finally:
            if slot.observed is not None:
                self.headroom.saw(tenant_id, slot.observed.remaining)
            try:
                await self._budget.release(reservation, slot.observed, unused=slot.is_unused)
            except RetryLaterError:
                # The answer counts more than its bookkeeping; the reservation lapses by itself.
                log.warning("budget not told", tenant_id=tenant_id)

    async def _reserve(self, tenant_id: str, lane: Lane, patience: timedelta) -> Reservation:
        patient_until = self._clock() + patience
        while True:
            granted = await self._budget.reserve(tenant_id, lane)
            if isinstance(granted, Reservation):
                return granted
            if self._clock() + granted.delay > patient_until:
                raise BudgetSpentError(retry_after=granted.delay)
            await self._sleep(max(granted.delay, _SHORTEST_WAIT).total_seconds())
