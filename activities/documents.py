"""The activities of a document: its steps (`xerosync/documents/steps.py`), and what Temporal gets of a hold."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.interceptor import denials, held_if_it_comes_back
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import HoldError, MissingError, UnusableAnswerError
from xerosync.core.rate_limits import Lane
from xerosync.documents.awaiting_customer import NewCustomers
from xerosync.documents.chart_check import Charts
from xerosync.documents.holding import Holding
from xerosync.documents.intent import CALL_TIMEOUT
from xerosync.documents.messages import ConfirmInput, Outcome, StepInput
from xerosync.documents.ports import Links
from xerosync.documents.steps import DocumentSteps, LaneClients

HELD = "Held"
"""Type of the ApplicationError whose details are a `Held`."""

READ_FOR = timedelta(minutes=2)
"""How long Sequence is read for what a signal said. Attempts do not count: some die with their worker."""

_WAIT_GROWS_FOR = 6
"""Attempts after which the wait for the next read, 2, 4, 8 … seconds, grows no more."""


@dataclass(frozen=True)
class DocumentActivities:
    """Activities of one document. Clients are shared by all of them.

    `live` is both companies for a document that somebody waits for, `bulk` for one that was not asked for by itself.
    """

    live: LaneClients
    bulk: LaneClients
    links: Links
    charts: Charts
    new_customers: NewCustomers
    call_timeout: timedelta = CALL_TIMEOUT
    now: Callable[[], datetime] = utc_now

    @activity.defn
    async def push_document(self, step: StepInput) -> Outcome:
        """Bring a FINAL or SENT document into Xero, exactly once; one that is there already is left as it is.

        The intent stands in the store before the create leaves. An attempt that finds an intent without a Xero
        id looks the number up first and adopts what is its own.
        """
        async with self._holding(step.ref):
            return await self._steps.push(step)

    @activity.defn
    async def apply_sent(self, step: StepInput) -> Outcome:
        """Write the real dates and "sent" on a document that Sequence has as SENT; also what was amended since.

        On one that is FINAL only what was amended: its dates wait until it is sent. One that Xero does not show as
        approved is approved with it, if the connected user may.
        """
        async with self._holding(step.ref):
            return await self._steps.apply_sent(step)

    @activity.defn
    async def report_sent(self, step: StepInput) -> Outcome:
        """Mark a document as sent in Sequence because Xero shows it as sent. No e-mail goes out."""
        async with self._holding(step.ref):
            return await self._steps.report_sent(step)

    @activity.defn
    async def report_payment(self, step: StepInput) -> Outcome:
        """Report the payment of an invoice to Sequence, unless a sweep did so on its way. No hold keeps from it."""
        async with self._holding(step.ref):
            return await self._steps.report_payment(step)

    @activity.defn
    async def allocate_credit(self, step: StepInput) -> Outcome:
        """Set a credit note against the invoice that it credits, once both are sent on both sides."""
        async with self._holding(step.ref):
            return await self._steps.allocate(step)

    @activity.defn
    async def void_document(self, step: StepInput) -> Outcome:
        """Void a document in Xero that Sequence has as VOIDED."""
        async with self._holding(step.ref):
            return await self._steps.void(step)

    @activity.defn
    async def confirm_claim(self, asked: ConfirmInput) -> Outcome:
        """Read a document until Sequence shows it as far as a signal said, for about two minutes; write nothing.

        A signal may overtake the commit that it speaks of. What does not come in time the sweep of the account finds.

        Raises:
            ApplicationError: Sequence does not show it so yet; the next attempt comes in a while.
        """
        attempt = activity.info()
        is_confirmed, outcome = await self._steps.confirm(asked)
        if is_confirmed or attempt.started_time - attempt.scheduled_time >= READ_FOR:
            return outcome
        raise ApplicationError(
            f"Sequence does not show {asked.ref} as {asked.claimed} yet.",
            type="Unconfirmed",
            next_retry_delay=timedelta(seconds=2 ** min(attempt.attempt, _WAIT_GROWS_FOR)),
            category=ApplicationErrorCategory.BENIGN,
        )

    @property
    def _steps(self) -> DocumentSteps:
        return DocumentSteps(
            self._in, self.links, self.charts, self.new_customers, self.call_timeout, denials, self.now
        )

    def _in(self, lane: Lane) -> LaneClients:
        """Return both companies in a lane."""
        return self.bulk if lane is Lane.BULK else self.live

    @asynccontextmanager
    async def _holding(self, ref: DocumentRef) -> AsyncGenerator[None]:
        """Record a hold that a step meets, and hand it to the workflow as an error that is not retried."""
        began = self.now()
        try:
            with held_if_it_comes_back():
                yield
        except (HoldError, MissingError, UnusableAnswerError) as error:
            held = await Holding(self.live.billing, self.links, self.new_customers, denials, self.now).hold(
                ref, error, began
            )
            raise ApplicationError(
                held.hold.sentence(), held, type=HELD, non_retryable=True, category=ApplicationErrorCategory.BENIGN
            ) from None  # the error's own words would travel along
