"""What reconciles find, in PostgreSQL."""

from collections.abc import Iterable, Sequence

from pydantic_core import from_json, to_json

from xerosync.core.documents import Kind
from xerosync.core.text import without_lost_characters
from xerosync.postgres.database import QUERIES, Database
from xerosync.reconcile.findings import Finding
from xerosync.reconcile.messages import ReconcileResult


class PostgresReconciles:
    """Findings of reconciles. `MemoryReconciles` behaves the same.

    Every method is one transaction, and raises StoreUnavailableError while the database is down.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, account_id: str, run_id: str, kind: Kind) -> None:
        """Begin to compare a kind, or begin it again: what the run found of it before is dropped."""
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


def _rows(findings: Iterable[Finding], *, uncertain: bool) -> str:
    rows = [
        {"kind": each.kind, "subject": each.subject, "finding": each, "is_uncertain": uncertain} for each in findings
    ]
    return without_lost_characters(to_json(rows)).decode()
