"""One sweep of one account's organisation, run by a Temporal Schedule. It keeps nothing between two runs."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.sweep import SweepActivities
    from xerosync.core.temporal import ACTIVITY_RETRY, HEARTBEAT_TIMEOUT, SENT_SWEEP, SWEEP_TIMEOUT
    from xerosync.documents.messages import SweepInput, SweepResult


@workflow.defn(name=SENT_SWEEP)
class SentSweepWorkflow:
    """Reads what changed in Xero and tells the documents concerned."""

    @workflow.run
    async def run(self, start: SweepInput) -> SweepResult:
        """Sweep once; return what was read, signalled and spent."""
        return await workflow.execute_activity_method(
            SweepActivities.sweep_documents,
            start,
            start_to_close_timeout=SWEEP_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            summary="Read what changed in Xero",
        )
