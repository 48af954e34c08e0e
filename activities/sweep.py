"""The activities of an account's sweep: one for each company."""

from dataclasses import dataclass

from temporalio import activity

from xerosync.core.clock import utc_now
from xerosync.customers.overdue import OverdueActs
from xerosync.documents.messages import SequenceSweepResult, SweepInput, XeroSweepResult
from xerosync.documents.sequence_sweep import SequenceSweep
from xerosync.documents.xero_sweep import XeroSweep


@dataclass(frozen=True)
class SweepActivities:
    """Activities of an account's sweep. What the account owes and nobody did in time is done before all else."""

    owed: OverdueActs
    xero: XeroSweep
    sequence: SequenceSweep

    @activity.defn
    async def sweep_xero(self, sweep: SweepInput) -> XeroSweepResult:
        """Read what changed in Xero since the last sweep and signal the documents concerned."""
        await self.owed.do(sweep.account_id, utc_now())
        return await self.xero.run(sweep.account_id, is_announced=sweep.is_announced)

    @activity.defn
    async def sweep_sequence(self, sweep: SweepInput) -> SequenceSweepResult:
        """Try again what is held, where it is time; once a day compare what waits with Sequence."""
        return await self.sequence.run(sweep.account_id)
