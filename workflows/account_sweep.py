"""One sweep of one account: both companies, one after the other. Run by a Temporal Schedule; it keeps nothing."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.sweep import SweepActivities
    from xerosync.core.temporal import ACCOUNT_SWEEP, ACTIVITY_RETRY, HEARTBEAT_TIMEOUT, SWEEP_TIMEOUT
    from xerosync.documents.messages import SequenceSweepResult, SweepInput, SweepResult, XeroSweepResult


@workflow.defn(name=ACCOUNT_SWEEP)
class AccountSweepWorkflow:
    """Reads what changed in Xero and, once a day, in Sequence, and signals the documents that differ."""

    @workflow.run
    async def run(self, start: SweepInput) -> SweepResult:
        """Sweep once; return what was read, signalled and spent."""
        xero: XeroSweepResult = await workflow.execute_activity_method(
            SweepActivities.sweep_xero,
            start,
            start_to_close_timeout=SWEEP_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            summary="Read what changed in Xero",
        )
        sequence: SequenceSweepResult = await workflow.execute_activity_method(
            SweepActivities.sweep_sequence,
            start,
            start_to_close_timeout=SWEEP_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            summary="Try holds again; once a day compare with Sequence",
        )
        return SweepResult(xero=xero, sequence=sequence)
