"""Purges what is old: timelines and names of documents that are done, names of customers, reports.

What a link says of both systems stays for good, for it is what keeps a document from being doubled. Each statement
takes a few rows by an index, waits for nobody's lock, and is a transaction of its own: work goes on beside it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from xerosync.core.base import Message
from xerosync.core.clock import seconds
from xerosync.postgres.database import QUERIES, Database

AT_ONCE = 200
"""Rows, or documents with their entries, that one statement takes."""

REST = 4
"""After each statement the purge rests so many times as long as it took: it has a fifth of a connection."""


class Purged(Message):
    """How many documents, names of customers and rows of reports were purged, or would be."""

    documents: int = 0
    customers: int = 0
    report_rows: int = 0


class PostgresPurge:
    """Finds and purges. Every method raises StoreUnavailableError while the database is down; then a part is done.

    `before` is an instant (UTC): what did not change since then is old. Several may purge at the same time.
    """

    def __init__(self, database: Database, *, at_once: int = AT_ONCE, rest: float = REST) -> None:
        self._database = database
        self._at_once = at_once
        self._rest = rest

    async def preview(self, before: datetime) -> Purged:
        """Count what a purge would take, the directories of customers that imports use among the reports."""
        row = await self._database.row(QUERIES.purge.preview, before=before)
        assert row
        return Purged(**row)

    async def purge(self, before: datetime, imports: Callable[[str], Awaitable[bool]]) -> Purged:
        """Purge all that is old; return how much. `imports` says whether an account's customers are being imported.

        While they are, the directory that contacts are compared with stays: without it customers would be doubled.
        """
        documents = 0
        while done := await self._documents(before):
            documents += done
        customers = await self._customers(before)
        rows = await self._until_empty(QUERIES.purge.contacts, before=before)
        for row in await self._database.rows(QUERIES.purge.directories, before=before):
            account_id: str = row["account_id"]
            if not await imports(account_id):
                rows += await self._until_empty(QUERIES.purge.known_customers, account_id=account_id, before=before)
        rows += await self._until_empty(QUERIES.purge.backfill_rows, before=before)
        await self._database.run(QUERIES.purge.backfill_previews, before=before)
        rows += await self._until_empty(QUERIES.purge.bulk_documents, before=before)
        await self._database.run(QUERIES.purge.bulk_acts, before=before)
        return Purged(documents=documents, customers=customers, report_rows=rows)

    async def _documents(self, before: datetime) -> int:
        began = seconds()
        row = await self._database.row(QUERIES.purge.documents, before=before, at_most=self._at_once)
        assert row
        await self._pause(began)
        return row["documents"]

    async def _customers(self, before: datetime) -> int:
        purged, after_at, account_id, customer_id = 0, datetime.min.replace(tzinfo=UTC), "", ""
        while True:
            began = seconds()
            row = await self._database.row(
                QUERIES.purge.customers,
                before=before,
                after_at=after_at,
                after_account=account_id,
                after_customer=customer_id,
                at_most=self._at_once,
            )
            if row is None:
                return purged
            purged += row["purged"]
            after_at, account_id, customer_id = row["linked_at"], row["account_id"], row["customer_id"]
            await self._pause(began)

    async def _until_empty(self, query: Callable[..., object], **parameters: object) -> int:
        taken = 0
        while True:
            began = seconds()
            rows: int = await self._database.value(query, **parameters, at_most=self._at_once)
            taken += rows
            if not rows:
                return taken
            await self._pause(began)

    async def _pause(self, began: float) -> None:
        await asyncio.sleep((seconds() - began) * self._rest)
