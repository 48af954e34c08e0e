"""A budget in one process's memory: for a single worker, and for tests. Several workers share one in PostgreSQL."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from xerosync.model.budget import XERO_APP, Lane, Limits, Observed, Rate, Reservation, Wait
from xerosync.xero import allowance
from xerosync.xero.allowance import Spent


class MemoryBudget:
    """Implements `Budget`. No awaiting between reading and writing, so every step is atomic."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        app: Rate = XERO_APP,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._limits = limits or Limits()
        self._app = app
        self._clock = clock
        self._spent: dict[str, Spent] = {}
        self._made_by_app: Mapping[int, int] = {}
        self._app_held_until = datetime.min.replace(tzinfo=UTC)
        self._ids = itertools.count()

    async def reserve(self, tenant_id: str, lane: Lane) -> Reservation | Wait:
        """Take one call of an organisation, or learn how long to wait."""
        now = self._clock()
        reservation = Reservation(tenant_id, str(next(self._ids)), now + self._limits.lapse)
        spent = self._spent.get(tenant_id, Spent())
        taken, wait = allowance.reserve(spent, reservation.id, lane, now, self._limits)
        if wait is None:
            wait = self._take_of_app(lane, now)
        if wait is not None:
            return wait
        self._spent[tenant_id] = taken
        return reservation

    async def release(
        self, reservation: Reservation, observed: Observed | None = None, *, unused: bool = False
    ) -> None:
        """End a call, with what its answer told."""
        now = self._clock()
        if observed is not None and not unused:
            observed = self._told_of_app(observed, now)
        spent = self._spent.get(reservation.tenant_id, Spent())
        self._spent[reservation.tenant_id] = allowance.release(
            spent, reservation, observed, now, self._limits, unused=unused
        )

    async def day_left(self, tenant_id: str) -> int | None:
        """Return how many calls of the day are left, as the last answers told."""
        return self._spent.get(tenant_id, Spent()).day_left

    def _take_of_app(self, lane: Lane, now: datetime) -> Wait | None:
        if self._app_held_until > now:
            return Wait(self._app_held_until - now)
        self._made_by_app, wait = allowance.take(self._app, self._made_by_app, lane, now)
        return wait

    def _told_of_app(self, observed: Observed, now: datetime) -> Observed:
        """Keep what an answer told of the app as a whole, and return what it told of the organisation."""
        if observed.remaining.app_minute is not None:
            self._made_by_app = allowance.told(self._app, self._made_by_app, observed.remaining.app_minute, now)
        if observed.problem != "appminute":
            return observed
        self._app_held_until = max(self._app_held_until, now + (observed.hold or timedelta(0)))
        return replace(observed, problem=None)
