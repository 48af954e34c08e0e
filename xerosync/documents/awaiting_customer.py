"""Customers that are pushed into Xero because a document of theirs waits, where the connection says so.

    document without link ──▶ held ──▶ push starts ──▶ linked: the document goes
                                             └───────▶ a person must decide: told to every document that waits

What a push met is kept, so that it stands in the hold of the next document, too, instead of being asked of Xero anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from xerosync.core.holds import Hold
from xerosync.documents.messages import PushHeld
from xerosync.documents.ports import Pushes, PushHolds

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
