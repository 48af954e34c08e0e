"""A workflow for every document that exists already, page by page of Sequence's lists: invoices, then credit notes.

It continues as new after each page, so its history stays short however many documents there are. It does not wait
for the documents: each has its own workflow, in the bulk lane.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.backfill import BackfillActivities
    from xerosync.backfill.messages import BackfillInput, BackfillPageInput, BackfillProgress, BackfillStartInput
    from xerosync.core.documents import Kind
    from xerosync.core.temporal import ACTIVITY_RETRY, ACTIVITY_TIMEOUT, BACKFILL, HEARTBEAT_TIMEOUT


@workflow.defn(name=BACKFILL)
class BackfillWorkflow:
    """Starts a workflow for each document that has none."""

    @workflow.init
    def __init__(self, start: BackfillInput) -> None:
        self._counts = start.counts
        self._total = start.total
        self._since = start.since

    @workflow.run
    async def run(self, start: BackfillInput) -> BackfillProgress:
        """Do one page, then the rest in further runs; return what was counted in all."""
        page = await workflow.execute_activity_method(
            BackfillActivities.read_page,
            BackfillPageInput(account_id=start.account_id, kind=start.kind, cursor=start.cursor, since=start.since),
            start_to_close_timeout=ACTIVITY_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            summary=f"Read a page of {start.kind.words}s in Sequence",
        )
        self._total = page.total if page.total is not None else start.total
        if page.document_ids:
            await workflow.execute_activity_method(
                BackfillActivities.start_syncs,
                BackfillStartInput(
                    account_id=start.account_id,
                    kind=start.kind,
                    document_ids=page.document_ids,
                    numbers=page.numbers,
                    listed_after=start.cursor or "",
                ),
                start_to_close_timeout=ACTIVITY_TIMEOUT,
                heartbeat_timeout=HEARTBEAT_TIMEOUT,
                retry_policy=ACTIVITY_RETRY,
                summary=f"Start the syncs of {len(page.document_ids)} documents",
            )
        self._counts = start.counts + page.counts
        if page.cursor or start.kind is Kind.INVOICE:
            kind = start.kind if page.cursor else Kind.CREDIT_NOTE
            update = {"kind": kind, "cursor": page.cursor, "counts": self._counts, "total": self._total}
            workflow.continue_as_new(start.model_copy(update=update))
        return self.progress()

    @workflow.query
    def progress(self) -> BackfillProgress:
        """Return what was counted so far."""
        return BackfillProgress(counts=self._counts, total=self._total, since=self._since)
