"""What follows from a link of a customer, wherever it came from: its documents go, and Sequence shows it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from activities.customer_ports import CustomerLinks, Customers, Releases
from xerosync.faultpoints import FaultPoint, reach
from xerosync.model.documents import DocumentRef
from xerosync.model.errors import HoldError, MissingError
from xerosync.model.holds import HoldReason
from xerosync.model.messages import Release
from xerosync.model.owed import link_of, owing, removal_of

_SIGNALS_AT_ONCE = 20

log = structlog.get_logger()


async def release(workflows: Releases, refs: Sequence[DocumentRef], reason: HoldReason) -> None:
    """Tell documents that what held them is mended."""
    for start in range(0, len(refs), _SIGNALS_AT_ONCE):
        some = refs[start : start + _SIGNALS_AT_ONCE]
        await asyncio.gather(*(workflows.signal(ref, "release", Release(reason=reason)) for ref in some))


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
