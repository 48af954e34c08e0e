"""What follows from a link of a customer, wherever it came from: its documents go, and Sequence shows it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog

from xerosync.core.documents import DocumentRef
from xerosync.core.errors import HoldError, MissingError
from xerosync.core.holds import HoldReason
from xerosync.core.owed import Owed, OwedAct, link_of, owing, removal_of
from xerosync.customers.contact_fields import PushHold
from xerosync.customers.describe import push_advice
from xerosync.customers.messages import PushResult
from xerosync.customers.ports import CustomerLinks, Customers
from xerosync.documents.client import release
from xerosync.documents.messages import PushHeld
from xerosync.documents.ports import PushHolds, Releases
from xerosync.faultpoints import FaultPoint, reach


@dataclass(frozen=True, slots=True)
class Awaited:
    """Tells the documents that wait for a customer what its push met."""

    holds: PushHolds
    links: CustomerLinks
    workflows: Releases
    now: Callable[[], datetime]

    async def told(self, account_id: str, customer_id: str, result: PushResult, words: str) -> None:
        """Keep why a push waits, in Xero's words if it refused; make each document look at what is new to it.

        That the account is disconnected each document finds by itself, and is released from by itself.
        """
        if result.hold is None:
            if result.contact_id:
                await self.holds.forget_push_hold(account_id, customer_id)
            return
        held = PushHeld(words=push_advice(customer_id, result, words), at=self.now())
        is_kept = result.hold is not PushHold.DISCONNECTED
        before = await self.holds.push_hold(account_id, customer_id) if is_kept else None
        if is_kept and (result.contact_id or (before and before.words == held.words)):
            await self.holds.keep_push_hold(account_id, customer_id, held)
            return
        owed = Owed(account_id=account_id, act=OwedAct.RELEASE_CUSTOMER, subject=customer_id)
        async with owing(self.links, owed):
            if is_kept:
                await self.holds.keep_push_hold(account_id, customer_id, held)
            reach(FaultPoint.PUSH_HOLD_STORED)
            reason = HoldReason.CUSTOMER_UNLINKED
            await release(self.workflows, await self.links.held_by(account_id, reason, customer_id), reason)


log = structlog.get_logger()


async def show(customers: Customers, account_id: str, customer_id: str, contact_id: str) -> None:
    """Write a link to Sequence, which may refuse a customer that is not as it would have it today, or lack it."""
    try:
        await customers.link(account_id, customer_id, contact_id)
    except (HoldError, MissingError) as refusal:
        log.warning("sequence did not take a link", customer_id=customer_id, reason=str(refusal))


async def hide(customers: Customers, links: CustomerLinks, account_id: str, customer_id: str) -> None:
    """Remove a link from Sequence, unless the customer was linked again since.

    Raises:
        HoldError: Sequence refused. It still shows the link, so the removal stays owed.
    """
    if await links.contact_of(account_id, customer_id):
        return
    with suppress(MissingError):
        await customers.link(account_id, customer_id, None)


@dataclass(frozen=True, slots=True)
class Linking:
    """Links customers to contacts, and unlinks them."""

    customers: Customers
    links: CustomerLinks
    workflows: Releases

    async def link(
        self, account_id: str, customer_id: str, contact_id: str, customer_name: str | None = None
    ) -> Sequence[DocumentRef]:
        """Link a customer to a contact, release the documents that waited for it, and return those.

        The link in the store is the one that counts, so Sequence's comes last. What follows the first of the three is
        owed meanwhile.
        """
        async with owing(self.links, link_of(account_id, customer_id)):
            await self.links.link_customer(account_id, customer_id, contact_id, customer_name)
            reach(FaultPoint.LINK_STORED)
            reason = HoldReason.CUSTOMER_UNLINKED
            waiting = await self.links.held_by(account_id, reason, customer_id)
            await release(self.workflows, waiting, reason)
            await show(self.customers, account_id, customer_id, contact_id)
        return waiting

    async def unlink(self, account_id: str, customer_id: str) -> None:
        """Forget a customer's link in the store, then remove it from Sequence.

        The removal is owed before the store forgets: until it is done Sequence shows a link that must not be believed.

        Raises:
            HoldError: Sequence refused. The store has forgotten the link; its removal from Sequence is owed.
            RetryLaterError: Sequence, or the store, does not answer; likewise, unless the store did not answer.
        """
        async with owing(self.links, removal_of(account_id, customer_id)):
            await self.links.unlink_customer(account_id, customer_id)
            reach(FaultPoint.LINK_REMOVED)
            await hide(self.customers, self.links, account_id, customer_id)
