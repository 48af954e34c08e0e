"""A pace in PostgreSQL, shared by any number of workers: one statement a request, by the database's clock."""

from collections.abc import Callable
from datetime import datetime, timedelta

from xerosync.model.budget import SEQUENCE_KEY, Lane, Pace, Wait
from xerosync.store.database import QUERIES, Database


class PostgresPace:
    """Whose turn it is to ask Sequence, by key. Raises StoreUnavailableError while the database is down."""

    def __init__(
        self,
        database: Database,
        pace: Pace = SEQUENCE_KEY,
        *,
        clock: Callable[[], datetime | None] = lambda: None,
    ) -> None:
        """Take the pace of every key; a test may bring a clock in place of the database's."""
        self._database = database
        self._pace = pace
        self._clock = clock

    async def take(self, key: str, lane: Lane) -> Wait | None:
        """Take one request of a key; or take none and return how long to wait."""
        name = _name(key)
        asked = {"name": name, "interval": self._pace.interval, "lead": self._pace.lead(lane)}
        row = await self._database.row(QUERIES.paces.take, **asked, now=self._clock())
        if row is None:
            await self._database.run(QUERIES.paces.add, name=name)
            row = await self._database.row(QUERIES.paces.take, **asked, now=self._clock())
            assert row is not None, "paces are never deleted"
        return None if row["wait"] is None else Wait(row["wait"])

    async def hold(self, key: str, wait: timedelta) -> None:
        """Keep all workers from asking with a key for so long, as a 429 of Sequence tells."""
        await self._database.run(QUERIES.paces.hold, name=_name(key), hold=wait, behind=None, now=self._clock())


def _name(key: str) -> str:
    return f"sequence {key}"
