"""Customers that are pushed into Xero because a document of theirs waits, where the connection says so.

    document without link ──▶ held ──▶ push starts ──▶ linked: the document goes
                                             └───────▶ a person must decide: told to every document that waits

What a push met is kept, so that it stands in the hold of the next document, too, instead of being asked of Xero anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from activities.customer_ports import CustomerLinks, Pushes, PushHolds, Releases
from activities.linking import release
from xerosync.faultpoints import FaultPoint, reach
from xerosync.model.customer_messages import PushHeld, PushResult
from xerosync.model.customer_words import push_advice
from xerosync.model.holds import Hold, HoldReason
from xerosync.model.owed import Owed, OwedAct, owing
from xerosync.model.pushing import PushHold

_ASKED_AGAIN = timedelta(hours=1)
"""After which a document that is tried again has a push that waits tried again, too."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class NewCustomers:
    """Has customers pushed that documents wait for."""

    holds: PushHolds
    pushes: Pushes
    now: Callable[[], datetime] = _utc_now

    async def push(self, account_id: str, customer_id: str) -> str:
        """Have a customer pushed; return why that waits for a person, or nothing where it is under way."""
        held = await self.holds.push_hold(account_id, customer_id)
        if not self._is_recent(held):
            await self.pushes.changed(account_id, customer_id)
        return held.words if held else ""

    async def was_tried(self, account_id: str, customer_id: str) -> bool:
        """Whether a push of the customer waits for a person since less than an hour."""
        return self._is_recent(await self.holds.push_hold(account_id, customer_id))

    async def is_otherwise(self, account_id: str, customer_id: str, hold: Hold) -> bool:
        """Whether a push met something else than the hold of a document that awaits it says."""
        held = await self.holds.push_hold(account_id, customer_id)
        return (held.words if held else "") != hold.words

    def _is_recent(self, held: PushHeld | None) -> bool:
        return held is not None and self.now() - held.at <= _ASKED_AGAIN


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
