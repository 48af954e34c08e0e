"""A hold that a step meets: believed, stored with its words, and handed on without them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from xerosync.connection.connection import ConnectionStatus
from xerosync.core.documents import DocumentRef
from xerosync.core.errors import CustomerPendingError, DeniedError, HoldError, MissingError, UnusableAnswerError
from xerosync.core.holds import Hold, HoldReason
from xerosync.documents.awaiting_customer import NewCustomers
from xerosync.documents.hold_retries import may_be_over
from xerosync.documents.link import DocumentLink
from xerosync.documents.messages import Held
from xerosync.documents.ports import Billing, Links
from xerosync.documents.reading import READS_OF_MISSING, NotConnectedHoldError
from xerosync.documents.timeline import held_again
from xerosync.faultpoints import FaultPoint, reach

_READS_OF_UNUSABLE = 8
"""How often Sequence must answer without the document (for about four minutes) before it is held for that."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Holding:
    """Stores holds that steps meet. `denials` says how often Sequence denied the document to earlier attempts."""

    billing: Billing
    links: Links
    new_customers: NewCustomers
    denials: Callable[[], int]
    now: Callable[[], datetime]

    async def hold(
        self, ref: DocumentRef, met_error: HoldError | MissingError | UnusableAnswerError, began: datetime
    ) -> Held:
        """Store the hold that a step met, which began at an instant (UTC); return it without the words of others.

        Raises:
            DeniedError: Sequence may show the document at the next attempt.
        """
        error = met_error if isinstance(met_error, HoldError) else await self._believed(ref, met_error)
        if error.reason is HoldReason.DISCONNECTED and not isinstance(error, NotConnectedHoldError):
            # Xero said so: no other document of the account needs to ask.
            log.warning("disconnected in Xero", account_id=ref.account_id, document=str(ref))
            await self.links.mark_disconnected(ref.account_id, since=began)
        waits_for_push = isinstance(error, CustomerPendingError)
        met = Hold(reason=error.reason, words=error.words, since=self.now(), waits_for_push=waits_for_push)
        reach(FaultPoint.BEFORE_HOLD)
        link = await self.links.change(ref, lambda link: link.held(met), if_unchanged=held_again(met))
        reach(FaultPoint.AFTER_HOLD)
        report = log.error if link.is_sent_but_3000 else log.info
        report("document held", reason=met.reason)
        # What ended the cause before the hold stood in the store signalled nobody.
        is_over = await self._is_over(link, met)
        return Held(hold=(link.hold or met).in_brief(link.name), outcome=link.outcome, is_over=is_over)

    async def _is_over(self, link: DocumentLink, hold: Hold) -> bool:
        """Whether the store knows, by now, that what holds a document is over."""
        account_id, customer_id = link.ref.account_id, link.customer_id or ""
        match hold.reason:
            # With words it is Xero that does not know the contact, whatever the store says.
            case HoldReason.CUSTOMER_UNLINKED if hold.waits_for_push or not hold.words:
                if await self.links.contact_of(account_id, customer_id):
                    return True
                return hold.waits_for_push and await self.new_customers.is_otherwise(account_id, customer_id, hold)
            case HoldReason.DISCONNECTED | HoldReason.LEDGER_ACCOUNT_MISSING:
                connection = await self.links.connection(account_id)
                if connection is None or connection.status is ConnectionStatus.DISCONNECTED:
                    return False
                return may_be_over(hold.reason, link, connection)
            case _:
                return False

    async def _believed(self, ref: DocumentRef, error: MissingError | UnusableAnswerError) -> HoldError:
        """Return the hold of a document, or part of it, that Sequence answers for and still can't be read.

        Where Sequence fails to read anything it is no matter of this document: then the next attempt may succeed.
        """
        is_unusable = isinstance(error, UnusableAnswerError)
        if self.denials() + 1 < (_READS_OF_UNUSABLE if is_unusable else READS_OF_MISSING):
            raise DeniedError(f"Sequence does not show all of {ref} yet.") from error
        if is_unusable:
            await self.billing.lists(ref, None)
        return HoldError(HoldReason.REJECTED, error.in_full)
