"""The inbox of webhooks: what was acknowledged and is not with Temporal yet; for some days, what came of the rest."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from xerosync.core.base import Message
from xerosync.core.documents import Kind
from xerosync.core.hints import TEST_TYPE, Delivery, Hint, HintAct, HintKey, HintOutcome, Kept, Provider
from xerosync.postgres.database import QUERIES, Database, Row
from xerosync.postgres.grouped import Grouped

KEEP = timedelta(days=30)
"""How long rows stay, unless a setting says less."""

ECHO_SECONDS = 1
"""How long a hint rests that may be the echo of a write of ours: longer than Xero's answer takes to be stored."""

_FORGOTTEN_AT_ONCE = 5_000


class HookActivity(Message):
    """What came from one provider for one account as long as rows are kept; `last_at` is UTC."""

    account_id: str
    provider: Provider
    last_at: datetime
    deliveries: int
    pending: int


class PostgresInbox:
    """Where hints wait. Every method is one transaction and raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database, *, keep: timedelta = KEEP) -> None:
        self._database = database
        self._keep = keep
        self._additions = Grouped(self.add_all)

    async def add(self, delivery: Delivery) -> Kept:
        """Keep the hints of a delivery, and up to which number Xero's events came; with those that others add."""
        if not delivery.hints and not delivery.after_gap and not delivery.numbers:
            return Kept(is_pending=False)
        return await self._additions.add(delivery)

    async def add_all(self, deliveries: Sequence[Delivery]) -> Sequence[Kept]:
        """Keep many deliveries; return what keeping each showed, in their order.

        Of those that are kept together a gap is looked for in the order of their numbers.
        """
        hints = [
            (number, place, delivery, hint)
            for number, delivery in enumerate(deliveries)
            for place, hint in enumerate(delivery.hints + delivery.after_gap)
        ]
        numbered = [(number, each.numbers) for number, each in enumerate(deliveries) if each.numbers]
        rows = await self._database.rows(
            QUERIES.deliveries.add,
            numbered=[number for number, _ in numbered],
            firsts=[numbers.first for _, numbers in numbered],
            lasts=[numbers.last for _, numbers in numbered],
            deliveries=[number for number, _, _, _ in hints],
            providers=[delivery.provider for _, _, delivery, _ in hints],
            digests=[delivery.digest for _, _, delivery, _ in hints],
            places=[place for _, place, _, _ in hints],
            account_ids=[hint.account_id for _, _, _, hint in hints],
            types=[hint.type for _, _, _, hint in hints],
            resource_ids=[hint.resource_id for _, _, _, hint in hints],
            kinds=[hint.kind for _, _, _, hint in hints],
            numbers=[hint.number for _, _, _, hint in hints],
            acts=[hint.act for _, _, _, hint in hints],
            outcomes=[
                HintOutcome.DROPPED if hint.act is HintAct.NOTHING else HintOutcome.PENDING for _, _, _, hint in hints
            ],
            happened=[hint.happened_at for _, _, _, hint in hints],
            traceparents=[hint.traceparent for _, _, _, hint in hints],
            echo_seconds=ECHO_SECONDS,
            after_gap=[place >= len(delivery.hints) for _, place, delivery, _ in hints],
        )
        pending = {row["delivery"] for row in rows if row["is_pending"]}
        gaps = {row["delivery"] for row in rows if row["has_gap"]}
        return [Kept(is_pending=number in pending, has_gap=number in gaps) for number in range(len(deliveries))]

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
        """Return what the companies sent of what is kept, by account and provider; tests of ours are left out."""
        async with self._database.transaction() as session:
            await session.value(QUERIES.documents.every_plan_its_own)
            rows = await session.rows(QUERIES.deliveries.last, test=TEST_TYPE)
        return [HookActivity(**row) for row in rows]

    async def last_of(self, account_id: str) -> Mapping[Provider, datetime | None]:
        """Return when each provider last called us for an account (UTC); None where nothing that is kept came."""
        rows = await self._database.rows(
            QUERIES.deliveries.last_of, account_id=account_id, providers=list(Provider), test=TEST_TYPE
        )
        return {Provider(row["provider"]): row["last_at"] for row in rows}

    async def away_since(self, longest: timedelta) -> datetime | None:
        """Return since when (UTC) no copy of the edge took deliveries, where that is longer than it may be."""
        return await self._database.value(QUERIES.edge.away_since, longest=longest)

    async def say_alive(self) -> None:
        """Note that this copy of the edge takes deliveries."""
        await self._database.run(QUERIES.edge.say_alive)

    async def forget_old(self) -> None:
        """Forget what is older than is kept, unless it is pending still."""
        while await self._database.value(QUERIES.deliveries.forget, keep=self._keep, at_most=_FORGOTTEN_AT_ONCE):
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
        number=row["number"],
        happened_at=row["happened_at"],
        traceparent=row["traceparent"],
    )
