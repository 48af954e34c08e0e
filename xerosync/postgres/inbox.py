"""The inbox of webhooks: what was acknowledged and is not with Temporal yet, and what came of the rest for 30 days."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from xerosync.core.base import Message
from xerosync.core.documents import Kind
from xerosync.core.hints import Delivery, Hint, HintAct, HintKey, HintOutcome, Kept, Provider
from xerosync.postgres.database import QUERIES, Database, Row

KEPT_DAYS = 30
_FORGOTTEN_AT_ONCE = 5_000


class HookActivity(Message):
    """What came from one provider for one account within 30 days; `last_at` is UTC."""

    account_id: str
    provider: Provider
    last_at: datetime
    deliveries: int
    pending: int


class PostgresInbox:
    """Where hints wait. Every method is one transaction and raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, delivery: Delivery) -> Kept:
        """Keep the hints of a delivery, and up to which number Xero's events came."""
        hints = delivery.hints + delivery.after_gap
        if not hints and not delivery.numbers:
            return Kept(is_pending=False)
        row = await self._database.row(
            QUERIES.deliveries.add,
            provider=delivery.provider,
            digest=delivery.digest,
            first=delivery.numbers.first if delivery.numbers else None,
            last=delivery.numbers.last if delivery.numbers else None,
            places=list(range(len(hints))),
            account_ids=[hint.account_id for hint in hints],
            types=[hint.type for hint in hints],
            resource_ids=[hint.resource_id for hint in hints],
            kinds=[hint.kind for hint in hints],
            acts=[hint.act for hint in hints],
            outcomes=[HintOutcome.DROPPED if hint.act is HintAct.NOTHING else HintOutcome.PENDING for hint in hints],
            after_gap=[place >= len(delivery.hints) for place in range(len(hints))],
        )
        assert row
        return Kept(is_pending=row["pending"] > 0, has_gap=row["has_gap"])

    async def claim(self, seconds: int, limit: int) -> Mapping[HintKey, Hint]:
        """Take the oldest pending hints for some seconds; nobody else gets them meanwhile."""
        rows = await self._database.rows(QUERIES.deliveries.claim, seconds=seconds, limit=limit)
        return {_key(row): _hint(row) for row in rows}

    async def settle(self, outcomes: Mapping[HintKey, HintOutcome]) -> None:
        """Write what came of hints that were taken."""
        await self._database.run(
            QUERIES.deliveries.settle, **_columns(list(outcomes)), outcomes=list(outcomes.values())
        )

    async def give_back(self, keys: Sequence[HintKey], seconds: int) -> None:
        """Let hints that were taken be taken again after some seconds."""
        await self._database.run(QUERIES.deliveries.give_back, **_columns(keys), seconds=seconds)

    async def activity(self) -> Sequence[HookActivity]:
        """Return what came within 30 days, by account and provider."""
        return [HookActivity(**row) for row in await self._database.rows(QUERIES.deliveries.last)]

    async def forget_old(self) -> None:
        """Forget what is older than 30 days, unless it is pending still."""
        while await self._database.value(QUERIES.deliveries.forget, days=KEPT_DAYS, at_most=_FORGOTTEN_AT_ONCE):
            pass


def _columns(keys: Sequence[HintKey]) -> dict[str, list[str] | list[bytes] | list[int]]:
    return {
        "providers": [key.provider for key in keys],
        "digests": [key.digest for key in keys],
        "places": [key.place for key in keys],
    }


def _key(row: Row) -> HintKey:
    return HintKey(Provider(row["provider"]), row["digest"], row["place"])


def _hint(row: Row) -> Hint:
    return Hint(
        account_id=row["account_id"],
        type=row["type"],
        resource_id=row["resource_id"],
        act=HintAct(row["act"]),
        kind=Kind(row["kind"]) if row["kind"] else None,
    )
