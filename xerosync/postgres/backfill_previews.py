"""Previews of backfills in PostgreSQL: the last one of each account, a row a document."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from pydantic_core import to_json

from xerosync.backfill.messages import PreviewPageInput
from xerosync.backfill.report import BackfillResult, BackfillRow
from xerosync.core.holds import HoldReason
from xerosync.core.text import without_lost_characters
from xerosync.postgres.database import QUERIES, Database, Query, Row

_PAGE = 1000


class LastPreview(NamedTuple):
    """An account's last preview: of documents issued on which day or later, when it began and ended (UTC)."""

    since: date | None
    began_at: datetime
    ended_at: datetime | None


class PostgresBackfillPreviews:
    """Keeps previews. Every method raises StoreUnavailableError while the database is down."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, asked: PreviewPageInput) -> None:
        """Begin a preview, or go on with it: the one before is dropped."""
        await self._database.run(
            QUERIES.backfill.begin, account_id=asked.account_id, preview_id=asked.preview_id, since=asked.since
        )

    async def keep(self, asked: PreviewPageInput, rows: Sequence[BackfillRow]) -> None:
        """Write rows, in place of those of the same documents."""
        given = [
            {"kind": each.kind, "document_id": each.document_id, "became": each.became, "row": each} for each in rows
        ]
        await self._database.run(
            QUERIES.backfill.keep,
            account_id=asked.account_id,
            preview_id=asked.preview_id,
            rows=without_lost_characters(to_json(given)).decode(),
        )

    async def end(self, asked: PreviewPageInput) -> None:
        """Keep that the preview has all documents."""
        await self._database.run(QUERIES.backfill.end, account_id=asked.account_id, preview_id=asked.preview_id)

    async def last(self, account_id: str) -> LastPreview | None:
        """Return the last preview of an account, which may be under way."""
        row = await self._database.row(QUERIES.backfill.last, account_id=account_id)
        return LastPreview(**row) if row else None

    async def counts(self, account_id: str) -> Mapping[BackfillResult, int]:
        """Count the documents of the last preview by what would become of them."""
        rows = await self._by_index(QUERIES.backfill.counts, account_id)
        return {BackfillResult(row["became"]): row["documents"] for row in rows}

    async def holds(self, account_id: str) -> Mapping[HoldReason, int]:
        """Count the documents of the last preview by what would hold them, or does; the most frequent first."""
        rows = await self._by_index(QUERIES.backfill.holds, account_id)
        counted = sorted(rows, key=lambda row: (-row["documents"], row["hold"]))
        return {HoldReason(row["hold"]): row["documents"] for row in counted}

    async def rows(
        self, account_id: str, became: BackfillResult | None = None, *, after: str = "", limit: int = _PAGE
    ) -> Sequence[BackfillRow]:
        """Return the first rows behind a document, named as `kind/id`: all, or those of one result."""
        kind, _, document_id = after.partition("/")
        rows = await self._database.rows(
            QUERIES.backfill.rows,
            account_id=account_id,
            became=became,
            after_kind=kind,
            after_document=document_id,
            limit=limit,
        )
        return [BackfillRow.model_validate_json(row["row"]) for row in rows]

    async def _by_index(self, query: Query, account_id: str) -> Sequence[Row]:
        async with self._database.transaction() as session:
            await session.value(QUERIES.documents.every_plan_its_own)
            return await session.rows(query, account_id=account_id)

    async def all_pages(self, account_id: str) -> AsyncGenerator[Sequence[BackfillRow]]:
        """Return all rows, page by page."""
        after = ""
        while page := await self.rows(account_id, after=after):
            yield page
            after = f"{page[-1].kind}/{page[-1].document_id}"
