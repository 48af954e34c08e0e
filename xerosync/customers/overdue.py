"""What an account owes and nobody did in time, because a process died on the way: a sweep does it."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from xerosync.core.errors import XerosyncError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import OVERDUE, Owed, OwedAct
from xerosync.customers.links import CustomerLinking
from xerosync.documents.client import release

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OverdueActs:
    """Does what an account owes and what nobody did in time. It costs no call to Xero."""

    linking: CustomerLinking

    async def do(self, account_id: str, now: datetime) -> None:
        """Do what is overdue; what can't be done now stays owed. Raises RetryLaterError while the store is down."""
        store = self.linking.store
        for owed in await store.overdue(account_id, now - OVERDUE):
            try:
                await self._do(owed)
            except XerosyncError as error:
                log.warning("still owed", act=owed.act, subject=owed.subject, reason=type(error).__name__)
            else:
                await store.settle([owed])
                log.info("did what was owed", act=owed.act, subject=owed.subject)

    async def _do(self, owed: Owed) -> None:
        account_id, linking = owed.account_id, self.linking
        match owed.act:
            case OwedAct.SIGNAL_DOCUMENT:
                await linking.workflows.signal(owed.document, "amended")
            case OwedAct.RELEASE_HOLD:
                reason = HoldReason(owed.subject)
                await release(linking.workflows, await linking.store.held_by(account_id, reason), reason)
            case OwedAct.RELEASE_CUSTOMER:
                await linking.release_documents(account_id, owed.subject)
            case OwedAct.SHOW_LINK:
                await linking.release_documents(account_id, owed.subject)
                if contact_id := await linking.store.contact_of(account_id, owed.subject):
                    await linking.show(account_id, owed.subject, contact_id)
            case OwedAct.REMOVE_LINK:
                await linking.remove_from_sequence(account_id, owed.subject)
