"""What reconciles find, and what Xero lists while they compare, in PostgreSQL."""

from collections.abc import Collection, Iterable, Sequence

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from xerosync.core.documents import Kind
from xerosync.core.text import without_lost_characters
from xerosync.postgres.database import QUERIES, Database
from xerosync.reconcile.findings import Finding
from xerosync.reconcile.messages import ReconcileResult
from xerosync.reconcile.pairs import XeroSummary
from xerosync.reconcile.ports import Listing

_FORGOTTEN_AT_ONCE = 5_000
_SUMMARY = TypeAdapter(XeroSummary)


class PostgresReconciles:
    """Findings and listings of reconciles. `MemoryReconciles` behaves the same.

    Every method is one transaction unless it says otherwise. StoreUnavailableError: the database is down.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, account_id: str, run_id: str, kind: Kind) -> None:
        """Begin to compare a kind, or begin it again: what the run found of it before is dropped."""
        await self.forget_listed(account_id, but=run_id)
        async with self._database.transaction() as session:
            await session.run(QUERIES.reconciles.begin, account_id=account_id, run_id=run_id)
            await session.run(QUERIES.reconciles.clear, account_id=account_id, run_id=run_id, kind=kind.value)

    async def keep(self, account_id: str, run_id: str, findings: Iterable[Finding], *, uncertain: bool) -> None:
        """Write findings in place of those about the same; `uncertain` ones must be checked again."""
        rows = _rows(findings, uncertain=uncertain)
        await self._database.run(QUERIES.reconciles.keep, account_id=account_id, run_id=run_id, rows=rows)

    async def replace(
        self, account_id: str, run_id: str, before: Finding, after: Finding | None, *, uncertain: bool = False
    ) -> None:
        """Write a finding in place of another; None: drop it."""
        place = {"kind": before.kind.value, "subject": before.subject}
        rows = _rows([after] if after else [], uncertain=uncertain)
        async with self._database.transaction() as session:
            await session.run(QUERIES.reconciles.drop, account_id=account_id, run_id=run_id, **place)
            await session.run(QUERIES.reconciles.keep, account_id=account_id, run_id=run_id, rows=rows)

    async def findings(self, account_id: str, run_id: str, *, uncertain: bool = False) -> Sequence[Finding]:
        """Return the findings of a run: all, or only the uncertain ones."""
        rows = await self._database.rows(
            QUERIES.reconciles.findings, account_id=account_id, run_id=run_id, uncertain=uncertain
        )
        return [Finding.model_validate_json(row["finding"]) for row in rows]

    async def end(self, account_id: str, run_id: str, result: ReconcileResult) -> None:
        """Make this the account's last run; those before it are dropped."""
        counts = to_json(result).decode()
        await self._database.run(
            QUERIES.reconciles.end, account_id=account_id, run_id=run_id, ended_at=result.ended_at, result=counts
        )

    async def last(self, account_id: str) -> tuple[str, ReconcileResult] | None:
        """Return the id and the counts of the run that ended last."""
        row = await self._database.row(QUERIES.reconciles.last, account_id=account_id)
        return (row["run_id"], ReconcileResult.model_validate(from_json(row["result"]))) if row else None

    async def keep_listed(self, listing: Listing, found: Collection[XeroSummary]) -> None:
        """Keep what was listed; of a document that is listed twice the last one counts."""
        by_id = {each.xero_id: each for each in found}
        rows = without_lost_characters(to_json([_listed(each) for each in by_id.values()])).decode()
        await self._database.run(QUERIES.reconciles.keep_listed, **listing._asdict(), rows=rows)

    async def count_listed(self, listing: Listing) -> int:
        """Count what is there."""
        counted: int = await self._database.value(QUERIES.reconciles.count_listed, listing_id=listing.listing_id)
        return counted

    async def listed(
        self, listing: Listing, xero_ids: Collection[str], document_ids: Collection[str], numbers: Collection[str]
    ) -> Sequence[XeroSummary]:
        """Return what may be any of some documents of Sequence: by Xero's id, by link, by address or by number."""
        rows = await self._database.rows(
            QUERIES.reconciles.listed,
            listing_id=listing.listing_id,
            xero_ids=list(xero_ids),
            document_ids=list(document_ids),
            numbers=[each.casefold() for each in numbers],
        )
        return [_SUMMARY.validate_json(row["summary"]) for row in rows]

    async def take_listed(self, listing: Listing, xero_ids: Collection[str]) -> None:
        """Drop what a document of Sequence took."""
        await self._database.run(QUERIES.reconciles.take_listed, listing_id=listing.listing_id, xero_ids=list(xero_ids))

    async def rest_listed(self, listing: Listing, after: str, limit: int) -> Sequence[XeroSummary]:
        """Return a page of what is left, by Xero's id, behind one of these."""
        rows = await self._database.rows(
            QUERIES.reconciles.rest_listed, listing_id=listing.listing_id, after=after, limit=limit
        )
        return [_SUMMARY.validate_json(row["summary"]) for row in rows]

    async def forget_listed(self, account_id: str, *, but: str = "") -> None:
        """Drop all that an account's runs left, but what one run did; some at a time, each in a transaction."""
        while await self._database.value(
            QUERIES.reconciles.forget_listed, account_id=account_id, but_run_id=but, at_most=_FORGOTTEN_AT_ONCE
        ):
            pass


def _listed(found: XeroSummary) -> dict[str, object]:
    return {
        "xero_id": found.xero_id,
        "document_id": found.document_id,
        "origin": found.origin,
        "number_key": found.number.casefold() if found.document_id is None else None,
        "summary": found,
    }


def _rows(findings: Iterable[Finding], *, uncertain: bool) -> str:
    rows = [
        {"kind": each.kind, "subject": each.subject, "finding": each, "is_uncertain": uncertain} for each in findings
    ]
    return without_lost_characters(to_json(rows)).decode()
