"""The last probe of each account's holds: the next one compares with it."""

from xerosync.documents.hold_probes import HoldProbe
from xerosync.postgres.database import QUERIES, Database


class PostgresHoldProbes:
    """The last probe of each account's holds. `MemoryHoldProbes` behaves the same.

    Every method is one transaction, and raises StoreUnavailableError while the database is down.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last(self, account_id: str) -> HoldProbe | None:
        """Return the last probe of an account's holds."""
        kept: str | None = await self._database.value(QUERIES.hold_probes.get, account_id=account_id)
        return HoldProbe.model_validate_json(kept) if kept else None

    async def save(self, account_id: str, probe: HoldProbe) -> None:
        """Keep a probe, in place of the one before."""
        await self._database.run(QUERIES.hold_probes.save, account_id=account_id, probe=probe.model_dump_json())

    async def forget(self, account_id: str) -> None:
        """Forget the last probe: nothing is held any more that one could release."""
        await self._database.run(QUERIES.hold_probes.forget, account_id=account_id)
