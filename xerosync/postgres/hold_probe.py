"""Looks for what was mended in Xero, as the next look compares with them."""

from xerosync.documents.hold_probe import HoldProbe
from xerosync.postgres.database import QUERIES, Database


class PostgresHoldProbes:
    """The last look at each account's holds. `MemoryHoldProbes` behaves the same.

    Every method is one transaction, and raises StoreUnavailableError while the database is down.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self, account_id: str) -> HoldProbe | None:
        """Return the last look at an account's holds."""
        kept: str | None = await self._database.value(QUERIES.hold_probes.get, account_id=account_id)
        return HoldProbe.model_validate_json(kept) if kept else None

    async def save(self, account_id: str, look: HoldProbe) -> None:
        """Keep a look, in place of the one before."""
        await self._database.run(QUERIES.hold_probes.save, account_id=account_id, probe=look.model_dump_json())

    async def forget(self, account_id: str) -> None:
        """Forget the last look: nothing is held any more that it could mend."""
        await self._database.run(QUERIES.hold_probes.forget, account_id=account_id)
