"""One document's sync, invoice or credit note: open from the first signal until it is settled in both systems.

The lifecycle (`xerosync.documents.lifecycle`) decides; this workflow performs. Signals only change what is known.

Anybody may start and signal it, by hand, too, so payloads come as decoded JSON and are read here: decoded by the SDK,
one mistake would drop a signal or stop the workflow for good. A start that can't be understood fails at once, in one
sentence; a signal that can't is a hint to look again.
"""

from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.documents import HELD, DocumentActivities
    from xerosync.core.documents import DocumentStatus, Kind
    from xerosync.core.payloads import WrongPayloadError, parsed
    from xerosync.core.rate_limits import Lane
    from xerosync.core.temporal import (
        ACTIVITY_RETRY,
        ACTIVITY_TIMEOUT,
        BULK_PRIORITY,
        DOCUMENT_KIND,
        DOCUMENT_NUMBER,
        HEARTBEAT_TIMEOUT,
        INVOICE_SYNC,
        LIVE_PRIORITY,
        SEQUENCE_ACCOUNT,
        SEQUENCE_CUSTOMER,
        XERO_HOLD,
        XERO_SYNC_STATE,
    )
    from xerosync.documents import lifecycle
    from xerosync.documents.client import document_workflow_id
    from xerosync.documents.describe import details, sentence
    from xerosync.documents.lifecycle import Step
    from xerosync.documents.messages import (
        CHANGED_IN_XERO,
        ConfirmInput,
        Held,
        Known,
        Outcome,
        Release,
        StepInput,
        SyncInput,
        SyncStatus,
    )
    from xerosync.documents.views import XeroView

_ACTIVITIES = {
    Step.PUSH: DocumentActivities.push_document,
    Step.APPLY_SENT: DocumentActivities.apply_sent,
    Step.REPORT_SENT: DocumentActivities.report_sent,
    Step.REPORT_PAYMENT: DocumentActivities.report_payment,
    Step.ALLOCATE: DocumentActivities.allocate_credit,
    Step.VOID: DocumentActivities.void_document,
}

_SUMMARIES = {
    Step.PUSH: "Bring it into Xero",
    Step.APPLY_SENT: "Write the real dates and sent in Xero",
    Step.REPORT_SENT: "Mark it as sent in Sequence",
    Step.REPORT_PAYMENT: "Report its payment to Sequence",
    Step.ALLOCATE: "Set it against its invoice in Xero",
    Step.VOID: "Void it in Xero",
}

_NO_INPUT = SyncInput(account_id="?", kind=Kind.INVOICE, document_id="?")


