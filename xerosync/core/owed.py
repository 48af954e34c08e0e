"""What must follow something that is stored is stored as owed before, and settled when it is done.

    owed ──▶ what it follows from is stored ──▶ it is done ──▶ settled
      └────── whoever dies in between ──▶ the next sweep of the account does it

What is owed may be done twice, or although nothing was stored: it is a signal, which is a hint, or a link that Sequence
is shown as the store has it then. A link is removed from Sequence only where a person unlinked the customer: Sequence
may show one that the store has not taken over yet.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from pydantic import AwareDatetime, Field

from xerosync.core.base import Message
from xerosync.core.clock import utc_now
from xerosync.core.documents import DocumentRef, Kind
from xerosync.core.holds import HoldReason

OVERDUE = timedelta(minutes=1)
"""How old what is owed must be for a sweep to do it: until then whoever owes it is at it."""


class OwedAct(StrEnum):
    """What is to be done. The subject is a document, a customer's id or a hold's reason."""

    SIGNAL_DOCUMENT = "signal_document"
    SHOW_LINK = "show_link"
    REMOVE_LINK = "remove_link"
    RELEASE_CUSTOMER = "release_customer"
    RELEASE_HOLD = "release_hold"


class Owed(Message):
    """One act that is owed, since when (UTC). Showing a link also releases the customer's documents."""

    account_id: str
    act: OwedAct
    subject: str
    since: AwareDatetime = Field(default_factory=utc_now)

    @property
    def document(self) -> DocumentRef:
        """The document of SIGNAL_DOCUMENT."""
        kind, _, document_id = self.subject.partition("/")
        return DocumentRef(account_id=self.account_id, kind=Kind(kind), document_id=document_id)


def signal_of(ref: DocumentRef) -> Owed:
    """Owe a document's workflow the hint to look again."""
    return Owed(account_id=ref.account_id, act=OwedAct.SIGNAL_DOCUMENT, subject=f"{ref.kind}/{ref.document_id}")


def link_of(account_id: str, customer_id: str) -> Owed:
    """Owe it to Sequence to be shown a customer's link, and to the customer's documents to be released."""
    return Owed(account_id=account_id, act=OwedAct.SHOW_LINK, subject=customer_id)


def removal_of(account_id: str, customer_id: str) -> Owed:
    """Owe it to Sequence to have a customer's link removed. Until then that link is not believed."""
    return Owed(account_id=account_id, act=OwedAct.REMOVE_LINK, subject=customer_id)


def releases_of(account_id: str, *reasons: HoldReason) -> list[Owed]:
    """Owe it to all documents that these holds keep to be released."""
    return [Owed(account_id=account_id, act=OwedAct.RELEASE_HOLD, subject=reason.value) for reason in reasons]


class OwedActs(Protocol):
    """Where it is stored. Raises RetryLaterError while the database is down."""

    async def owe(self, owed: Sequence[Owed]) -> None:
        """Store what is owed; what is owed already is owed since then."""
        ...

    async def settle(self, owed: Sequence[Owed]) -> None:
        """Forget what was done, unless it is owed anew since."""
        ...


@asynccontextmanager
async def owing(store: OwedActs, *owed: Owed) -> AsyncGenerator[None]:
    """Owe acts while the body stores what they follow from and does them; they are settled where it succeeds."""
    await store.owe(owed)
    yield
    await store.settle(owed)
