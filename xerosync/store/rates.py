"""Requests by the minute in PostgreSQL, shared by any number of workers: one statement a request, by its clock."""

from collections.abc import Callable
from datetime import datetime, timedelta

from xerosync.model.budget import SEQUENCE_KEY, Lane, Rate, Wait
from xerosync.store.database import QUERIES, Database


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
        """Keep all workers from asking with a key for so long, as a 429 of Sequence tells."""
        await self._database.run(QUERIES.rates.hold, name=_name(key), hold=wait, now=self._clock())


def _name(key: str) -> str:
    return f"sequence {key}"
