"""Where a reconcile keeps its findings. Sequence, Xero and links come through the ports of `documents`."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from xerosync.core.documents import Kind
from xerosync.reconcile.findings import Finding
from xerosync.reconcile.messages import ReconcileResult


class Findings(Protocol):
    """Findings by run. Raises RetryLaterError while the database is down."""

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
