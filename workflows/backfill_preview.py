"""What a backfill would make of each document, page by page of Sequence's lists: invoices, then credit notes.

It continues as new after each page, so its history stays short. The rows are in the store.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.backfill import BackfillPreviewActivities
    from xerosync.backfill.messages import PreviewInput, PreviewPageInput, PreviewProgress
    from xerosync.core.documents import Kind
    from xerosync.core.temporal import ACTIVITY_RETRY, BACKFILL_PREVIEW, HEARTBEAT_TIMEOUT, SWEEP_TIMEOUT


@workflow.defn(name=BACKFILL_PREVIEW)
class BackfillPreviewWorkflow:
    """Looks ahead at all documents, and changes nothing."""

    @workflow.init
    def __init__(self, start: PreviewInput) -> None:
        self._progress = PreviewProgress(documents=start.documents, total=start.total)

    @workflow.run
    async def run(self, start: PreviewInput) -> PreviewProgress:
        """Look at one page, then at the rest in further runs; return the counts of all."""
        preview_id = start.preview_id or workflow.info().run_id
        page = await workflow.execute_activity_method(
            BackfillPreviewActivities.preview_page,
            PreviewPageInput(
                account_id=start.account_id,
                preview_id=preview_id,
                kind=start.kind,
                cursor=start.cursor,
                since=start.since,
            ),
            start_to_close_timeout=SWEEP_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            summary=f"Look ahead at a page of {start.kind.words}s",
        )
        self._progress = PreviewProgress(
            documents=start.documents + page.documents, total=page.total if page.total is not None else start.total
        )
        if page.cursor or start.kind is Kind.INVOICE:
            kind = start.kind if page.cursor else Kind.CREDIT_NOTE
            update = {"preview_id": preview_id, "kind": kind, "cursor": page.cursor, **dict(self._progress)}
            workflow.continue_as_new(start.model_copy(update=update))
        return self._progress

    @workflow.query
    def progress(self) -> PreviewProgress:
        """Return how many documents were looked at so far."""
        return self._progress