@workflow.defn(name=INVOICE_SYNC)
class InvoiceSyncWorkflow:
    """Keeps one document of Sequence and Xero in step."""

    @workflow.init
    def __init__(self, *start: Any) -> None:
        self._wrong_input: WrongPayloadError | None = None
        try:
            self._start = parsed(SyncInput, start[0] if start else None)
        except WrongPayloadError as error:
            # For `run` to raise: raised here, it would come before the signal that the start came with.
            self._wrong_input, self._start = error, _NO_INPUT
        self._known = self._start.known or Known()
        self._lane = self._start.lane
        self._signal = ""

    @workflow.run
    async def run(self, *_: Any) -> SyncStatus:
        """Perform step after step until the document is settled; return how it stands then. Takes a `SyncInput`."""
        self._check_input()
        while (step := lifecycle.next_step(self._known)) is not Step.SETTLE:
            if self._history_is_long():
                workflow.continue_as_new(self._start.model_copy(update={"known": self._known, "lane": self._lane}))
            self._show()
            if step is Step.WAIT:
                await self._changed(self._known)
            elif step is Step.CONFIRM:
                await self._confirm()
            else:
                await self._perform(step)
        self._show()
        return self.status()

    @workflow.signal
    def finalized(self) -> None:
        """The document was finalized in Sequence."""
        self._hint("finalized", DocumentStatus.FINAL)

    @workflow.signal
    def sent(self) -> None:
        """The document was sent in Sequence."""
        self._hint("sent", DocumentStatus.SENT)

    @workflow.signal
    def voided(self) -> None:
        """The document was voided in Sequence."""
        self._hint("voided", DocumentStatus.VOIDED)

    @workflow.signal
    def amended(self) -> None:
        """The document was changed in Sequence."""
        self._hint("amended")

    @workflow.signal
    def changed_in_xero(self, *payload: Any) -> None:
        """Xero shows the document so now: a `XeroView`. The store knows it, too, where this can't be read."""
        self._signal = CHANGED_IN_XERO
        try:
            view = parsed(XeroView, payload[0] if payload else None)
        except WrongPayloadError as error:
            workflow.logger.warning("signal changed_in_xero was not understood: %s", error)
            self._known = lifecycle.hinted(self._known)
        else:
            self._known = lifecycle.saw_xero(self._known, view)

    @workflow.signal
    def release(self, *payload: Any) -> None:
        """Release the hold of that reason, or any if none is given, or none that is understood: a `Release`.

        Without a reason it is a person who wants this document now; what released many at once may take its turn.
        """
        self._signal = "release"
        try:
            release = parsed(Release, payload[0] if payload else None)
        except WrongPayloadError as error:
            workflow.logger.warning("signal release was not understood: %s", error)
            release = Release()
        self._lane = release.lane or (Lane.LIVE if release.reason is None else self._lane)
        released = lifecycle.retried if release.is_retry else lifecycle.released
        self._known = released(self._known, release.reason)

    @workflow.query
    def status(self) -> SyncStatus:
        """Return how the document stands."""
        known = self._known
        return SyncStatus(
            **{name: getattr(known, name) for name in Outcome.model_fields},
            state=lifecycle.sync_state(known),
            sentence=sentence(self._start.ref, known),
            hold=lifecycle.shown_hold(known),
        )

    def _hint(self, signal: str, claimed: DocumentStatus | None = None) -> None:
        """Take in that something happened in Sequence. Whoever did it waits for the document now."""
        self._signal = signal
        self._lane = Lane.LIVE
        self._known = lifecycle.hinted(self._known, claimed)

    def _check_input(self) -> None:
        """Fail at once, in one sentence, where this run can't be the sync of one document."""
        if self._wrong_input:
            raise ApplicationError(
                f'The input is not understood ({self._wrong_input}). It is {{"account_id": "…", "kind": "invoice" or '
                '"credit_note", "document_id": "…"}: signal with start again.',
                type=type(self._wrong_input).__name__,
                non_retryable=True,
            )
        workflow_id, wanted = workflow.info().workflow_id, document_workflow_id(self._start.ref)
        if workflow_id != wanted:
            # Two runs for one document would not know of each other.
            raise ApplicationError(
                f"The workflow id {workflow_id} is not that of its input: signal with start {wanted} instead.",
                type=WrongPayloadError.__name__,
                non_retryable=True,
            )

    async def _perform(self, step: Step) -> None:
        hints_read, seen = self._known.hints, self._known.xero
        is_held = lifecycle.current_hold(self._known) is not None
        try:
            outcome: Outcome = await workflow.execute_activity_method(
                _ACTIVITIES[step],
                StepInput(
                    ref=self._start.ref,
                    xero=seen,
                    lane=self._lane,
                    signal=self._signal,
                    stays_held=is_held,
                    listed_after=self._start.listed_after if self._known == Known() else None,
                ),
                start_to_close_timeout=ACTIVITY_TIMEOUT,
                heartbeat_timeout=HEARTBEAT_TIMEOUT,
                retry_policy=ACTIVITY_RETRY,
                summary=_SUMMARIES[step],
                priority=LIVE_PRIORITY if self._lane is Lane.LIVE else BULK_PRIORITY,
            )
        except ActivityError as error:
            if not isinstance(error.cause, ApplicationError) or error.cause.type != HELD:
                raise
            met = Held.model_validate(error.cause.details[0])
            is_news = lifecycle.shows_otherwise(seen, self._known.xero)
            self._known = lifecycle.held(self._known, met, hints_read=hints_read, is_news=is_news, by=step)
        else:
            self._known = lifecycle.learned(self._known, outcome, hints_read=hints_read)
            if self._known.xero:
                self._lane = Lane.LIVE

    async def _confirm(self) -> None:
        """Read Sequence until it shows what a signal said, for some minutes, or until another signal comes."""
        known, claimed = self._known, lifecycle.unconfirmed(self._known)
        assert claimed is not None, "that is what this step is for"
        reading = workflow.start_activity_method(
            DocumentActivities.confirm_claim,
            ConfirmInput(ref=self._start.ref, claimed=claimed, lane=self._lane),
            start_to_close_timeout=ACTIVITY_TIMEOUT,
            heartbeat_timeout=HEARTBEAT_TIMEOUT,
            retry_policy=ACTIVITY_RETRY,
            # It only reads, and ends by itself as soon as Sequence shows as much.
            cancellation_type=workflow.ActivityCancellationType.ABANDON,
            summary=f"Read until Sequence shows it as {claimed}",
        )
        await workflow.wait_condition(lambda: self._known is not known or reading.done())
        if reading.done():
            self._known = lifecycle.confirmed(self._known, await reading, hints_read=known.hints)
        else:
            reading.cancel()
            reading.add_done_callback(_forget)

    async def _changed(self, known: Known) -> None:
        """Wait until a signal changes what is known: no timer, no activity and no event."""
        await workflow.wait_condition(lambda: self._known is not known)

    def _history_is_long(self) -> bool:
        limit = self._start.history_limit
        info = workflow.info()
        return info.is_continue_as_new_suggested() or bool(limit and info.get_current_history_length() >= limit)

    def _show(self) -> None:
        """Bring search attributes and details up to date.

        An upsert is an event: there is none before the first read, and then only for what changed.
        """
        known = self._known
        state, hold = lifecycle.sync_state(known), lifecycle.shown_hold(known)
        sequence = known.sequence
        wanted = {
            XERO_SYNC_STATE: state.value,
            XERO_HOLD: hold.reason.value if hold else None,
            DOCUMENT_KIND: self._start.kind.value,
            SEQUENCE_ACCOUNT: self._start.account_id,
            DOCUMENT_NUMBER: sequence.number if sequence else None,
            SEQUENCE_CUSTOMER: sequence.customer_id if sequence else None,
        }
        shown = workflow.info().typed_search_attributes
        updates = [
            key.value_set(value) if value else key.value_unset()
            for key, value in wanted.items()
            if shown.get(key) != value
        ]
        if updates and (sequence or hold):
            workflow.upsert_search_attributes(updates)
        workflow.set_current_details(details(self._start.ref, known))


def _forget(reading: workflow.ActivityHandle[Outcome]) -> None:
    """Read the result of an activity that nobody waits for any more, so that asyncio does not log it as an error."""
    if not reading.cancelled():
        reading.exception()
