"""What is owed since somebody died between storing it and doing it: done by the next sweep of the account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from xerosync.core.errors import XerosyncError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import OVERDUE, Owed, OwedAct
from xerosync.customers.links import hide, show
from xerosync.customers.ports import CustomerLinks, Customers
from xerosync.documents.client import release
from xerosync.documents.ports import Releases

log = structlog.get_logger()


class OwedLinks(CustomerLinks, Protocol):
    """The store. Raises RetryLaterError while the database is down."""

    async def overdue(self, account_id: str, before: datetime) -> Sequence[Owed]:
        """Return what an account owes since before an instant (UTC), the oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class DoingOwed:
    """Does what an account owes. It costs no call to Xero."""

    store: OwedLinks
    workflows: Releases
    customers: Customers

    async def do(self, account_id: str, now: datetime) -> None:
        """Do what is overdue; what can't be done now stays owed. Raises RetryLaterError while the store is down."""
        for owed in await self.store.overdue(account_id, now - OVERDUE):
            try:
                await self._do(owed)
            except XerosyncError as error:
                log.warning("still owed", act=owed.act, subject=owed.subject, reason=type(error).__name__)
            else:
                await self.store.settle([owed])
                log.info("done what was owed", act=owed.act, subject=owed.subject)

    async def _do(self, owed: Owed) -> None:
        account_id, unlinked = owed.account_id, HoldReason.CUSTOMER_UNLINKED
        match owed.act:
            case OwedAct.SIGNAL_DOCUMENT:
                await self.workflows.signal(owed.document, "amended")
            case OwedAct.RELEASE_HOLD:
                reason = HoldReason(owed.subject)
                await release(self.workflows, await self.store.held_by(account_id, reason), reason)
            case OwedAct.RELEASE_CUSTOMER | OwedAct.SHOW_LINK:
                waiting = await self.store.held_by(account_id, unlinked, owed.subject)
                await release(self.workflows, waiting, unlinked)
            case OwedAct.REMOVE_LINK:
                await hide(self.customers, self.store, account_id, owed.subject)
        if owed.act is OwedAct.SHOW_LINK and (contact_id := await self.store.contact_of(account_id, owed.subject)):
            await show(self.customers, account_id, owed.subject, contact_id)
