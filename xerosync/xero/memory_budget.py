"""A budget in one process's memory: for a single worker, and for tests. Several workers share one in PostgreSQL."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime

from xerosync.xero import allowance
from xerosync.xero.allowance import Limits, Spent
from xerosync.xero.budget import Lane, Observed, Reservation, Wait


class MemoryBudget:
    """Implements `Budget`. No awaiting between reading and writing, so every step is atomic."""

    def __init__(
        self, limits: Limits | None = None, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._limits = limits or Limits()
        self._clock = clock
        self._spent: dict[str, Spent] = {}
        self._app_held_until: datetime | None = None
        self._ids = itertools.count()

    async def reserve(self, tenant_id: str, lane: Lane) -> Reservation | Wait:
        """Take one call of an organisation, or learn how long to wait."""
        now = self._clock()
        if self._app_held_until is not None and self._app_held_until > now:
            return Wait(self._app_held_until - now)
        spent = self._spent.get(tenant_id, Spent())
        reservation = Reservation(tenant_id, str(next(self._ids)), now + self._limits.lapse)
        self._spent[tenant_id], wait = allowance.reserve(spent, reservation.id, lane, now, self._limits)
        return wait or reservation

    async def release(
        self, reservation: Reservation, observed: Observed | None = None, *, unused: bool = False
    ) -> None:
        """End a call, with what its answer told."""
        now = self._clock()
        if observed is not None and observed.problem == "appminute":
            hold = allowance.hold_of(observed)
            self._app_held_until = now + hold if hold else None
            observed = None
        spent = self._spent.get(reservation.tenant_id, Spent())
        self._spent[reservation.tenant_id] = allowance.release(
            spent, reservation, observed, now, self._limits, unused=unused
        )
