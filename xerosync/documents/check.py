"""The look at a document that waits: once a day, for what no signal told, until something calls for a step.

Each look that finds nothing "fails" and Temporal sets the next one, which adds nothing to the history. What it compares
with is the store, which every step leaves as its workflow knows it: so a check that began long ago is not out of date,
and need not be begun again whenever a step was taken.
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from xerosync.connection.connection import Connection, ConnectionStatus
from xerosync.core.documents import Document, DocumentRef
from xerosync.core.errors import MissingError
from xerosync.core.holds import Hold, HoldReason
from xerosync.core.xero_records import Allocation
from xerosync.documents.awaiting_customer import NewCustomers
from xerosync.documents.credit_notes import credited_invoice, prospect
from xerosync.documents.lifecycle import Step, next_step, owes_report
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import Checked, CheckInput, Known
from xerosync.documents.ports import Billing, Links
from xerosync.documents.views import SequenceView

_DAY = timedelta(days=1)

_RECHECKS = tuple(timedelta(days=days) for days in (1, 2, 4, 7))
"""How long a hold that nothing but another try can end waits for each; the last wait is repeated."""

_EAGER_LOOKS = 16
"""So many looks double the wait between them, up to 18 hours."""


@dataclass(frozen=True, slots=True)
class Checking:
    """Looks at documents that wait. `billing` is Sequence as it is asked in the lane of the look."""

    billing: Billing
    links: Links
    new_customers: NewCustomers | None = None

    async def check(self, check: CheckInput) -> Checked:
        """Return once there is something to do; raise ApplicationError to look again later.

        No call to Xero is made: what a sweep saw is in the store. Nor is Sequence read at the first look, right after
        a step that read it, for a document that is in Xero and waits for nothing in particular.
        """
        ref, hold, attempt = check.ref, check.known.hold, activity.info().attempt
        read = attempt > 1 or check.eager or hold is not None or check.known.xero is None
        document = await self._look(ref) if read else None
        link = await self.links.document(ref)
        # That Sequence denies it is for a step to make sure of, and what may hold it already.
        differs = read and (SequenceView.of(document) != link.sequence if document else hold is None)
        if (
            differs
            or await self._is_due(link, check.known)
            or (document and await self._may_be_allocated(link, document))
        ):
            return Checked(xero=link.xero)
        delay = timedelta(seconds=2**attempt) if check.eager and attempt <= _EAGER_LOOKS else _DAY
        raise ApplicationError(
            "Nothing new; this is only the daily look.",
            type="NothingNew",
            next_retry_delay=delay,
            category=ApplicationErrorCategory.BENIGN,
        )

    async def _may_be_allocated(self, link: DocumentLink, document: Document) -> bool:
        """Whether the invoice that a credit note waits for is ready by now, or never will be."""
        invoice = credited_invoice(document) if link.allocation is Allocation.PENDING else None
        return bool(invoice) and prospect(await self.links.document(invoice)) is not Allocation.PENDING

    async def _look(self, ref: DocumentRef) -> Document | None:
        """Return the document, if Sequence has it."""
        try:
            return await self.billing.document(ref)
        except MissingError:
            return None

    async def _is_due(self, link: DocumentLink, waiting: Known) -> bool:
        """Whether what the store knows calls for a step, or it is time to try again what is held."""
        connection = await self.links.connection(link.ref.account_id)
        if waiting.hold and owes_report(link.known.model_copy(update={"report_refused": waiting.report_refused})):
            return True
        if waiting.hold:
            waited = activity.info().started_time - activity.info().scheduled_time
            is_time = waited >= _RECHECKS[min(waiting.rechecks, len(_RECHECKS) - 1)]
            return await self._may_be_mended(link, connection, link.hold or waiting.hold, is_time=is_time)
        # Somebody may have decided meanwhile that payments are not to be waited for.
        is_set = link.reports_payments or link.allocation is Allocation.PENDING
        known = link.following(connection).known if is_set else link.known
        return next_step(known) is not Step.WAIT

    async def _may_have_contact(self, link: DocumentLink, hold: Hold) -> bool:
        """Whether its customer was linked, or the push that it awaits met something new."""
        account_id, customer_id = link.ref.account_id, link.customer_id or ""
        if await self.links.contact_of(account_id, customer_id):
            return True
        awaited = self.new_customers if hold.waits_for_push else None
        return bool(awaited and await awaited.is_otherwise(account_id, customer_id, hold))

    async def _may_be_mended(
        self, link: DocumentLink, connection: Connection | None, hold: Hold, *, is_time: bool
    ) -> bool:
        """Whether to try again: at once where the store knows that the cause is gone, else now and then."""
        match hold.reason:
            # With words it is Xero that does not know the contact, whatever the store says.
            case HoldReason.CUSTOMER_UNLINKED if hold.waits_for_push or not hold.words:
                # Sequence may say by now that the customer is linked, which only a step looks at.
                return is_time or await self._may_have_contact(link, hold)
            case HoldReason.DISCONNECTED | HoldReason.LEDGER_ACCOUNT_MISSING:
                if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
                    return False
                if hold.reason is HoldReason.DISCONNECTED:
                    return not link.is_elsewhere(connection.tenant_id)
                return connection.default_ledger_account is not None
            case _:
                return is_time
