"""One act of a person on many documents, page by page.

It continues as new after each page, so its history stays short however many documents there are. The frozen list and
the results are in the store.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.bulk import BulkActivities
    from xerosync.bulk.messages import BulkInput, BulkProgress
    from xerosync.core.temporal import ACTIVITY_RETRY, BULK, HEARTBEAT_TIMEOUT, SWEEP_TIMEOUT


@workflow.defn(name=BULK)
class BulkWorkflow:
    """Does one act to each document of a frozen list."""

    @workflow.run
    async def run(self, start: BulkInput) -> BulkProgress:
        """Do one page, then the rest in further runs; return the counts of all."""
        progress = await workflow.execute_activity_method(
            BulkActivities.perform_page,
            start,
            start_to_close_timeout=SWEEP_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            summary="Do the next documents",
        )
        if not progress.is_over:
            workflow.continue_as_new(start)
        return progress
