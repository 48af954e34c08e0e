"""What reconciles read of links, many at a time, and what they find, in PostgreSQL."""

from collections.abc import Iterable, Mapping, Sequence

from pydantic_core import from_json, to_json

from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.text import without_lost_characters
from xerosync.documents.link import DocumentLink
from xerosync.postgres.database import QUERIES, Database
from xerosync.postgres.document_rows import link_of
from xerosync.reconcile.findings import Finding
from xerosync.reconcile.messages import ReconcileResult

Claims = Mapping[str, tuple[str, str]]
"""By Xero id, the account and the id of the document whose link claims it."""


class PostgresReconciles:
    """Findings of reconciles. `MemoryReconciles` behaves the same.

    Every method is one transaction, and raises StoreUnavailableError while the database is down.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def links(self, account_id: str, kind: Kind, document_ids: Sequence[str]) -> Mapping[str, DocumentLink]:
        """Return what is known of some documents, by id; an empty link where nothing is."""
        rows = await self._database.rows(
            QUERIES.reconciles.links, account_id=account_id, kind=kind.value, document_ids=list(document_ids)
        )
        known = {row["document_id"]: link_of(row) for row in rows}
        refs = (DocumentRef(account_id=account_id, kind=kind, document_id=each) for each in document_ids)
        return {ref.document_id: known.get(ref.document_id) or DocumentLink(ref=ref) for ref in refs}

    async def contacts(self, account_id: str, customer_ids: Sequence[str]) -> Mapping[str, str]:
        """Return, by customer id, the ContactIDs that some customers are linked to."""
        rows = await self._database.rows(
            QUERIES.reconciles.contacts, account_id=account_id, customer_ids=list(customer_ids)
        )
        return {row["customer_id"]: row["contact_id"] for row in rows}

    async def claims(self, tenant_id: str, kind: Kind, xero_ids: Sequence[str]) -> Claims:
        """Tell which documents, of all accounts that are connected to an organisation, claim some of its own."""
        rows = await self._database.rows(
            QUERIES.reconciles.claims, tenant_id=tenant_id, kind=kind.value, xero_ids=list(xero_ids)
        )
        return {row["xero_id"]: (row["account_id"], row["document_id"]) for row in rows}

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
