"""Bulk acts in PostgreSQL: the frozen lists, and what became of each document."""

import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager

from xerosync.bulk.messages import BulkAct, BulkOutcome, BulkRecord, BulkResult, FrozenDocument
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import MissingError
from xerosync.core.text import fit
from xerosync.documents.selection import Selection
from xerosync.postgres.database import QUERIES, Database, Row
from xerosync.postgres.document_lists import filter_of


class PostgresBulkActs:
    """Keeps bulk acts. Every method raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def freeze(
        self, account_id: str, selection: Selection, act: BulkAct, because: str, asked_by: str
    ) -> BulkRecord:
        """Freeze which documents of a selection an act concerns; return the act, which nobody has confirmed yet.

        The list is of one instant. Old acts of the account are dropped.
        """
        async with self._database.transaction() as session:
            await session.run(QUERIES.bulk.forget, account_id=account_id)
            await session.value(QUERIES.documents.every_plan_its_own)
            row = await session.row(
                QUERIES.bulk.freeze,
                bulk_id=secrets.token_hex(8),
                account_id=account_id,
                act=act.value,
                because=fit(because),
                selection=selection.model_dump_json(),
                asked_by=asked_by,
                filter=filter_of(selection),
            )
        assert row is not None
        return _record(row)

    async def get(self, account_id: str, bulk_id: str) -> BulkRecord:
        """Return an act. Raises MissingError where the account has no such act."""
        row = await self._database.row(QUERIES.bulk.get, account_id=account_id, bulk_id=bulk_id)
        if row is None:
            raise MissingError("There is no such bulk act: one that nobody confirms is dropped after a day.")
        return _record(row)

    async def settled(self, account_id: str, bulk_id: str) -> BulkRecord | None:
        """Return an act once nobody is confirming it at this moment; None where there is none."""
        row = await self._database.row(QUERIES.bulk.settled, account_id=account_id, bulk_id=bulk_id)
        return _record(row) if row else None

    async def last(self, account_id: str, limit: int = 50) -> Sequence[BulkRecord]:
        """Return the last acts of an account, the newest first."""
        rows = await self._database.rows(QUERIES.bulk.list, account_id=account_id, limit=limit)
        return [_record(row) for row in rows]

    @asynccontextmanager
    async def confirming(self, account_id: str, bulk_id: str, by: str) -> AsyncGenerator[BulkRecord | None]:
        """Confirm an act while the body starts it: it counts as confirmed where the body succeeds, and only then.

        Yield the act; None where somebody confirmed it before, or there is none. Whoever reads it by `settled`
        meanwhile waits for the end.
        """
        async with self._database.transaction() as session:
            row = await session.row(QUERIES.bulk.confirm, account_id=account_id, bulk_id=bulk_id, by=by)
            yield _record(row) if row else None

    async def stop(self, account_id: str, bulk_id: str, by: str) -> None:
        """Stop an act that is under way: the documents that have not begun are left."""
        await self._database.run(QUERIES.bulk.stop, account_id=account_id, bulk_id=bulk_id, by=by)

    async def discard(self, account_id: str, bulk_id: str) -> None:
        """Drop an act that nobody confirmed."""
        await self._database.run(QUERIES.bulk.discard, account_id=account_id, bulk_id=bulk_id)

    async def begin(self, bulk_id: str, limit: int) -> Sequence[FrozenDocument]:
        """Mark the next documents as begun, those that fail last; return them as they were before."""
        rows = await self._database.rows(QUERIES.bulk.begin, bulk_id=bulk_id, limit=limit)
        return [_frozen(row) for row in rows]

    async def conclude(self, bulk_id: str, place: int, result: BulkResult) -> None:
        """Keep what became of a document that was begun; what came first counts."""
        await self._database.run(
            QUERIES.bulk.conclude,
            bulk_id=bulk_id,
            place=place,
            outcome=result.outcome.value,
            words=fit(result.words),
        )

    async def put_off(self, bulk_id: str, place: int, words: str) -> None:
        """Keep that a document failed and is to be tried again after the others."""
        await self._database.run(QUERIES.bulk.put_off, bulk_id=bulk_id, place=place, words=fit(words))

    async def end(self, bulk_id: str) -> None:
        """Keep that the act is over; what had not its turn was stopped."""
        await self._database.run(QUERIES.bulk.end, bulk_id=bulk_id)

    async def outcomes(self, bulk_id: str) -> Mapping[BulkOutcome, int]:
        """Count the documents by outcome."""
        rows = await self._database.rows(QUERIES.bulk.outcomes, bulk_id=bulk_id)
        return {BulkOutcome(row["outcome"]): row["documents"] for row in rows}

    async def documents(
        self, account_id: str, bulk_id: str, *, outcome: BulkOutcome | None = None, after: int = 0, limit: int = 1000
    ) -> Sequence[FrozenDocument]:
        """Return the first documents of an act behind a place, all or those of one outcome."""
        rows = await self._database.rows(
            QUERIES.bulk.documents, account_id=account_id, bulk_id=bulk_id, outcome=outcome, after=after, limit=limit
        )
        return [_frozen(row) for row in rows]


def _record(row: Row) -> BulkRecord:
    return BulkRecord.model_validate({**row, "selection": Selection.model_validate_json(row["selection"])})


def _frozen(row: Row) -> FrozenDocument:
    facts = dict(row)
    ref = DocumentRef(**{name: facts.pop(name) for name in ("account_id", "kind", "document_id")})
    del facts["bulk_id"]
    return FrozenDocument(ref=ref, **facts)
