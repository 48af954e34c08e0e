"""Hints: what a delivery of a webhook asks for.

A hint says that something may have changed. Whoever acts on it reads the truth.
"""

from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime

from xerosync.core.base import Message
from xerosync.core.documents import Kind


class Provider(StrEnum):
    """Who sent a delivery."""

    SEQUENCE = "sequence"
    XERO = "xero"


TEST_TYPE = "TEST"
"""The type of a delivery that we send to ourselves, in Sequence's place."""


class Untold(StrEnum):
    """Types of hints of our own making: Xero's webhook told less than happened, so accounts are swept.

    Events are missing or can't be read, or Xero asked for the intent to receive: the webhook was made anew, or switched
    off until then.
    """

    GAP = "gap"
    UNREADABLE = "unreadable"
    INTENT = "intent to receive"


class HintAct(StrEnum):
    """What a hint asks for. The first four are the signals of a document's workflow."""

    FINALIZED = "finalized"
    SENT = "sent"
    VOIDED = "voided"
    AMENDED = "amended"
    CUSTOMER = "customer_changed"
    SWEEP = "sweep"
    NOTHING = "nothing"


class Hint(Message):
    """One thing to do for an account. `type` is the sender's name for the event, `kind` and `number` are a document's.

    With `happened_at` (UTC, as Xero says) it may be the echo of a write of ours that is not stored yet: it rests in the
    inbox for a moment, and is looked at once more before it counts. `traceparent` is by what the delivery's trace goes
    on, where it was traced.
    """

    account_id: str
    type: str
    resource_id: str
    act: HintAct
    kind: Kind | None = None
    number: str | None = None
    happened_at: AwareDatetime | None = None
    traceparent: str | None = None


class EventNumbers(Message):
    """The numbers of the first and the last event of a delivery of Xero, in the order of the app's webhook."""

    first: int
    last: int


class Delivery(Message):
    """What one verified delivery asks for. `digest` is the SHA-256 of what was signed.

    `after_gap` is what it asks for besides where events are missing between the last delivery and its `numbers`.
    """

    provider: Provider
    digest: bytes
    hints: tuple[Hint, ...]
    numbers: EventNumbers | None = None
    after_gap: tuple[Hint, ...] = ()


class Kept(Message):
    """What keeping a delivery showed: whether it makes something pending, and whether events are missing before it."""

    is_pending: bool
    has_gap: bool = False


class HintKey(NamedTuple):
    """Which hint of which delivery."""

    provider: Provider
    digest: bytes
    place: int


class HintOutcome(StrEnum):
    """What came of a hint. DROPPED: it asked for nothing, was an echo, or there was no workflow to signal."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DROPPED = "dropped"
