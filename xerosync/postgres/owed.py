"""What is owed, as both stores keep it."""

from collections.abc import Sequence
from datetime import datetime

from xerosync.core.owed import Owed, OwedAct
from xerosync.postgres.database import QUERIES, Database


class PostgresOwed:
    """The part of `PostgresStore` that keeps what is owed."""

    _database: Database

    async def owe(self, owed: Sequence[Owed]) -> None:
        """Store what is owed; what is owed already is owed since then."""
        if owed:
            # One statement may write a row once: of what is named twice the last counts.
            latest = {_key(each): each for each in owed}
            await self._database.run(QUERIES.owed.add, **_columns(list(latest.values())))

    async def settle(self, owed: Sequence[Owed]) -> None:
        """Forget what was done, unless it is owed anew since."""
        if owed:
            await self._database.run(QUERIES.owed.settle, **_columns(owed))

    async def overdue(self, account_id: str, before: datetime, limit: int = 500) -> Sequence[Owed]:
        """Return what an account owes since before an instant (UTC), the oldest first."""
        rows = await self._database.rows(QUERIES.owed.list, account_id=account_id, before=before, limit=limit)
        return [Owed(**row) for row in rows]

    async def unlinking(self, account_id: str, customer_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these customers were unlinked while Sequence may still show the link."""
        act = OwedAct.REMOVE_LINK.value
        rows = await self._database.rows(
            QUERIES.owed.among, account_id=account_id, act=act, subjects=list(customer_ids)
        )
        return frozenset(row["subject"] for row in rows)


def _key(owed: Owed) -> tuple[str, str, str]:
    return owed.account_id, owed.act.value, owed.subject


def _columns(owed: Sequence[Owed]) -> dict[str, list[object]]:
    return {
        "account_ids": [each.account_id for each in owed],
        "acts": [each.act.value for each in owed],
        "subjects": [each.subject for each in owed],
        "instants": [each.since for each in owed],
    }
