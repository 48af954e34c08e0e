"""What decides how far apart an account's sweeps are: what Xero's webhook announced, our writes among it."""

from collections.abc import Sequence
from datetime import datetime

from xerosync.documents.ports import Announcement, Echoes, KeptSpacing
from xerosync.documents.sweep_spacing import Spacing
from xerosync.postgres.database import QUERIES, Database

_MOST_ANNOUNCED = 5_000
"""What is announced beyond that the next sweep takes in."""


class PostgresSpacings:
    """How far apart each account's sweeps are. `MemorySpacings` behaves the same, but for what deliveries tell.

    Every method is one transaction, and raises StoreUnavailableError while the database is down.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, account_id: str) -> KeptSpacing:
        """Return how far apart an account's sweeps are, and when a person asked for one that has not begun (UTC)."""
        row = await self._database.row(QUERIES.sweep_spacings.get, account_id=account_id)
        if row is None:
            return KeptSpacing(None, None)
        return KeptSpacing(Spacing.model_validate_json(row["spacing"]) if row["spacing"] else None, row["asked_at"])

    async def save(self, account_id: str, spacing: Spacing, asked_at: datetime | None) -> None:
        """Keep how far apart they are; what a person asked for until then (UTC) is done."""
        await self._database.run(
            QUERIES.sweep_spacings.save, account_id=account_id, spacing=spacing.model_dump_json(), asked_at=asked_at
        )

    async def ask(self, account_id: str) -> None:
        """Keep that a person asked for a sweep: the next one does not rest."""
        await self._database.run(QUERIES.sweep_spacings.ask, account_id=account_id)

    async def announced(self, account_id: str) -> Sequence[Announcement]:
        """Return what Xero's webhook announced of an account that no sweep has looked at yet, the oldest first."""
        rows = await self._database.rows(
            QUERIES.sweep_spacings.announced, account_id=account_id, at_most=_MOST_ANNOUNCED
        )
        return [Announcement(row["digest"], row["place"], row["type"], row["resource_id"]) for row in rows]

    async def swept(self, announced: Sequence[Announcement]) -> None:
        """Keep that a sweep has looked at these."""
        if announced:
            await self._database.run(
                QUERIES.sweep_spacings.swept,
                digests=[each.digest for each in announced],
                places=[each.place for each in announced],
            )

    async def echoes(self, account_id: str, since: datetime, until: datetime) -> Echoes:
        """Count the documents written by us within a time (UTC), by whether Xero's webhook announced them."""
        row = await self._database.row(QUERIES.sweep_spacings.echoes, account_id=account_id, since=since, until=until)
        assert row
        return Echoes(row["echoed"], row["silent"])
