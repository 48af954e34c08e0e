"""Lists of an account's documents, by filter. The console reads them; nothing decides by them."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date, datetime

from xerosync.core.holds import HoldReason
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import SyncState
from xerosync.documents.selection import ListPlace, Selection
from xerosync.postgres.database import QUERIES, Database
from xerosync.postgres.document_rows import link_of
from xerosync.postgres.records import AwaitedCustomer, Count, Total

_PAGE = 1000


class PostgresDocumentLists:
    """Reads pages of documents. Every method raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, account_id: str, selection: Selection, *, after: ListPlace | None = None, limit: int = 50
    ) -> Sequence[DocumentLink]:
        """Return the first links behind a place, alarms first, then the last changed."""
        async with self._database.transaction() as session:
            await session.value(QUERIES.documents.every_plan_its_own)
            rows = await session.rows(
                QUERIES.documents.chosen,
                account_id=account_id,
                filter=filter_of(selection),
                **_behind(after),
                limit=limit,
            )
        return [link_of(row) for row in rows]

    async def totals(self, account_id: str, selection: Selection, at_most: int) -> Sequence[Total]:
        """Count and add up the documents of a selection, `at_most` of them."""
        async with self._database.transaction() as session:
            await session.value(QUERIES.documents.every_plan_its_own)
            rows = await session.rows(
                QUERIES.documents.totals, account_id=account_id, filter=filter_of(selection), at_most=at_most
            )
        return [Total(**row) for row in rows]

    async def held_amounts(self, account_id: str) -> Mapping[HoldReason, Sequence[Total]]:
        """Add up the documents that are held and not ignored, by the reason."""
        held: dict[HoldReason, list[Total]] = {}
        async with self._database.transaction() as session:
            await session.value(QUERIES.documents.every_plan_its_own)
            for row in await session.rows(QUERIES.documents.held_amounts, account_id=account_id):
                total = {name: value for name, value in row.items() if name != "hold"}
                held.setdefault(HoldReason(row["hold"]), []).append(Total(**total))
        return held

    async def counts_of_customer(self, account_id: str, customer_id: str) -> Sequence[Count]:
        """Count the documents of a customer by state and hold in force; what has none is left out."""
        rows = await self._database.rows(QUERIES.customers.documents, account_id=account_id, customer_id=customer_id)
        return [Count(**row) for row in rows]

    async def awaited_customers(self, account_id: str, limit: int) -> Sequence[AwaitedCustomer]:
        """Return customers for whose link documents wait, those of the most documents first."""
        async with self._database.transaction() as session:
            await session.value(QUERIES.documents.every_plan_its_own)
            rows = await session.rows(
                QUERIES.customers.waiting, account_id=account_id, reason=HoldReason.CUSTOMER_UNLINKED, limit=limit
            )
        return [AwaitedCustomer(**row) for row in rows]

    async def counts(self, account_id: str) -> Sequence[Count]:
        """Count documents by state and hold in force; what has none is left out."""
        async with self._database.transaction() as session:
            await session.value(QUERIES.documents.every_plan_its_own)
            rows = await session.rows(QUERIES.documents.summary, account_id=account_id)
        return [Count(**row) for row in rows]

    async def by_day(self, account_id: str, since: datetime) -> Mapping[date, Mapping[SyncState, int]]:
        """Count documents by state and by the day (UTC) of their last change; days without any are left out."""
        rows = await self._database.rows(QUERIES.documents.by_day, account_id=account_id, since=since)
        days: dict[date, dict[SyncState, int]] = {}
        for row in rows:
            days.setdefault(row["day"], {})[SyncState(row["state"])] = row["documents"]
        return days

    async def all_pages(self, account_id: str, selection: Selection) -> AsyncGenerator[Sequence[DocumentLink]]:
        """Return all links of a selection, page by page, as they were when the first was read."""
        async with self._database.transaction(is_snapshot=True) as session:
            await session.value(QUERIES.documents.every_plan_its_own)
            after: ListPlace | None = None
            while True:
                rows = await session.rows(
                    QUERIES.documents.chosen,
                    account_id=account_id,
                    filter=filter_of(selection),
                    **_behind(after),
                    limit=_PAGE,
                )
                links = [link_of(row) for row in rows]
                if links:
                    yield links
                    after = ListPlace.of(links[-1])
                if len(links) < _PAGE:
                    return


def _behind(after: ListPlace | None) -> dict[str, object]:
    return {
        "after_sent_but_3000": after.is_sent_but_3000 if after else None,
        "after_changed": after.changed_at if after else None,
        "after_kind": after.kind.value if after else None,
        "after_document": after.document_id if after else None,
    }


def filter_of(selection: Selection) -> str:
    """Return the filter as `chosen_documents` takes it. Words are letters and digits, so they are safe to join."""
    words = " & ".join(f"{word}:*" for word in selection.words)
    parts = selection.model_dump(mode="json", exclude_defaults=True, exclude={"search"})
    return json.dumps(parts | ({"words": words} if words else {}))
