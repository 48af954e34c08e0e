"""The activities of a reconcile."""

from dataclasses import dataclass

from temporalio import activity

from xerosync.reconcile.messages import (
    CheckedAgain,
    Compared,
    CompareInput,
    ConcludeInput,
    ReconcileResult,
    RunInput,
)
from xerosync.reconcile.reconciler import Reconciler


@dataclass(frozen=True)
class ReconcileActivities:
    """Activities of a reconcile."""

    reconciler: Reconciler

    @activity.defn
    async def compare_documents(self, asked: CompareInput) -> Compared:
        """Compare all documents of a kind by lists; the findings are uncertain."""
        return await self.reconciler.compare(asked)

    @activity.defn
    async def check_again(self, run: RunInput) -> CheckedAgain:
        """Check each uncertain finding by itself and keep what still differs."""
        return await self.reconciler.check_again(run)

    @activity.defn
    async def signal_workflows(self, run: RunInput) -> int:
        """Send the workflow of each document that is out of step what it missed; return how many were signalled."""
        return await self.reconciler.signal(run)

    @activity.defn
    async def conclude(self, run: ConcludeInput) -> ReconcileResult:
        """Count what was found and make this the account's last run."""
        return await self.reconciler.conclude(run)
