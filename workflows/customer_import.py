"""An import of Xero's customers into Sequence, or its preview: first the customers to compare with, then page by page.

The workflow continues as new after each page, with the page and the counts, so its history stays short however many
contacts there are. The report is in the store: a history holds no names.
"""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.customer_import import ImportActivities
    from xerosync.core.temporal import ACTIVITY_RETRY, CUSTOMER_IMPORT, HEARTBEAT_TIMEOUT, IMPORT_TIMEOUT
    from xerosync.customers.contact_to_customer import MOST_IDS
    from xerosync.customers.describe import import_details
    from xerosync.customers.messages import (
        ImportInput,
        ImportOpenInput,
        ImportOpenResult,
        ImportPageInput,
        ImportPageResult,
        ImportProgress,
    )


@workflow.defn(name=CUSTOMER_IMPORT)
class CustomerImportWorkflow:
    """Imports all customers of an organisation, or those chosen."""

    @workflow.init
    def __init__(self, start: ImportInput) -> None:
        self._start = start
        self._progress = start.progress or ImportProgress(
            import_id=workflow.info().run_id,
            preview=start.preview,
            is_whole=not start.contact_ids,
            contacts=len(start.contact_ids) or None,
        )

    @workflow.run
    async def run(self, start: ImportInput) -> ImportProgress:
        """Import one page, and the rest in further runs; return the counts of all contacts."""
        self._show()
        if start.progress is None:
            opened = await self._open()
            self._progress = self._progress.model_copy(update={"stopped": opened.stopped})
        if not self._progress.stopped:
            page = await self._page()
            chosen = len(start.contact_ids)
            is_last = page.stopped or (page.is_last if not chosen else self._progress.pages * MOST_IDS >= chosen)
            self._show()
            if not is_last:
                workflow.continue_as_new(start.model_copy(update={"progress": self._progress}))
        self._progress = self._progress.model_copy(update={"finished": True})
        self._show()
        return self._progress

    @workflow.query
    def progress(self) -> ImportProgress:
        """Return how far the import is."""
        return self._progress

    async def _open(self) -> ImportOpenResult:
        return await workflow.execute_activity_method(
            ImportActivities.open_import,
            ImportOpenInput(
                account_id=self._start.account_id,
                import_id=self._progress.import_id,
                is_whole=self._progress.is_whole,
            ),
            start_to_close_timeout=IMPORT_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            summary="Read which customers Sequence has",
        )

    async def _page(self) -> ImportPageResult:
        start, done = self._start, self._progress
        number = done.pages + 1
        page: ImportPageResult = await workflow.execute_activity_method(
            ImportActivities.import_page,
            ImportPageInput(
                account_id=start.account_id,
                import_id=done.import_id,
                page=number,
                contact_ids=start.contact_ids[done.pages * MOST_IDS : number * MOST_IDS],
                preview=start.preview,
                as_new=start.as_new,
            ),
            start_to_close_timeout=IMPORT_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            summary=f"{'Judge' if start.preview else 'Import'} page {number} of the contacts",
        )
        contacts = page.contacts if page.contacts is not None else done.contacts
        update = {"pages": number, "counts": page.counts, "contacts": contacts, "stopped": page.stopped}
        self._progress = done.model_copy(update=update)
        return page

    def _show(self) -> None:
        workflow.set_current_details(import_details(self._progress))
