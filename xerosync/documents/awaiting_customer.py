"""Customers that are pushed into Xero because a document of theirs waits, where the connection says so.

    document without link ──▶ held ──▶ push starts ──▶ linked: the document goes
                                             └───────▶ a person must decide: every document that waits says so

What a push met is kept, so that it stands in the hold of the next document, too, instead of being asked of Xero anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import AwareDatetime

from xerosync.core.base import Message
from xerosync.core.clock import utc_now
from xerosync.core.holds import Hold

_ASKED_AGAIN = timedelta(hours=1)
"""After which a document that is tried again has a push that waits tried again, too."""


class PushHeld(Message):
    """Why the push of a customer waits: what is the matter and what to do; met last when (UTC).

    It may name people, and stays in the store.
    """

    words: str
    at: AwareDatetime


class PushHolds(Protocol):
    """Why pushes of customers wait. Raises RetryLaterError while the database is down."""

    async def keep_push_hold(self, account_id: str, customer_id: str, held: PushHeld) -> None:
        """Note why the push of a customer waits, in place of what was noted before."""
        ...

    async def push_hold(self, account_id: str, customer_id: str) -> PushHeld | None:
        """Return why the push of a customer waits, if it does."""
        ...

    async def forget_push_hold(self, account_id: str, customer_id: str) -> None:
        """Forget why the push of a customer waited."""
        ...


class Pushes(Protocol):
    """The workflows that push customers."""

    async def changed(self, account_id: str, customer_id: str) -> None:
        """Say that there is something about a customer to push, if the connection pushes new ones by themselves."""
        ...


@dataclass(frozen=True, slots=True)
class NewCustomers:
    """Has customers pushed that documents wait for."""

    holds: PushHolds
    pushes: Pushes
    now: Callable[[], datetime] = utc_now

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
