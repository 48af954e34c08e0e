"""The budget of calls to Xero in PostgreSQL, shared by any number of workers.

One statement a reservation, decided and written under the lock of the organisation's row, by the database's clock:
workers can neither see a state of before nor disagree about the time. The lock ends with the statement. A worker that
dies leaves calls under way behind; they lapse, and count like calls made until then.

Requests by the minute in PostgreSQL, shared by any number of workers: one statement a request, by its clock.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from xerosync.core.rate_limits import SEQUENCE_KEY, XERO_APP, Lane, Limits, Observed, Rate, Remaining, Reservation, Wait
from xerosync.postgres.database import QUERIES, Database, Row


class PostgresRates:
    """Whose turn it is to ask Sequence, by key. Raises StoreUnavailableError while the database is down."""

    def __init__(
        self,
        database: Database,
        rate: Rate = SEQUENCE_KEY,
        *,
        clock: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        """Take the rate of every key; a test may bring a clock in place of the database's."""
        self._database = database
        self._rate = rate
        self._clock = clock

    async def take(self, key: str, lane: Lane) -> Wait | None:
        """Take one request of a key; or take none and return how long to wait."""
        name, share = _name(key), self._rate.shares[lane]
        asked = {"minute": share.minute, "two_seconds": share.two_seconds, "seconds": self._rate.seconds}
        row = await self._database.row(QUERIES.rates.take, name=name, **asked, now=self._clock())
        if row is None:
            await self._database.run(QUERIES.rates.add, name=name)
            row = await self._database.row(QUERIES.rates.take, name=name, **asked, now=self._clock())
            assert row is not None, "rates are never deleted"
        return None if row["wait"] is None else Wait(row["wait"])

    async def hold(self, key: str, wait: timedelta) -> None:
        """Keep all workers from asking with a key for so long, as a 429 of Sequence demands."""
        await self._database.run(QUERIES.rates.hold, name=_name(key), hold=wait, now=self._clock())


def _name(key: str) -> str:
    return f"sequence {key}"


_APP = "xero app"
"""The row of `rates` that the migration made."""


class PostgresBudget:
    """Whose turn it is to call Xero. Raises StoreUnavailableError while the database is down."""

    def __init__(
        self,
        database: Database,
        limits: Limits | None = None,
        *,
        app: Rate = XERO_APP,
        clock: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        """Take the limits of an organisation and of the app; a test may bring a clock in place of the database's."""
        self._database = database
        self._limits = limits or Limits()
        self._app = app
        self._clock = clock

    async def reserve(self, tenant_id: str, lane: Lane) -> Reservation | Wait:
        """Take one call of an organisation, or learn how long to wait. Waiting takes nothing."""
        reservation_id = secrets.token_hex(8)
        row = await self._ask(tenant_id, reservation_id, lane)
        if row is None:
            await self._database.run(QUERIES.budgets.add, tenant_id=tenant_id)
            row = await self._ask(tenant_id, reservation_id, lane)
            assert row is not None, "budgets are never deleted"
        return Reservation(tenant_id, reservation_id, row["expires_at"]) if row["wait"] is None else Wait(row["wait"])

    async def day_left(self, tenant_id: str) -> int | None:
        """Return how many calls of the day an organisation has left, as far as its last answers say; None: unknown."""
        left: int | None = await self._database.value(QUERIES.budgets.day_left, tenant_id=tenant_id)
        return left

    async def release(
        self, reservation: Reservation, observed: Observed | None = None, *, unused: bool = False
    ) -> None:
        """End a call: with what its answer said, or without where there was none; `unused` gives it back whole.

        A `Retry-After` holds back all workers, one for `appminute` all organisations.
        """
        key = {"tenant_id": reservation.tenant_id, "reservation_id": reservation.id}
        if unused:
            await self._database.run(QUERIES.budgets.give_back, **key)
            return
        left = observed.remaining if observed else Remaining()
        hold = observed.hold if observed else None
        is_about_app = observed is not None and observed.problem == "appminute"
        await self._database.run(
            QUERIES.budgets.release,
            **key,
            began=reservation.expires_at - self._limits.lapse,
            minute=self._limits.minute,
            minute_left=left.minute,
            day_left=left.day,
            hold=None if is_about_app else hold,
            window=self._limits.window,
            now=self._clock(),
        )
        if is_about_app:
            await self._database.run(QUERIES.rates.hold, name=_APP, hold=hold, now=self._clock())
        # While more than half is left, nobody can have used up the app's minute before the next answer shows it.
        if left.app_minute is not None and left.app_minute < self._app.minute // 2:
            await self._database.run(
                QUERIES.rates.correct,
                name=_APP,
                minute=self._app.minute,
                minute_left=left.app_minute,
                seconds=self._app.seconds,
                now=self._clock(),
            )

    async def _ask(self, tenant_id: str, reservation_id: str, lane: Lane) -> Row | None:
        limits, share, app_share = self._limits, self._limits.shares[lane], self._app.shares[lane]
        return await self._database.row(
            QUERIES.budgets.reserve,
            tenant_id=tenant_id,
            reservation_id=reservation_id,
            at_once=share.at_once,
            minute=share.minute,
            day_left=share.day_left,
            window=limits.window,
            lapse=limits.lapse,
            probe=limits.probe,
            look_again=limits.look_again,
            app=_APP,
            app_minute=app_share.minute,
            app_two_seconds=app_share.two_seconds,
            app_seconds=self._app.seconds,
            now=self._clock(),
        )
