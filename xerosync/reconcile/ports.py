"""Where a reconcile keeps its findings. Sequence, Xero and links come through the ports of `documents`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from xerosync.core.documents import Kind
from xerosync.documents.link import DocumentLink
from xerosync.reconcile.findings import Finding
from xerosync.reconcile.messages import ReconcileResult


class Findings(Protocol):
    """Findings by run, and links read many at a time. Raises RetryLaterError while the database is down."""

    async def links(self, account_id: str, kind: Kind, document_ids: Sequence[str]) -> Mapping[str, DocumentLink]:
        """Return what is known of some documents, by id; an empty link where nothing is."""
        ...

    async def contacts(self, account_id: str, customer_ids: Sequence[str]) -> Mapping[str, str]:
        """Return, by customer id, the ContactIDs that some customers are linked to."""
        ...

    async def claims(self, tenant_id: str, kind: Kind, xero_ids: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Return, by Xero id, the account and document whose link claims a document of an organisation."""
        ...

    async def begin(self, account_id: str, run_id: str, kind: Kind) -> None:
        """Begin to compare a kind: what the run found of it before is dropped."""
        ...

    async def keep(self, account_id: str, run_id: str, findings: Iterable[Finding], *, uncertain: bool) -> None:
        """Write findings; `uncertain` ones must be checked again."""
        ...

    async def replace(
        self, account_id: str, run_id: str, before: Finding, after: Finding | None, *, uncertain: bool = False
    ) -> None:
        """Write a finding in place of another; None: drop it."""
        ...

    async def findings(self, account_id: str, run_id: str, *, uncertain: bool = False) -> Sequence[Finding]:
        """Return the findings of a run: all, or only the uncertain ones."""
        ...

    async def end(self, account_id: str, run_id: str, result: ReconcileResult) -> None:
        """Make this the account's last run."""
        ...
